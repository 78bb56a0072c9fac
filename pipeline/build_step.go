package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Titled gives s the name that people see; it may hold any characters. It
// returns s.
func (s *Step) Titled(displayName string) *Step {
	s.DisplayName = Text{Value: displayName, Range: caller()}
	return s
}

// On names the compute that steps run on which name none themselves:
// "azureml:cpu-cluster". It returns p.
func (p *Pipeline) On(compute string) *Pipeline {
	p.Settings.DefaultCompute = Text{Value: compute, Range: caller()}
	return p
}

// ContinueOnStepFailure says whether steps that do not need a failed one are
// still run. It returns p.
func (p *Pipeline) ContinueOnStepFailure(yes bool) *Pipeline {
	p.Settings.ContinueOnStepFailure = &yes
	return p
}

// SetInput gives an input of the pipeline another value, written as text: for
// a literal the text of one of its type, for data a path or URI. A relative
// path starts in dir, a folder within the file system given to Validate.
func (p *Pipeline) SetInput(name, text, dir string) error {
	in := findInput(p.Inputs, name)
	if in == nil {
		names := inputNames(p.Inputs)
		hint := diag.DidYouMean(name, names)
		if hint == "" {
			hint = "inputs are " + strings.Join(names, ", ")
		}
		if len(names) == 0 {
			hint = "it has none"
		}
		return fmt.Errorf("the pipeline has no input %q; %s", name, hint)
	}
	if in.isData() {
		in.Value = dataValue(in, text, dir)
		return nil
	}
	t := in.Type
	if t == "" && in.Value != nil && in.Value.Literal != nil {
		t = in.Value.Literal.Type
	}
	value, err := literalText(t, text)
	if err != nil {
		return fmt.Errorf("input %s of the pipeline: %w", name, err)
	}
	in.Value = &Value{Literal: &Literal{Text: Text{Value: value, Range: in.NameRange}, Type: t, Dir: dir}, Range: in.NameRange}
	return nil
}

func (in *Input) isData() bool {
	if in.Type != "" {
		return !in.Type.IsLiteral()
	}
	return in.Value != nil && in.Value.Data != nil
}

// dataValue is data of the kind that in has, from another place.
func dataValue(in *Input, text, dir string) *Value {
	d := &Data{Type: in.Type, TypeRange: in.TypeRange, Mode: in.Mode, Path: Text{Value: text, Range: in.NameRange}}
	if in.Value != nil && in.Value.Data != nil {
		d.Type, d.Mode = in.Value.Data.Type, in.Value.Data.Mode
	}
	if IsLocal(text) {
		d.Local = &LocalPath{Text: d.Path, Name: ResolveName(dir, text)}
	}
	return &Value{Data: d, Range: in.NameRange}
}

// literalText is the text that a step gets for a value of type t, as Azure ML
// renders it.
func literalText(t Type, text string) (string, error) {
	switch t {
	case Integer:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return "", fmt.Errorf("%q is no integer", text)
		}
	case Number:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "", fmt.Errorf("%q is no number", text)
		}
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return PythonFloat(f), nil
		}
	case Boolean:
		switch strings.ToLower(text) {
		case "true":
			return PythonBool(true), nil
		case "false":
			return PythonBool(false), nil
		}
		return "", fmt.Errorf("%q is neither true nor false", text)
	}
	return text, nil
}
