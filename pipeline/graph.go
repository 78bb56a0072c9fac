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
	for _, d := range s.dependencies() {
		if !slices.Contains(names, d.on) {
			names = append(names, d.on)
		}
	}
	return names
}

func (s *Step) dependencies() []dependency {
	var deps []dependency
	for _, b := range s.Inputs {
		var t Text
		switch {
		case b.Value.Literal != nil:
			t = b.Value.Literal.Text
		case b.Value.Data != nil:
			t = b.Value.Data.Path
		}
		if !strings.Contains(t.Value, "${{") {
			continue
		}
		parts, _ := expr.Parse(t.Value)
		for _, r := range expr.Refs(parts) {
			if len(r.Path) == 5 && r.Path[0] == "parent" && r.Path[1] == "jobs" && r.Path[3] == "outputs" {
				deps = append(deps, dependency{r.Path[2], t.Range})
			}
		}
	}
	return deps
}

// cycles reports each circle of steps once, with all its members.
func (c *checker) cycles(s scope) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var stack []string
	var visit func(step *Step)
	visit = func(step *Step) {
		state[step.Name] = visiting
		stack = append(stack, step.Name)
		for _, d := range step.dependencies() {
			next := s.step(d.on)
			switch {
			case next == nil, state[d.on] == done:
			case state[d.on] == visiting:
				c.cycle(s, step, d, stack[slices.Index(stack, d.on):])
			default:
				visit(next)
			}
		}
		stack = stack[:len(stack)-1]
		state[step.Name] = done
	}
	for _, step := range s.steps {
		if state[step.Name] == 0 {
			visit(step)
		}
	}
}

// cycle reports the circle that the edge d from step closes.
func (c *checker) cycle(s scope, step *Step, d dependency, members []string) {
	circle := append(slices.Clone(members), members[0])
	slices.Reverse(circle)
	path := s.at("jobs", step.Name, "inputs")
	if len(members) == 1 {
		c.errorf(d.at, diag.CodeCycle, path, "job %q waits for its own output: a cycle", step.Name)
		return
	}
	diagnostic := c.errorf(d.at, diag.CodeCycle, path, "these jobs wait for each other in a cycle: %s", strings.Join(circle, " -> "))
	diagnostic.Hint = "cut one of the bindings"
	for _, name := range members {
		if m := s.step(name); m != nil && m != step {
			diagnostic.Related = append(diagnostic.Related, diag.Related{Range: m.NameRange, Message: fmt.Sprintf("job %q", name)})
		}
	}
}
