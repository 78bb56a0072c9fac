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
	c := newChecker(fsys)
	c.built(p.build)
	c.header(&p.Header)
	c.inputs(p.Inputs, false)
	switch {
	case p.Component != nil:
		c.component(p.Component)
		c.jobInputs(p)
	case p.ComponentRef.Value != "":
		c.componentRef(p.ComponentRef, "component")
	default:
		if p.build != nil && len(p.Steps) == 0 {
			c.errorf(p.Range, diag.CodeMissingField, "jobs", "the pipeline has no step").Hint = "add one with Step"
		}
		c.scope(scope{what: "the pipeline", outputs: p.Outputs, steps: p.Steps, ports: newPorts(p.Inputs, p.Outputs)})
	}
	c.compute(nil, p.Settings.DefaultCompute, "settings.default_compute")
	c.compute(nil, p.Compute, "compute")
	c.datastore(p.Settings.DefaultDatastore)
	c.outputPaths(p.Outputs, "outputs")
	return c.errs
}

// Validate checks what the job means, as [Pipeline.Validate] does.
func (j *CommandJob) Validate(fsys fs.FS) diag.List {
	c := newChecker(fsys)
	c.header(&j.Header)
	c.inputs(j.Step.Component.Inputs, false)
	c.commandBody(nil, j.Step.Component, "")
	c.compute(nil, j.Step.Compute, "compute")
	c.outputPaths(j.Step.Component.Outputs, "outputs")
	return c.errs
}

// Validate checks what a component means, as [Pipeline.Validate] does.
func (comp *Component) Validate(fsys fs.FS) diag.List {
	c := newChecker(fsys)
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
	// active are those being checked, each within the one before.
	active map[*Component]bool
	// faulty are the builders whose faults were taken over.
	faulty map[*builder]bool
	ports  map[*Component]*ports
	// trials are the commands that are trials of a sweep.
	trials map[*Component]*trial
	// folders are the names in a folder that were read for a hint.
	folders  map[string][]string
	compared int
}

func newChecker(fsys fs.FS) *checker {
	return &checker{
		fsys: fsys, seen: map[*Component]bool{}, active: map[*Component]bool{}, faulty: map[*builder]bool{},
		ports: map[*Component]*ports{}, trials: map[*Component]*trial{}, folders: map[string][]string{},
	}
}

// built takes over the faults of what was written in Go.
func (c *checker) built(b *builder) {
	if b != nil && !c.faulty[b] {
		c.faulty[b] = true
		c.errs = append(c.errs, b.errs...)
	}
}

// scope is what the references in a step's fields can see: the pipeline job
// or pipeline component that the step stands in.
type scope struct {
	what    string
	outputs []*Output
	steps   []*Step
	path    string
	ports   *ports
	// component: it is a component, whose inputs get their values later.
	component bool
	// byName finds steps; a graph may have many thousands.
	byName    map[string]*Step
	stepNames []string
	loops     loops
	bodies    map[string]*Step
}

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
// Sources: azure-ai-ml, IOConstants.VALID_KEY_PATTERN, and is_valid_node_name
// of PipelineJobsField, which wants small letters.
var (
	portName = regexp.MustCompile(`^[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)*$`)
	stepName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
	jobName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`) // and 255 at most; counting here would take milliseconds to compile
)

func (c *checker) header(h *Header) {
	if n := h.Name; n.Value != "" && (len(n.Value) > 255 || !jobName.MatchString(n.Value)) {
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
	s.stepNames = stepNames(s.steps)
	s.loops, s.bodies = newLoops(s.steps), newBodies(s.steps)
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
			"use small letters, digits and underscores, not beginning with a digit" + suggestName(strings.ToLower(step.Name), stepName)
	}
	c.spelled(step.Name, step.NameRange, at)
	c.built(step.build)
	c.bindings(s, step)
	c.outputBindings(s, step)
	c.compute(&s, step.Compute, at+".compute")
	c.stepOverrides(&s, step, at)
	if step.Type.IsFlow() {
		c.flow(s, step, at)
		return
	}
	c.stepSpec(&s, step, at)
	if step.Component == nil {
		c.componentRef(step.ComponentRef, at+".component")
		return
	}
	switch {
	case step.Component.Inline:
		if step.Spec == nil {
			c.commandBody(&s, step.Component, at)
		}
	case c.active[step.Component]:
		c.errorf(step.NameRange, diag.CodeRecursive, at, "the component of job %q contains itself", step.Name).Hint = "a recursive component never ends"
	default:
		c.component(step.Component)
	}
}

// suggestName is a name that allowed matches, for one that it does not.
func suggestName(name string, allowed *regexp.Regexp) string {
	fixed := regexp.MustCompile(`\W`).ReplaceAllString(name, "_")
	if allowed.MatchString(fixed) {
		return fmt.Sprintf("; did you mean %q?", fixed)
	}
	return ""
}

func (c *checker) component(comp *Component) {
	if c.seen[comp] {
		return
	}
	c.seen[comp], c.active[comp] = true, true
	defer delete(c.active, comp)
	c.built(comp.build)
	c.inputs(comp.Inputs, true)
	for _, out := range comp.Outputs {
		c.built(out.build)
		c.portName(out.Name, out.NameRange, "outputs")
	}
	c.sameButForCapitals(comp)
	switch comp.Type {
	case CommandComponent:
		c.commandBody(nil, comp, "")
	case PipelineComponent:
		c.scope(scope{what: "the component", outputs: comp.Outputs, steps: comp.Steps, ports: c.portsOf(comp), component: true})
	default:
		c.componentSpec(comp)
	}
}

// spelled reports a name that YAML reads as another value than text, unless it
// is quoted. Source: the bool and null types of YAML 1.1, which PyYAML has.
func (c *checker) spelled(name string, r diag.Range, path string) {
	switch strings.ToLower(name) {
	case "on", "off", "yes", "no", "true", "false", "null":
	default:
		return
	}
	if r.EndColumn-r.Column != len(name) {
		return
	}
	kind := "true or false"
	if strings.EqualFold(name, "null") {
		kind = "nothing"
	}
	c.errorf(r, diag.CodeBadName, path, "%s is no name: YAML reads it as %s", name, kind).Hint = "choose another name, or put it in quotes"
}

func (c *checker) portName(name string, r diag.Range, field string) {
	c.spelled(name, r, field+"."+name)
	if !portName.MatchString(name) {
		c.errorf(r, diag.CodeBadName, field+"."+name, "%q is not a name of an %s", name, strings.TrimSuffix(field, "s")).Hint =
			"use letters, digits and underscores, not beginning with a digit" + suggestName(name, portName)
	}
}
