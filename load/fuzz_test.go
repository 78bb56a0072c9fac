package load_test

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// FuzzFile: whatever stands in a file, reading, checking and planning it ends,
// and everything said of it has a place.
func FuzzFile(f *testing.F) {
	names, err := filepath.Glob("../testdata/vectors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		main, component := []byte{}, []byte(trainYAML)
		for _, file := range archive.Files {
			switch file.Name {
			case "pipeline.yml":
				main = file.Data
			case "leaf.yml", "sub.yml", "component.yml", "train.yml":
				component = file.Data
			}
		}
		f.Add(main, component, "inputs.x=1")
	}
	f.Fuzz(func(t *testing.T, main, component []byte, setting string) {
		fsys := fstest.MapFS{"pipeline.yml": {Data: main}, "src/x": {Data: []byte("1")}}
		for _, name := range []string{"leaf.yml", "sub.yml", "component.yml", "train.yml"} {
			fsys[name] = &fstest.MapFile{Data: component}
		}
		for _, o := range []load.Options{{}, {Set: []string{setting}, Inputs: []string{setting}}} {
			_, errs := readAll(fsys, "pipeline.yml", o)
			for _, d := range errs {
				if d.File == "" || d.Line < 1 || d.Column < 1 || d.Code == "" || d.Message == "" {
					t.Errorf("a diagnostic without place, code or message: %#v", d)
				}
			}
		}
	})
}

// readAll reads, checks and plans a definition, faulty or not.
func readAll(fsys fstest.MapFS, name string, o load.Options) (*plan.Plan, diag.List) {
	def, errs := load.Check(fsys, name, o)
	job, ok := def.(pipeline.Job)
	if !ok {
		return nil, errs
	}
	p, planned := plan.Build(job)
	return p, append(errs, planned...)
}
