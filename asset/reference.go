package asset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// reference checks a reference to a registered asset of a collection:
// "models", "environments". Sources: the core YAML syntax page of the Azure ML
// documentation; azure-ai-ml, ArmVersionedStr and RegistryStr.
func (c *checker) reference(t pipeline.Text, at, collection string) {
	if blank(t) || isReference(t.Value, collection) {
		return
	}
	d := c.errorf(t.Range, diag.CodeBadReference, at, "%s is not a reference to %s %s", t.Value, article(collection), strings.TrimSuffix(collection, "s"))
	if !strings.HasPrefix(t.Value, "azureml:") && isReference("azureml:"+t.Value, collection) {
		d.Hint = fmt.Sprintf("did you mean azureml:%s?", t.Value)
		return
	}
	d.Hint = "write azureml:NAME:VERSION, azureml:NAME@LABEL, or azureml://registries/REGISTRY/" + collection + "/NAME/versions/VERSION"
}

func article(collection string) string {
	if strings.HasPrefix(collection, "e") {
		return "an"
	}
	return "a"
}

// isReference: s has one of the forms of references.
func isReference(s, collection string) bool {
	if isARM(strings.TrimPrefix(s, "azureml:")) {
		return true
	}
	rest, ok := strings.CutPrefix(s, "azureml:")
	if !ok {
		return false
	}
	if uri, ok := strings.CutPrefix(rest, "//"); ok {
		return isAssetURI(uri, collection)
	}
	return isNameVersion(rest)
}

// isNameVersion: NAME, NAME:VERSION or NAME@LABEL.
func isNameVersion(s string) bool {
	name, version, versioned := strings.Cut(s, ":")
	if !versioned {
		name, version, versioned = strings.Cut(s, "@")
	}
	return isWord(name) && (!versioned || isWord(version))
}

// isWord: s is something, without what separates the parts of a reference.
func isWord(s string) bool { return s != "" && !strings.ContainsAny(s, ":@/ \t\n") }

// isAssetURI: what follows azureml://. Only that of registries is looked at.
func isAssetURI(s, collection string) bool {
	parts := strings.Split(s, "/")
	if slices.Contains(parts, "") || len(parts) < 2 {
		return false
	}
	switch parts[0] {
	case "registries":
		return (len(parts) == 4 || len(parts) == 6 && (parts[4] == "versions" || parts[4] == "labels")) && parts[2] == collection
	case "feeds", "locations", "subscriptions", collection:
		return true
	case "jobs", "datastores":
		return collection == "models" && len(parts) > 2
	}
	return strings.EqualFold(parts[0], "resourceGroups")
}

// isARM: s is the id of a resource of Azure. The pieces of its end are not
// looked at. Source: azure-ai-ml, AMLVersionedArmId.
func isARM(s string) bool {
	parts := strings.Split(strings.TrimPrefix(s, "/"), "/")
	return len(parts) >= 8 && !slices.Contains(parts[:8], "") && strings.EqualFold(parts[0], "subscriptions") &&
		strings.EqualFold(parts[2], "resourceGroups") && strings.EqualFold(parts[4], "providers")
}

// armID checks the ARM id of a resource.
func (c *checker) armID(t pipeline.Text, at string) {
	if blank(t) || isARM(t.Value) && strings.HasPrefix(t.Value, "/") {
		return
	}
	c.errorf(t.Range, diag.CodeBadReference, at, "%s is not the id of a resource", t.Value).Hint =
		"write /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/PROVIDER/TYPE/NAME"
}

// compute checks the name of a compute: azureml:NAME, NAME, or an ARM id.
func (c *checker) compute(t pipeline.Text, at string) {
	if blank(t) || isARM(strings.TrimPrefix(t.Value, "azureml:")) {
		return
	}
	if name := strings.TrimPrefix(t.Value, "azureml:"); !isWord(name) {
		c.errorf(t.Range, diag.CodeBadReference, at, "%q is not the name of a compute", t.Value).Hint = "write azureml:NAME"
	}
}

// jobRef checks a reference to a job that ran before.
func (c *checker) jobRef(t pipeline.Text, at string) {
	if blank(t) || isARM(strings.TrimPrefix(t.Value, "azureml:")) {
		return
	}
	if name, ok := strings.CutPrefix(t.Value, "azureml:"); !ok || !isWord(name) {
		c.errorf(t.Range, diag.CodeBadReference, at, "%s is not a reference to a job", t.Value).Hint = "write azureml:NAME, or the path of a file with a job"
	}
}

// address checks where data or a model lies when it is not on this machine.
// Source: "Access data in a job" of the Azure ML documentation.
func (c *checker) address(l pipeline.LocalPath, at, collection string) {
	if blank(l.Text) || l.Name != "" {
		return
	}
	v := l.Value
	if fault, hint := pipeline.AddressFault(v); fault != "" {
		c.errorf(l.Range, diag.CodeBadReference, at, "%s", fault).Hint = hint
		return
	}
	switch rest, ok := strings.CutPrefix(v, "azureml:"); {
	case !ok, isReference(v, collection), isDatastoreURI(rest), isJobURI(rest):
		return
	}
	c.errorf(l.Range, diag.CodeBadReference, at, "%s is not the address of %s", v, noun(collection)).Hint =
		"write azureml://datastores/NAME/paths/PATH"
}

func noun(collection string) string {
	if collection == "models" {
		return "a model"
	}
	return "data"
}

// isDatastoreURI: //datastores/NAME, or more, also within a workspace.
func isDatastoreURI(s string) bool {
	s, ok := strings.CutPrefix(s, "//")
	if !ok {
		return false
	}
	if i := strings.Index(s, "/datastores/"); i > 0 && strings.HasPrefix(s, "subscriptions/") {
		s = s[i+1:]
	}
	parts := strings.SplitN(s, "/", 4)
	return parts[0] == "datastores" && len(parts) > 1 && parts[1] != "" && (len(parts) < 3 || parts[2] == "paths")
}

// isJobURI: //jobs/NAME/outputs/NAME, or more.
func isJobURI(s string) bool {
	s, ok := strings.CutPrefix(s, "//jobs/")
	parts := strings.SplitN(s, "/", 4)
	return ok && len(parts) >= 3 && parts[0] != "" && parts[1] == "outputs" && parts[2] != ""
}
