package workspace

// Datastore is a named place for files of a workspace.
type Datastore struct {
	Name string
	// Type is ARM's: AzureBlob or AzureFile.
	Type string
	// Default marks the one that ${{default_datastore}} stands for.
	Default bool
}

// The datastores that every workspace has, by the names that Azure ML gives
// them.
const (
	BlobStore        = "workspaceblobstore"
	ArtifactStore    = "workspaceartifactstore"
	FileShare        = "workspacefilestore"
	WorkingDirectory = "workspaceworkingdirectory"
)

// Datastores are those that every workspace has, the default one first.
func Datastores() []Datastore {
	return []Datastore{
		{Name: BlobStore, Type: "AzureBlob", Default: true},
		{Name: ArtifactStore, Type: "AzureBlob"},
		{Name: FileShare, Type: "AzureFile"},
		{Name: WorkingDirectory, Type: "AzureFile"},
	}
}

// IsDatastore says whether every workspace has a datastore of this name.
func IsDatastore(name string) bool {
	for _, d := range Datastores() {
		if d.Name == name {
			return true
		}
	}
	return false
}
