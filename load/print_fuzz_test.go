package load_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/load"
)

// FuzzPrint: whatever loads without a fault prints as YAML that loads to the
// same model. Random bytes are hardly ever a definition, so that edits are made
// to the values of one as well.
func FuzzPrint(f *testing.F) {
	names, err := filepath.Glob("../testdata/vectors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(names, "testdata/print.txtar") {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ".yml" {
				f.Add(file.Data, []byte(nil))
				f.Add(file.Data, []byte("edits: any bytes"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, main, edits []byte) {
		leaf := &fstest.MapFile{Data: []byte(trainYAML)}
		fsys := fstest.MapFS{
			"pipeline.yml": {Data: edited(main, edits)}, "src/x": {Data: []byte("1")}, "leaf.yml": leaf, "train.yml": leaf,
			"parts/leaf.yml": leaf, "env.yml": {Data: []byte("image: python:3.12\nconda_file: {dependencies: [python]}\n")},
		}
		def, errs := load.File(fsys, "pipeline.yml")
		if def == nil || errs.HasErrors() {
			return
		}
		if text, diff := printed(fsys, "pipeline.yml", def); diff != "" {
			t.Errorf("it is not what was printed of it:\n%s\n%s\n%s", diff, text, fsys["pipeline.yml"].Data)
		}
	})
}

// edited is a definition with edits, three bytes for each: where, what, and
// which value.
func edited(main, edits []byte) []byte {
	root, _ := yamlnode.Parse("", main)
	if root == nil || len(edits) < 3 {
		return main
	}
	for edit := range slices.Chunk(edits, 3) {
		if len(edit) == 3 {
			change(mappings(root, nil), int(edit[0]), int(edit[1]), int(edit[2]))
		}
	}
	var b bytes.Buffer
	if err := yamlnode.Print(&b, root); err != nil {
		return main
	}
	return b.Bytes()
}

// mappings are n and all mappings below it.
func mappings(n *yamlnode.Node, list []*yamlnode.Node) []*yamlnode.Node {
	if n.Kind == yamlnode.Mapping && len(n.Pairs) > 0 {
		list = append(list, n)
	}
	for _, p := range n.Pairs {
		list = mappings(p.Value, list)
	}
	for _, item := range n.Items {
		list = mappings(item, list)
	}
	return list
}

// change makes one edit in one of the mappings.
func change(all []*yamlnode.Node, where, what, which int) {
	if len(all) == 0 {
		return
	}
	m := all[where%len(all)]
	i := which % len(m.Pairs)
	pairs := slices.Clone(m.Pairs)
	switch what % 5 {
	case 0:
		pairs[i].Value = someValue(what / 5)
	case 1:
		pairs = slices.Delete(pairs, i, i+1)
	case 2:
		pairs[i], pairs[0] = pairs[0], pairs[i]
	case 3:
		pairs[i].Value = all[(what/5+where)%len(all)].Pairs[0].Value
	case 4:
		key := []string{"identity", "comment", "tags", "description", "services", "g.a", "g", "a.b.c", "code", "mode", "type", "id"}[what/5%12]
		if m.Get(key) == nil {
			pairs = append(pairs, yamlnode.Pair{Key: key, Value: someValue(which)})
		}
	}
	// A mapping that contains itself would have no end.
	if next := (yamlnode.Node{Kind: yamlnode.Mapping, Pairs: pairs}); !contains(&next, m) {
		*m = next
	}
}

func contains(n, m *yamlnode.Node) bool {
	return n == m || slices.ContainsFunc(n.Pairs, func(p yamlnode.Pair) bool { return contains(p.Value, m) }) ||
		slices.ContainsFunc(n.Items, func(item *yamlnode.Node) bool { return contains(item, m) })
}

// someValue is one of some values that are read in more than one way.
func someValue(i int) *yamlnode.Node {
	texts := []string{"x", "5", "true", "1.5", "", " a\n\n", "a: b\n#c\n", "${{parent.inputs.raw}}", "azureml:x:1", "./src", "2024-01-02", "null", "uri_folder",
		"uri_file", "download", "string", "number", "git+https://host/x", "leaf.yml", "env.yml"}
	plain := []*yamlnode.Node{yamlnode.NewInt(5), yamlnode.NewFloat(0.5), yamlnode.NewBool(true), yamlnode.NewNull(), yamlnode.NewMapping(),
		yamlnode.NewSequence(yamlnode.NewString("a")), {Kind: yamlnode.Scalar, Text: "0x1F"}, {Kind: yamlnode.Scalar, Text: "2024-01-02"}}
	if i %= len(texts) + len(plain); i < len(texts) {
		return yamlnode.NewString(texts[i])
	}
	return plain[i-len(texts)]
}
