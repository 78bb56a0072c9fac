package asset

import "github.com/ischia-ml/ischia/pipeline"

// Model gives a trained model a name and a version.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-model
type Model struct {
	Versioned
	// Type is custom_model, mlflow_model or triton_model; custom_model without
	// one.
	Type pipeline.Text `az:"type"`
	// Path is a file or folder of this machine, an output of a job
	// (azureml://jobs/NAME/outputs/..., runs:/ID/PATH), or the URI of a
	// datastore.
	Path pipeline.LocalPath `az:"path,path"`
	// Stage is where in its life it is: Development, Production, Archived.
	Stage pipeline.Text `az:"stage"`
	// Flavors are those that MLflow knows for it, by name; YAML text.
	Flavors        pipeline.Text `az:"flavors,tree"`
	SystemMetadata pipeline.Text `az:"system_metadata,tree"`
	Datastore      pipeline.Text `az:"datastore"`
	// Templates say how the model is deployed; DefaultTemplate is the usual way.
	DefaultTemplate *DeploymentTemplate  `az:"default_deployment_template"`
	Templates       []DeploymentTemplate `az:"allowed_deployment_templates"`
}

// Kind is [ModelKind].
func (m *Model) Kind() string { return ModelKind }

// DeploymentTemplate refers to a deployment template of a registry.
type DeploymentTemplate struct {
	AssetID pipeline.Text `az:"asset_id"`
}
