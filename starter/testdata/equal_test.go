package main

import (
	"encoding/json"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// The pipeline in driver.go and the one in pipeline.yml are one model, and
// have one plan.
func TestBothDefinitionsAreOne(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	fsys := os.DirFS(filepath.VolumeName(here) + string(filepath.Separator))
	inGo, err := definePipeline(t.Context(), driver.Env{})
	if err != nil {
		t.Fatal(err)
	}
	// pipeline.yml gives the values of a run.
	for name, value := range definePipelineParameters(driver.Env{}) {
		if err := inGo.SetInput(name, value, load.Name(here)); err != nil {
			t.Fatal(err)
		}
	}
	inGo.Locate(load.Name(here))
	inYAML, faults := load.Pipeline(fsys, load.Name(filepath.Join(here, "pipeline.yml")))
	for _, list := range []diag.List{faults, inGo.Validate(fsys), inYAML.Validate(fsys)} {
		if len(list) > 0 {
			t.Fatal(list)
		}
	}
	if diff := cmp.Diff(inYAML, inGo, sameMeaning()...); diff != "" {
		t.Errorf("pipeline.yml and driver.go differ (-yml +go):\n%s", diff)
	}
	if diff := cmp.Diff(planOf(t, inYAML), planOf(t, inGo)); diff != "" {
		t.Errorf("their plans differ (-yml +go):\n%s", diff)
	}
}

// sameMeaning leaves out where things are written, and how a file of the
// definition is named rather than which file that is.
func sameMeaning() []cmp.Option {
	return []cmp.Option{
		cmpopts.IgnoreTypes(diag.Range{}, []diag.Range{}),
		cmpopts.EquateEmpty(),
		cmp.FilterPath(func(p cmp.Path) bool {
			if field, ok := p.Last().(cmp.StructField); ok && !token.IsExported(field.Name()) {
				return true // how a model was built
			}
			name := p.String()
			for _, field := range []string{".Schema", "ComponentRef", "Code.Text", ".Dir", "Outputs.Spec.Name"} {
				if strings.HasSuffix(name, field) {
					return true
				}
			}
			return strings.HasPrefix(name, "Header.Schema")
		}, cmp.Ignore()),
	}
}

func planOf(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	built, faults := plan.Build(p)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	text, err := json.MarshalIndent(built, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
