package step

import (
	"fmt"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/pipeline"
)

// Place is a path on a datastore.
type Place struct {
	Datastore string
	// Path has no slash at its end; Folder says which of the two it is.
	Path   string
	Folder bool
}

// URI is the place as an address.
func (p Place) URI() string {
	uri := "azureml://datastores/" + p.Datastore + "/paths/" + p.Path
	if p.Folder {
		uri += "/"
	}
	return uri
}

func (p Place) files(tree blob.Tree) []File {
	files := make([]File, 0, len(tree.Entries))
	for _, e := range tree.Entries {
		if e.Dir || e.Link != "" {
			continue
		}
		files = append(files, File{
			Datastore: p.Datastore, Path: path.Join(p.Path, e.Path), Digest: string(e.Digest), Size: e.Size, Executable: e.Executable,
		})
	}
	return files
}

// Place is where an output of node n goes. Its default is, as on Azure ML,
// azureml/JOB/NAME of the default datastore, or the run's artifacts.
func (c Config) Place(n *plan.Node, out plan.Output) (Place, error) {
	folder := pipeline.Type(out.Type) != pipeline.URIFile
	uri := out.URI
	switch {
	case uri == "" && out.Name == pipeline.ArtifactsOutput:
		return Place{"workspaceartifactstore", "ExperimentRun/dcid." + c.Job(n), true}, nil
	case uri == "":
		owner := "azureml/" + c.ownerJob(n, out) + "/" + out.OwnerName
		if !folder {
			owner += "/" + fileName(out)
		}
		return Place{c.DefaultDatastore, owner, folder}, nil
	}
	uri = macros(uri, map[string]string{
		"name": c.Job(n), "output_name": out.Name, "default_datastore": c.DefaultDatastore,
	})
	p, err := ParsePlace(uri)
	if err != nil {
		return Place{}, userError("output %s: %w", out.Name, err)
	}
	if !c.IsDatastore(p.Datastore) {
		return Place{}, userError("output %s: the workspace has no datastore %q", out.Name, p.Datastore)
	}
	if !folder && (strings.HasSuffix(uri, "/") || p.Path == "") {
		p.Path = path.Join(p.Path, fileName(out))
	}
	if folder && p.Path == "" {
		return Place{}, userError("output %s: %s names no folder of the datastore", out.Name, uri)
	}
	p.Folder = folder
	return p, nil
}

// ownerJob is the job whose folder an output lies in: the step's, or that of
// the pipeline that the output is bound to.
func (c Config) ownerJob(n *plan.Node, out plan.Output) string {
	if out.Owner == n.Index {
		return c.Job(n)
	}
	return c.Job(&plan.Node{Index: out.Owner})
}

// macros replaces ${{name}} and the like in a path.
func macros(s string, values map[string]string) string {
	for name, value := range values {
		for _, form := range []string{"${{" + name + "}}", "${{ " + name + " }}"} {
			s = strings.ReplaceAll(s, form, value)
		}
	}
	return s
}

// ParsePlace reads azureml://datastores/NAME/paths/PATH, in its short and its
// long form.
func ParsePlace(uri string) (Place, error) {
	rest, ok := strings.CutPrefix(uri, "azureml://")
	if !ok {
		return Place{}, fmt.Errorf("%s is not a place on a datastore of the workspace", uri)
	}
	if strings.HasPrefix(strings.ToLower(rest), "subscriptions/") {
		if i := strings.Index(rest, "/datastores/"); i >= 0 {
			rest = rest[i+1:]
		}
	}
	rest, ok = strings.CutPrefix(rest, "datastores/")
	name, p, _ := strings.Cut(rest, "/")
	if p == "paths" {
		p = ""
	}
	// Of the artifact store there is a form without "paths/".
	p = strings.TrimPrefix(strings.TrimPrefix(p, "paths/"), "/")
	clean := strings.Trim(p, "/")
	if !ok || name == "" || clean != "" && !inside(clean) {
		return Place{}, fmt.Errorf("%s is not a place on a datastore: write azureml://datastores/NAME/paths/PATH", uri)
	}
	return Place{Datastore: name, Path: clean, Folder: strings.HasSuffix(p, "/")}, nil
}

// inside reports whether a path with slashes is relative, clean, and leads
// nowhere else.
func inside(p string) bool {
	return p == path.Clean(p) && p != "." && p != ".." && !strings.HasPrefix(p, "../") && !strings.HasPrefix(p, "/")
}
