package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// bindings checks the inputs that a step is given against those its component
// declares, and every reference in them.
func (c *checker) bindings(s scope, step *Step) {
	at := s.at("jobs", step.Name, "inputs")
	declared := step.Component
	for _, b := range step.Inputs {
		path := at + "." + b.Name
		var want *Input
		switch {
		case declared == nil, declared.Inline:
			want = inlineInput(declared, b)
			c.portName(b.Name, b.NameRange, "inputs")
		default:
			want = findInput(declared.Inputs, b.Name)
			if want == nil && !hasGroup(declared.Inputs, b.Name) {
				c.errorf(b.NameRange, diag.CodeUnknownInput, path, "component %s has no input %q", componentName(declared), b.Name).Hint =
					knownHint(b.Name, inputNames(declared.Inputs), "its inputs are")
				continue
			}
		}
		c.value(s, want, b.Value, path)
	}
	c.required(s, step, at)
}

// inlineInput is the declaration that a binding of an inline step amounts to.
func inlineInput(comp *Component, b *Binding) *Input {
	if comp == nil {
		return nil
	}
	return findInput(comp.Inputs, b.Name)
}

// hasGroup reports whether name is a whole group of inputs ("grp" of
// "grp.size").
func hasGroup(list []*Input, name string) bool {
	return slices.ContainsFunc(list, func(in *Input) bool { return strings.HasPrefix(in.Name, name+".") })
}

// required reports inputs that need a value and have none.
func (c *checker) required(s scope, step *Step, at string) {
	if step.Component == nil || step.Component.Inline {
		return
	}
	for _, in := range step.Component.Inputs {
		if in.Optional || in.Default != nil || bound(step, in.Name) {
			continue
		}
		d := c.errorf(step.NameRange, diag.CodeMissingInput, at+"."+in.Name, "required input %q of job %q has no value", in.Name, step.Name)
		d.Hint = fmt.Sprintf("give it under %s.inputs, a default in the component, or make it optional", step.Name)
		d.Related = append(d.Related, diag.Related{Range: in.NameRange, Message: "declared here"})
	}
}

func bound(step *Step, name string) bool {
	return slices.ContainsFunc(step.Inputs, func(b *Binding) bool {
		return b.Name == name || strings.HasPrefix(name, b.Name+".")
	})
}

// value checks one value given to input want (nil: its type is not known).
func (c *checker) value(s scope, want *Input, v Value, path string) {
	if v.Data != nil {
		c.dataValue(want, v.Data, path)
		return
	}
	if v.Literal == nil {
		return
	}
	refs := c.refs(v.Literal.Text, path)
	if len(refs) == 0 {
		c.brokenBinding(v.Literal.Text, path)
		c.literal(want, v.Literal, path)
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
	case len(p) == 5 && p[1] == "jobs" && (p[3] == "outputs" || p[3] == "inputs"):
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
	in := findInput(s.inputs, name)
	if in == nil {
		if hasGroup(s.inputs, name) {
			return
		}
		c.errorf(r.Range, diag.CodeUnknownInput, path, "%s has no input %q", s.what, name).Hint =
			knownHint(name, inputNames(s.inputs), "its inputs are")
		return
	}
	if !whole || want == nil {
		return
	}
	if c.kindsFit(want, in.Type, r.Range, path, fmt.Sprintf("input %q of %s", name, s.what), in.NameRange) &&
		in.Value != nil && in.Value.Literal != nil && !strings.Contains(in.Value.Literal.Value, "${{") {
		c.literalVia(want, in, r.Range, path)
	}
}

// jobPort checks ${{parent.jobs.JOB.outputs.NAME}}.
func (c *checker) jobPort(s scope, want *Input, r ref, whole bool, path string) {
	job, name := r.Path[2], r.Path[4]
	step := s.step(job)
	if step == nil {
		c.errorf(r.Range, diag.CodeUnknownJob, path, "%s has no job %q", s.what, job).Hint =
			knownHint(job, stepNames(s.steps), "its jobs are")
		return
	}
	if r.Path[3] == "inputs" {
		if step.Component != nil && findInput(step.Component.Inputs, name) == nil && !bound(step, name) {
			c.errorf(r.Range, diag.CodeUnknownInput, path, "job %q has no input %q", job, name).Hint =
				knownHint(name, inputNames(step.Component.Inputs), "its inputs are")
		}
		return
	}
	if step.Component == nil {
		return
	}
	out := step.output(name)
	if out == nil {
		c.errorf(r.Range, diag.CodeUnknownOutput, path, "job %q has no output %q", job, name).Hint =
			knownHint(name, outputNames(step.Component.Outputs), "its outputs are")
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

// output is the declared output of s by name. `artifacts` is made by every
// command on Azure ML: the run's own outputs folder.
func (s *Step) output(name string) *Output {
	if out := findOutput(s.Component.Outputs, name); out != nil {
		return out
	}
	if name == ArtifactsOutput && s.Type == CommandStep {
		return &Output{Name: name, Type: URIFolder, NameRange: s.NameRange}
	}
	return nil
}

// ArtifactsOutput is the output that every command has without declaring it:
// the folder that holds its outputs/, logs/ and user_logs/.
const ArtifactsOutput = "artifacts"

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
		return fmt.Sprintf("a %s", t)
	}
	return fmt.Sprintf("data (%s)", t)
}

// outputBindings checks where a step's outputs go.
func (c *checker) outputBindings(s scope, step *Step) {
	at := s.at("jobs", step.Name, "outputs")
	for _, b := range step.Outputs {
		path := at + "." + b.Name
		if comp := step.Component; comp != nil && step.output(b.Name) == nil {
			c.errorf(b.NameRange, diag.CodeUnknownOutput, path, "component %s has no output %q", componentName(comp), b.Name).Hint =
				knownHint(b.Name, outputNames(comp.Outputs), "its outputs are")
			continue
		}
		if step.Component == nil || step.Component.Inline {
			c.portName(b.Name, b.NameRange, "outputs")
		}
		if b.To.Value != "" {
			c.outputTo(s, b, path)
		}
		c.macros(b.Spec.Path, path+".path")
	}
}

func (c *checker) outputTo(s scope, b *OutputBinding, path string) {
	refs := c.refs(b.To, path)
	if len(refs) == 0 {
		if !c.hasErrorAt(b.To.Range) {
			c.brokenBinding(b.To, path)
		}
		if !c.hasErrorAt(b.To.Range) {
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
	case findOutput(s.outputs, strings.Join(r.Path[2:], ".")) == nil:
		name := strings.Join(r.Path[2:], ".")
		c.errorf(r.Range, diag.CodeUnknownOutput, path, "%s has no output %q", s.what, name).Hint =
			knownHint(name, outputNames(s.outputs), "its outputs are")
	}
}

// hasErrorAt reports whether something was said about r already.
func (c *checker) hasErrorAt(r diag.Range) bool {
	return slices.ContainsFunc(c.errs, func(d diag.Diagnostic) bool { return d.File == r.File && d.Line == r.Line })
}

// outputsBoundOnce reports a pipeline output that two jobs write: the later
// one would win.
func (c *checker) outputsBoundOnce(s scope) {
	first := map[string]*OutputBinding{}
	for _, step := range s.steps {
		for _, b := range step.Outputs {
			parts, _ := expr.Parse(b.To.Value)
			refs := expr.Refs(parts)
			if len(refs) != 1 || len(refs[0].Path) < 3 || refs[0].Path[1] != "outputs" {
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
	for _, out := range s.outputs {
		if first[out.Name] == nil && !c.anyUnknown(s) {
			c.warnf(out.NameRange, diag.CodeUnboundOutput, s.at("outputs", out.Name), "no job makes output %q of %s", out.Name, s.what).Hint =
				fmt.Sprintf("bind a job's output to ${{parent.outputs.%s}}", out.Name)
		}
	}
}

// anyUnknown: with steps that could not be read, an output may be theirs.
func (c *checker) anyUnknown(s scope) bool {
	return slices.ContainsFunc(s.steps, func(st *Step) bool { return st.Type != CommandStep && st.Type != PipelineStep })
}

func componentName(comp *Component) string {
	if comp.Name.Value != "" {
		return fmt.Sprintf("%q", comp.Name.Value)
	}
	return "of this job"
}

// knownHint is "did you mean", or else the list of what there is.
func knownHint(word string, known []string, lead string) string {
	if hint := diag.DidYouMean(word, known); hint != "" {
		return hint
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return lead + " " + strings.Join(known, ", ")
}
