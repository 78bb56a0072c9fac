package asset

import (
	"io/fs"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the data asset means; see [Validator].
func (d *Data) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.versioned(&d.Versioned, "a data asset")
	c.dataPath(d)
	return c.errs
}

// versioned checks what all registered assets have.
func (c *checker) versioned(v *Versioned, what string) {
	c.name(v.Name, "name", assetName(what))
	if !v.Version.IsZero() && !blank(v.Version) && strings.ContainsAny(v.Version.Value, "/\\:@ ") {
		c.errorf(v.Version.Range, diag.CodeBadName, "version", "%q is not a version", v.Version.Value).Hint =
			"use letters, digits, dots, dashes and underscores"
	}
}

// dataPath checks that local data is there and is what the type says. The
// client refuses a file as a folder and the reverse, before anything is sent.
// Source: azure-ai-ml, operations/_data_operations.py.
func (c *checker) dataPath(d *Data) {
	c.address(d.Path, "path", "data")
	info := c.stat(d.Path, "path", "local data")
	if info == nil {
		return
	}
	switch typ := strings.ToLower(d.Type.Value); {
	case typ == "uri_file" && info.IsDir():
		c.errorf(d.Path.Range, diag.CodeTypeMismatch, "path", "%s is a folder, but the type is uri_file", d.Path.Value).Hint = "write type: uri_folder"
	case typ == "uri_file" || info.IsDir() && typ != "mltable":
	case !info.IsDir() && typ == "":
		c.errorf(d.Path.Range, diag.CodeTypeMismatch, "path", "%s is a file, but data without a type is a folder", d.Path.Value).Hint = "add type: uri_file"
	case !info.IsDir():
		c.errorf(d.Path.Range, diag.CodeTypeMismatch, "path", "%s is a file, but the type is %s", d.Path.Value, typ).Hint = "write type: uri_file"
	default:
		c.table(d)
	}
}

// table checks that the folder of a table says what the table is.
func (c *checker) table(d *Data) {
	if _, err := fs.Stat(c.fsys, path.Join(d.Path.Name, "MLTable")); err != nil {
		c.errorf(d.Path.Range, diag.CodeMissingFile, "path", "the folder %s of a table has no file MLTable: it %s", d.Path.Value, whyNot(err)).Hint =
			"write the file MLTable, which says how the data is read; or write type: uri_folder"
	}
}
