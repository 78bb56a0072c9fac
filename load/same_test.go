package load_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

const sameYAML = `
type: pipeline
display_name: same
inputs:
  raw: {type: uri_folder, path: ./data}
  ratio: 0.75
  rounds: 20
  quick: true
outputs:
  model: {type: custom_model}
settings: {default_compute: azureml:cpu}
jobs:
  prepare:
    component: prepare.yml
    inputs: {raw: "${{parent.inputs.raw}}", ratio: "${{parent.inputs.ratio}}"}
  train:
    component: train.yml
    compute: azureml:gpu
    inputs:
      data: ${{parent.jobs.prepare.outputs.clean}}
      rounds: ${{parent.inputs.rounds}}
      quick: ${{parent.inputs.quick}}
    outputs: {model: "${{parent.outputs.model}}"}
`

const prepareYAML = `
type: command
name: prepare
version: 1
code: ./src
command: prepare ${{inputs.raw}} ${{inputs.ratio}} ${{outputs.clean}}
environment: {image: "python:3.12", conda_file: conda.yml}
inputs: {raw: {type: uri_folder}, ratio: {type: number}}
outputs: {clean: {type: uri_folder}}
`

const trainYAML = `
type: command
name: train
command: train ${{inputs.data}} ${{inputs.rounds}} ${{inputs.quick}} $[[${{inputs.note}}]] ${{outputs.model}}
environment: azureml:base:1
is_deterministic: false
inputs:
  data: {type: uri_folder}
  rounds: {type: integer}
  quick: {type: boolean, default: false}
  note: {type: string, optional: true}
outputs: {model: {type: custom_model}}
`

// sameGo is the pipeline of sameYAML, written in Go.
func sameGo() *pipeline.Pipeline {
	prepare := pipeline.Command(pipeline.CommandSpec{
		Name: "prepare", Version: "1", Code: "./src",
		Command:     "prepare ${{inputs.raw}} ${{inputs.ratio}} ${{outputs.clean}}",
		Environment: pipeline.Image("python:3.12", "conda.yml"),
		Inputs:      []*pipeline.Input{pipeline.In("raw", pipeline.URIFolder), pipeline.In("ratio", pipeline.Number)},
		Outputs:     []*pipeline.Output{pipeline.Out("clean", pipeline.URIFolder)},
	})
	train := pipeline.Command(pipeline.CommandSpec{
		Name:        "train",
		Command:     "train ${{inputs.data}} ${{inputs.rounds}} ${{inputs.quick}} $[[${{inputs.note}}]] ${{outputs.model}}",
		Environment: pipeline.Registered("azureml:base:1"), NonDeterministic: true,
		Inputs: []*pipeline.Input{
			pipeline.In("data", pipeline.URIFolder), pipeline.In("rounds", pipeline.Integer),
			pipeline.In("quick", pipeline.Boolean, false), pipeline.OptionalIn("note", pipeline.String),
		},
		Outputs: []*pipeline.Output{pipeline.Out("model", pipeline.CustomModel)},
	})
	p := pipeline.New("same").On("azureml:cpu")
	raw, ratio := p.Input("raw", pipeline.Folder("./data")), p.Input("ratio", 0.75)
	rounds, quick := p.Input("rounds", 20), p.Input("quick", true)
	first := p.Step("prepare", prepare).With("raw", raw).With("ratio", ratio)
	second := p.Step("train", train).With("data", first.Output("clean")).With("rounds", rounds).With("quick", quick).On("azureml:gpu")
	p.Output("model", second.Output("model"))
	p.Locate("home/ada")
	return p
}

// TestGoAndYAML: a pipeline written in Go and the same in YAML are one plan.
func TestGoAndYAML(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"home/ada/pipeline.yml": {Data: []byte(sameYAML)}, "home/ada/prepare.yml": {Data: []byte(prepareYAML)},
		"home/ada/train.yml": {Data: []byte(trainYAML)}, "home/ada/conda.yml": {Data: []byte("dependencies: []")},
		"home/ada/src/main.py": {Data: []byte("1")}, "home/ada/data/x": {Data: []byte("1")},
	}
	read, errs := load.Pipeline(fsys, "home/ada/pipeline.yml")
	if errs = append(errs, read.Validate(fsys)...); len(errs) > 0 {
		t.Fatalf("YAML: %v", show(errs))
	}
	written := sameGo()
	if errs := written.Validate(fsys); len(errs) > 0 {
		t.Fatalf("Go: %v", show(errs))
	}
	fromYAML, errs := plan.Build(read)
	fromGo, more := plan.Build(written)
	if len(errs)+len(more) > 0 {
		t.Fatalf("plan: %v %v", errs, more)
	}
	if d := cmp.Diff(planJSON(t, fromYAML), planJSON(t, fromGo)); d != "" {
		t.Errorf("the plans differ (-YAML +Go):\n%s", d)
	}
}

// TestAddToRead: a pipeline that was read from a file goes on in Go.
func TestAddToRead(t *testing.T) {
	t.Parallel()
	files := chain(2)
	p, errs := load.Pipeline(files, "pipeline.yml")
	leaf, more := load.Component(files, "leaf.yml")
	if errs = append(errs, more...); len(errs) > 0 {
		t.Fatal(show(errs))
	}
	first := p.Steps[0].Output("o")
	third := p.Step("s2", leaf).With("x", first)
	p.Steps[1].With("x", p.Input("data", pipeline.Folder("azureml:d:1"))).With("typo", 1)
	p.Output("out", third.Output("o"))
	errs = p.Validate(files)
	if len(errs) != 1 || errs[0].Code != diag.CodeUnknownInput {
		t.Errorf("got %s, want one fault: the step has no input typo", show(errs))
	}
}
