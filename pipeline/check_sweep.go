package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// sweep checks what a sweep has besides its trial.
func (c *checker) sweep(s *scope, step *Step, body *Sweep, at string) {
	space := join(at, "search_space")
	c.space(body.Space, space)
	if step.Component != nil {
		c.trials[step.Component] = newTrial(body)
	}
	switch comp := step.Component; {
	case comp == nil, comp.Type != CommandComponent:
	case comp.Inline && s == nil:
		c.spaceUsed(comp, body, space)
	default:
		c.spaceFits(comp, body, step, space)
	}
	c.policy(body.Sampling, body.Policy, at)
	c.sampling(body.Sampling, body.Space, space)
	if l := body.Limits; l != nil {
		c.above(l.MaxConcurrentTrials, l.MaxTotalTrials, "max_concurrent_trials", "max_total_trials", join(at, "limits.max_concurrent_trials"))
		c.trialOutlives(l.TrialTimeout, l.Timeout, "trial_timeout", "timeout", join(at, "limits.trial_timeout"))
	}
}

// trialOutlives warns of a trial that may take longer than the whole.
func (c *checker) trialOutlives(trial, whole Text, trialName, wholeName, path string) {
	a, okA := figure(trial)
	b, okB := figure(whole)
	if okA && okB && a.Cmp(b) > 0 {
		c.warnf(trial.Range, diag.CodeOutOfRange, path, "%s %s is above %s %s: it never counts", trialName, trial.Value, wholeName, whole.Value)
	}
}

// space checks parameters, each for itself.
func (c *checker) space(list []Parameter, at string) {
	for i := range list {
		p := &list[i]
		path := join(at, p.Name.Value)
		c.below(p, path)
		c.positive(p.Q, "q", path)
		c.positive(p.Sigma, "sigma", path)
	}
}

// below reports a least value that is not below the greatest.
func (c *checker) below(p *Parameter, path string) {
	low, okLow := figure(p.Min)
	high, okHigh := figure(p.Max)
	if !okLow || !okHigh || low.Cmp(high) < 0 {
		return
	}
	how := "above"
	if low.Cmp(high) == 0 {
		how = "the same as"
	}
	d := c.errorf(p.Min.Range, diag.CodeOutOfRange, path+".min_value", "min_value %s of parameter %q is %s its max_value %s", p.Min.Value, p.Name.Value, how, p.Max.Value)
	d.Hint = "min_value has to be below max_value"
	d.Related = append(d.Related, diag.Related{Range: p.Max.Range, Message: "max_value"})
}

// spaceFits checks the search space against the inputs of the trial.
func (c *checker) spaceFits(comp *Component, body *Sweep, step *Step, at string) {
	declared := c.portsOf(comp)
	given, used := givenTo(step), parametersOf(comp)
	for i := range body.Space {
		p := &body.Space[i]
		name, path := p.Name.Value, join(at, p.Name.Value)
		in := declared.inputs[name]
		switch {
		case in == nil && !used[name]:
			c.errorf(p.Name.Range, diag.CodeUnknownInput, path, "search_space has %q, which is no input of the trial", name).Hint =
				c.knownHint(name, declared.inputNames, "its inputs are")
		case in == nil:
		case given[name]:
			c.errorf(p.Name.Range, diag.CodeDuplicateName, path, "input %q of the trial is given a value, and searched too", name).Hint = "keep one of the two"
		case !in.Type.IsLiteral() && in.Type != "":
			c.errorf(p.Name.Range, diag.CodeTypeMismatch, path, "input %q of the trial is %s: it cannot be searched", name, withType(in.Type))
		default:
			c.choices(in, p, path)
		}
	}
}

// choices checks the values to choose from against the input that they are for.
func (c *checker) choices(in *Input, p *Parameter, path string) {
	for i := range p.Values {
		v := &p.Values[i].Value
		if v.Value != "" && !strings.Contains(v.Value, "${{") {
			c.literal(in, v, fmt.Sprintf("%s.values[%d]", path, i))
		}
	}
}

// parametersOf are the parameters that a command names as ones of the search
// space, in its variables too.
func parametersOf(comp *Component) map[string]bool {
	used := map[string]bool{}
	note := func(text string) {
		if !strings.Contains(text, "search_space") {
			return
		}
		parts, _ := expr.Parse(text)
		for _, r := range expr.Refs(parts) {
			if r.Path[0] == "search_space" {
				used[strings.Join(r.Path[1:], ".")] = true
			}
		}
	}
	note(comp.Command.Value)
	for _, v := range comp.EnvironmentVariables {
		note(v.Value.Value)
	}
	return used
}

// spaceUsed warns of parameters that the command of a sweep job does not use.
func (c *checker) spaceUsed(comp *Component, body *Sweep, at string) {
	if comp.Command.Value == "" {
		return
	}
	used := parametersOf(comp)
	for i := range body.Space {
		if name := body.Space[i].Name; !used[name.Value] {
			c.warnf(name.Range, diag.CodeUnknownInput, join(at, name.Value), "the command does not use parameter %q", name.Value).Hint =
				fmt.Sprintf("use it: ${{search_space.%s}}", name.Value)
		}
	}
}

// trial is what the command of a sweep's trials can refer to.
type trial struct {
	names []string
	has   map[string]bool
}

func newTrial(body *Sweep) *trial {
	t := &trial{has: make(map[string]bool, len(body.Space))}
	for i := range body.Space {
		name := body.Space[i].Name.Value
		t.names, t.has[name] = append(t.names, name), true
	}
	return t
}

// spaceRef checks ${{search_space.NAME}} in the command of a trial.
func (c *checker) spaceRef(comp *Component, r ref, name, path string) {
	switch t := c.trials[comp]; {
	case t == nil:
		c.errorf(r.Range, diag.CodeWrongScope, path, "${{%s}} is for the trial of a sweep", r)
	case len(t.names) > 0 && !t.has[name]:
		c.errorf(r.Range, diag.CodeUnknownInput, path, "the command uses parameter %q, which is not in search_space", name).Hint =
			c.knownHint(name, t.names, "its parameters are")
	}
}

// policy warns of a policy that the algorithm does not look at.
func (c *checker) policy(s *Sampling, p *TerminationPolicy, at string) {
	if s != nil && p != nil && strings.EqualFold(s.Name().Value, "bayesian") {
		c.warnf(p.Range, diag.CodeBadValue, join(at, "early_termination"), "early_termination has no effect with sampling_algorithm bayesian")
	}
}

// sampling checks that the algorithm can search the space.
// Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters
func (c *checker) sampling(s *Sampling, space []Parameter, at string) {
	if s == nil {
		return
	}
	var can []string
	name := strings.ToLower(s.Name().Value)
	switch name {
	case "grid":
		can = []string{"choice"}
	case "bayesian":
		can = []string{"choice", "uniform", "quniform"}
	default:
		return
	}
	for i := range space {
		t := space[i].Type
		if t.Value == "" || slices.Contains(can, strings.ToLower(t.Value)) {
			continue
		}
		d := c.errorf(t.Range, diag.CodeBadValue, join(at, space[i].Name.Value, "type"),
			"sampling_algorithm %s cannot search parameter %q of type %s", name, space[i].Name.Value, t.Value)
		d.Hint = "it searches " + strings.Join(can, ", ")
		d.Related = append(d.Related, diag.Related{Range: s.Name().Range, Message: "sampling_algorithm"})
	}
}
