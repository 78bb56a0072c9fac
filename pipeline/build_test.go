package pipeline_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// leaf is a component with one input of each sort, for steps to misuse.
func leaf() *pipeline.Component {
	return pipeline.Command(pipeline.CommandSpec{
		Name: "leaf", Command: "leaf ${{inputs.data}} ${{inputs.rate}} > ${{outputs.model}}",
		Environment: pipeline.Registered("azureml:base:1"),
		Inputs:      []*pipeline.Input{pipeline.In("data", pipeline.URIFolder), pipeline.In("rate", pipeline.Number, 0.5)},
		Outputs:     []*pipeline.Output{pipeline.Out("model", pipeline.URIFolder)},
	})
}

// here is the line of its caller.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// TestMisuse: what is wrong in a Go program is reported at its line, with what
// was probably meant, and nothing follows from it.
func TestMisuse(t *testing.T) {
	t.Parallel()
	const bare = "azureml:base:1"
	data := pipeline.Folder("azureml:d:1")
	for _, tt := range []struct {
		name string
		make func() (*pipeline.Pipeline, int)
		want string
	}{
		{"wrong port name", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			s := p.Step("s", leaf()).With("data", data)
			s.With("rat", 1)
			return p, here() - 1
		}, `unknown-input: step "s" has no input "rat" (did you mean "rate"?)`},
		{"wrong output name", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			a := p.Step("a", leaf()).With("data", data)
			out := a.Output("modle")
			line := here() - 1
			p.Step("b", leaf()).With("data", out)
			p.Output("model", out)
			return p, line
		}, `unknown-output: step "a" has no output "modle" (did you mean "model"?)`},
		{"text for a number", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			s := p.Step("s", leaf()).With("data", data)
			s.With("rate", "fast")
			return p, here() - 1
		}, `type-mismatch: "fast" is not a number: input "rate" wants a number ()`},
		{"data for a number", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			a := p.Step("a", leaf()).With("data", data)
			b := p.Step("b", leaf()).With("data", data)
			b.With("rate", a.Output("model"))
			return p, here() - 1
		}, `type-mismatch: input "rate" is a number, but output "model" of job "a" is data (uri_folder) (bind it to something of type number)`},
		{"number for data, by way of the pipeline", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			rate := p.Input("rate", 0.1)
			s := p.Step("s", leaf())
			s.With("data", rate)
			return p, here() - 1
		}, `type-mismatch: input "data" is data (uri_folder), but input "rate" of the pipeline is a number (bind it to something of type uri_folder)`},
		{"a value that is none", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			s := p.Step("s", leaf()).With("data", data)
			s.With("rate", []int{1})
			return p, here() - 1
		}, `type-mismatch: a []int cannot be the value of an input`},
		{"nil", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			p.Step("s", leaf()).With("data", nil)
			return p, here() - 1
		}, `type-mismatch: nil cannot be the value of an input`},
		{"nil reference", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			var in *pipeline.InputRef
			p.Step("s", leaf()).With("data", in)
			return p, here() - 1
		}, `type-mismatch: nil cannot be the value of an input`},
		{"nil component", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			s := p.Step("s", nil)
			line := here() - 1
			p.Step("t", leaf()).With("data", s.With("x", 1).Output("y"))
			return p, line
		}, `missing-field: step "s" has no component ()`},
		{"nil output", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			p.Step("s", leaf()).With("data", data)
			p.Output("o", nil)
			return p, here() - 1
		}, `unbound-output: output "o" of the pipeline is made by no step ()`},
		{"two steps of a name", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			p.Step("s", leaf()).With("data", data)
			p.Step("s", leaf())
			return p, here() - 1
		}, `duplicate-name: the pipeline has two steps named "s" ()`},
		{"two inputs of a name", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			p.Step("s", leaf()).With("data", data)
			p.Input("i", 1)
			p.Input("i", 2)
			return p, here() - 1
		}, `duplicate-name: the pipeline has two inputs named "i" ()`},
		{"two outputs of a name", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			a := p.Step("a", leaf()).With("data", data)
			b := p.Step("b", leaf()).With("data", data)
			p.Output("o", a.Output("model"))
			p.Output("o", b.Output("model"))
			return p, here() - 1
		}, `duplicate-name: the pipeline has two outputs named "o" ()`},
		{"an output bound twice", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			a := p.Step("a", leaf()).With("data", data)
			p.Output("o", a.Output("model"))
			p.Output("p", a.Output("model"))
			return p, here() - 1
		}, `output-bound-twice: output "model" of step "a" is bound to ${{parent.outputs.o}} already ()`},
		{"an input given twice", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			s := p.Step("s", leaf()).With("data", data)
			s.With("data", data)
			return p, here() - 1
		}, `duplicate-name: input "data" of job "s" is given twice ()`},
		{"an input left out", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			p.Step("s", leaf())
			return p, here() - 1
		}, `missing-input: required input "data" of job "s" has no value`},
		{"another pipeline's", func() (*pipeline.Pipeline, int) {
			other := pipeline.New("other").Step("s", leaf())
			p := pipeline.New("p")
			p.Step("s", leaf()).With("data", other.Output("model"))
			return p, here() - 1
		}, `wrong-scope: output "model" of step "s" belongs to another pipeline`},
		{"no steps", func() (*pipeline.Pipeline, int) {
			return pipeline.New("p"), here()
		}, `missing-field: the pipeline has no step`},
		{"an unknown type", func() (*pipeline.Pipeline, int) {
			in := pipeline.In("x", "strin")
			line := here() - 1
			return one(pipeline.CommandSpec{Name: "c", Command: "c", Environment: pipeline.Registered(bare), Inputs: []*pipeline.Input{in}}, 1), line
		}, `bad-value: "strin" is not a type of input or output (did you mean "string"?)`},
		{"a bad default", func() (*pipeline.Pipeline, int) {
			in := pipeline.In("x", pipeline.Integer, "many")
			line := here() - 1
			return one(pipeline.CommandSpec{Name: "c", Command: "c", Environment: pipeline.Registered(bare), Inputs: []*pipeline.Input{in}}, 1), line
		}, `type-mismatch: "many" is not an integer: input "x" wants an integer`},
		{"a default that is a reference", func() (*pipeline.Pipeline, int) {
			p := pipeline.New("p")
			in := pipeline.In("x", pipeline.Integer, p.Input("i", 1))
			line := here() - 1
			p.Step("s", pipeline.Command(pipeline.CommandSpec{Name: "c", Command: "c", Environment: pipeline.Registered(bare), Inputs: []*pipeline.Input{in}})).With("x", 1)
			return p, line
		}, `wrong-scope: the default of input "x" cannot be a reference`},
		{"a nil port", func() (*pipeline.Pipeline, int) {
			c := pipeline.Command(pipeline.CommandSpec{Name: "c", Command: "c", Environment: pipeline.Registered(bare), Outputs: []*pipeline.Output{nil}})
			line := here() - 1
			p := pipeline.New("p")
			p.Step("s", c)
			return p, line
		}, `missing-field: output 1 of component "c" is nil ()`},
		{"no environment", func() (*pipeline.Pipeline, int) {
			c := pipeline.Command(pipeline.CommandSpec{Name: "c", Command: "c"})
			line := here() - 1
			p := pipeline.New("p")
			p.Step("s", c)
			return p, line
		}, `missing-field: component "c" has no Environment`},
		{"a zero pipeline", func() (*pipeline.Pipeline, int) {
			p := &pipeline.Pipeline{}
			p.Step("a b", leaf()).With("data", data)
			return p, here() - 1
		}, `bad-name: "a b" is not a job name within a pipeline`},
	} {
		p, line := tt.make()
		errs := p.Validate(nil)
		if len(errs) != 1 {
			t.Errorf("%s: got %d faults, want one: %v", tt.name, len(errs), errs.Err())
			continue
		}
		d := errs[0]
		if got := fmt.Sprintf("%s: %s (%s)", d.Code, d.Message, d.Hint); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if filepath.Base(d.File) != "build_test.go" || d.Line != line {
			t.Errorf("%s: reported at %v, want line %d of this file", tt.name, d.Pos, line)
		}
	}
}

// one is a pipeline with a step that runs c, its input x given a value.
func one(c pipeline.CommandSpec, x any) *pipeline.Pipeline {
	p := pipeline.New("p")
	p.Step("s", pipeline.Command(c)).With("x", x)
	return p
}

// TestNothingPanics: whatever a program does with zero values and in whatever
// order, it hears of it from Validate.
func TestNothingPanics(t *testing.T) {
	t.Parallel()
	var zero pipeline.Pipeline
	var step pipeline.Step
	step.With("x", nil).With("y", &pipeline.InputRef{}).With("z", &pipeline.OutputRef{}).On("")
	zero.Output("o", step.Output("x"))
	zero.Output("", &pipeline.OutputRef{})
	zero.Input("", (*pipeline.Data)(nil))
	zero.Input("ch", make(chan int))
	zero.Step("", &pipeline.Component{}).With("", struct{}{})
	zero.Locate("")
	if errs := zero.Validate(nil); !errs.HasErrors() {
		t.Error("nothing is wrong with a pipeline of zero values")
	}
	self := &pipeline.Component{Type: pipeline.PipelineComponent}
	self.Steps = []*pipeline.Step{{Name: "s", Type: pipeline.PipelineStep, Component: self}}
	p := pipeline.New("p")
	p.Step("s", self)
	p.Locate("")
	has := func(d diag.Diagnostic) bool { return d.Code == diag.CodeRecursive }
	if errs := p.Validate(nil); !slices.ContainsFunc(errs, has) {
		t.Errorf("a component within itself: %v", errs)
	}
}

// TestGoValues: Go's values become the texts that Azure ML hands to a step.
func TestGoValues(t *testing.T) {
	t.Parallel()
	type ratio float64
	for _, tt := range []struct {
		value any
		text  string
		typ   pipeline.Type
	}{
		{"x", "x", pipeline.String}, {true, "True", pipeline.Boolean}, {20, "20", pipeline.Integer}, {uint8(7), "7", pipeline.Integer},
		{int64(-1), "-1", pipeline.Integer}, {1.0, "1.0", pipeline.Number}, {0.1, "0.1", pipeline.Number}, {float32(0.1), "0.1", pipeline.Number},
		{ratio(0.5), "0.5", pipeline.Number}, {1e16, "1e+16", pipeline.Number}, {1e15, "1000000000000000.0", pipeline.Number},
		{1e-5, "1e-05", pipeline.Number}, {123456789.0, "123456789.0", pipeline.Number},
	} {
		p := pipeline.New("p")
		p.Input("x", tt.value)
		lit := p.Inputs[0].Value.Literal
		if lit == nil || lit.Value != tt.text || lit.Type != tt.typ {
			t.Errorf("%T %v is %+v, want %s %q", tt.value, tt.value, lit, tt.typ, tt.text)
		}
	}
}

func TestPythonFloat(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0.0", -2.5: "-2.5", 1e22: "1e+22", 1.5e300: "1.5e+300", 0.0001: "0.0001", 0.00012: "0.00012", 5e-324: "5e-324",
	} {
		if got := pipeline.PythonFloat(f); got != want {
			t.Errorf("PythonFloat(%g) = %s, want %s", f, got, want)
		}
	}
}
