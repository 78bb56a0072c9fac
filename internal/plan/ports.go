package plan

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/pipeline"
)

// inputs resolves what step s is given, in the order that its component
// declares.
func (b *builder) inputs(f *frame, n *Node, s *pipeline.Step) {
	for _, want := range s.Component.Inputs {
		i := slices.IndexFunc(s.Inputs, func(x *pipeline.Binding) bool { return x.Name == want.Name })
		in := absent(want)
		if i >= 0 {
			in = b.bound(f, n, want, s.Inputs[i])
		}
		n.Inputs = append(n.Inputs, conform(in, want))
	}
}

// bound resolves one binding.
func (b *builder) bound(f *frame, n *Node, want *pipeline.Input, binding *pipeline.Binding) Input {
	v := binding.Value
	if v.Literal == nil || !strings.Contains(v.Literal.Value, "${{") {
		return b.given(want.Name, &v, want)
	}
	parts, _ := expr.Parse(strings.TrimSpace(v.Literal.Value))
	if len(parts) == 1 && parts[0].Ref != nil {
		in := b.reference(f, n, *parts[0].Ref)
		in.Name, in.Binding = want.Name, v.Literal.Value
		in.Mode = string(want.Mode)
		if !in.HasValue() && want.Default != nil {
			in = absent(want)
		}
		return in
	}
	text := b.resolveText(f, v.Literal.Text)
	return Input{Name: want.Name, Type: string(want.Type), Mode: string(want.Mode), Value: &text, Binding: v.Literal.Value}
}

// reference is what a whole-value reference stands for.
func (b *builder) reference(f *frame, n *Node, r expr.Ref) Input {
	p := r.Path
	switch {
	case len(p) >= 3 && p[1] == "inputs":
		in := f.inputs[strings.Join(p[2:], ".")]
		if in.From != nil && n != nil {
			n.need(in.From.Node)
		}
		return in
	case len(p) == 5 && p[3] == "outputs":
		return b.outputRef(f, n, p[2], p[4])
	case len(p) == 5 && p[3] == "inputs":
		for _, in := range f.nodes[p[2]].Inputs {
			if in.Name == p[4] {
				return in
			}
		}
	}
	return Input{}
}

// outputRef is an input that takes the output of another step of the level.
func (b *builder) outputRef(f *frame, n *Node, step, output string) Input {
	other := f.nodes[step]
	if other == nil {
		return Input{}
	}
	from := outputOf(other, output)
	if from == nil {
		b.errs.Errorf(f.steps[step].NameRange, diag.CodeUnboundOutput, "no step makes output %q of job %q", output, step)
		return Input{}
	}
	if n != nil {
		n.need(from.Node)
	}
	in := Input{From: from, Type: string(pipeline.URIFolder)}
	for _, out := range b.plan.Nodes[from.Node].Outputs {
		if out.Name == from.Output {
			in.Type = out.Type
		}
	}
	return in
}

func (n *Node) need(index int) {
	if !slices.Contains(n.Needs, index) {
		n.Needs = append(n.Needs, index)
		slices.Sort(n.Needs)
	}
}

// resolveText replaces the references in a text by what they stand for.
// References that are not to a parent stay.
func (b *builder) resolveText(f *frame, t pipeline.Text) string {
	if !strings.Contains(t.Value, "${{") {
		return t.Value
	}
	parts, _ := expr.Parse(t.Value)
	var out strings.Builder
	for _, p := range parts {
		if p.Ref == nil || p.Ref.Path[0] != "parent" {
			out.WriteString(p.Text)
			continue
		}
		in := b.reference(f, nil, *p.Ref)
		switch {
		case in.Value != nil:
			out.WriteString(*in.Value)
		case in.From != nil || in.Local != "":
			d := b.errs.Errorf(t.Range, diag.CodeTypeMismatch, "%s is data: it cannot be part of a text", p.Text)
			d.Hint = "bind an input to it as a whole"
		default:
			out.WriteString(in.URI)
		}
	}
	return out.String()
}

// conform makes a value fit the declared type: a text given to a data input
// is an address, a number given to a boolean input is not.
func conform(in Input, want *pipeline.Input) Input {
	in.Name = want.Name
	if want.Type == "" {
		return in
	}
	if want.Type.IsLiteral() {
		if in.Value != nil {
			v := render(want.Type, *in.Value)
			in.Value, in.Type = &v, string(want.Type)
		}
		return in
	}
	if in.Value != nil {
		in.URI, in.Value = *in.Value, nil
	}
	if in.Type == "" || pipeline.Type(in.Type).IsLiteral() {
		in.Type = string(want.Type)
	}
	// A folder handed to an input that is declared as a file, and the
	// reverse, keep the type that the data has.
	if in.From == nil && in.HasValue() {
		in.Type = string(want.Type)
	}
	return in
}

// render converts a literal to the text that Azure ML hands to a step for a
// declared type. Source: azure-ai-ml, PARAM_PARSERS: integer is int(float(v)),
// boolean is lower() == "true", number is float(v).
func render(t pipeline.Type, v string) string {
	switch t {
	case pipeline.Boolean:
		return pipeline.PythonBool(strings.EqualFold(strings.TrimSpace(v), "true"))
	case pipeline.Integer:
		if r, ok := new(big.Rat).SetString(strings.TrimSpace(v)); ok && r.IsInt() {
			return r.Num().String()
		}
	case pipeline.Number:
		if _, err := strconv.Atoi(v); err == nil {
			return v
		}
		if x, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return pipeline.PythonFloat(x)
		}
	}
	return v
}

// outputs resolves where the outputs of step s go.
func (b *builder) outputs(f *frame, n *Node, s *pipeline.Step) {
	for _, decl := range s.Component.Outputs {
		out := Output{
			Name: decl.Name, Type: firstOf(string(decl.Type), string(pipeline.URIFolder)), Mode: string(decl.Mode),
			Owner: n.Index, OwnerName: decl.Name,
		}
		i := slices.IndexFunc(s.Outputs, func(x *pipeline.OutputBinding) bool { return x.Name == decl.Name })
		if i >= 0 {
			b.outputBinding(f, &out, s.Outputs[i])
		} else {
			out.URI = decl.Path.Value
		}
		n.Outputs = append(n.Outputs, out)
	}
	b.artifacts(f, n, s)
}

// artifacts adds the output that every command has, where somebody uses it.
func (b *builder) artifacts(f *frame, n *Node, s *pipeline.Step) {
	if !n.IsAction() || slices.ContainsFunc(n.Outputs, func(o Output) bool { return o.Name == pipeline.ArtifactsOutput }) {
		return
	}
	out := Output{Name: pipeline.ArtifactsOutput, Type: string(pipeline.URIFolder), Owner: n.Index, OwnerName: pipeline.ArtifactsOutput}
	for _, binding := range s.Outputs {
		if binding.Name == pipeline.ArtifactsOutput {
			b.outputBinding(f, &out, binding)
			n.Outputs = append(n.Outputs, out)
			return
		}
	}
	if f.artifacts[s.Name] {
		n.Outputs = append(n.Outputs, out)
	}
}

// artifactsUsed are the names of the steps whose artifacts others take.
func artifactsUsed(steps []*pipeline.Step) map[string]bool {
	used := map[string]bool{}
	for _, s := range steps {
		for _, x := range s.Inputs {
			if x.Value.Literal == nil || !strings.Contains(x.Value.Literal.Value, pipeline.ArtifactsOutput) {
				continue
			}
			parts, _ := expr.Parse(x.Value.Literal.Value)
			for _, r := range expr.Refs(parts) {
				if len(r.Path) == 5 && r.Path[4] == pipeline.ArtifactsOutput {
					used[r.Path[2]] = true
				}
			}
		}
	}
	return used
}

func (b *builder) outputBinding(f *frame, out *Output, binding *pipeline.OutputBinding) {
	spec := binding.Spec
	out.Type = firstOf(string(spec.Type), out.Type)
	out.Mode = firstOf(string(spec.Mode), out.Mode)
	out.URI = firstOf(b.resolveText(f, spec.Path), out.URI)
	out.AssetName, out.AssetVersion = spec.AssetName.Value, spec.AssetVersion.Value
	target, ok := parentOutput(binding.To.Value)
	if !ok {
		return
	}
	out.Binding = binding.To.Value
	outer := f.spec[target]
	out.URI, out.Owner, out.OwnerName = firstOf(outer.URI, out.URI), outer.Owner, outer.OwnerName
	out.AssetName, out.AssetVersion = firstOf(outer.AssetName, out.AssetName), firstOf(outer.AssetVersion, out.AssetVersion)
	out.Mode = firstOf(outer.Mode, out.Mode)
	// The outer output's type wins where it is a file or folder of its own
	// will; left out, it is the step's.
	if declared := declaredType(f, target); declared != "" {
		out.Type = declared
	} else {
		outer.Type = out.Type
		f.spec[target] = outer
	}
}

func declaredType(f *frame, name string) string {
	for _, o := range f.outputs {
		if o.Name == name {
			return string(o.Type)
		}
	}
	return ""
}
