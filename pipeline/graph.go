package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// dependency is one edge of a graph of steps.
type dependency struct {
	on string
	at diag.Range
}

// Needs are the names of the steps whose outputs s is bound to, each once, in
// the order written.
func (s *Step) Needs() []string {
	var names []string
	seen := map[string]bool{}
	for _, b := range s.Inputs {
		for _, r := range b.jobRefs() {
			if r.Path[3] == "outputs" && !seen[r.Path[2]] {
				seen[r.Path[2]] = true
				names = append(names, r.Path[2])
			}
		}
	}
	return names
}

// text is what was written for the binding: a literal, or the path of data.
func (b *Binding) text() Text {
	switch {
	case b.Value.Literal != nil:
		return b.Value.Literal.Text
	case b.Value.Data != nil:
		return b.Value.Data.Path
	}
	return Text{}
}

// jobRefs are the references of b to other steps of the level:
// ${{parent.jobs.JOB.outputs.NAME}} and ${{parent.jobs.JOB.inputs.NAME}}.
func (b *Binding) jobRefs() []expr.Ref {
	t := b.text()
	if !strings.Contains(t.Value, "${{") {
		return nil
	}
	parts, _ := expr.Parse(t.Value)
	return slices.DeleteFunc(expr.Refs(parts), func(r expr.Ref) bool {
		p := r.Path
		return len(p) < 5 || p[0] != "parent" || p[1] != "jobs" || p[3] != "outputs" && p[3] != "inputs"
	})
}

// graph finds what the steps of one level need. A binding to another step's
// input needs what that input is bound to.
type graph struct {
	steps    map[string]*Step
	bindings map[*Step]map[string]*Binding
	needs    map[*Binding][]string
	visiting map[*Binding]bool
	// control are the edges of control flow.
	control map[string][]dependency
	// circular are the bindings that lead back to themselves by way of
	// inputs alone.
	circular []*Binding
}

func newGraph(steps []*Step) *graph {
	g := &graph{
		steps: make(map[string]*Step, len(steps)), bindings: map[*Step]map[string]*Binding{},
		needs: map[*Binding][]string{}, visiting: map[*Binding]bool{},
		control: control(steps),
	}
	for _, s := range steps {
		g.steps[s.Name] = s
	}
	return g
}

// dependencies are the edges from s, each with the place of the binding.
func (g *graph) dependencies(s *Step) []dependency {
	deps := slices.Clone(g.control[s.Name])
	for _, b := range s.Inputs {
		for _, on := range g.follow(b) {
			deps = append(deps, dependency{on, b.text().Range})
		}
	}
	return deps
}

// follow are the names of the steps whose outputs reach b.
func (g *graph) follow(b *Binding) []string {
	if names, ok := g.needs[b]; ok {
		return names
	}
	if g.visiting[b] {
		g.circular = append(g.circular, b)
		return nil
	}
	g.visiting[b] = true
	defer delete(g.visiting, b)
	var names []string
	for _, r := range b.jobRefs() {
		if r.Path[3] == "outputs" {
			names = append(names, r.Path[2])
		} else if other := g.binding(r.Path[2], strings.Join(r.Path[4:], ".")); other != nil {
			names = append(names, g.follow(other)...)
		}
	}
	g.needs[b] = names
	return names
}

// binding is what a step binds an input to, the groups that it is in included.
func (g *graph) binding(step, input string) *Binding {
	s := g.steps[step]
	if s == nil {
		return nil
	}
	if g.bindings[s] == nil {
		g.bindings[s] = make(map[string]*Binding, len(s.Inputs))
		for _, b := range s.Inputs {
			g.bindings[s][b.Name] = b
		}
	}
	return g.bindings[s][input]
}

// Order is the steps of one level with those that others need first, and
// otherwise as they stand. Of a circle it breaks one edge.
func Order(steps []*Step) []*Step {
	g := newGraph(steps)
	done := make(map[*Step]bool, len(steps))
	out := make([]*Step, 0, len(steps))
	var visit func(s *Step)
	visit = func(s *Step) {
		if s == nil || done[s] {
			return
		}
		done[s] = true
		for _, d := range g.dependencies(s) {
			visit(g.steps[d.on])
		}
		out = append(out, s)
	}
	for _, s := range steps {
		visit(s)
	}
	return out
}

// cycles reports each circle of steps once, with its members.
func (c *checker) cycles(s scope) {
	g := newGraph(s.steps)
	const visiting, done = 1, 2
	state := make(map[*Step]int, len(s.steps))
	depth := make(map[*Step]int, len(s.steps))
	var stack []*Step
	var visit func(step *Step)
	visit = func(step *Step) {
		state[step] = visiting
		depth[step] = len(stack)
		stack = append(stack, step)
		for _, d := range g.dependencies(step) {
			next := g.steps[d.on]
			switch {
			case next == nil, state[next] == done:
			case state[next] == visiting:
				c.cycle(s, step, d, stack[depth[next]:])
			default:
				visit(next)
			}
		}
		stack = stack[:len(stack)-1]
		state[step] = done
	}
	for _, step := range s.steps {
		if state[step] == 0 {
			visit(step)
		}
	}
	for _, b := range g.circular {
		c.errorf(b.text().Range, diag.CodeCycle, s.at("jobs"), "input %q is bound to itself, by way of other inputs: a cycle", b.Name).Hint = "give one of them a value"
	}
}

// maxShown bounds the members of a circle that are named.
const maxShown = 20

// cycle reports the circle that the edge d from step closes.
func (c *checker) cycle(s scope, step *Step, d dependency, members []*Step) {
	path := s.at("jobs", step.Name, "inputs")
	if len(members) == 1 {
		c.errorf(d.at, diag.CodeCycle, path, "job %q waits for its own output: a cycle", step.Name).Hint =
			"bind the input to something that is made before"
		return
	}
	shown, more := members, ""
	if len(members) > maxShown {
		shown, more = members[:maxShown], fmt.Sprintf(" (%d jobs in all)", len(members))
	}
	circle := append(stepNames(shown), members[0].Name)
	slices.Reverse(circle)
	diagnostic := c.errorf(d.at, diag.CodeCycle, path, "these jobs wait for each other in a cycle: %s%s", strings.Join(circle, " -> "), more)
	diagnostic.Hint = "cut one of the bindings"
	for _, m := range shown {
		if m != step {
			diagnostic.Related = append(diagnostic.Related, diag.Related{Range: m.NameRange, Message: fmt.Sprintf("job %q", m.Name)})
		}
	}
}
