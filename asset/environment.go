package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Environment is what steps and deployments run in: a Docker image, one with a
// conda environment on top, or one that is built of a Docker context.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-environment
type Environment struct {
	Versioned
	Image     pipeline.Text `az:"image"`
	CondaFile *Conda        `az:"conda_file"`
	Build     *Build        `az:"build"`
	// OSType is linux or windows.
	OSType    pipeline.Text    `az:"os_type"`
	Inference *InferenceConfig `az:"inference_config"`
	// Datastore is where a local Docker context is uploaded to.
	Datastore pipeline.Text `az:"datastore"`
}

// Kind is [EnvironmentKind].
func (e *Environment) Kind() string { return EnvironmentKind }

// Conda is conda_file: a file, or what would stand in it.
type Conda struct {
	File pipeline.LocalPath `az:",scalar"`
	// Spec is a conda specification, as YAML text.
	Spec pipeline.Text `az:",whole,tree"`
}

// Build is a Docker context.
type Build struct {
	// Path is a folder of this machine, or the address of a Git repository.
	Path pipeline.LocalPath `az:"path,path"`
	// Dockerfile is relative to the context; "Dockerfile" without one.
	Dockerfile pipeline.Text `az:"dockerfile_path"`
	Range      diag.Range    `az:",place"`
}

// InferenceConfig says how a serving container is talked to.
type InferenceConfig struct {
	Liveness  *Route     `az:"liveness_route"`
	Readiness *Route     `az:"readiness_route"`
	Scoring   *Route     `az:"scoring_route"`
	Range     diag.Range `az:",place"`
}

// Route is a door of a serving container.
type Route struct {
	// Port is a TCP port.
	Port pipeline.Text `az:"port,plain"`
	// Path is that of the URL, beginning with a slash.
	Path  pipeline.Text `az:"path"`
	Range diag.Range    `az:",place"`
}
