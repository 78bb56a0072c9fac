package load

import (
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// IsDefinition reports whether a YAML file is meant for Azure ML, which a
// folder's other YAML (conda files, CI, compose) is not: its $schema names one
// of Azure ML's schemas, or its shape is one that only jobs and components
// have. A file that is not YAML counts when it says so in its first lines.
func IsDefinition(fsys fs.FS, name string) bool {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return false
	}
	root, _ := yamlnode.Parse(name, data)
	if root == nil {
		head := string(data[:min(len(data), 512)])
		return strings.Contains(head, "azureml") && strings.Contains(head, "$schema")
	}
	if schema := root.Get("$schema"); schema != nil {
		return strings.Contains(strings.ToLower(schema.Text), "azureml") || schemaKind(schema) != ""
	}
	t := root.Get("type")
	switch {
	case t == nil:
		return root.Get("command") != nil && root.Get("environment") != nil
	case jobKind(t.Text) != "":
		return root.Get("jobs") != nil || root.Get("command") != nil || root.Get("component") != nil || root.Get("inputs") != nil
	}
	return assetKind(t.Text) != ""
}
