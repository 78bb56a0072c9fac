package load

import (
	"regexp"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// componentName is a name under which a component can be registered.
// Source: azure-ai-ml: _schema/core/fields.py, ComponentNameStr.
var componentName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// unregistrable warns of a component that cannot be registered as it is. That
// does not matter to a pipeline that names its file, which ignores the name.
func unregistrable(def asset.Definition) diag.List {
	c, ok := def.(*pipeline.Component)
	if !ok {
		return nil
	}
	var errs diag.List
	switch name := c.Name; {
	case name.Value == "":
		d := errs.Warnf(c.Range, diag.CodeMissingField, "the component has no name, and cannot be registered without one")
		d.Path, d.Hint = "name", "add name, or leave the component to pipelines that name its file"
	case !componentName.MatchString(name.Value):
		d := errs.Warnf(name.Range, diag.CodeBadName, "%q is not a name under which a component can be registered", name.Value)
		d.Path, d.Hint = "name", "use small letters, digits and underscores, beginning with a letter"
	}
	return errs
}
