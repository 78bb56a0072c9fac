package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// bindings checks the inputs that a step is given against those its component
// declares, and every reference in them.
func (c *checker) bindings(s scope, step *Step) {
	at := inputsAt(s, step)
	declared := c.portsOf(step.Component)
	seen := make(map[string]*Binding, len(step.Inputs))
	for _, b := range step.Inputs {
		path := at + "." + b.Name
		if old := seen[b.Name]; old != nil {
			c.twice(b, old, step, path)
			continue
		}
		seen[b.Name] = b
		want := declared.inputs[b.Name]
		switch {
		case step.Component == nil, step.Component.Inline:
			c.portName(b.Name, b.NameRange, "inputs")
		case want == nil && !declared.groups[b.Name]:
			c.errorf(b.NameRange, diag.CodeUnknownInput, path, "component %s has no input %q", componentName(step.Component, step.ComponentRef), b.Name).Hint =
				c.knownHint(b.Name, declared.inputNames, "its inputs are")
			continue
		}
		c.value(s, want, b.Value, path)
	}
	c.required(s, step, at)
}

// twice reports an input that a step is given twice, which only Go can write.
func (c *checker) twice(b, old *Binding, step *Step, path string) {
	d := c.errorf(b.NameRange, diag.CodeDuplicateName, path, "input %q of job %q is given twice", b.Name, step.Name)
	d.Related = append(d.Related, diag.Related{Range: old.NameRange, Message: "given here first"})
}

// required reports inputs that need a value and have none.
func (c *checker) required(s scope, step *Step, at string) {
	if step.Component == nil || step.Component.Inline {
		return
	}
	given := givenTo(step)
	if s.alsoGiven(step, given) {
		return
	}
	for _, in := range step.Component.Inputs {
		if in.Optional || in.Default != nil || isGiven(given, in.Name) || c.misnamed(step.Component, given, in.Name) {
			continue
		}
		d := c.errorf(step.NameRange, diag.CodeMissingInput, at+"."+in.Name, "required input %q of job %q has no value", in.Name, step.Name)
		d.Hint = fmt.Sprintf("give it under %s.inputs, a default in the component, or make it optional", step.Name)
		d.Related = append(d.Related, diag.Related{Range: in.NameRange, Message: "declared here"})
	}
}

// misnamed: an input that is given, and not declared, looks like name with a
// slip of the finger. It was reported, with name as its hint.
func (c *checker) misnamed(comp *Component, given map[string]bool, name string) bool {
	declared := c.portsOf(comp)
	for other := range given {
		if c.compared++; c.compared > maxCompared {
			return false
		}
		if declared.inputs[other] == nil && !declared.groups[other] && diag.Suggest(other, []string{name}) == name {
			return true
		}
	}
	return false
}

// value checks one value given to input want (nil: its type is not known).
func (c *checker) value(s scope, want *Input, v Value, path string) {
	if v.Data != nil {
		c.dataValue(&s, want, v.Data, path)
		return
	}
	if v.Literal == nil {
		return
	}
	before := len(c.errs)
	refs := c.refs(v.Literal.Text, path)
	if len(refs) == 0 {
		c.brokenBinding(v.Literal.Text, path)
		if len(c.errs) == before {
			c.literal(want, v.Literal, path)
		}
		return
	}
	whole := len(refs) == 1 && isWhole(v.Literal.Value)
	for _, r := range refs {
		c.parentRef(s, want, r, whole, path)
	}
}

// isWhole reports whether s is one reference and nothing else.
func isWhole(s string) bool {
	parts, _ := expr.Parse(strings.TrimSpace(s))
	return len(parts) == 1 && parts[0].Ref != nil
}

// meantAsBinding begins what nobody would write as a value.
var meantAsBinding = regexp.MustCompile(`^[${( ]*parent\.(inputs|outputs|jobs)\.[\w.]+[ })]*$`)

// brokenBinding reports a value that was meant as a reference and is none.
func (c *checker) brokenBinding(t Text, path string) {
	v := strings.TrimSpace(t.Value)
	for _, open := range []string{"${", "{{", "$("} {
		inner := strings.Trim(strings.TrimPrefix(v, open), "{}() ")
		first, _, dotted := strings.Cut(inner, ".")
		if strings.HasPrefix(v, open) && !strings.HasPrefix(v, "${{") && dotted &&
			slices.Contains([]string{"parent", "inputs", "outputs", "jobs"}, first) {
			c.errorf(t.Range, diag.CodeBadExpression, path, "%s is not a reference: %s does not open one", v, open).Hint =
				fmt.Sprintf("did you mean ${{%s}}?", inner)
			return
		}
	}
	if strings.Contains(v, "parent.") && !strings.Contains(v, "${{") && meantAsBinding.MatchString(v) {
		c.errorf(t.Range, diag.CodeBadExpression, path, "%s is not a reference: it has to stand within ${{ and }}", v).Hint =
			fmt.Sprintf("did you mean ${{%s}}?", strings.Trim(v, "${}() "))
	}
}

// parentRef checks a reference from a step's field into the scope it stands
// in. whole: the reference is the whole value, so its type must fit want.
func (c *checker) parentRef(s scope, want *Input, r ref, whole bool, path string) {
	p := r.Path
	switch {
	case p[0] != "parent":
		c.notParent(r, path)
	case len(p) >= 3 && p[1] == "inputs":
		c.parentInput(s, want, r, strings.Join(p[2:], "."), whole, path)
	case len(p) >= 5 && p[1] == "jobs" && (p[3] == "outputs" || p[3] == "inputs"):
		c.jobPort(s, want, r, whole, path)
	case len(p) == 3 && p[1] == "outputs":
		c.errorf(r.Range, diag.CodeWrongScope, path, "${{%s}} is an output of %s; an input cannot be bound to it", r, s.what).Hint =
			"bind it to the output of the job that makes it: ${{parent.jobs.JOB.outputs.NAME}}"
	default:
		c.errorf(r.Range, diag.CodeBadExpression, path, "${{%s}} names nothing a job can be given", r).Hint =
			"use ${{parent.inputs.NAME}} or ${{parent.jobs.JOB.outputs.NAME}}"
	}
}

func (c *checker) notParent(r ref, path string) {
	d := c.errorf(r.Range, diag.CodeWrongScope, path, "${{%s}} is not visible here: a job of a pipeline refers to what is around it with parent", r)
	switch r.Path[0] {
	case "inputs", "outputs", "jobs":
		d.Hint = fmt.Sprintf("did you mean ${{parent.%s}}?", r)
	default:
		d.Hint = "use ${{parent.inputs.NAME}} or ${{parent.jobs.JOB.outputs.NAME}}"
	}
}

func (c *checker) parentInput(s scope, want *Input, r ref, name string, whole bool, path string) {
	in := s.ports.inputs[name]
	if in == nil {
		if !s.ports.groups[name] {
			c.errorf(r.Range, diag.CodeUnknownInput, path, "%s has no input %q", s.what, name).Hint =
				c.knownHint(name, s.ports.inputNames, "its inputs are")
		}
		return
	}
	if !whole || want == nil {
		return
	}
	switch {
	case !c.kindsFit(want, in.Type, r.Range, path, fmt.Sprintf("input %q of %s", name, s.what), in.NameRange):
	case in.Value != nil && in.Value.Literal != nil && !strings.Contains(in.Value.Literal.Value, "${{"):
		c.literalVia(want, in, r.Range, path)
	default:
		c.valueArrives(s, want, in, r, path)
	}
}

// valueArrives reports an input that needs a value and is bound to one that
// may have none.
func (c *checker) valueArrives(s scope, want, in *Input, r ref, path string) {
	if in.Value != nil || in.Default != nil || want.Optional || want.Default != nil {
		return
	}
	var d *diag.Diagnostic
	switch {
	case !s.component:
		d = c.warnf(r.Range, diag.CodeMissingInput, path, "input %q is bound to input %q of the pipeline, which has no value yet", want.Name, in.Name)
		d.Hint = giveLater(in.Name)
	case in.Optional:
		d = c.errorf(r.Range, diag.CodeMissingInput, path, "required input %q is bound to input %q of the component, which is optional", want.Name, in.Name)
		d.Hint = "make both optional, or give the outer one a default"
	default:
		return
	}
	d.Related = append(d.Related, diag.Related{Range: in.NameRange, Message: "declared here"})
}

// jobPort checks ${{parent.jobs.JOB.outputs.NAME}}.
func (c *checker) jobPort(s scope, want *Input, r ref, whole bool, path string) {
	job, name := r.Path[2], strings.Join(r.Path[4:], ".")
	step := s.byName[job]
	if step == nil {
		c.errorf(r.Range, diag.CodeUnknownJob, path, "%s has no job %q", s.what, job).Hint =
			c.knownHint(job, s.stepNames, "its jobs are")
		return
	}
	if step.Type.IsFlow() {
		c.flowPort(s, want, r, step, name, whole, path)
		return
	}
	if step.Component == nil {
		return
	}
	declared := c.portsOf(step.Component)
	if r.Path[3] == "inputs" {
		if declared.inputs[name] == nil && !declared.groups[name] {
			c.errorf(r.Range, diag.CodeUnknownInput, path, "job %q has no input %q", job, name).Hint =
				c.knownHint(name, declared.inputNames, "its inputs are")
		}
		return
	}
	out := c.output(step, name)
	if out == nil {
		d := c.errorf(r.Range, diag.CodeUnknownOutput, path, "job %q has no output %q", job, name)
		if d.Hint = c.knownHint(name, declared.outputNames, "its outputs are"); d.Hint == "" && step.Type == AutoMLStep {
			d.Hint = fmt.Sprintf("declare it: outputs: {%s: {type: mlflow_model}}", name)
		}
		return
	}
	if whole && want != nil {
		t := out.Type
		if t == "" {
			t = URIFolder
		}
		c.kindsFit(want, t, r.Range, path, fmt.Sprintf("output %q of job %q", name, job), out.NameRange)
	}
}

// kindsFit reports a literal given where data is wanted, and the reverse.
// Other differences of type are the service's to allow.
func (c *checker) kindsFit(want *Input, got Type, r diag.Range, path, what string, declared diag.Range) bool {
	if want.Type == "" || got == "" || want.Type.IsLiteral() == got.IsLiteral() || got.IsLiteral() && got == String {
		return true
	}
	d := c.errorf(r, diag.CodeTypeMismatch, path, "input %q is %s, but %s is %s", want.Name, withType(want.Type), what, withType(got))
	d.Hint = fmt.Sprintf("bind it to something of type %s", want.Type)
	if declared.IsValid() {
		d.Related = append(d.Related, diag.Related{Range: declared, Message: "declared here"})
	}
	return false
}

func withType(t Type) string {
	if t.IsLiteral() {
		return article(t)
	}
	return fmt.Sprintf("data (%s)", t)
}

// outputBindings checks where a step's outputs go.
func (c *checker) outputBindings(s scope, step *Step) {
	at := s.at("jobs", step.Name, "outputs")
	for _, b := range step.Outputs {
		path := at + "." + b.Name
		if comp := step.Component; comp != nil && c.output(step, b.Name) == nil {
			c.errorf(b.NameRange, diag.CodeUnknownOutput, path, "component %s has no output %q", componentName(comp, step.ComponentRef), b.Name).Hint =
				c.knownHint(b.Name, c.portsOf(comp).outputNames, "its outputs are")
			continue
		}
		if step.Component == nil || step.Component.Inline {
			c.portName(b.Name, b.NameRange, "outputs")
		}
		if b.To.Value != "" {
			c.outputTo(s, b, path)
		}
		c.macros(&s, b.Spec.Path, path+".path")
	}
}

func (c *checker) outputTo(s scope, b *OutputBinding, path string) {
	before := len(c.errs)
	refs := c.refs(b.To, path)
	if len(refs) == 0 {
		if len(c.errs) == before {
			c.brokenBinding(b.To, path)
		}
		if len(c.errs) == before {
			c.errorf(b.To.Range, diag.CodeBadExpression, path, "%q is not a reference to an output of %s", b.To.Value, s.what).Hint =
				"use ${{parent.outputs.NAME}}, or a mapping with type, mode and path"
		}
		return
	}
	r := refs[0]
	switch {
	case len(refs) > 1 || !isWhole(b.To.Value):
		c.errorf(b.To.Range, diag.CodeBadExpression, path, "an output is bound to exactly one reference")
	case len(r.Path) == 2 && r.Path[0] == "outputs":
		c.notParent(r, path)
	case len(r.Path) < 3 || r.Path[0] != "parent" || r.Path[1] != "outputs":
		c.errorf(r.Range, diag.CodeWrongScope, path, "an output cannot be bound to ${{%s}}", r).Hint =
			"use ${{parent.outputs.NAME}}"
	case s.ports.outputs[strings.Join(r.Path[2:], ".")] == nil:
		name := strings.Join(r.Path[2:], ".")
		c.errorf(r.Range, diag.CodeUnknownOutput, path, "%s has no output %q", s.what, name).Hint =
			c.knownHint(name, s.ports.outputNames, "its outputs are")
	}
}

// outputsBoundOnce reports a pipeline output that two jobs write: the later
// one would win.
func (c *checker) outputsBoundOnce(s scope) {
	first := map[string]*OutputBinding{}
	for _, step := range s.steps {
		for _, b := range step.Outputs {
			parts, _ := expr.Parse(b.To.Value)
			refs := expr.Refs(parts)
			if len(refs) != 1 || len(refs[0].Path) < 3 || refs[0].Path[0] != "parent" || refs[0].Path[1] != "outputs" {
				continue
			}
			name := strings.Join(refs[0].Path[2:], ".")
			if old := first[name]; old != nil {
				d := c.errorf(b.To.Range, diag.CodeOutputBoundTwice, s.at("jobs", step.Name, "outputs", b.Name),
					"output %q of %s is bound twice", name, s.what)
				d.Hint = "give each its own output of the pipeline"
				d.Related = append(d.Related, diag.Related{Range: old.To.Range, Message: "bound here first"})
				continue
			}
			first[name] = b
		}
	}
	if c.anyUnknown(s) {
		return
	}
	for _, out := range s.outputs {
		if first[out.Name] == nil {
			c.warnf(out.NameRange, diag.CodeUnboundOutput, s.at("outputs", out.Name), "no job makes output %q of %s", out.Name, s.what).Hint =
				fmt.Sprintf("bind a job's output to ${{parent.outputs.%s}}", out.Name)
		}
	}
}

// anyUnknown: with steps that could not be read, an output may be theirs.
func (c *checker) anyUnknown(s scope) bool {
	return slices.ContainsFunc(s.steps, func(st *Step) bool { return st.Type == "" })
}

// componentName is the component as people know it: by name, else by file.
func componentName(comp *Component, ref Text) string {
	switch {
	case comp.Name.Value != "":
		return fmt.Sprintf("%q", comp.Name.Value)
	case ref.Value != "":
		return ref.Value
	}
	return "of this job"
}
