package pipeline

import (
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the job means, as [Pipeline.Validate] does.
func (j *SpecJob) Validate(fsys fs.FS) diag.List {
	c := newChecker(fsys)
	c.header(&j.Header)
	step := j.Step
	if step.Type == AutoMLStep {
		for _, b := range step.Inputs {
			c.jobInput(&Input{Name: b.Name, Type: MLTable, Value: &b.Value}, b.Name)
		}
	} else {
		c.inputs(step.Component.Inputs, false)
	}
	if body, ok := step.Spec.(*Sweep); ok {
		c.trials[step.Component] = newTrial(body)
		c.commandBody(nil, step.Component, "trial")
	}
	c.stepSpec(nil, step, "")
	c.resources(nil, step.Resources, "resources")
	c.compute(nil, step.Compute, "compute")
	c.outputPaths(step.Component.Outputs, "outputs")
	return c.errs
}

// stepSpec checks the body of a step; s is what it stands in, nil for a job of
// its own.
func (c *checker) stepSpec(s *scope, step *Step, at string) {
	switch body := step.Spec.(type) {
	case *Sweep:
		c.sweep(s, step, body, at)
	case *Parallel:
		c.parallel(s, step.Component, body, at)
	case *Spark:
		c.sparkStep(s, step, body, at)
	case *AutoML:
		c.automl(body, at)
	case *DataTransfer:
		c.transferStep(step, body, at)
	}
	if s != nil {
		c.specRefs(*s, step.Spec, at)
	}
}

// componentSpec checks the body of a component.
func (c *checker) componentSpec(comp *Component) {
	c.codeFolder(comp.Code, "code")
	for _, l := range comp.Includes {
		c.stat(l, "additional_includes", "additional include")
	}
	c.environment(comp.Environment, "environment")
	c.resources(nil, comp.Resources, "resources")
	switch body := comp.Spec.(type) {
	case *Parallel:
		c.parallel(nil, comp, body, "")
	case *Spark:
		c.sparkBody(comp, body, "")
	case *DataTransfer:
		c.transferPorts(portsOfComponent(comp), body.Task, "")
	}
}

// inputsAt is where the inputs of a step stand: those of automated ML are
// fields of their own.
func inputsAt(s scope, step *Step) string {
	if step.Type == AutoMLStep {
		return s.at("jobs", step.Name)
	}
	return s.at("jobs", step.Name, "inputs")
}

// figure is a number of a body; ok is false for none, for one that comes by
// reference, and for what is no number, which is a fault of shape.
func figure(t Text) (n *big.Rat, ok bool) {
	if t.Value == "" || strings.Contains(t.Value, "${{") {
		return nil, false
	}
	return number(strings.TrimSpace(t.Value))
}

// above reports a number that must not be above another. That the other is
// positive is a matter of shape.
func (c *checker) above(low, high Text, lowName, highName, path string) {
	a, okA := figure(low)
	b, okB := figure(high)
	if okA && okB && b.Sign() > 0 && a.Cmp(b) > 0 {
		c.errorf(low.Range, diag.CodeOutOfRange, path, "%s %s is above %s %s", lowName, low.Value, highName, high.Value).Hint =
			"exchange them, or correct one"
	}
}

// positive reports a number that has to be above zero.
func (c *checker) positive(t Text, name, path string) {
	if n, ok := figure(t); ok && n.Sign() <= 0 {
		c.errorf(t.Range, diag.CodeOutOfRange, join(path, name), "%s %s is not positive", name, t.Value).Hint = "write a number above 0"
	}
}

// argumentRefs checks the references in what a script is given: it sees its own
// inputs and outputs.
func (c *checker) argumentRefs(comp *Component, t Text, noun, path string) {
	for _, r := range c.refs(t, path) {
		if comp != nil {
			c.commandRef(comp, r, noun, path)
		}
	}
}

// ownPort finds the input or output of its own that a field names, which is one
// reference: ${{inputs.NAME}}. It reports what is none.
func (c *checker) ownPort(comp *Component, t Text, kind, path string) string {
	if t.Value == "" {
		return ""
	}
	before := len(c.errs)
	refs := c.refs(t, path)
	field := path[strings.LastIndex(path, ".")+1:]
	switch {
	case len(c.errs) > before:
	case len(refs) != 1 || !isWhole(t.Value):
		c.errorf(t.Range, diag.CodeBadExpression, path, "%s %q is not a reference to an %s", field, clip(t.Value), strings.TrimSuffix(kind, "s")).Hint =
			"write ${{" + kind + ".NAME}}"
	case refs[0].Path[0] != kind || len(refs[0].Path) < 2:
		d := c.errorf(refs[0].Range, diag.CodeWrongScope, path, "%s names one of its own %s, not ${{%s}}", field, kind, refs[0])
		d.Hint = "write ${{" + kind + ".NAME}}"
		if p := refs[0].Path; p[0] == "parent" && len(p) > 2 && p[1] == kind {
			d.Hint = "did you mean ${{" + strings.Join(p[1:], ".") + "}}?"
		}
	case comp != nil:
		c.commandRef(comp, refs[0], field, path)
		return strings.Join(refs[0].Path[1:], ".")
	}
	return ""
}

// script checks that a script is there, in its folder of code.
func (c *checker) script(code *LocalPath, t Text, what, at string) {
	if c.fsys == nil || code == nil || code.Name == "" || t.Value == "" || strings.Contains(t.Value, "${{") {
		return
	}
	info, err := fs.Stat(c.fsys, code.Name)
	if err != nil || !info.IsDir() {
		return // that is reported where the code stands
	}
	l := &LocalPath{Text: t, Name: path.Join(code.Name, strings.TrimPrefix(t.Value, "/"))}
	if info := c.stat(l, at, what); info != nil && info.IsDir() {
		c.errorf(t.Range, diag.CodeMissingFile, at, "%s %s is a folder", what, t.Value)
	}
}

// loops are what the loops of one level give the inputs of their bodies: by the
// name of the body. A loop whose items come by reference gives all.
type loops map[string][]string

// allInputs stands for the names of inputs that are not known.
const allInputs = "*"

func newLoops(steps []*Step) loops {
	var out loops
	for _, s := range steps {
		body, ok := s.Spec.(*ParallelFor)
		if !ok {
			continue
		}
		if out == nil {
			out = loops{}
		}
		name, _ := stepRef(body.Body.Value)
		out[name] = append(out[name], body.Items.names()...)
	}
	return out
}

// newBodies are the first loops of one level that have a step as their body, by
// its name.
func newBodies(steps []*Step) map[string]*Step {
	var out map[string]*Step
	for _, s := range steps {
		t := bodyOf(s)
		if t.Value == "" {
			continue
		}
		if out == nil {
			out = map[string]*Step{}
		}
		if name, ok := stepRef(t.Value); ok && out[name] == nil {
			out[name] = s
		}
	}
	return out
}

// alsoGiven are inputs of a step that get their values other than by bindings:
// from the search space, or from a loop of which the step is the body.
func (s scope) alsoGiven(step *Step, given map[string]bool) (all bool) {
	names := s.loops[step.Name]
	if body, ok := step.Spec.(*Sweep); ok {
		names = slices.Clone(names)
		for i := range body.Space {
			names = append(names, body.Space[i].Name.Value)
		}
	}
	for _, name := range names {
		given[name] = true
		// One that is unknown was reported, and may stand for any.
		if all = all || name == allInputs || findInput(step.Component.Inputs, name) == nil; all {
			return true
		}
	}
	return false
}
