package load_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// sameModel compares models without the places of their parts. An empty list or
// map is the same as none.
func sameModel() cmp.Options {
	return cmp.Options{
		cmpopts.IgnoreTypes(diag.Range{}),
		cmpopts.IgnoreFields(pipeline.Text{}, "Spans"),
		cmpopts.IgnoreUnexported(pipeline.Pipeline{}, pipeline.Component{}, pipeline.Step{}, pipeline.Input{}, pipeline.Output{}),
		cmpopts.SortSlices(func(a, b pipeline.Ignored) bool { return a.Field < b.Field }), // they are in the file's order
		cmpopts.EquateEmpty(),
	}
}

// printed loads, prints and loads again. The difference is empty when that is
// the identity, and the text is what was printed.
func printed(fsys fs.FS, name string, def asset.Definition) (text, difference string) {
	data, err := load.Print(def)
	switch {
	case err != nil && strings.Contains(err.Error(), "two inputs named"): // g: {a: 1} beside g.a: 2, which Validate reports
		return "", ""
	case err != nil:
		return "", err.Error()
	}
	again := path.Join(path.Dir(name), "printed-again.yml")
	both := overlay{fsys, fstest.MapFS{again: {Data: data}}}
	second, errs := load.File(both, again)
	if errs.HasErrors() {
		return string(data), show(errs.Sorted())
	}
	if first := schemaOf(def); first != nil && *first == "" {
		*schemaOf(second) = "" // it may be added where nothing else tells the kind
	}
	if d := cmp.Diff(def, second, sameModel()); d != "" {
		return string(data), d
	}
	twice, err := load.Print(second)
	if err != nil {
		return string(data), err.Error()
	}
	return string(data), cmp.Diff(string(data), string(twice))
}

// schemaOf is the $schema of a job or component.
func schemaOf(def asset.Definition) *string {
	switch d := def.(type) {
	case pipeline.Job:
		return &d.Head().Schema
	case *pipeline.Component:
		return &d.Schema
	}
	return nil
}

// TestCorpusRoundTrip: every real definition that we take prints as YAML that
// loads to the same model.
func TestCorpusRoundTrip(t *testing.T) {
	t.Parallel()
	base, err := fs.Sub(corpusDir(t), "open")
	if err != nil {
		t.Fatal(err)
	}
	manifest := readManifest(t, base)
	fsys := withStubs(base, manifest)
	counts := map[string]int{}
	for _, e := range manifest {
		def, errs := load.File(fsys, e.Path)
		if def == nil || errs.HasErrors() {
			counts[e.Kind+" not read, "+e.Verdict]++
			continue
		}
		counts[e.Kind+" printed"]++
		if text, diff := printed(fsys, e.Path, def); diff != "" {
			t.Errorf("%s is not what was printed of it:\n%s\n%s", e.Path, diff, text)
		}
	}
	logCounts(t, counts)
}

// TestRoundTrip does the same with small definitions that show one form each.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../testdata/vectors/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "testdata/print.txtar") {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := fstest.MapFS{}
		for _, f := range archive.Files {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		for file := range files {
			def, errs := load.File(files, file)
			if def == nil || errs.HasErrors() {
				if !strings.HasPrefix(name, "..") && strings.HasPrefix(file, "forms/") {
					t.Errorf("%s: %s", file, show(errs))
				}
				continue
			}
			if text, diff := printed(files, file, def); diff != "" {
				t.Errorf("%s: %s is not what was printed of it:\n%s\n%s", name, file, diff, text)
			}
		}
	}
}

// TestPrintGo: what a program made prints as YAML that is the same plan.
func TestPrintGo(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"home/ada/conda.yml": {Data: []byte("dependencies: []")}, "home/ada/prepare.yml": {Data: []byte(prepareYAML)},
		"home/ada/src/main.py": {Data: []byte("1")}, "home/ada/data/x": {Data: []byte("1")},
	}
	made := sameGo()
	text, err := load.Print(made)
	if err != nil {
		t.Fatal(err)
	}
	fsys["home/ada/printed.yml"] = &fstest.MapFile{Data: text}
	read, errs := load.Pipeline(fsys, "home/ada/printed.yml")
	if errs = append(errs, read.Validate(fsys)...); len(errs) > 0 {
		t.Fatalf("%s\n%s", show(errs), text)
	}
	ofMade, errs := plan.Build(made)
	ofRead, more := plan.Build(read)
	if len(errs)+len(more) > 0 {
		t.Fatalf("plan: %v %v", errs, more)
	}
	if d := cmp.Diff(planJSON(t, ofMade), planJSON(t, ofRead)); d != "" {
		t.Errorf("the plans differ (-made +read):\n%s\n%s", d, text)
	}
}
