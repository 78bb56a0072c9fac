package asset

import "github.com/ischia-ml/ischia/diag"

// Definition is anything that an Azure ML YAML file can define.
type Definition interface {
	// Kind is one of the kinds of [Kinds].
	Kind() string
	// Place is where the definition begins.
	Place() diag.Range
}

// The kinds of definitions. They are the base names of Azure's JSON schemas:
// https://azuremlschemas.azureedge.net/latest/KIND.schema.json
const (
	PipelineJob       = "pipelineJob"
	CommandJob        = "commandJob"
	CommandComponent  = "commandComponent"
	PipelineComponent = "pipelineComponent"
)

// Kinds are all kinds of definitions that Azure ML's schemas know.
func Kinds() []string {
	return []string{
		PipelineJob, CommandJob, CommandComponent, PipelineComponent,
		"sweepJob", "sparkJob", "autoMLJob", "parallelJob", "importJob", "dataTransferJob",
		"sparkComponent", "parallelComponent", "automlComponent", "dataTransferComponent",
		"schedule", "batchEndpoint", "batchDeployment", "modelBatchDeployment",
		"pipelineComponentBatchDeployment", "data", "environment", "model", "datastore",
		"compute", "workspace", "registry", "onlineEndpoint", "onlineDeployment",
	}
}
