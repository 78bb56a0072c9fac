package schema_test

import (
	"testing"

	"github.com/ischia-ml/ischia/internal/schema"
)

func TestTreatment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind, text, path, field string
		want                    schema.Treatment
	}{
		{"pipelineJob", "inputs: {a: {path: x}}", "inputs.a", "path", schema.Runs},
		{"pipelineJob", "", "", "compute", schema.Ignored},
		{"sparkJob", "inputs: {a: {path: x}}", "inputs.a", "path", schema.Validated},
		{"pipelineJob", "jobs: {a: {type: spark}}", "jobs.a", "entry", schema.Validated},
		{"pipelineJob", "jobs: {a: {type: spark, entry: {}}}", "jobs.a.entry", "file", schema.Validated},
		{"pipelineJob", "queue_settings: {}", "queue_settings", "job_tier", schema.Validated},
		{"pipelineJob", "", "", "id", schema.Accepted},
	}
	for _, tt := range tests {
		k := kindOf(t, tt.kind)
		o, _ := k.At(parse(t, "type: x\n"+tt.text), keys(tt.path))
		if o == nil || o.Field(tt.field) == nil {
			t.Errorf("%s: nothing at %q with field %q", tt.kind, tt.path, tt.field)
			continue
		}
		if got := k.Treatment(o, o.Field(tt.field)); got != tt.want {
			t.Errorf("%s of %s at %q: got %v, want %v", tt.field, tt.kind, tt.path, got, tt.want)
		}
	}
}

func TestHereOfKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]schema.Treatment{
		"pipelineJob": schema.Runs, "commandComponent": schema.Runs, "sparkJob": schema.Validated, "data": schema.Validated,
	} {
		if got := kindOf(t, kind).Here(); got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
}
