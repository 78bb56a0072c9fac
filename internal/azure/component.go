package azure

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/pipeline"
)

// componentOf is the component that a pipeline is published as. Values of the
// pipeline's inputs become the defaults of its parameters. Data cannot be a
// default, so an input that has some is no parameter: the steps get the data
// themselves.
func componentOf(p *pipeline.Pipeline) *pipeline.Component {
	c := &pipeline.Component{
		Type: pipeline.PipelineComponent, DisplayName: p.DisplayName, Description: p.Description, Tags: p.Tags, Steps: p.Steps,
	}
	declared := p.Inputs
	if p.Component != nil {
		c.Steps, declared = p.Component.Steps, withValues(p.Component.Inputs, p.Inputs)
	}
	data := map[string]*pipeline.Data{}
	for _, in := range declared {
		if in.Value != nil && in.Value.Data != nil {
			data[in.Name] = in.Value.Data
			continue
		}
		c.Inputs = append(c.Inputs, parameter(in))
	}
	assets := map[string]*pipeline.Output{}
	for _, out := range p.Outputs {
		assets[out.Name] = out
	}
	for _, out := range outputsOf(p) {
		bare := *out
		bare.AssetName, bare.AssetVersion, bare.Path = pipeline.Text{}, pipeline.Text{}, pipeline.Text{}
		c.Outputs = append(c.Outputs, &bare)
	}
	steps := make([]*pipeline.Step, 0, len(c.Steps))
	for _, s := range c.Steps {
		steps = append(steps, inComponent(s, data, assets))
	}
	c.Steps = steps
	return c
}

// outputsOf are the outputs of a pipeline, with all that is said of them.
func outputsOf(p *pipeline.Pipeline) []*pipeline.Output {
	if p.Component != nil {
		return p.Component.Outputs
	}
	return p.Outputs
}

// withValues are the inputs of a component with the values that a job gives.
func withValues(declared, given []*pipeline.Input) []*pipeline.Input {
	out := make([]*pipeline.Input, 0, len(declared))
	for _, in := range declared {
		i := slices.IndexFunc(given, func(g *pipeline.Input) bool { return g.Name == in.Name })
		if i >= 0 && given[i].Value != nil {
			with := *in
			with.Value = given[i].Value
			in = &with
		}
		out = append(out, in)
	}
	return out
}

// parameter is an input with its value as the default.
func parameter(in *pipeline.Input) *pipeline.Input {
	out := *in
	out.Value = nil
	if v := in.Value; v != nil && v.Literal != nil {
		out.Default = v.Literal
		if out.Type == "" {
			out.Type = v.Literal.Type
		}
	}
	if out.Type == "" {
		out.Type = pipeline.String
	}
	return &out
}

// inComponent is a step of a component: it has the data that inputs of the pipeline
// had, and says itself as what its outputs are registered.
func inComponent(s *pipeline.Step, data map[string]*pipeline.Data, assets map[string]*pipeline.Output) *pipeline.Step {
	out := *s
	out.Inputs = make([]*pipeline.Binding, 0, len(s.Inputs))
	for _, b := range s.Inputs {
		if d := data[parentName(b.Value, "inputs")]; d != nil {
			bound := *b
			own := *d
			if b.Value.Mode != "" {
				own.Mode = b.Value.Mode
			}
			bound.Value = pipeline.Value{Data: &own, Range: b.Value.Range}
			b = &bound
		}
		out.Inputs = append(out.Inputs, b)
	}
	out.Outputs = make([]*pipeline.OutputBinding, 0, len(s.Outputs))
	for _, b := range s.Outputs {
		outer := assets[reference(b.To.Value, "outputs")]
		if outer != nil && outer.AssetName.Value != "" {
			bound := *b
			bound.Spec.AssetName, bound.Spec.AssetVersion = outer.AssetName, outer.AssetVersion
			b = &bound
		}
		out.Outputs = append(out.Outputs, b)
	}
	return &out
}

// parentName is the input of the parent that a value is; empty for others.
func parentName(v pipeline.Value, kind string) string {
	if v.Literal == nil {
		return ""
	}
	return reference(v.Literal.Value, kind)
}

// reference is the name in a text that is ${{parent.KIND.NAME}} and nothing
// else.
func reference(text, kind string) string {
	parts, errs := expr.Parse(strings.TrimSpace(text))
	if len(errs) > 0 || len(parts) != 1 || parts[0].Ref == nil {
		return ""
	}
	path := parts[0].Ref.Path
	if len(path) != 3 || path[0] != "parent" || path[1] != kind {
		return ""
	}
	return path[2]
}
