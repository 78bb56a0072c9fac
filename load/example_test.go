package load_test

import (
	"fmt"
	"testing/fstest"

	"github.com/ischia-ml/ischia/load"
)

func ExamplePipeline() {
	fsys := fstest.MapFS{"home/ada/pipeline.yml": {Data: []byte(`
type: pipeline
inputs:
  rate: 0.1
jobs:
  train:
    command: train --rate ${{inputs.rate}}
    environment: azureml:base@latest
    inputs:
      rate: ${{parent.inputs.rat}}
`)}}
	p, errs := load.Pipeline(fsys, load.Name("/home/ada/pipeline.yml"))
	errs = append(errs, p.Validate(fsys)...)
	for _, d := range errs {
		fmt.Println(d.Error())
		fmt.Println(d.Hint)
	}
	// Output:
	// home/ada/pipeline.yml:10:13: error: the pipeline has no input "rat"
	// did you mean "rate"?
}

func ExampleFileWith() {
	fsys := fstest.MapFS{"job.yml": {Data: []byte(`
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
command: train --rate ${{inputs.rate}}
environment: azureml:base@latest
inputs:
  rate: 0.1
`)}}
	def, errs := load.FileWith(fsys, "job.yml", load.Options{
		Set:    []string{"display_name=quick"},
		Inputs: []string{"rat=0.5"},
	})
	fmt.Println(def.Kind())
	for _, d := range errs {
		fmt.Printf("%s (%s)\n", d.Message, d.Hint)
	}
	// Output:
	// commandJob
	// --input rat=0.5: there is no input "rat" (did you mean "rate"?)
}

// A pipeline written in Go may use components that are written in YAML.
func ExampleComponent() {
	fsys := fstest.MapFS{"train.yml": {Data: []byte(`
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train
inputs:
  rate: {type: number, default: 0.1}
command: train --rate ${{inputs.rate}}
environment: azureml:base@latest
`)}}
	c, errs := load.Component(fsys, "train.yml")
	fmt.Println(c.Kind(), c.Name.Value, c.Inputs[0].Default.Value, len(errs))
	// Output:
	// commandComponent train 0.1 0
}
