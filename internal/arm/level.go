package arm

import (
	"strings"

	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// level is one pipeline, for the types of what its steps are given: on the wire
// every step runs a component, whose inputs and outputs have types.
type level struct {
	inputs     map[string]*pipeline.Input
	outputs    map[string]*pipeline.Output
	outputList []*pipeline.Output
	steps      map[string]*pipeline.Step
	// makers are the steps' outputs that are bound to the level's own.
	makers map[string]maker
	// types are those of inputs of steps that are known already; empty while
	// one is being looked at, so that a circle ends.
	types map[string]pipeline.Type
}

type maker struct {
	step *pipeline.Step
	out  *pipeline.OutputBinding
}

func newLevel(inputs []*pipeline.Input, outputs []*pipeline.Output, steps []*pipeline.Step) *level {
	l := &level{
		inputs: map[string]*pipeline.Input{}, outputs: map[string]*pipeline.Output{}, outputList: outputs,
		steps: map[string]*pipeline.Step{}, makers: map[string]maker{}, types: map[string]pipeline.Type{},
	}
	for _, in := range inputs {
		l.inputs[in.Name] = in
	}
	for _, out := range outputs {
		l.outputs[out.Name] = out
	}
	for _, s := range steps {
		l.steps[s.Name] = s
		for _, b := range s.Outputs {
			if path := reference(b.To.Value); len(path) > 2 && path[1] == "outputs" {
				l.makers[strings.Join(path[2:], ".")] = maker{s, b}
			}
		}
	}
	return l
}

// reference are the words of a text that is one reference to a parent; nil for
// other texts.
func reference(text string) []string {
	parts, errs := expr.Parse(strings.TrimSpace(text))
	if len(errs) > 0 || len(parts) != 1 || parts[0].Ref == nil || parts[0].Ref.Path[0] != "parent" {
		return nil
	}
	return parts[0].Ref.Path
}

// valueType is the type of what an input is given.
func (l *level) valueType(v *pipeline.Value) pipeline.Type {
	switch {
	case v == nil:
		return ""
	case v.Data != nil:
		return first(v.Data.Type, pipeline.URIFolder)
	case v.Type != "":
		return v.Type
	case v.Literal == nil:
		return ""
	case !strings.Contains(v.Literal.Value, "${{"):
		return first(v.Literal.Type, pipeline.String)
	}
	if path := reference(v.Literal.Value); path != nil {
		return l.referenceType(path)
	}
	return pipeline.String
}

func (l *level) referenceType(path []string) pipeline.Type {
	switch {
	case len(path) >= 3 && path[1] == "inputs":
		if in := l.inputs[strings.Join(path[2:], ".")]; in != nil {
			return first(in.Type, l.valueType(in.Value))
		}
	case len(path) >= 5 && path[1] == "jobs" && l.steps[path[2]] != nil:
		s, name := l.steps[path[2]], strings.Join(path[4:], ".")
		if path[3] == "outputs" {
			return l.outputType(s, name)
		}
		return l.inputType(s, name)
	}
	return ""
}

// inputType is the type of an input of a step.
func (l *level) inputType(s *pipeline.Step, name string) pipeline.Type {
	if s.Component != nil {
		for _, in := range s.Component.Inputs {
			if in.Name == name && in.Type != "" {
				return in.Type
			}
		}
	}
	key := s.Name + ".inputs." + name
	if known, ok := l.types[key]; ok {
		return known
	}
	l.types[key] = ""
	for _, b := range s.Inputs {
		if b.Name == name {
			l.types[key] = l.valueType(&b.Value)
		}
	}
	return l.types[key]
}

// outputType is the type of an output of a step.
func (l *level) outputType(s *pipeline.Step, name string) pipeline.Type {
	for _, b := range s.Outputs {
		if b.Name == name {
			return l.boundOutputType(s, b)
		}
	}
	return declaredOutputType(s, name)
}

// boundOutputType is the type of an output with its binding: the type of the
// pipeline's own output wins.
func (l *level) boundOutputType(s *pipeline.Step, b *pipeline.OutputBinding) pipeline.Type {
	if path := reference(b.To.Value); len(path) > 2 && path[1] == "outputs" {
		if own := l.outputs[strings.Join(path[2:], ".")]; own != nil && own.Type != "" {
			return own.Type
		}
	}
	return first(b.Spec.Type, declaredOutputType(s, b.Name))
}

// declaredOutputType is the type that a step's component declares.
func declaredOutputType(s *pipeline.Step, name string) pipeline.Type {
	if s.Component == nil {
		return pipeline.URIFolder
	}
	return componentOutputType(s.Component, name)
}

func componentOutputType(c *pipeline.Component, name string) pipeline.Type {
	for _, out := range c.Outputs {
		if out.Name == name && out.Type != "" {
			return out.Type
		}
	}
	if len(c.Steps) > 0 {
		return newLevel(c.Inputs, c.Outputs, c.Steps).ownOutputType(name)
	}
	return pipeline.URIFolder
}

// ownOutputType is the type of an output of the level itself: as declared, or
// that of the step that makes it.
func (l *level) ownOutputType(name string) pipeline.Type {
	if out := l.outputs[name]; out != nil && out.Type != "" {
		return out.Type
	}
	if m, ok := l.makers[name]; ok {
		return l.boundOutputType(m.step, m.out)
	}
	return pipeline.URIFolder
}

func first(list ...pipeline.Type) pipeline.Type {
	for _, t := range list {
		if t != "" {
			return t
		}
	}
	return ""
}

// jobOutput is an output of a job.
func (l *level) jobOutput(out *pipeline.Output) *yamlnode.Node {
	n := yamlnode.NewMapping()
	n.Set("jobOutputType", str(string(l.ownOutputType(out.Name))))
	for _, f := range []struct{ key, text string }{
		{"mode", wireMode(out.Mode)}, {"uri", out.Path.Value}, {"description", out.Description},
		{"assetName", out.AssetName.Value}, {"assetVersion", out.AssetVersion.Value},
	} {
		if f.text != "" {
			n.Set(f.key, str(f.text))
		}
	}
	return n
}
