package arm_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// TestBodies: the bodies of our small jobs, and of all that they register. The
// SDK reads them, and what is decoded of them encodes to them again.
func TestBodies(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/azureaiml/p*.yml")
	if err != nil || len(names) < 12 {
		t.Fatalf("found %d pipelines: %v", len(names), err)
	}
	for _, name := range []string{"command", "sweep", "spark", "component", "import"} {
		names = append(names, "testdata/jobs/"+name+".yml")
	}
	for _, name := range names {
		fsys := os.DirFS(".")
		job, errs := load.Job(fsys, name)
		if errs.HasErrors() {
			t.Fatal(errs.Err())
		}
		s := newStore()
		base, err := arm.EncodeJob(t.Context(), job, arm.EncodeOptions{Scope: scope, Resolver: s, Files: fsys})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := indented(base)
		if err != nil {
			t.Fatal(err)
		}
		golden.Check(t, append(body, s.dump()...), "testdata/bodies/"+strings.TrimSuffix(filepath.Base(name), ".yml")+".golden")
		var typed armmachinelearning.JobBase
		if err := json.Unmarshal(body, &typed); err != nil {
			t.Fatalf("%s: the SDK does not read it: %v", name, err)
		}
		switch typed.Properties.(type) {
		case *armmachinelearning.PipelineJob, *armmachinelearning.CommandJob, *armmachinelearning.SweepJob, *armmachinelearning.SparkJob:
		default:
			t.Errorf("%s: to the SDK it is %T", name, typed.Properties)
		}
		if err := encodesAgain(t.Context(), job, fsys); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecodesAzureAIML: the bodies that azure-ai-ml sends decode to jobs that
// plan as their files do, as far as commands, order and edges go.
func TestDecodesAzureAIML(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/azureaiml/p*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(strings.TrimSuffix(name, ".yml") + ".sdk.json")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "automl") {
			continue // azure-ai-ml writes the data as the text of a Python object
		}
		var all struct {
			Components map[string]struct{ Properties json.RawMessage }
			Job        json.RawMessage
		}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		s := newStore()
		for id, c := range all.Components {
			s.components[scope.Version("components", arm.AnonymousComponent, id)] = c.Properties
		}
		s.names[scope.Version("codes", "code", "1")] = "code/x"
		s.environments[scope.Version("environments", arm.AnonymousEnvironment, "env")] = []byte(`{"image":"ubuntu"}`)
		got, err := arm.DecodeJob(t.Context(), all.Job, arm.DecodeOptions{Scope: scope, Lookup: lookup{s}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, errs := load.Job(os.DirFS("."), name)
		if errs.HasErrors() {
			t.Fatal(errs.Err())
		}
		comparePlans(t, name, want, got)
	}
}

func comparePlans(t *testing.T, name string, want, got pipeline.Job) {
	t.Helper()
	a, _ := plan.Build(want)
	if a == nil {
		return // of a kind that is not run here
	}
	b, errs := plan.Build(got)
	if b == nil {
		t.Errorf("%s: it does not plan: %v", name, errs.Err())
		return
	}
	if len(a.Nodes) != len(b.Nodes) {
		t.Fatalf("%s: %d nodes, want %d", name, len(b.Nodes), len(a.Nodes))
	}
	for i, n := range a.Nodes {
		m := b.Nodes[i]
		if n.Path != m.Path || n.Command != m.Command || len(n.Inputs) != len(m.Inputs) || len(n.Needs) != len(m.Needs) ||
			n.TimeoutSeconds != m.TimeoutSeconds || n.InstanceCount != m.InstanceCount {
			t.Errorf("%s: node %+v, want %+v", name, *m, *n)
			continue
		}
		for k, in := range n.Inputs {
			other := m.Inputs[k]
			if in.Name != other.Name || (in.Value == nil) != (other.Value == nil) || in.Value != nil && *in.Value != *other.Value {
				t.Errorf("%s: %s: input %+v, want %+v", name, n.Path, other, in)
			}
		}
	}
}

// TestDecodeRefuses: what is wrong with a body is said with its path, and
// nothing in one becomes a file of this machine.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	job := func(rest string) string { return `{"properties":{"jobType":"Pipeline",` + rest + `}}` }
	node := func(rest string) string {
		return job(`"jobs":{"a":{"type":"command","componentId":"` + scope.Version("components", "c", "1") + `",` + rest + `}}`)
	}
	tests := map[string]struct{ body, path string }{
		"no JSON":          {`{`, ""},
		"more than one":    {`{} {}`, ""},
		"no properties":    {`{}`, "properties"},
		"no type":          {`{"properties":{}}`, "properties.jobType"},
		"another type":     {`{"properties":{"jobType":"Labeling"}}`, "properties.jobType"},
		"unknown field":    {job(`"secrets":{"a":1}`), "properties.secrets"},
		"jobs as list":     {job(`"jobs":[1]`), "properties.jobs"},
		"job as text":      {job(`"jobs":{"a":"b"}`), "properties.jobs.a"},
		"file as data":     {job(`"inputs":{"x":{"jobInputType":"uri_file","uri":"file:///etc/passwd"}}`), "properties.inputs.x.uri"},
		"path as data":     {job(`"inputs":{"x":{"jobInputType":"uri_file","uri":"/etc/passwd"}}`), "properties.inputs.x.uri"},
		"path in a node":   {node(`"inputs":{"x":{"job_input_type":"uri_folder","uri":"../x"}}`), "properties.jobs.a.inputs.x.uri"},
		"literal as path":  {node(`"inputs":{"d":{"job_input_type":"literal","value":"/etc/passwd"}}`), "properties.jobs.a.inputs.d"},
		"code in a node":   {node(`"code":"/etc"`), "properties.jobs.a.code"},
		"component's file": {node(`"component":"/etc/x.yml"`), "properties.jobs.a.component"},
		"environment file": {node(`"environment":"./env.yml"`), "properties.jobs.a.environment"},
		"environment body": {node(`"environment":{"conda_file":"/etc/passwd"}`), "properties.jobs.a.environment"},
		"no address":       {node(`"inputs":{"x":{"job_input_type":"uri_file"}}`), "properties.jobs.a.inputs.x.uri"},
		"deep":             {strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200), ""},
	}
	s := newStore()
	s.components[scope.Version("components", "c", "1")] = []byte(`{"componentSpec":{"type":"command","name":"c","version":"1","command":"echo",
		"environment":"azureml:e:1","inputs":{"d":{"type":"uri_folder"},"x":{"type":"uri_folder","optional":true}}}}`)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := arm.DecodeJob(t.Context(), []byte(tt.body), arm.DecodeOptions{Scope: scope, Lookup: lookup{s}})
			var fault *arm.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, %v; want a fault", got, err)
			}
			if fault.Path != tt.path {
				t.Errorf("got a fault at %q (%v), want one at %q", fault.Path, fault, tt.path)
			}
		})
	}
}

// TestDecodeAsks: what a lookup does not have is its error.
func TestDecodeAsks(t *testing.T) {
	t.Parallel()
	body := `{"properties":{"jobType":"Command","command":"x","codeId":"` + scope.Version("codes", "c", "1") + `"}}`
	_, err := arm.DecodeJob(t.Context(), []byte(body), arm.DecodeOptions{Lookup: lookup{newStore()}})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "properties.codeId") {
		t.Errorf("got %v", err)
	}
}

// TestPlaces: steps keep the places where they were written.
func TestPlaces(t *testing.T) {
	t.Parallel()
	job, errs := load.Job(os.DirFS("."), "testdata/azureaiml/p05_inline.yml")
	if errs.HasErrors() {
		t.Fatal(errs.Err())
	}
	back, err := throughWire(t.Context(), job, os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := back.(*pipeline.Pipeline)
	if !ok || len(p.Steps) != 2 || p.Steps[1].NameRange.File != "p05_inline.yml" || p.Steps[1].NameRange.Line != 15 {
		t.Errorf("got %+v", back)
	}
}

// FuzzDecodeJob: whatever a body holds, it decodes, or is refused with an error
// that says it was the body's fault; nothing local is in it.
func FuzzDecodeJob(f *testing.F) {
	names, err := filepath.Glob("testdata/azureaiml/*.sdk.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var all struct {
			Components map[string]struct{ Properties json.RawMessage }
			Job        json.RawMessage
		}
		if err := json.Unmarshal(text, &all); err != nil {
			f.Fatal(err)
		}
		component := []byte("null")
		for _, c := range all.Components {
			component = c.Properties
		}
		f.Add([]byte(all.Job), []byte(component))
	}
	f.Fuzz(func(t *testing.T, body, component []byte) {
		job, err := arm.DecodeJob(t.Context(), body, arm.DecodeOptions{Scope: scope, Lookup: one{newStore(), component}})
		var fault *arm.Fault
		var invalid *arm.Invalid
		if err != nil && !errors.As(err, &fault) && !errors.As(err, &invalid) && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an error of no known type: %v", err)
		}
		if err == nil && job == nil {
			t.Error("no job, and no error")
		}
		if err == nil {
			plan.Build(job)
		}
	})
}
