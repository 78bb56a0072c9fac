package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// stepRef is the step that a reference to one names: ${{parent.jobs.STEP}}.
func stepRef(text string) (string, bool) {
	parts, _ := expr.Parse(strings.TrimSpace(text))
	if len(parts) != 1 || parts[0].Ref == nil {
		return "", false
	}
	p := parts[0].Ref.Path
	if len(p) != 3 || p[0] != "parent" || p[1] != "jobs" {
		return "", false
	}
	return p[2], true
}

// flow checks a step of control flow.
func (c *checker) flow(s scope, step *Step, at string) {
	switch body := step.Spec.(type) {
	case *IfElse:
		c.ifElse(s, step, body, at)
	case *DoWhile:
		if loop := c.body(s, step, body.Body, at); loop != nil {
			c.doWhile(s, loop, body, at)
		}
	case *ParallelFor:
		loop := c.body(s, step, body.Body, at)
		c.parallelFor(s, step, loop, body, at)
	}
}

// member is the step that a block or body names; nil when there is none, and
// reported.
func (c *checker) member(s scope, step *Step, t Text, path string) *Step {
	if t.Value == "" {
		return nil
	}
	name, ok := stepRef(t.Value)
	if !ok {
		c.noStep(s, t, path)
		return nil
	}
	other := s.byName[name]
	switch other {
	case nil:
		at := t.Range
		if refs := c.refs(t, path); len(refs) == 1 {
			at = refs[0].Range
		}
		c.errorf(at, diag.CodeUnknownJob, path, "%s has no job %q", s.what, name).Hint = c.knownHint(name, s.stepNames, "its jobs are")
	case step:
		c.errorf(t.Range, diag.CodeCycle, path, "job %q names itself: a cycle", step.Name)
		return nil
	}
	return other
}

// noStep reports a text that should have named a step, and does not.
func (c *checker) noStep(s scope, t Text, path string) {
	before := len(c.errs)
	refs := c.refs(t, path)
	if len(c.errs) > before {
		return
	}
	d := c.errorf(t.Range, diag.CodeBadExpression, path, "%q names no job", clip(t.Value))
	d.Hint = "write ${{parent.jobs.JOB}}"
	if len(refs) == 0 {
		if s.byName[t.Value] != nil {
			d.Hint = fmt.Sprintf("did you mean ${{parent.jobs.%s}}?", t.Value)
		}
		return
	}
	d.Range = refs[0].Range
	switch p := refs[0].Path; {
	case p[0] == "jobs" && len(p) > 1:
		d.Code, d.Hint = diag.CodeWrongScope, fmt.Sprintf("did you mean ${{parent.jobs.%s}}?", p[1])
	case p[0] == "parent" && len(p) > 3 && p[1] == "jobs":
		d.Hint = fmt.Sprintf("did you mean ${{parent.jobs.%s}}?", p[2])
	}
}

func (c *checker) ifElse(s scope, step *Step, body *IfElse, at string) {
	c.condition(s, body.Condition, nil, join(at, "condition"))
	first := map[string]Text{}
	for i, t := range body.True {
		if other := c.member(s, step, t, blockPath(at, "true_block", body.True, i)); other != nil {
			first[other.Name] = t
		}
	}
	for i, t := range body.False {
		path := blockPath(at, "false_block", body.False, i)
		other := c.member(s, step, t, path)
		if other == nil {
			continue
		}
		if old, both := first[other.Name]; both {
			d := c.errorf(t.Range, diag.CodeDuplicateName, path, "job %q is in true_block and in false_block", other.Name)
			d.Hint = "a job in neither runs always"
			d.Related = append(d.Related, diag.Related{Range: old.Range, Message: "in true_block"})
		}
	}
}

// blockPath is the path of one job of a block, which may stand without a list.
func blockPath(at, field string, block []Text, i int) string {
	if len(block) == 1 {
		return join(at, field)
	}
	return fmt.Sprintf("%s[%d]", join(at, field), i)
}

// condition checks what decides: a reference to a literal, or true or false. It
// has to be an output of loop, unless that is nil.
func (c *checker) condition(s scope, t Text, loop *Step, path string) {
	if t.Value == "" || strings.EqualFold(t.Value, "true") || strings.EqualFold(t.Value, "false") {
		return
	}
	before := len(c.errs)
	refs := c.refs(t, path)
	switch {
	case len(c.errs) > before:
	case len(refs) == 0 && loop != nil:
		c.loopOutput(loop, t, t.Value, t.Range, path)
	case len(refs) == 0:
		c.brokenBinding(t, path)
		if len(c.errs) == before {
			c.errorf(t.Range, diag.CodeBadExpression, path, "condition %q is not a reference", clip(t.Value)).Hint =
				"write ${{parent.jobs.JOB.outputs.NAME}}, true or false"
		}
	case len(refs) > 1 || !isWhole(t.Value):
		for _, r := range refs {
			c.parentRef(s, nil, r, false, path)
		}
	default:
		c.conditionRef(s, t, refs[0], loop, path)
	}
}

// conditionRef checks a condition that is one reference.
func (c *checker) conditionRef(s scope, t Text, r ref, loop *Step, path string) {
	p := r.Path
	output := len(p) >= 5 && p[0] == "parent" && p[1] == "jobs" && p[3] == "outputs"
	switch {
	case len(p) == 3 && p[0] == "parent" && p[1] == "jobs":
		c.errorf(r.Range, diag.CodeBadExpression, path, "${{%s}} is a job; a condition is one of its outputs", r).Hint =
			fmt.Sprintf("write ${{%s.outputs.NAME}}", r)
	case loop != nil && output && p[2] != loop.Name && s.byName[p[2]] != nil:
		c.errorf(r.Range, diag.CodeWrongScope, path, "the condition is an output of job %q; that of a loop is one of its body, %q", p[2], loop.Name).Hint =
			fmt.Sprintf("write ${{parent.jobs.%s.outputs.NAME}}", loop.Name)
	case output && s.byName[p[2]] != nil && s.byName[p[2]].Component != nil:
		c.loopOutput(s.byName[p[2]], t, strings.Join(p[4:], "."), r.Range, path)
	default:
		c.parentRef(s, &Input{Name: "condition", Type: Boolean}, r, true, path)
	}
}

// loopOutput checks that a condition is an output of a step, and a literal.
func (c *checker) loopOutput(step *Step, t Text, name string, at diag.Range, path string) {
	if step.Component == nil {
		return
	}
	declared := c.portsOf(step.Component)
	out := c.output(step, name)
	switch {
	case out == nil:
		c.errorf(at, diag.CodeUnknownOutput, path, "job %q has no output %q", step.Name, name).Hint = c.knownHint(name, declared.outputNames, "its outputs are")
	case !out.Type.IsLiteral():
		typ := out.Type
		if typ == "" {
			typ = URIFolder
		}
		d := c.errorf(at, diag.CodeTypeMismatch, path, "a condition is true or false, but output %q of job %q is %s", name, step.Name, withType(typ))
		d.Hint = "declare it with type: boolean and is_control: true"
		d.Related = append(d.Related, diag.Related{Range: out.NameRange, Message: "declared here"})
	}
}

// body is the step that a loop runs; nil when there is none, and reported.
func (c *checker) body(s scope, step *Step, t Text, at string) *Step {
	path := join(at, "body")
	loop := c.member(s, step, t, path)
	if loop == nil {
		return nil
	}
	if loop.Type.IsFlow() {
		c.errorf(t.Range, diag.CodeBadValue, path, "the body of a loop is a job that runs something, but %q is of type %s", loop.Name, loop.Type)
		return nil
	}
	if first := s.bodies[loop.Name]; first != step {
		d := c.errorf(t.Range, diag.CodeDuplicateName, path, "job %q is the body of two loops", loop.Name)
		d.Hint = "write a job of its own for each loop"
		d.Related = append(d.Related, diag.Related{Range: bodyOf(first).Range, Message: fmt.Sprintf("of job %q too", first.Name)})
	}
	return loop
}

// bodyOf is what a loop says its body is.
func bodyOf(step *Step) Text {
	switch body := step.Spec.(type) {
	case *DoWhile:
		return body.Body
	case *ParallelFor:
		return body.Body
	}
	return Text{}
}

func (c *checker) doWhile(s scope, loop *Step, body *DoWhile, at string) {
	c.condition(s, body.Condition, loop, join(at, "condition"))
	if loop.Component == nil {
		return
	}
	declared := c.portsOf(loop.Component)
	for i := range body.Mapping {
		m := &body.Mapping[i]
		path := join(at, "mapping", m.Name.Value)
		name := portOf(m.Name.Value, "outputs")
		out := c.output(loop, name)
		if out == nil {
			c.errorf(m.Name.Range, diag.CodeUnknownOutput, path, "the body, job %q, has no output %q", loop.Name, name).Hint =
				c.knownHint(name, declared.outputNames, "its outputs are")
		}
		for _, t := range m.Inputs.All() {
			c.nextInput(loop, declared, out, t, path)
		}
	}
}

// nextInput checks the input that an output becomes in the next round.
func (c *checker) nextInput(loop *Step, declared *ports, out *Output, t Text, path string) {
	name := portOf(t.Value, "inputs")
	in := declared.inputs[name]
	switch {
	case in == nil && !declared.groups[name]:
		c.errorf(t.Range, diag.CodeUnknownInput, path, "the body, job %q, has no input %q", loop.Name, name).Hint =
			c.knownHint(name, declared.inputNames, "its inputs are")
	case in != nil && out != nil && in.Type.IsLiteral() && !out.Type.IsLiteral():
		c.errorf(t.Range, diag.CodeTypeMismatch, path, "input %q is %s, but output %q is data", name, article(in.Type), out.Name).Hint = "map it to an input of data"
	}
}

// portOf is the input or output that a text names, by its name or by a
// reference.
func portOf(text, kind string) string {
	parts, _ := expr.Parse(strings.TrimSpace(text))
	if len(parts) != 1 || parts[0].Ref == nil {
		return text
	}
	p := parts[0].Ref.Path
	if i := slices.Index(p, kind); i >= 0 && i < len(p)-1 {
		return strings.Join(p[i+1:], ".")
	}
	return text
}
