package load_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// A pipeline written in Go, as YAML.
func ExamplePrint() {
	train := pipeline.Command(pipeline.CommandSpec{
		Name:        "train",
		Command:     "set -e\npython train.py --rate ${{inputs.rate}} --model ${{outputs.model}}\n",
		Code:        "./src",
		Environment: pipeline.Image("python:3.12", "conda.yml"),
		Inputs:      []*pipeline.Input{pipeline.In("rate", pipeline.Number, 0.1)},
		Outputs:     []*pipeline.Output{pipeline.Out("model", pipeline.CustomModel)},
	})
	p := pipeline.New("training").On("azureml:cpu")
	step := p.Step("train", train).With("rate", p.Input("rate", 0.5))
	p.Output("model", step.Output("model"))

	text, err := load.Print(p)
	fmt.Println(string(text), err)
	// Output:
	// type: pipeline
	// display_name: training
	// settings:
	//   default_compute: azureml:cpu
	// inputs:
	//   rate: 0.5
	// outputs:
	//   model:
	//     type: custom_model
	// jobs:
	//   train:
	//     type: command
	//     component:
	//       type: command
	//       name: train
	//       inputs:
	//         rate:
	//           type: number
	//           default: 0.1
	//       outputs:
	//         model:
	//           type: custom_model
	//       code: ./src
	//       command: |
	//         set -e
	//         python train.py --rate ${{inputs.rate}} --model ${{outputs.model}}
	//       environment:
	//         image: python:3.12
	//         conda_file: conda.yml
	//     inputs:
	//       rate: ${{parent.inputs.rate}}
	//     outputs:
	//       model: ${{parent.outputs.model}}
	//  <nil>
}

// TestPrintOrder: keys come in the order in which people write them, and what
// has no meaning here stays.
func TestPrintOrder(t *testing.T) {
	t.Parallel()
	text := `jobs:
  b:
    services: {view: {type: tensor_board}}
    outputs: {o: "${{parent.outputs.o}}"}
    inputs: {n: 1}
    environment: azureml:e@latest
    command: "echo ${{inputs.n}} \\\n  ${{outputs.o}}\n"
identity: {type: user_identity}
outputs: {o: {mode: mount, type: uri_folder}}
settings: {force_rerun: true, default_compute: azureml:c}
name: n
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
`
	want := `$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
name: n
settings:
  default_compute: azureml:c
  force_rerun: true
outputs:
  o:
    type: uri_folder
    mode: rw_mount
identity:
  type: user_identity
jobs:
  b:
    type: command
    inputs:
      n: 1
    outputs:
      o: ${{parent.outputs.o}}
    command: |
      echo ${{inputs.n}} \
        ${{outputs.o}}
    environment: azureml:e@latest
    services:
      view:
        type: tensor_board
`
	def, errs := load.File(fstest.MapFS{"p.yml": {Data: []byte(text)}}, "p.yml")
	if len(errs) > 0 {
		t.Fatal(show(errs))
	}
	got, err := load.Print(def)
	if d := cmp.Diff(want, string(got)); d != "" || err != nil {
		t.Errorf("%v -want +got:\n%s", err, d)
	}
}

// TestPrintKind: without $schema and type the kind may be told by neither.
func TestPrintKind(t *testing.T) {
	t.Parallel()
	c := pipeline.Command(pipeline.CommandSpec{Name: "c", Command: "echo", Environment: pipeline.Registered("azureml:e:1")})
	text, err := load.Print(c)
	if err != nil {
		t.Fatal(err)
	}
	read, errs := load.Component(fstest.MapFS{"c.yml": {Data: text}}, "c.yml")
	if errs.HasErrors() || !strings.HasSuffix(read.Schema, "/commandComponent.schema.json") {
		t.Errorf("%s\n%s", show(errs), text)
	}
}

// TestPrintReadComponent: a component that was read from a file is referred to,
// because its own paths start there.
func TestPrintReadComponent(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"home/ada/parts/train.yml": {Data: []byte(trainYAML)}}
	c, errs := load.Component(fsys, "home/ada/parts/train.yml")
	if len(errs) > 0 {
		t.Fatal(show(errs))
	}
	p := pipeline.New("p")
	p.Step("s", c)
	text, err := load.Print(p)
	if err != nil || !strings.Contains(string(text), "component: /home/ada/parts/train.yml\n") {
		t.Errorf("%v\n%s", err, text)
	}
	fsys["elsewhere/p.yml"] = &fstest.MapFile{Data: text}
	read, errs := load.Pipeline(fsys, "elsewhere/p.yml")
	if errs.HasErrors() {
		t.Fatal(show(errs))
	}
	if d := cmp.Diff(c, read.Steps[0].Component, sameModel()); d != "" {
		t.Error(d)
	}
}

// unknown is a definition of which nothing is known.
type unknown struct{}

func (unknown) Kind() string      { return "unknown" }
func (unknown) Place() diag.Range { return diag.Range{} }

// TestPrintRefuses: what YAML cannot hold is an error.
func TestPrintRefuses(t *testing.T) {
	t.Parallel()
	self := &pipeline.Component{Type: pipeline.PipelineComponent, Name: pipeline.T("self")}
	self.Steps = []*pipeline.Step{{Name: "s", Type: pipeline.PipelineStep, Component: self}}
	twice := pipeline.New("twice")
	twice.Inputs = []*pipeline.Input{{Name: "x"}, {Name: "x"}, nil}
	extra := pipeline.New("extra")
	extra.Extra = "- no mapping"
	large := pipeline.New("large")
	large.Description = pipeline.T(strings.Repeat("a", 17<<20))
	for want, print := range map[string]func() ([]byte, error){
		`print the pipelineComponent: component "self" contains itself`:       func() ([]byte, error) { return load.Print(self) },
		`print the pipelineJob: there are two inputs named "x"`:               func() ([]byte, error) { return load.Print(twice) },
		`print the pipelineJob: extra fields that are no YAML mapping: "- no`: func() ([]byte, error) { return load.Print(extra) },
		`print the pipelineJob: print YAML: it has more than 16 MiB`:          func() ([]byte, error) { return load.Print(large) },
		`print the commandJob: the job has no command`:                        func() ([]byte, error) { return load.Print(&pipeline.CommandJob{}) },
		`print the definition: there is none`:                                 func() ([]byte, error) { return load.Print(nil) },
		`print the unknown: nothing is known of a load_test.unknown`:          func() ([]byte, error) { return load.Print(unknown{}) },
	} {
		if text, err := print(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v and %d bytes, want %s", err, len(text), want)
		}
	}
}

// TestKeptIsBounded: extra fields are kept as text; aliases do not make more of
// it than there is room for.
func TestKeptIsBounded(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("{a: ", 150) + "&x [" + strings.Repeat("1, ", 1900) + "]" + strings.Repeat("}", 150)
	text := "type: pipeline\njobs:\n  j: {command: echo, environment: azureml:e:1, unknown: " + deep + "}\n"
	for i := range 100 {
		text += fmt.Sprintf("  j%d: {command: echo, environment: azureml:e:1, unknown: %s}\n", i, strings.Repeat("{a: ", 150)+"*x"+strings.Repeat("}", 150))
	}
	_, errs := load.File(fstest.MapFS{"p.yml": {Data: []byte(text)}}, "p.yml")
	if errs = slices.DeleteFunc(errs, func(d diag.Diagnostic) bool { return d.Code != diag.CodeYAMLTooLarge }); len(errs) != 1 {
		t.Errorf("want %s once, got: %s", diag.CodeYAMLTooLarge, show(errs))
	}
}
