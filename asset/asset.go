package asset

import (
	"io/fs"

	"github.com/ischia-ml/ischia/diag"
)

// Definition is anything that an Azure ML YAML file can define.
type Definition interface {
	// Kind is one of the kinds of [Kinds].
	Kind() string
	// Place is where the definition begins.
	Place() diag.Range
}

// Validator is a definition that knows what it means.
type Validator interface {
	Definition
	// Validate checks what the definition means, and that the local files it
	// names are there in fsys (nil: files are not looked at). All faults are
	// found in one pass.
	Validate(fsys fs.FS) diag.List
}

// The kinds of definitions. They are the base names of Azure's JSON schemas:
// https://azuremlschemas.azureedge.net/latest/KIND.schema.json
const (
	PipelineJob           = "pipelineJob"
	CommandJob            = "commandJob"
	SweepJob              = "sweepJob"
	SparkJob              = "sparkJob"
	AutoMLJob             = "autoMLJob"
	ParallelJob           = "parallelJob"
	ImportJob             = "importJob"
	DataTransferJob       = "dataTransferJob"
	CommandComponent      = "commandComponent"
	PipelineComponent     = "pipelineComponent"
	SparkComponent        = "sparkComponent"
	ParallelComponent     = "parallelComponent"
	AutoMLComponent       = "automlComponent"
	DataTransferComponent = "dataTransferComponent"

	ScheduleKind                         = "schedule"
	BatchEndpointKind                    = "batchEndpoint"
	BatchDeploymentKind                  = "batchDeployment"
	ModelBatchDeploymentKind             = "modelBatchDeployment"
	PipelineComponentBatchDeploymentKind = "pipelineComponentBatchDeployment"
	DataKind                             = "data"
	EnvironmentKind                      = "environment"
	ModelKind                            = "model"
	DatastoreKind                        = "datastore"
	ComputeKind                          = "compute"
	WorkspaceKind                        = "workspace"
	RegistryKind                         = "registry"
	OnlineEndpointKind                   = "onlineEndpoint"
	OnlineDeploymentKind                 = "onlineDeployment"
)

// Kinds are all kinds of definitions that Azure ML's schemas know.
func Kinds() []string {
	return []string{
		PipelineJob, CommandJob, CommandComponent, PipelineComponent,
		SweepJob, SparkJob, AutoMLJob, ParallelJob, ImportJob, DataTransferJob,
		SparkComponent, ParallelComponent, AutoMLComponent, DataTransferComponent,
		ScheduleKind, BatchEndpointKind, BatchDeploymentKind, ModelBatchDeploymentKind,
		PipelineComponentBatchDeploymentKind, DataKind, EnvironmentKind, ModelKind, DatastoreKind,
		ComputeKind, WorkspaceKind, RegistryKind, OnlineEndpointKind, OnlineDeploymentKind,
	}
}

// New is an empty definition of one of the kinds that this package holds, a
// pointer to its struct, to be filled by reading. It is nil for others.
func New(kind string) Validator {
	switch kind {
	case DataKind:
		return &Data{}
	case EnvironmentKind:
		return &Environment{}
	case ModelKind:
		return &Model{}
	case DatastoreKind:
		return &Datastore{}
	case ComputeKind:
		return &Compute{}
	case WorkspaceKind:
		return &Workspace{}
	case RegistryKind:
		return &Registry{}
	case ScheduleKind:
		return &Schedule{}
	case BatchEndpointKind:
		return &BatchEndpoint{}
	case BatchDeploymentKind, ModelBatchDeploymentKind, PipelineComponentBatchDeploymentKind:
		return &BatchDeployment{Form: kind}
	case OnlineEndpointKind:
		return &OnlineEndpoint{}
	case OnlineDeploymentKind:
		return &OnlineDeployment{}
	}
	return nil
}

// Join puts together the faults of a definition's shape and of what it means.
// When there are faults of shape, what Validate finds to be absent is left
// out: it may be what could not be read.
func Join(shape, meaning diag.List) diag.List {
	if !shape.HasErrors() {
		return append(shape, meaning...)
	}
	for _, d := range meaning {
		if d.Code != diag.CodeMissingField && d.Code != diag.CodeEnvironment {
			shape = append(shape, d)
		}
	}
	return shape
}
