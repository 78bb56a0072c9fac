package asset

import (
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the model means; see [Validator].
func (m *Model) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.versioned(&m.Versioned, "a model")
	c.modelPath(m, "")
	return c.errs
}

// modelPath checks where the model lies, and that a local one of a type that
// is a folder is one.
func (c *checker) modelPath(m *Model, at string) {
	at = join(at, "path")
	c.address(m.Path, at, "models")
	if rest, ok := strings.CutPrefix(m.Path.Value, "runs:/"); ok && strings.Count(rest, "/") < 1 {
		c.errorf(m.Path.Range, diag.CodeBadReference, at, "%s is not the address of a model", m.Path.Value).Hint = "write runs:/RUN_ID/PATH"
	}
	info := c.stat(m.Path, at, "local model")
	if typ := strings.ToLower(m.Type.Value); info != nil && !info.IsDir() && (typ == "mlflow_model" || typ == "triton_model") {
		c.errorf(m.Path.Range, diag.CodeTypeMismatch, at, "%s is a file, but a model of type %s is a folder", m.Path.Value, typ).Hint =
			"name the folder, or write type: custom_model"
	}
}

// modelUse checks a model where one is needed.
func (c *checker) modelUse(u *ModelUse, at string) {
	switch {
	case u == nil:
	case u.Definition != nil:
		c.modelPath(u.Definition, at)
	default:
		c.reference(u.Ref, at, "models")
	}
}
