// Command driver is the program of this pipeline: with --local it runs the
// logic in this process, otherwise it checks the pipeline and hands it on.
package main

import (
	"context"
	"os"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/pipeline"
	"github.com/ischia-ml/ischia/starter/go/steps/components/preprocess"
	"github.com/ischia-ml/ischia/starter/go/steps/components/train"
)

func main() {
	os.Exit(driver.Main(program()))
}

// program is what this driver does.
func program() driver.Program {
	return driver.Program{Pipeline: definePipeline, Parameters: definePipelineParameters, Local: runLocalPipeline}
}

// runLocalPipeline calls the component functions directly, in this process.
// This is the pipeline logic: set breakpoints, add print statements.
func runLocalPipeline(_ context.Context, env driver.Env) error {
	preprocessed, err := preprocess.Preprocess(env.Out, preprocess.Options{UseTestDataset: true})
	if err != nil {
		return err
	}
	_, err = train.Train(env.Out, train.Options{Input: preprocessed.Folder, OutputsFolder: "./", TrainTestRatio: 0.75})
	return err
}

// definePipelineParameters are the values of a submission. The pipeline's own
// defaults, with which it is published, are "False" and 0.80.
func definePipelineParameters(driver.Env) map[string]string {
	return map[string]string{"use_test_dataset": "True", "train_test_ratio": "0.75"}
}

// definePipeline defines the same pipeline as pipeline.yml: two steps, the
// output of the first the input of the second.
func definePipeline(context.Context, driver.Env) (*pipeline.Pipeline, error) {
	p := pipeline.New("penguins").On("azureml:DS3-v2-cluster").ContinueOnStepFailure(false)

	// The parameters, with their defaults.
	dataPath := p.Input("data_path", pipeline.Folder("azureml://datastores/workspaceblobstore/paths/folder/on/default_datastore/"))
	useTestDataset := p.Input("use_test_dataset", "False")
	ratio := p.Input("train_test_ratio", 0.80)

	preprocessStep := p.Step("preprocess_step", preprocessComponent()).Titled("01_preprocess_step").
		With("data_path", dataPath).
		With("use_test_dataset", useTestDataset)
	trainStep := p.Step("train_step", trainComponent()).Titled("02_train_step").
		With("train_input", preprocessStep.Output("preprocess_output")).
		With("train_test_ratio", ratio)
	// The model is registered in the workspace when the run completes.
	p.Output("model", trainStep.Output("model")).AssetName.Value = "penguins"
	return p, nil
}

// image will do for any step that is one static binary.
const image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"

func preprocessComponent() *pipeline.Component {
	return pipeline.Command(pipeline.CommandSpec{
		Name: "preprocess", DisplayName: "01_preprocess_step", NonDeterministic: true,
		Command: "./01_preprocess_step --data_path ${{inputs.data_path}}/my_data.csv" +
			" --preprocess_output ${{outputs.preprocess_output}} --use_test_dataset ${{inputs.use_test_dataset}}",
		Code:        "./steps",
		Environment: pipeline.Image(image, ""),
		Inputs:      []*pipeline.Input{pipeline.In("data_path", pipeline.URIFolder), pipeline.In("use_test_dataset", pipeline.String, "False")},
		Outputs:     []*pipeline.Output{pipeline.Out("preprocess_output", pipeline.URIFolder)},
	})
}

func trainComponent() *pipeline.Component {
	return pipeline.Command(pipeline.CommandSpec{
		Name: "train", DisplayName: "02_train_step", NonDeterministic: true,
		Command: "./02_train_step --train_input ${{inputs.train_input}}" +
			" --outputs_folder ${{outputs.model}} --train_test_ratio ${{inputs.train_test_ratio}}",
		Code:        "./steps",
		Environment: pipeline.Image(image, ""),
		Inputs:      []*pipeline.Input{pipeline.In("train_input", pipeline.URIFolder), pipeline.In("train_test_ratio", pipeline.Number, 0.80)},
		Outputs:     []*pipeline.Output{pipeline.Out("model", pipeline.CustomModel)},
	})
}
