package asset_test

import (
	"bytes"
	"io/fs"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/codec"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// read reads a definition as package load does, and checks it.
func read(fsys fs.FS, kind, name string, data []byte) (asset.Validator, diag.List) {
	root, errs := yamlnode.Parse(name, data)
	description, ok := schema.Of(kind)
	if root == nil || !ok {
		return nil, errs
	}
	shape := description.Check(root, "")
	def := asset.New(kind)
	codec.New().Decode(root, def, codec.Env{Dir: path.Dir(name)})
	return def, append(errs, asset.Join(shape, def.Validate(fsys))...)
}

// printed is a definition as YAML.
func printed(t *testing.T, def asset.Definition) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := yamlnode.Print(&b, codec.New().Encode(def)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// again checks that what is printed of def reads as def, and has no faults
// that def has not.
func again(t *testing.T, def asset.Validator, name string, faulty bool) {
	t.Helper()
	out := printed(t, def)
	got, errs := read(nil, def.Kind(), name, out)
	if diff := cmp.Diff(def, got, cmpopts.IgnoreTypes(diag.Range{}, []diag.Range{})); diff != "" {
		t.Errorf("%s: model after printing (-want +got):\n%s\nprinted:\n%s", name, diff, out)
	}
	if !faulty && errs.HasErrors() {
		t.Errorf("%s: faults after printing: %v\nprinted:\n%s", name, errs.Err(), out)
	}
}
