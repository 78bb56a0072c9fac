package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// BatchDeployment is what answers requests of a batch endpoint: a model, or a
// pipeline component.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-deployment-batch
type BatchDeployment struct {
	// Form is the kind of the file: [BatchDeploymentKind], which older files
	// say, or one of the two that tell models from components. New sets it.
	Form string

	Head
	EndpointName pipeline.Text     `az:"endpoint_name"`
	Properties   map[string]string `az:"properties"`
	// Type is model or pipeline.
	Type pipeline.Text `az:"type"`

	// Of models.
	Model                *ModelUse          `az:"model"`
	Code                 *CodeConfiguration `az:"code_configuration"`
	Environment          *EnvironmentUse    `az:"environment"`
	EnvironmentVariables map[string]string  `az:"environment_variables"`
	Compute              pipeline.Text      `az:"compute"`
	Resources            *Resources         `az:"resources"`

	// Of pipeline components: a file with one, or a reference; JobDefinition is
	// a job that ran before, or what would be in one, as YAML text.
	Component     pipeline.LocalPath `az:"component,path"`
	JobDefinition pipeline.Text      `az:"job_definition,tree"`

	// Settings are those of either; files of the older kind have those of
	// models at the top.
	Settings *BatchSettings `az:"settings"`
	BatchScoring
}

// Kind is Form.
func (d *BatchDeployment) Kind() string {
	if d.Form == "" {
		return BatchDeploymentKind
	}
	return d.Form
}

// BatchScoring is how a model scores many records.
type BatchScoring struct {
	// MaxConcurrency is how many batches an instance scores at once.
	MaxConcurrency pipeline.Text `az:"max_concurrency_per_instance,plain"`
	// MiniBatchSize is a number of files.
	MiniBatchSize pipeline.Text  `az:"mini_batch_size,plain"`
	Retry         *RetrySettings `az:"retry_settings"`
	// OutputAction is append_row or summary_only; OutputFileName is for the
	// first.
	OutputAction   pipeline.Text `az:"output_action"`
	OutputFileName pipeline.Text `az:"output_file_name"`
	// ErrorThreshold is how many records or files may fail; -1: all of them.
	ErrorThreshold pipeline.Text `az:"error_threshold,plain"`
	// LoggingLevel is warning, info or debug.
	LoggingLevel pipeline.Text `az:"logging_level"`
}

// BatchSettings are settings of a deployment.
type BatchSettings struct {
	BatchScoring
	InstanceCount        pipeline.Text     `az:"instance_count,plain"`
	EnvironmentVariables map[string]string `az:"environment_variables"`
	// Job are the settings of a pipeline job, of a pipeline component's
	// deployment, as YAML text.
	Job   pipeline.Text `az:",rest,tree"`
	Range diag.Range    `az:",place"`
}

// RetrySettings say how often a batch is tried.
type RetrySettings struct {
	MaxRetries pipeline.Text `az:"max_retries,plain"`
	// Timeout is in seconds.
	Timeout pipeline.Text `az:"timeout,plain"`
	Range   diag.Range    `az:",place"`
}
