package plan_test

import (
	"testing"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/pipeline"
)

// TestBuildRefuses: what can be checked and not run is refused, in a job of its
// own and deep in a pipeline, each place once.
func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	sweep := &pipeline.Step{Name: "tune", Type: pipeline.SweepStep, Spec: &pipeline.Sweep{}}
	inner := &pipeline.Component{Type: pipeline.PipelineComponent, Steps: []*pipeline.Step{sweep}}
	nested := func(name string) *pipeline.Step {
		return &pipeline.Step{Name: name, Type: pipeline.PipelineStep, Component: inner}
	}
	tests := []struct {
		name string
		job  pipeline.Job
		path string
	}{
		{"job", &pipeline.SpecJob{Step: sweep}, ""},
		{"step", &pipeline.Pipeline{Steps: []*pipeline.Step{sweep}}, "jobs.tune"},
		{"nested twice", &pipeline.Pipeline{Steps: []*pipeline.Step{nested("a"), nested("b")}}, "jobs.a.component.jobs.tune"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, errs := plan.Build(tt.job)
			if p != nil || len(errs) != 1 {
				t.Fatalf("got plan %v and %v", p, errs)
			}
			want := "a sweep job can be checked, but not run here yet"
			if d := errs[0]; d.Code != diag.CodeUnsupportedKind || d.Message != want || d.Path != tt.path {
				t.Errorf("got %s %q at %q, want %q at %q", d.Code, d.Message, d.Path, want, tt.path)
			}
		})
	}
}
