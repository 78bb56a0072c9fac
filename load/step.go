package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// stepTypes are the kinds of steps that Azure ML knows.
func stepTypes() []string {
	return []string{"command", "pipeline", "sweep", "parallel", "spark", "automl", "import", "data_transfer",
		"if_else", "do_while", "parallel_for"}
}

// step reads one job of a pipeline; nil when nothing can be made of it.
func (r *reader) step(p yamlnode.Pair) *pipeline.Step {
	at := "jobs." + p.Key
	if p.Value.Kind != yamlnode.Mapping {
		return nil
	}
	s := &pipeline.Step{
		Name: p.Key, NameRange: p.KeyRange, Range: p.Value.Range,
		DisplayName: r.text(p.Value, at, "display_name"),
		Description: r.text(p.Value, at, "description"),
		Compute:     r.text(p.Value, at, "compute"),
	}
	switch kind := r.stepType(p, at); kind {
	case "":
	case string(pipeline.CommandStep), string(pipeline.PipelineStep):
		s.Type = pipeline.StepType(kind)
		s.Ignored = r.dropped(p.Value)
		r.runnable(s, p, at)
	default:
		s.Type = pipeline.StepType(kind)
		r.specStep(s, p.Value, at)
	}
	return s
}

// stepType is the type of a step; "" when it is unknown, and reported.
func (r *reader) stepType(p yamlnode.Pair, at string) string {
	t := r.text(p.Value, at, "type")
	switch {
	case t.Value == "":
		if p.Value.Get("jobs") != nil {
			return string(pipeline.PipelineStep)
		}
		return string(pipeline.CommandStep)
	case slices.Contains(stepTypes(), strings.ToLower(t.Value)):
		return strings.ToLower(t.Value)
	}
	return ""
}

// runnable reads a command or pipeline step.
func (r *reader) runnable(s *pipeline.Step, p yamlnode.Pair, at string) {
	n := p.Value
	s.Inputs = r.bindings(n, at)
	s.Outputs = r.outputBindings(n, at)
	s.Ignored = append(s.Ignored, r.ignored(n)...)
	_, hasComponent := n.Pair("component")
	switch {
	case hasComponent:
		s.ComponentRef, s.Component = r.componentAt(n, at, "component")
		r.overrides(s, n, at)
		s.Extra = r.extra(n, at, join(keptStep(), keptOverrides()...)...)
		r.pathsOfData(s)
		r.typesAgree(s, n, at)
	case s.Type == pipeline.CommandStep:
		s.Component = r.commandBody(n, at)
		s.Component.Inline = true
		s.Extra = r.extra(n, at, join(keptStep(), keptCommand()...)...)
		s.Component.Inputs, s.Component.Outputs = inlinePorts(s)
	}
}

// pathsOfData makes data of the plain strings given to inputs that are
// declared as data: they are paths or addresses.
func (r *reader) pathsOfData(s *pipeline.Step) {
	if s.Component == nil {
		return
	}
	declared := r.declared(s.Component)
	for _, b := range s.Inputs {
		lit := b.Value.Literal
		if lit == nil || lit.Type != pipeline.String || lit.Value == "" || strings.Contains(lit.Value, "${") {
			continue
		}
		want := declared[b.Name]
		if want == nil || want.Type == "" || want.Type.IsLiteral() {
			continue
		}
		d := &pipeline.Data{Type: want.Type, Mode: want.Mode, Path: lit.Text}
		if pipeline.IsLocal(lit.Value) {
			d.Local = r.localPath(lit.Text)
		}
		b.Value = pipeline.Value{Data: d, Extra: without(b.Value.Extra, "type", "mode"), Range: b.Value.Range}
	}
}

// declared are the inputs of a component by name.
func (l *loader) declared(c *pipeline.Component) map[string]*pipeline.Input {
	if l.inputs[c] == nil {
		l.inputs[c] = make(map[string]*pipeline.Input, len(c.Inputs))
		for _, in := range c.Inputs {
			l.inputs[c][in.Name] = in
		}
	}
	return l.inputs[c]
}

// inlinePorts are the inputs and outputs that an inline step declares by
// binding them.
func inlinePorts(s *pipeline.Step) ([]*pipeline.Input, []*pipeline.Output) {
	var ins []*pipeline.Input
	var outs []*pipeline.Output
	for _, b := range s.Inputs {
		in := &pipeline.Input{Name: b.Name, NameRange: b.NameRange, Type: b.Value.Type, Mode: b.Value.Mode}
		if b.Value.Data != nil {
			in.Type, in.Mode = b.Value.Data.Type, b.Value.Data.Mode
		}
		ins = append(ins, in)
	}
	for _, b := range s.Outputs {
		out := b.Spec
		out.Name, out.NameRange = b.Name, b.NameRange
		outs = append(outs, &out)
	}
	return ins, outs
}

// componentAt reads the component under key: a file, a registered one, or one in
// place.
func (r *reader) componentAt(n *yamlnode.Node, at, key string) (pipeline.Text, *pipeline.Component) {
	v := n.Get(key)
	if v == nil {
		return pipeline.Text{}, nil
	}
	switch v.Kind {
	case yamlnode.Mapping:
		kind := kindInPlace(v)
		if kind == "" {
			return pipeline.Text{}, nil
		}
		if componentType(kind) == "" {
			r.errs.Errorf(kindPlace(v), diag.CodeUnsupportedKind, "a %s is not supported yet", kind).Path = dot(at, key)
			return pipeline.Text{}, nil
		}
		return pipeline.Text{}, r.component(v, kind)
	case yamlnode.Scalar:
	default:
		return pipeline.Text{}, nil
	}
	ref := r.textOf(v)
	if ref.Value == "" {
		return ref, nil
	}
	// What is no file is judged with the other references, by Validate.
	if !pipeline.IsLocal(ref.Value) || strings.HasPrefix(ref.Value, "/subscriptions/") {
		return ref, nil
	}
	c := r.componentFile(ref)
	return ref, c
}

// typesAgree reports a step whose type is not its component's.
func (r *reader) typesAgree(s *pipeline.Step, n *yamlnode.Node, at string) {
	t := n.Get("type")
	if s.Component == nil || string(s.Component.Type) == string(s.Type) {
		return
	}
	if t == nil {
		s.Type = pipeline.StepType(s.Component.Type)
		s.Spec = r.spec(s.Type, n, at)
		return
	}
	d := r.errs.Errorf(t.Range, diag.CodeTypeDisagrees, "job %q is of type %s, but its component is of type %s", s.Name, s.Type, s.Component.Type)
	d.Path, d.Hint = at+".type", "write type: "+string(s.Component.Type)
	d.Related = append(d.Related, diag.Related{Range: s.Component.Range, Message: "the component"})
}

// trialIsCommand reports the trial of a sweep that is no command.
func (r *reader) trialIsCommand(s *pipeline.Step) {
	if s.Component == nil || s.Component.Type == pipeline.CommandComponent {
		return
	}
	d := r.errs.Errorf(s.ComponentRef.Range, diag.CodeTypeDisagrees, "the trial of job %q is a component of type %s", s.Name, s.Component.Type)
	d.Path, d.Hint = "jobs."+s.Name+".trial", "name a command component"
	d.Related = append(d.Related, diag.Related{Range: s.Component.Range, Message: "the component"})
}

func (r *reader) bindings(n *yamlnode.Node, at string) []*pipeline.Binding {
	var out []*pipeline.Binding
	for _, p := range pairs(r.mapping(n, at, "inputs")) {
		path := at + ".inputs." + p.Key
		if p.Value.Kind == yamlnode.Mapping {
			if members, ok := plainGroup(p.Value); ok {
				out = append(out, r.groupBindings(p, members, path)...)
				continue
			}
		}
		if v := r.boundValue(p.Value, path); v != nil {
			out = append(out, &pipeline.Binding{Name: p.Key, NameRange: p.KeyRange, Value: *v})
		}
	}
	return out
}

func (r *reader) groupBindings(p yamlnode.Pair, members *yamlnode.Node, path string) []*pipeline.Binding {
	var out []*pipeline.Binding
	for _, m := range members.Pairs {
		if v := r.boundValue(m.Value, path+"."+m.Key); v != nil {
			out = append(out, &pipeline.Binding{Name: p.Key + "." + m.Key, NameRange: m.KeyRange, Value: *v})
		}
	}
	return out
}

// boundValue is the value of a step's input, with what stands beside it.
func (r *reader) boundValue(n *yamlnode.Node, path string) *pipeline.Value {
	v := r.value(n, path)
	switch {
	case v == nil || n.Kind != yamlnode.Mapping:
	case valueKeyOf(n) == "value":
		v.Extra = r.extra(n, path, "value")
	default:
		v.Extra = r.extra(n, path, "path", "type", "mode")
	}
	return v
}

func (r *reader) outputBindings(n *yamlnode.Node, at string) []*pipeline.OutputBinding {
	var out []*pipeline.OutputBinding
	for _, p := range pairs(r.mapping(n, at, "outputs")) {
		path := at + ".outputs." + p.Key
		b := &pipeline.OutputBinding{Name: p.Key, NameRange: p.KeyRange, Spec: pipeline.Output{Name: p.Key, NameRange: p.KeyRange}}
		switch p.Value.Kind {
		case yamlnode.Scalar:
			b.To = r.textOf(p.Value)
		default:
			spec := r.output(p, path)
			if spec == nil {
				continue
			}
			b.Spec = *spec
			if isReference(spec.Path.Value) && strings.Contains(spec.Path.Value, "parent.") {
				b.To, b.Spec.Path = spec.Path, pipeline.Text{}
			}
		}
		out = append(out, b)
	}
	return out
}

// overrides reads what a step says over its component.
func (r *reader) overrides(s *pipeline.Step, n *yamlnode.Node, at string) {
	s.EnvironmentVariables = r.envVars(n, at)
	s.Limits = r.limits(n, at)
	s.Resources = r.resources(n, at)
	s.Distribution = r.distribution(n, at)
	if v := n.Get("environment"); v != nil && !v.IsNull() {
		s.Environment = r.environmentAt(n, at)
	}
}

func (r *reader) ignored(n *yamlnode.Node) []pipeline.Ignored {
	var out []pipeline.Ignored
	for _, p := range n.Pairs {
		if slices.Contains(ignoredHere(), p.Key) && !p.Value.IsNull() {
			out = append(out, pipeline.Ignored{Field: p.Key, Range: p.KeyRange})
		}
		for _, inner := range p.Value.Pairs {
			if slices.Contains(ignoredWithin(p.Key), inner.Key) && !inner.Value.IsNull() {
				out = append(out, pipeline.Ignored{Field: p.Key + "." + inner.Key, Range: inner.KeyRange})
			}
		}
	}
	return out
}
