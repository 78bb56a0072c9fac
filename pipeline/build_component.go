package pipeline

import (
	"github.com/ischia-ml/ischia/diag"
)

// CommandSpec is what a command component consists of, for [Command]. Name,
// Command and Environment are required.
type CommandSpec struct {
	Name, Version, DisplayName, Description string
	// Command is run by a shell in a copy of the folder Code. Its references
	// are ${{inputs.x}} and ${{outputs.y}}; a stretch in $[[ ]] vanishes when
	// an optional input in it has no value.
	Command string
	// Code is a folder, relative to the folder of the pipeline; may be empty.
	Code        string
	Environment *Environment
	Inputs      []*Input
	Outputs     []*Output
	// NonDeterministic: the step is never reused.
	NonDeterministic bool
}

// Command is a command component written in Go.
func Command(c CommandSpec) *Component {
	at := caller()
	text := func(s string) Text {
		if s == "" {
			return Text{}
		}
		return Text{Value: s, Range: at}
	}
	comp := &Component{
		Type: CommandComponent, Range: at, build: newBuilder(),
		Name: text(c.Name), Version: text(c.Version), DisplayName: text(c.DisplayName), Description: text(c.Description),
		Command: text(c.Command), Environment: c.Environment,
	}
	comp.declare(c.Inputs, c.Outputs)
	comp.complete()
	if c.Code != "" {
		comp.Code = &LocalPath{Text: text(c.Code)}
	}
	if c.NonDeterministic {
		no := false
		comp.Deterministic = &no
	}
	return comp
}

// declare takes over the ports of a component, those apart that are faulty.
func (comp *Component) declare(inputs []*Input, outputs []*Output) {
	b := comp.build
	for i, in := range inputs {
		switch {
		case in == nil:
			b.errs.Errorf(comp.Range, diag.CodeMissingField, "input %d of component %q is nil", i+1, comp.Name.Value)
		case b.inputs[in.Name]:
			b.errs.Errorf(in.NameRange, diag.CodeDuplicateName, "component %q has two inputs named %q", comp.Name.Value, in.Name)
		default:
			b.inputs[in.Name] = true
			comp.Inputs = append(comp.Inputs, in)
		}
	}
	for i, out := range outputs {
		switch {
		case out == nil:
			b.errs.Errorf(comp.Range, diag.CodeMissingField, "output %d of component %q is nil", i+1, comp.Name.Value)
		case b.outputs[out.Name]:
			b.errs.Errorf(out.NameRange, diag.CodeDuplicateName, "component %q has two outputs named %q", comp.Name.Value, out.Name)
		default:
			b.outputs[out.Name] = true
			comp.Outputs = append(comp.Outputs, out)
		}
	}
}

// complete reports what a command component needs and has not.
func (comp *Component) complete() {
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"Name", comp.Name.Value == ""},
		{"Command", comp.Command.Value == ""},
		{"Environment", comp.Environment == nil},
	} {
		if field.missing {
			comp.build.errs.Errorf(comp.Range, diag.CodeMissingField, "component %q has no %s", comp.Name.Value, field.name).Hint =
				"give it in the CommandSpec"
		}
	}
}

// In declares an input of a component. With a default it may stay unbound.
func In(name string, t Type, defaults ...any) *Input {
	at := caller()
	in := &Input{Name: name, NameRange: at, TypeRange: at, build: newBuilder()}
	in.Type = in.build.knownType(t, at)
	switch len(defaults) {
	case 0:
		return in
	case 1:
	default:
		in.build.errs.Errorf(at, diag.CodeBadValue, "input %q has %d defaults", name, len(defaults)).Hint = "give one"
	}
	switch defaults[0].(type) {
	case *InputRef, *OutputRef:
		in.build.errs.Errorf(at, diag.CodeWrongScope, "the default of input %q cannot be a reference", name).Hint = "give a value, or bind the input of a step"
		return in
	}
	v := in.build.value(defaults[0], at)
	if in.Default = v.Literal; v.Data != nil {
		in.Default = &Literal{Text: v.Data.Path, Type: String}
	}
	return in
}

// knownType is t, or none (and a diagnostic) when Azure ML does not know it.
func (b *builder) knownType(t Type, at diag.Range) Type {
	if t.IsLiteral() || t.IsFolder() || t == URIFile {
		return t
	}
	var known []string
	for _, k := range []Type{String, Number, Integer, Boolean, URIFile, URIFolder, MLTable, CustomModel, MLflowModel, TritonModel} {
		known = append(known, string(k))
	}
	b.errs.Errorf(at, diag.CodeBadValue, "%q is not a type of input or output", t).Hint = portHint(string(t), known, "types are")
	return ""
}

// OptionalIn declares an input that need not have a value.
func OptionalIn(name string, t Type) *Input {
	in := In(name, t)
	in.Optional = true
	return in
}

// Out declares an output of a component.
func Out(name string, t Type) *Output {
	at := caller()
	out := &Output{Name: name, NameRange: at, TypeRange: at, build: newBuilder()}
	out.Type = out.build.knownType(t, at)
	return out
}

// Image is an environment given by a container image, with an optional conda
// file.
func Image(image, condaFile string) *Environment {
	at := caller()
	e := &Environment{Image: Text{Value: image, Range: at}, Range: at}
	if condaFile != "" {
		e.CondaFile = &LocalPath{Text: Text{Value: condaFile, Range: at}}
	}
	return e
}

// Registered is an environment given by reference: azureml:NAME:VERSION.
func Registered(ref string) *Environment {
	at := caller()
	return &Environment{Ref: Text{Value: ref, Range: at}, Range: at}
}
