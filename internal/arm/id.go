package arm

import (
	"fmt"
	"strings"
)

// Scope is a workspace.
type Scope struct{ Subscription, ResourceGroup, Workspace string }

// The names that anonymous versions have.
const (
	AnonymousComponent   = "azureml_anonymous"
	AnonymousEnvironment = "CliV2AnonymousEnvironment"
)

// String is the id of the workspace.
func (s Scope) String() string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/workspaces/%s",
		s.Subscription, s.ResourceGroup, s.Workspace)
}

// Resource is the id of what has no versions: "computes", "datastores", "jobs".
func (s Scope) Resource(collection, name string) string {
	return s.String() + "/" + collection + "/" + name
}

// Version is the id of a version: of "components", "environments", "codes",
// "data" or "models".
func (s Scope) Version(collection, name, version string) string {
	return s.Resource(collection, name) + "/versions/" + version
}

// ID is the id of a resource of a workspace, in its parts.
type ID struct {
	Scope
	Collection, Name string
	// Version is empty for what has none; Label stands instead of it in ids
	// such as .../labels/latest.
	Version, Label string
}

// ParseID reads an id; "azureml:" may stand before it. The fixed words are
// taken in any capitals. It reports false for what is no such id.
func ParseID(text string) (ID, bool) {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(text, "azureml:"), "/"), "/")
	fixed := []string{"subscriptions", "", "resourcegroups", "", "providers", "microsoft.machinelearningservices", "workspaces", ""}
	if len(parts) != 10 && len(parts) != 12 {
		return ID{}, false
	}
	for i, part := range parts {
		if part == "" || i < len(fixed) && fixed[i] != "" && !strings.EqualFold(part, fixed[i]) {
			return ID{}, false
		}
	}
	id := ID{Scope: Scope{parts[1], parts[3], parts[7]}, Collection: strings.ToLower(parts[8]), Name: parts[9]}
	if len(parts) == 10 {
		return id, true
	}
	switch strings.ToLower(parts[10]) {
	case "versions":
		id.Version = parts[11]
	case "labels":
		id.Label = parts[11]
	default:
		return ID{}, false
	}
	return id, true
}

// Reference is the short form: azureml:NAME:VERSION, azureml:NAME@LABEL or
// azureml:NAME.
func (id ID) Reference() string {
	switch {
	case id.Version != "":
		return "azureml:" + id.Name + ":" + id.Version
	case id.Label != "":
		return "azureml:" + id.Name + "@" + id.Label
	}
	return "azureml:" + id.Name
}

// nameVersion splits azureml:NAME:VERSION. It reports false for labels,
// addresses, ids and references.
func nameVersion(ref string) (name, version string, ok bool) {
	rest, ok := strings.CutPrefix(ref, "azureml:")
	if !ok || strings.ContainsAny(rest, "/@$") {
		return "", "", false
	}
	name, version, ok = strings.Cut(rest, ":")
	return name, version, ok && name != "" && version != ""
}

// resource is the id of a compute or datastore; ids and references stay.
func (s Scope) resource(collection, text string) string {
	name := strings.TrimPrefix(text, "azureml:")
	if name == "" || strings.ContainsAny(name, "/$") || isReserved(name) {
		return name
	}
	return s.Resource(collection, name)
}

// Reference is the id of the compute or datastore that a definition names; ids,
// references and the computes that nobody made stay as they are.
func (s Scope) Reference(collection, text string) string { return s.resource(collection, text) }

// isReserved: the name is of no compute that somebody made.
func isReserved(name string) bool {
	switch strings.ToLower(name) {
	case "serverless", "local", "datafactory":
		return true
	}
	return false
}
