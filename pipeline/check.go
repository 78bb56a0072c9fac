package pipeline

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what p means, and that the local files it names are there
// in fsys (nil: files are not looked at). All faults are found in one pass.
func (p *Pipeline) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys, seen: map[*Component]bool{}}
	if p.build != nil {
		c.errs = append(c.errs, p.build.errs...)
	}
	c.header(&p.Header)
	c.inputs(p.Inputs, false)
	s := scope{what: "the pipeline", inputs: p.Inputs, outputs: p.Outputs, steps: p.Steps}
	if p.Component != nil {
		c.component(p.Component)
		c.jobInputs(p)
	} else {
		c.scope(s)
	}
	c.compute(p.Settings.DefaultCompute, "settings.default_compute")
	c.compute(p.Compute, "compute")
	c.datastore(p.Settings.DefaultDatastore)
	c.outputPaths(p.Outputs, "outputs")
	return c.errs
}

// Validate checks what the job means, as [Pipeline.Validate] does.
func (j *CommandJob) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys, seen: map[*Component]bool{}}
	c.header(&j.Header)
	c.inputs(j.Step.Component.Inputs, false)
	c.commandBody(j.Step.Component, "")
	c.compute(j.Step.Compute, "compute")
	c.stepOverrides(j.Step, nil, "")
	c.outputPaths(j.Step.Component.Outputs, "outputs")
	return c.errs
}

// Validate checks what a component means, as [Pipeline.Validate] does.
func (comp *Component) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys, seen: map[*Component]bool{}}
	c.component(comp)
	return c.errs
}

// checker collects the faults of one definition.
type checker struct {
	fsys fs.FS
	errs diag.List
	// seen are the components checked already: one used by ten steps is
	// checked once.
	seen map[*Component]bool
}

// scope is what the references in a step's fields can see: the pipeline job
// or pipeline component that the step stands in.
type scope struct {
	what    string
	inputs  []*Input
	outputs []*Output
	steps   []*Step
	path    string
	// byName finds steps; a graph may have many thousands.
	byName map[string]*Step
}

func (s scope) step(name string) *Step { return s.byName[name] }

func (s scope) at(parts ...string) string {
	if s.path != "" {
		parts = append([]string{s.path}, parts...)
	}
	return strings.Join(parts, ".")
}

// errorf adds an error about the element at path.
func (c *checker) errorf(r diag.Range, code diag.Code, path, format string, args ...any) *diag.Diagnostic {
	d := c.errs.Errorf(r, code, format, args...)
	d.Path = path
	return d
}

func (c *checker) warnf(r diag.Range, code diag.Code, path, format string, args ...any) *diag.Diagnostic {
	d := c.errs.Warnf(r, code, format, args...)
	d.Path = path
	return d
}

// Names of inputs, outputs and jobs; an input in a group is "group.name".
// Source: azure-ai-ml, IOConstants.VALID_KEY_PATTERN.
var (
	portName = regexp.MustCompile(`^[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)*$`)
	stepName = regexp.MustCompile(`^[a-zA-Z_]\w*$`)
	jobName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`)
)

func (c *checker) header(h *Header) {
	if n := h.Name; n.Value != "" && !jobName.MatchString(n.Value) {
		c.errorf(n.Range, diag.CodeBadName, "name", "%q is not a job name", n.Value).Hint =
			"use letters, digits, dots, dashes and underscores, beginning with a letter or digit"
	}
}

// scope checks a graph of steps.
func (c *checker) scope(s scope) {
	if len(s.steps) == 0 {
		return
	}
	s.byName = make(map[string]*Step, len(s.steps))
	for _, step := range s.steps {
		s.byName[step.Name] = step
	}
	for _, step := range s.steps {
		c.step(s, step)
	}
	c.outputsBoundOnce(s)
	c.cycles(s)
}

func (c *checker) step(s scope, step *Step) {
	at := s.at("jobs", step.Name)
	if !stepName.MatchString(step.Name) {
		c.errorf(step.NameRange, diag.CodeBadName, at, "%q is not a job name within a pipeline", step.Name).Hint =
			"use letters, digits and underscores, not beginning with a digit" + suggestName(step.Name)
	}
	c.bindings(s, step)
	c.outputBindings(s, step)
	c.compute(step.Compute, at+".compute")
	c.stepOverrides(step, &s, at)
	if step.Component == nil {
		c.componentRef(step.ComponentRef, at+".component")
		return
	}
	if step.Component.Inline {
		c.commandBody(step.Component, at)
		return
	}
	c.component(step.Component)
}

func suggestName(name string) string {
	fixed := regexp.MustCompile(`\W`).ReplaceAllString(name, "_")
	if stepName.MatchString(fixed) {
		return fmt.Sprintf("; did you mean %q?", fixed)
	}
	return ""
}

func (c *checker) component(comp *Component) {
	if c.seen[comp] {
		return
	}
	c.seen[comp] = true
	c.inputs(comp.Inputs, true)
	for _, out := range comp.Outputs {
		c.portName(out.Name, out.NameRange, "outputs")
	}
	switch comp.Type {
	case CommandComponent:
		c.commandBody(comp, "")
	case PipelineComponent:
		c.scope(scope{what: "the component", inputs: comp.Inputs, outputs: comp.Outputs, steps: comp.Steps})
	}
}

func (c *checker) portName(name string, r diag.Range, field string) {
	if !portName.MatchString(name) {
		c.errorf(r, diag.CodeBadName, field+"."+name, "%q is not a name of an %s", name, strings.TrimSuffix(field, "s")).Hint =
			"use letters, digits and underscores, not beginning with a digit" + suggestName(name)
	}
}
