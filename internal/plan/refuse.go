package plan

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// refuser finds the steps of a job that can be checked, and not run here. A
// component that many steps use is looked at once.
type refuser struct {
	errs diag.List
	seen map[*pipeline.Component]bool
}

// refuse reports the job itself, or each of its steps, in pipelines within it
// too, that cannot be run on this machine.
func refuse(job pipeline.Job) diag.List {
	r := &refuser{seen: map[*pipeline.Component]bool{}}
	switch j := job.(type) {
	case *pipeline.Pipeline:
		r.steps(j.Steps, "jobs")
	case *pipeline.SpecJob:
		r.step(j.Step, j.Range, "")
	}
	return r.errs
}

func (r *refuser) steps(steps []*pipeline.Step, at string) {
	for _, s := range steps {
		path := at + "." + s.Name
		switch {
		case s.Spec != nil || s.Type != pipeline.CommandStep && s.Type != pipeline.PipelineStep && s.Type != "":
			r.step(s, s.NameRange, path)
		case s.Component != nil && !r.seen[s.Component]:
			r.seen[s.Component] = true
			r.steps(s.Component.Steps, path+".component.jobs")
		}
	}
}

func (r *refuser) step(s *pipeline.Step, at diag.Range, path string) {
	d := r.errs.Errorf(at, diag.CodeUnsupportedKind, "%s can be checked, but not run here yet", s.Type.Words())
	d.Path, d.Hint = path, "commands and pipelines of them are run"
}
