package pipeline

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// builder collects the faults of a pipeline while it is written in Go; they
// are reported by Validate. Nothing here panics: the fault is told at the
// caller's line, together with all others.
type builder struct {
	errs diag.List
	// Names taken already: a pipeline may have many thousands.
	inputs, outputs, steps map[string]bool
	// whole: of a pipeline, rather than of a single part of one.
	whole bool
}

func newBuilder() *builder {
	return &builder{inputs: map[string]bool{}, outputs: map[string]bool{}, steps: map[string]bool{}}
}

// builder is where the faults of p go. A pipeline that was read from YAML, or
// is a zero value, gets one when it is first added to.
func (p *Pipeline) builder() *builder {
	if p.build != nil {
		return p.build
	}
	p.build = newBuilder()
	p.build.whole = true
	for _, in := range p.Inputs {
		p.build.inputs[in.Name] = true
	}
	for _, out := range p.Outputs {
		p.build.outputs[out.Name] = true
	}
	for _, s := range p.Steps {
		p.build.steps[s.Name] = true
		if s.build != nil {
			p.build.errs = append(p.build.errs, s.build.errs...)
		}
		s.build = p.build
	}
	return p.build
}

func (s *Step) builder() *builder {
	if s.build == nil {
		s.build = newBuilder()
	}
	return s.build
}

// caller is the place in the user's Go source that called into this package.
func caller() diag.Range {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		inside := strings.HasPrefix(f.Function, "github.com/ischia-ml/ischia/pipeline.")
		if !inside || strings.HasSuffix(f.File, "_test.go") {
			return diag.Range{
				Pos:     diag.Pos{File: filepath.ToSlash(f.File), Line: f.Line, Column: 1},
				EndLine: f.Line, EndColumn: 1,
			}
		}
		if !more {
			return diag.Range{}
		}
	}
}

// T is a text written in Go; its place is the caller's line.
func T(s string) Text { return Text{Value: s, Range: caller()} }

// New begins a pipeline. Its display name is what people see; it may hold any
// characters.
func New(displayName string) *Pipeline {
	at := caller()
	p := &Pipeline{Header: Header{DisplayName: Text{Value: displayName, Range: at}, Range: at}}
	p.builder()
	return p
}

// InputRef stands for an input of the pipeline, to be given to steps.
type InputRef struct {
	in    *Input
	build *builder
}

// OutputRef stands for an output of a step, to be given to later steps.
type OutputRef struct {
	step *Step
	out  *Output
	// unknown: the step has no such output, which was reported.
	unknown bool
}

// File is a file, by path or URI, as the value of an input.
func File(uri string) *Data { return data(URIFile, uri) }

// Folder is a folder, by path or URI, as the value of an input.
func Folder(uri string) *Data { return data(URIFolder, uri) }

func data(t Type, uri string) *Data {
	at := caller()
	d := &Data{Type: t, TypeRange: at, Path: Text{Value: uri, Range: at}}
	if IsLocal(uri) {
		d.Local = &LocalPath{Text: d.Path}
	}
	return d
}

// Input declares an input of the pipeline with its value: a string, bool,
// integer or float, or data made by [File] or [Folder].
func (p *Pipeline) Input(name string, value any) *InputRef {
	at, b := caller(), p.builder()
	in := &Input{Name: name, NameRange: at}
	v := b.value(value, at)
	in.Value = &v
	switch {
	case v.Data != nil:
		in.Type, in.TypeRange = v.Data.Type, at
	case v.Literal != nil:
		in.Type, in.TypeRange = v.Literal.Type, at
	}
	if b.inputs[name] {
		b.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two inputs named %q", name)
	} else {
		b.inputs[name] = true
		p.Inputs = append(p.Inputs, in)
	}
	return &InputRef{in, b}
}

// Output declares an output of the pipeline and binds it to a step's output.
func (p *Pipeline) Output(name string, from *OutputRef) *Output {
	at, b := caller(), p.builder()
	out := &Output{Name: name, NameRange: at}
	taken := b.outputs[name]
	if taken {
		b.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two outputs named %q", name)
	}
	switch {
	case from == nil || from.step == nil:
		b.errs.Errorf(at, diag.CodeUnboundOutput, "output %q of the pipeline is made by no step", name)
	case b.apart(from.step.build):
		b.foreign(at, fmt.Sprintf("output %q of step %q", from.out.Name, from.step.Name))
	case !from.unknown:
		out.Type, out.TypeRange = from.out.Type, at
	}
	if taken || out.TypeRange != at || !from.step.bindOutput(from.out.Name, name, at) {
		return out // what is faulty is left out, so that nothing more is said of it
	}
	b.outputs[name] = true
	p.Outputs = append(p.Outputs, out)
	return out
}

// bindOutput binds an output of s to one of the pipeline, unless it is bound.
func (s *Step) bindOutput(output, to string, at diag.Range) bool {
	b := &OutputBinding{Name: output, NameRange: at, To: Text{Value: "${{parent.outputs." + to + "}}", Range: at}}
	for _, old := range s.Outputs {
		if old.Name == output {
			d := s.builder().errs.Errorf(at, diag.CodeOutputBoundTwice, "output %q of step %q is bound to %s already", output, s.Name, old.To.Value)
			d.Related = append(d.Related, diag.Related{Range: old.NameRange, Message: "bound here first"})
			return false
		}
	}
	s.Outputs = append(s.Outputs, b)
	return true
}

// Step adds a step that runs c. Its name is a word: letters, digits and
// underscores, not beginning with a digit.
func (p *Pipeline) Step(name string, c *Component) *Step {
	at, b := caller(), p.builder()
	s := &Step{Name: name, NameRange: at, Range: at, Component: c, build: b}
	if c == nil {
		b.errs.Errorf(at, diag.CodeMissingField, "step %q has no component", name)
	} else {
		s.Type = StepType(c.Type)
	}
	if b.steps[name] {
		b.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two steps named %q", name)
		return s // and it is no part of the pipeline
	}
	b.steps[name] = true
	p.Steps = append(p.Steps, s)
	return s
}

// With gives the input of that name its value: a literal, data, an input of
// the pipeline, or an output of an earlier step. It returns s.
func (s *Step) With(input string, value any) *Step {
	at, b := caller(), s.builder()
	if c := s.Component; c != nil && findInput(c.Inputs, input) == nil {
		b.errs.Errorf(at, diag.CodeUnknownInput, "step %q has no input %q", s.Name, input).Hint = portHint(input, inputNames(c.Inputs), "its inputs are")
		return s
	}
	s.Inputs = append(s.Inputs, &Binding{Name: input, NameRange: at, Value: b.value(value, at)})
	return s
}

func portHint(word string, known []string, lead string) string {
	hint := diag.DidYouMean(word, known)
	if hint == "" && len(known) > 0 {
		hint = lead + " " + strings.Join(known, ", ")
	}
	return hint
}

// On names the compute that s runs on: "azureml:cpu-cluster".
func (s *Step) On(compute string) *Step {
	s.Compute = Text{Value: compute, Range: caller()}
	return s
}

// Output is the output of that name. Every command has [ArtifactsOutput]
// without declaring it.
func (s *Step) Output(name string) *OutputRef {
	at := caller()
	var known []*Output
	if s.Component != nil {
		known = s.Component.Outputs
	}
	if out := findOutput(known, name); out != nil {
		return &OutputRef{step: s, out: out}
	}
	out := &Output{Name: name, NameRange: at, Type: URIFolder}
	if s.Component == nil || name == ArtifactsOutput && s.Type == CommandStep {
		return &OutputRef{step: s, out: out, unknown: s.Component == nil}
	}
	s.builder().errs.Errorf(at, diag.CodeUnknownOutput, "step %q has no output %q", s.Name, name).Hint =
		portHint(name, outputNames(known), "its outputs are")
	return &OutputRef{step: s, out: out, unknown: true}
}
