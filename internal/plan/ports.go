package plan

import (
	"math"
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
		before := len(b.errs)
		in := b.input(f, s, want)
		if in.From != nil {
			n.Needs = append(n.Needs, in.From.Node)
		}
		if !in.HasValue() && !want.Optional && len(b.errs) == before {
			at := s.NameRange
			if binding, _ := f.binding(s, want.Name); binding != nil {
				at = binding.NameRange
			}
			b.missing(want, at, "jobs."+s.Name+".inputs."+want.Name)
		}
		n.Inputs = append(n.Inputs, in)
	}
	slices.Sort(n.Needs)
	n.Needs = slices.Compact(n.Needs)
}

// missing reports an input that nothing gives a value.
func (b *builder) missing(want *pipeline.Input, at diag.Range, path string) {
	d := b.errs.Errorf(at, diag.CodeMissingInput, "required input %q has no value", want.Name)
	d.Path, d.Hint = path, "give it a value, in the definition or with --input"
}

// input resolves one input of a step of level f.
func (b *builder) input(f *frame, s *pipeline.Step, want *pipeline.Input) Input {
	key := port{s.Name, want.Name}
	if known, ok := f.resolved[key]; ok {
		return *known
	}
	// What refers to itself by way of other inputs has no value.
	in := Input{Name: want.Name}
	f.resolved[key] = &in
	if binding, rest := f.binding(s, want.Name); binding != nil {
		in = b.bound(f, want, binding, rest)
	}
	if !in.HasValue() {
		missing := absent(want)
		missing.Binding = in.Binding
		in = missing
	}
	in = conform(in, want)
	return in
}

// binding is what step s binds to an input: the binding of its name, or that
// of a group that it is in, with the rest of its name.
func (f *frame) binding(s *pipeline.Step, input string) (*pipeline.Binding, string) {
	given := f.given[s]
	if binding := given[input]; binding != nil {
		return binding, ""
	}
	for i := len(input) - 1; i > 0; i-- {
		if input[i] == '.' && given[input[:i]] != nil {
			return given[input[:i]], input[i:]
		}
	}
	return nil, ""
}

// bound resolves one binding; rest is the part of a bound group that is meant.
func (b *builder) bound(f *frame, want *pipeline.Input, binding *pipeline.Binding, rest string) Input {
	v := binding.Value
	if v.Data != nil && strings.Contains(v.Data.Path.Value, "${{") {
		in := given(want, &v)
		in.URI, in.Binding = b.resolveText(f, v.Data.Path), v.Data.Path.Value
		return in
	}
	if v.Literal == nil || !strings.Contains(v.Literal.Value, "${{") {
		if rest != "" {
			return Input{Name: want.Name}
		}
		return given(want, &v)
	}
	mode := firstOf(string(v.Mode), string(want.Mode))
	parts, _ := expr.Parse(strings.TrimSpace(v.Literal.Value))
	if len(parts) == 1 && parts[0].Ref != nil {
		in := b.reference(f, *parts[0].Ref, rest)
		in.Name, in.Binding, in.Mode = want.Name, v.Literal.Value, mode
		return in
	}
	text := b.resolveText(f, v.Literal.Text)
	return Input{Name: want.Name, Type: string(want.Type), Mode: mode, Value: &text, Dir: v.Literal.Dir, Binding: v.Literal.Value}
}

// reference is what a reference to a parent stands for; rest is the part of a
// group that is meant.
func (b *builder) reference(f *frame, r expr.Ref, rest string) Input {
	p := r.Path
	switch {
	case len(p) >= 3 && p[1] == "inputs":
		return f.inputs[strings.Join(p[2:], ".")+rest]
	case len(p) >= 5 && p[1] == "jobs" && p[3] == "outputs":
		return b.outputRef(f, p[2], strings.Join(p[4:], "."))
	case len(p) >= 5 && p[1] == "jobs" && p[3] == "inputs":
		other := f.steps[p[2]]
		if other == nil || other.Component == nil {
			return Input{}
		}
		if want := b.declaredInput(other.Component, strings.Join(p[4:], ".")+rest); want != nil {
			return b.input(f, other, want)
		}
	}
	return Input{}
}

func (b *builder) declaredInput(c *pipeline.Component, name string) *pipeline.Input {
	if b.declared[c] == nil {
		b.declared[c] = make(map[string]*pipeline.Input, len(c.Inputs))
		for _, in := range c.Inputs {
			b.declared[c][in.Name] = in
		}
	}
	return b.declared[c][name]
}

// outputRef is an input that takes the output of another step of the level.
func (b *builder) outputRef(f *frame, step, output string) Input {
	other := f.nodes[step]
	if other == nil {
		return Input{}
	}
	from := outputOf(other, output)
	if from == nil {
		if !b.errs.HasErrors() { // otherwise it may be for another fault
			b.errs.Errorf(f.steps[step].NameRange, diag.CodeUnboundOutput, "no step makes output %q of job %q", output, step)
		}
		return Input{}
	}
	in := Input{From: from, Type: string(pipeline.URIFolder)}
	for _, out := range b.plan.Nodes[from.Node].Outputs {
		if out.Name == from.Output {
			in.Type = out.Type
		}
	}
	return in
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
		in := b.reference(f, *p.Ref, "")
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
		in.Kind = kindOf(in.URI, string(want.Type))
		if in.Dir != "" && pipeline.IsLocal(in.URI) {
			in.Local, in.URI = pipeline.ResolveName(in.Dir, in.URI), ""
		}
	}
	if in.Type == "" || pipeline.Type(in.Type).IsLiteral() {
		in.Type = string(want.Type)
	}
	// A folder handed to an input that is declared as a file, and the
	// reverse, keep the type that the data has.
	if in.From == nil && in.HasValue() {
		in.Type = string(want.Type)
	}
	in.Mode = firstOf(in.Mode, string(want.Mode))
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
		return renderInteger(v)
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

// renderInteger renders 20, 20.0 and 2e1 as 20. What is longer than any
// integer that a step can use stays as it is: an exponent costs nothing to
// write.
func renderInteger(v string) string {
	text := strings.TrimSpace(v)
	if x, err := strconv.ParseFloat(text, 64); err != nil || math.Abs(x) > 1e19 {
		return v
	}
	if r, ok := new(big.Rat).SetString(text); ok && r.IsInt() {
		return r.Num().String()
	}
	return v
}

// outputs resolves where the outputs of step s go.
func (b *builder) outputs(f *frame, n *Node, s *pipeline.Step) {
	given := make(map[string]*pipeline.OutputBinding, len(s.Outputs))
	for _, binding := range s.Outputs {
		given[binding.Name] = binding
	}
	for _, decl := range s.Component.Outputs {
		out := Output{
			Name: decl.Name, Type: firstOf(string(decl.Type), string(pipeline.URIFolder)), Mode: string(decl.Mode),
			Owner: n.Index, OwnerName: decl.Name, URI: decl.Path.Value,
		}
		if binding := given[decl.Name]; binding != nil {
			b.outputBinding(f, &out, binding)
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
	if f.artifacts[s.Name] || usesArtifacts(s.Component.Command.Value) {
		n.Outputs = append(n.Outputs, out)
	}
}

// usesArtifacts: the command itself names the folder.
func usesArtifacts(command string) bool {
	if !strings.Contains(command, pipeline.ArtifactsOutput) {
		return false
	}
	parts, _ := expr.Parse(command)
	return slices.ContainsFunc(expr.Refs(parts), func(r expr.Ref) bool { return r.String() == "outputs."+pipeline.ArtifactsOutput })
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
	// The outer output's type wins where it has one; left out, it is the step's.
	if decl := f.declared[target]; decl != nil && decl.Type != "" {
		out.Type = string(decl.Type)
	} else {
		f.inherit(target, out.Type)
	}
}

// inherit gives an output of the level that says no type the one of the step
// that makes it.
func (f *frame) inherit(name, typ string) {
	decl := f.declared[name]
	if out, ok := f.spec[name]; ok && (decl == nil || decl.Type == "") {
		out.Type = typ
		f.spec[name] = out
	}
}
