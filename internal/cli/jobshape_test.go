package cli_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/cli"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func text(s string) *string { return &s }

// object is a job as it is printed, read back.
func object(t testing.TB, j *workspace.Job, steps ...*workspace.Job) map[string]any {
	t.Helper()
	line, err := json.Marshal(cli.JobObject(j, steps))
	if err != nil {
		t.Fatalf("print %+v: %v", j, err)
	}
	var v map[string]any
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func at(v any, path ...string) any {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func TestEmptyJobHasNoNulls(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", "command", "pipeline"} {
		got := object(t, &workspace.Job{Name: "x", Type: kind}, &workspace.Job{}, &workspace.Job{Parent: "x"}, &workspace.Job{Name: "x", Parent: "x"})
		for key, value := range got {
			if value == nil {
				t.Errorf("%q: %s is null", kind, key)
			}
		}
		if at(got, "creation_context") != nil {
			t.Errorf("%q: created never, by nobody: %v", kind, got["creation_context"])
		}
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	port := func(p workspace.Port) *workspace.Job {
		p.Name = "p"
		return &workspace.Job{Name: "x", Type: "command", Spec: workspace.Spec{Inputs: []workspace.Port{p}, Outputs: []workspace.Port{p}}}
	}
	noMicros := time.Date(2026, 1, 2, 3, 4, 5, 999, time.FixedZone("", 3600))
	for _, c := range []struct {
		name string
		job  *workspace.Job
		path []string
		want any
	}{
		{"no fraction of a second", &workspace.Job{Created: noMicros}, []string{"creation_context", "created_at"}, "2026-01-02T02:04:05+00:00"},
		{"a number", port(workspace.Port{Type: "number", Value: text("1e-05")}), []string{"parameters", "p"}, 1e-05},
		{"no number", port(workspace.Port{Type: "number", Value: text("inf")}), []string{"parameters", "p"}, "inf"},
		{"a number out of range", port(workspace.Port{Type: "number", Value: text("1e999")}), []string{"parameters", "p"}, "1e999"},
		{"null is no number", port(workspace.Port{Type: "number", Value: text("null")}), []string{"parameters", "p"}, "null"},
		{"a boolean", port(workspace.Port{Type: "boolean", Value: text("False")}), []string{"parameters", "p"}, false},
		{"no boolean", port(workspace.Port{Type: "boolean", Value: text("")}), []string{"parameters", "p"}, ""},
		{"text like a number", port(workspace.Port{Type: "string", Value: text("7")}), []string{"parameters", "p"}, "7"},
		{"literals are text", port(workspace.Port{Type: "integer", Value: text("7")}), []string{"inputs", "p"}, "7"},
		{"an input without a value", port(workspace.Port{Type: "integer"}), []string{"inputs", "p"}, nil},
		{"an input not resolved yet", port(workspace.Port{Binding: "${{parent.inputs.x}}"}), []string{"inputs", "p", "path"}, "${{parent.inputs.x}}"},
		{"an input resolved", port(workspace.Port{Binding: "${{parent.inputs.x}}", URI: "azureml://d"}), []string{"inputs", "p", "path"}, "azureml://d"},
		{"an output's mode", port(workspace.Port{Mode: "upload"}), []string{"outputs", "p", "mode"}, "upload"},
		{"an output not resolved yet", port(workspace.Port{Binding: "${{parent.outputs.x}}"}), []string{"outputs", "p"}, "${{parent.outputs.x}}"},
		{"a compute", &workspace.Job{Spec: workspace.Spec{Compute: "gpu"}}, []string{"compute"}, "azureml:gpu"},
		{"no reference", &workspace.Job{Spec: workspace.Spec{Compute: "serverless"}}, []string{"compute"}, "serverless"},
		{"a reference", &workspace.Job{Spec: workspace.Spec{Compute: "azureml:gpu"}}, []string{"compute"}, "azureml:gpu"},
		{"no time", &workspace.Job{Spec: workspace.Spec{TimeoutSeconds: math.Inf(1)}}, []string{"limits"}, nil},
		{"a part of a second", &workspace.Job{Spec: workspace.Spec{TimeoutSeconds: 0.5}}, []string{"limits", "timeout"}, 0.5},
		{"a setting of nothing", &workspace.Job{Type: "pipeline", Spec: workspace.Spec{Settings: map[string]any{"x": nil}}}, []string{"settings", "x"}, nil},
	} {
		if got := at(object(t, c.job), c.path...); got != c.want {
			t.Errorf("%s: %v is %#v, want %#v", c.name, c.path, got, c.want)
		}
	}
}

func TestNestedSteps(t *testing.T) {
	t.Parallel()
	root := &workspace.Job{Name: "r", Type: "pipeline"}
	got := object(t, root,
		&workspace.Job{Name: "1", Parent: "r", Step: "a", Type: "pipeline"},
		&workspace.Job{Name: "2", Parent: "1", Step: "a/b", Type: "pipeline"},
		&workspace.Job{Name: "3", Parent: "2", Step: "a/b/c", Type: "command", Status: workspace.Failed},
		&workspace.Job{Name: "4", Parent: "nobody", Step: "lost"},
	)
	if s := at(got, "jobs", "a", "jobs", "b", "jobs", "c", "status"); s != "Failed" {
		t.Errorf("got %v", got["jobs"])
	}
	if lost := at(got, "jobs", "lost"); lost != nil {
		t.Errorf("a step of nobody is shown: %v", lost)
	}
}

// FuzzJobObject: whatever the ledger holds prints, and without nulls.
func FuzzJobObject(f *testing.F) {
	f.Add([]byte(`{"Name":"x","Type":"pipeline","Spec":{"settings":{"default_compute":7}}}`), []byte(`{"Name":"y","Parent":"x","Step":"/"}`))
	f.Add([]byte(`{"Type":"command","Spec":{"inputs":[{"name":"","value":"1","type":"number"}]}}`), []byte(`{"Parent":"x","Type":"pipeline"}`))
	f.Fuzz(func(t *testing.T, root, child []byte) {
		var j, s workspace.Job
		if json.Unmarshal(root, &j) != nil || json.Unmarshal(child, &s) != nil {
			return
		}
		for key, value := range object(t, &j, &s, &s) {
			if value == nil {
				t.Errorf("%s is null", key)
			}
		}
	})
}
