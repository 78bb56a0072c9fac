package load

import (
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// spec adds the fields of a body.
func (p *printer) spec(e entries, s pipeline.Spec) {
	if s == nil {
		return
	}
	n := p.codec.Encode(s)
	for _, pair := range n.Pairs {
		e.Set(pair.Key, pair.Value)
	}
	body, ok := s.(*pipeline.Parallel)
	if !ok || body.Task == nil {
		return
	}
	if env := p.environment(body.Task.Environment); env != nil {
		e.Get("task").Set("environment", env)
	}
}

// specStep prints a step that is neither command nor pipeline.
func (p *printer) specStep(s *pipeline.Step) *yamlnode.Node {
	e := newEntries()
	e.word("type", string(s.Type))
	e.text("display_name", s.DisplayName)
	e.text("description", s.Description)
	p.specBody(e, s)
	if s.Type != pipeline.AutoMLStep {
		e.node("inputs", p.bindings(s.Inputs))
	}
	if outputs := p.outputBindings(s.Outputs); outputs != nil && s.Type == pipeline.ImportStep && inline(s) {
		e.node(pipeline.ImportOutput, outputs.Get(pipeline.ImportOutput))
	} else {
		e.node("outputs", outputs)
	}
	return p.done(e, s.Extra)
}

func inline(s *pipeline.Step) bool { return s.Component != nil && s.Component.Inline }

// specBody adds what steps and standalone jobs have in common.
func (p *printer) specBody(e entries, s *pipeline.Step) {
	e.text("compute", s.Compute)
	switch c := s.Component; {
	case s.Type == pipeline.SweepStep && inline(s):
		trial := newEntries()
		p.command(trial, c)
		e.node("trial", p.done(trial, c.Extra))
	case s.Type == pipeline.SweepStep:
		e.node("trial", p.componentOf(s.ComponentRef, c))
	case inline(s):
		p.code(e, c)
	default:
		e.node("component", p.componentOf(s.ComponentRef, c))
	}
	p.overrides(e, s)
	p.spec(e, s.Spec)
}

// code adds the code of a component, and what is put beside it.
func (p *printer) code(e entries, c *pipeline.Component) {
	if c.Code != nil {
		e.text("code", c.Code.Text)
	} else {
		e.text("code", c.CodeRef)
	}
	if len(c.Includes) > 0 {
		list := yamlnode.NewSequence()
		for _, l := range c.Includes {
			list.Items = append(list.Items, yamlnode.NewString(l.Value))
		}
		e.Set("additional_includes", list)
	}
}

func (p *printer) specJob(job *pipeline.SpecJob) *yamlnode.Node {
	e := newEntries()
	if job.Step == nil || job.Step.Component == nil {
		p.fail("the job has no body")
		return nil
	}
	header(e, &job.Header, string(job.Step.Type))
	p.specBody(e, job.Step)
	switch job.Step.Type {
	case pipeline.AutoMLStep:
	case pipeline.ImportStep:
		if outputs := p.outputBindings(job.Step.Outputs); outputs != nil {
			e.node(pipeline.ImportOutput, outputs.Get(pipeline.ImportOutput))
		}
		return p.done(e, job.Extra)
	default:
		e.node("inputs", p.jobInputs(job.Step.Component.Inputs))
	}
	e.node("outputs", p.outputs(job.Step.Component.Outputs))
	return p.done(e, job.Extra)
}

// specComponent adds what a component that is neither command nor pipeline
// consists of.
func (p *printer) specComponent(e entries, c *pipeline.Component) {
	p.code(e, c)
	e.node("environment", p.environment(c.Environment))
	e.node("environment_variables", environmentVariables(c.EnvironmentVariables))
	e.node("resources", p.resources(c.Resources))
	p.spec(e, c.Spec)
}
