package pipeline_test

import (
	"fmt"
	"testing/fstest"

	"github.com/ischia-ml/ischia/pipeline"
)

// A pipeline of two steps, written in Go.
func Example() {
	env := pipeline.Image("python:3.12", "")
	prepare := pipeline.Command(pipeline.CommandSpec{
		Name:        "prepare",
		Command:     "python prepare.py --raw ${{inputs.raw}} --ratio ${{inputs.ratio}} --out ${{outputs.clean}}",
		Environment: env,
		Inputs:      []*pipeline.Input{pipeline.In("raw", pipeline.URIFolder), pipeline.In("ratio", pipeline.Number, 0.75)},
		Outputs:     []*pipeline.Output{pipeline.Out("clean", pipeline.URIFolder)},
	})
	train := pipeline.Command(pipeline.CommandSpec{
		Name:        "train",
		Command:     "python train.py --data ${{inputs.data}} $[[--note ${{inputs.note}}]] --model ${{outputs.model}}",
		Environment: env,
		Inputs:      []*pipeline.Input{pipeline.In("data", pipeline.URIFolder), pipeline.OptionalIn("note", pipeline.String)},
		Outputs:     []*pipeline.Output{pipeline.Out("model", pipeline.CustomModel)},
	})

	p := pipeline.New("prepare and train")
	raw := p.Input("raw", pipeline.Folder("./data"))
	first := p.Step("prepare", prepare).With("raw", raw)
	second := p.Step("train", train).With("data", first.Output("clean")).On("azureml:cpu")
	p.Output("model", second.Output("model"))
	p.Locate("home/ada")

	fsys := fstest.MapFS{"home/ada/data/rows.csv": {Data: []byte("1,2\n")}}
	fmt.Println(len(p.Steps), "steps,", len(p.Validate(fsys)), "faults")
	fmt.Println("train needs", second.Needs())
	// Output:
	// 2 steps, 0 faults
	// train needs [prepare]
}

// Faults are collected, and reported at the line that made them.
func ExamplePipeline_Validate() {
	train := pipeline.Command(pipeline.CommandSpec{
		Name: "train", Command: "train ${{inputs.rate}}", Environment: pipeline.Registered("azureml:base:1"),
		Inputs: []*pipeline.Input{pipeline.In("rate", pipeline.Number)},
	})
	p := pipeline.New("faulty")
	p.Step("train", train).With("rate", "fast").With("rat", 1)

	for _, d := range p.Validate(nil).Sorted() {
		fmt.Printf("%s: %s (%s)\n", d.Severity, d.Message, d.Hint)
	}
	// Output:
	// error: "fast" is not a number: input "rate" wants a number ()
	// error: step "train" has no input "rat" (did you mean "rate"?)
}
