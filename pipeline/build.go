package pipeline

import (
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// builder collects the faults of a pipeline while it is written in Go.
type builder struct {
	errs diag.List
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
	return &Pipeline{
		Header: Header{DisplayName: Text{Value: displayName, Range: at}, Range: at},
		build:  &builder{},
	}
}

// InputRef stands for an input of the pipeline, to be given to steps.
type InputRef struct{ in *Input }

// OutputRef stands for an output of a step, to be given to later steps.
type OutputRef struct {
	step *Step
	out  *Output
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

// IsLocal reports whether a path of a definition names something on this
// machine, rather than a URI or an azureml: reference.
func IsLocal(p string) bool {
	switch {
	case p == "", strings.HasPrefix(p, "azureml:"), strings.HasPrefix(p, "runs:/"), strings.Contains(p, "${{"):
		return false
	case strings.HasPrefix(p, "file:"):
		return true
	}
	return !strings.Contains(p, "://")
}

// Input declares an input of the pipeline with its value: a string, bool,
// integer or float, or data made by [File] or [Folder].
func (p *Pipeline) Input(name string, value any) *InputRef {
	at := caller()
	in := &Input{Name: name, NameRange: at}
	if findInput(p.Inputs, name) != nil {
		p.build.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two inputs named %q", name)
	}
	in.Value = p.build.value(value, at)
	switch v := in.Value; {
	case v == nil:
	case v.Data != nil:
		in.Type, in.TypeRange = v.Data.Type, at
	default:
		in.Type, in.TypeRange = v.Literal.Type, at
	}
	p.Inputs = append(p.Inputs, in)
	return &InputRef{in}
}

// value turns what a Go program gives into a Value; nil (and a diagnostic)
// when it cannot.
func (b *builder) value(value any, at diag.Range) *Value {
	lit := func(t Type, s string) *Value {
		return &Value{Literal: &Literal{Text: Text{Value: s, Range: at}, Type: t}, Range: at}
	}
	switch v := value.(type) {
	case string:
		return lit(String, v)
	case bool:
		return lit(Boolean, PythonBool(v))
	case int:
		return lit(Integer, strconv.Itoa(v))
	case int64:
		return lit(Integer, strconv.FormatInt(v, 10))
	case float64:
		return lit(Number, PythonFloat(v))
	case *Data:
		if v != nil {
			return &Value{Data: v, Range: at}
		}
	case *InputRef:
		if v != nil {
			return lit(String, "${{parent.inputs."+v.in.Name+"}}")
		}
	case *OutputRef:
		if v != nil {
			return lit(String, "${{parent.jobs."+v.step.Name+".outputs."+v.out.Name+"}}")
		}
	}
	b.errs.Errorf(at, diag.CodeTypeMismatch, "a %T cannot be the value of an input", value).Hint =
		"give a string, bool, int, float64, pipeline.File(...), pipeline.Folder(...), an input or a step's output"
	return nil
}

// PythonBool renders b as Azure ML hands it to a step: "True" or "False".
func PythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// PythonFloat renders f as Python's str does, which is what a step gets.
func PythonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	mantissa, exp, found := strings.Cut(s, "e")
	n, _ := strconv.Atoi(exp)
	if found && n >= -4 && n < 16 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
		found = false
	}
	if found {
		return fmt.Sprintf("%se%+03d", mantissa, n)
	}
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	return strings.NewReplacer("+Inf", "inf", "-Inf", "-inf", "NaN", "nan").Replace(s)
}

// Output declares an output of the pipeline and binds it to a step's output.
func (p *Pipeline) Output(name string, from *OutputRef) *Output {
	at := caller()
	out := &Output{Name: name, NameRange: at}
	if findOutput(p.Outputs, name) != nil {
		p.build.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two outputs named %q", name)
	}
	p.Outputs = append(p.Outputs, out)
	if from == nil || from.out == nil {
		p.build.errs.Errorf(at, diag.CodeUnboundOutput, "output %q of the pipeline is made by no step", name)
		return out
	}
	out.Type, out.TypeRange = from.out.Type, at
	from.step.setOutput(&OutputBinding{
		Name: from.out.Name, NameRange: at,
		To: Text{Value: "${{parent.outputs." + name + "}}", Range: at},
	})
	return out
}

func (s *Step) setOutput(b *OutputBinding) {
	for i, old := range s.Outputs {
		if old.Name == b.Name {
			s.Outputs[i] = b
			return
		}
	}
	s.Outputs = append(s.Outputs, b)
}

// Step adds a step that runs c. Its name is a word: letters, digits and
// underscores, not beginning with a digit.
func (p *Pipeline) Step(name string, c *Component) *Step {
	at := caller()
	s := &Step{Name: name, NameRange: at, Range: at, Component: c, build: p.build}
	switch {
	case c == nil:
		p.build.errs.Errorf(at, diag.CodeMissingField, "step %q has no component", name)
		s.Component = &Component{Type: CommandComponent}
	case findStep(p.Steps, name) != nil:
		p.build.errs.Errorf(at, diag.CodeDuplicateName, "the pipeline has two steps named %q", name)
	}
	s.Type = StepType(s.Component.Type)
	p.Steps = append(p.Steps, s)
	return s
}

// With gives the input of that name its value: a literal, data, an input of
// the pipeline, or an output of an earlier step. It returns s.
func (s *Step) With(input string, value any) *Step {
	at := caller()
	if findInput(s.Component.Inputs, input) == nil {
		s.build.errs.Errorf(at, diag.CodeUnknownInput, "step %q has no input %q", s.Name, input).Hint =
			diag.DidYouMean(input, inputNames(s.Component.Inputs))
		return s
	}
	if v := s.build.value(value, at); v != nil {
		s.Inputs = append(s.Inputs, &Binding{Name: input, NameRange: at, Value: *v})
	}
	return s
}

// On names the compute that s runs on: "azureml:cpu-cluster".
func (s *Step) On(compute string) *Step {
	s.Compute = Text{Value: compute, Range: caller()}
	return s
}

// Output is the output of that name.
func (s *Step) Output(name string) *OutputRef {
	out := findOutput(s.Component.Outputs, name)
	if out == nil {
		at := caller()
		s.build.errs.Errorf(at, diag.CodeUnknownOutput, "step %q has no output %q", s.Name, name).Hint =
			diag.DidYouMean(name, outputNames(s.Component.Outputs))
		out = &Output{Name: name, NameRange: at}
	}
	return &OutputRef{s, out}
}

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
		Type: CommandComponent, Range: at,
		Name: text(c.Name), Version: text(c.Version), DisplayName: text(c.DisplayName), Description: text(c.Description),
		Inputs: c.Inputs, Outputs: c.Outputs, Command: text(c.Command), Environment: c.Environment,
	}
	if c.Code != "" {
		comp.Code = &LocalPath{Text: text(c.Code)}
	}
	if c.NonDeterministic {
		no := false
		comp.Deterministic = &no
	}
	return comp
}

// In declares an input of a component. With a default it may stay unbound.
func In(name string, t Type, defaults ...any) *Input {
	at := caller()
	in := &Input{Name: name, NameRange: at, Type: t, TypeRange: at}
	if len(defaults) > 0 {
		var b builder
		if v := b.value(defaults[0], at); v != nil {
			in.Default = v.Literal
		}
	}
	return in
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
	return &Output{Name: name, NameRange: at, Type: t, TypeRange: at}
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

// Locate says where the local paths of a pipeline written in Go start: dir is
// the absolute name of a folder within the file system given to Validate.
// Paths that are located already (components read from YAML) stay.
func (p *Pipeline) Locate(dir string) {
	for _, in := range p.Inputs {
		if in.Value != nil && in.Value.Data != nil {
			locate(in.Value.Data.Local, dir)
		}
	}
	locateSteps(p.Steps, dir)
}

func locateSteps(steps []*Step, dir string) {
	for _, s := range steps {
		for _, b := range s.Inputs {
			if b.Value.Data != nil {
				locate(b.Value.Data.Local, dir)
			}
		}
		locateEnvironment(s.Environment, dir)
		if c := s.Component; c != nil {
			locate(c.Code, dir)
			locateEnvironment(c.Environment, dir)
			locateSteps(c.Steps, dir)
		}
	}
}

func locateEnvironment(e *Environment, dir string) {
	if e != nil {
		locate(e.CondaFile, dir)
		locate(e.BuildPath, dir)
	}
}

func locate(l *LocalPath, dir string) {
	if l != nil && l.Name == "" {
		l.Name = ResolveName(dir, l.Value)
	}
}

// ResolveName is the absolute name, within a file system rooted at the
// volume, of a path as written in a definition that lies in folder dir.
func ResolveName(dir, written string) string {
	written = strings.TrimPrefix(filepath.ToSlash(written), "file://")
	written = strings.TrimPrefix(written, "file:")
	if vol := filepath.VolumeName(written); vol != "" {
		written = written[len(vol):]
	}
	if !path.IsAbs(written) {
		written = path.Join("/", dir, written)
	}
	name := strings.TrimPrefix(path.Clean(written), "/")
	if name == "" {
		return "."
	}
	return name
}

func inputNames(list []*Input) []string {
	names := make([]string, len(list))
	for i, in := range list {
		names[i] = in.Name
	}
	return names
}

func outputNames(list []*Output) []string {
	names := make([]string, len(list))
	for i, out := range list {
		names[i] = out.Name
	}
	return names
}

func stepNames(list []*Step) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return names
}
