package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Head is what all definitions of this package have.
type Head struct {
	Schema      string            `az:"$schema"`
	Name        pipeline.Text     `az:"name"`
	Description pipeline.Text     `az:"description"`
	Tags        map[string]string `az:"tags"`
	// Range is where the definition begins.
	Range diag.Range `az:",place"`
}

// Place is where the definition begins.
func (h *Head) Place() diag.Range { return h.Range }

// Versioned is what definitions have that are registered in versions.
type Versioned struct {
	Head
	// Version is text; 1.0 in the YAML is "1.0". Without one the service takes
	// the next number.
	Version    pipeline.Text     `az:"version"`
	Properties map[string]string `az:"properties"`
	// AutoDelete says when the service deletes the asset by itself.
	AutoDelete *AutoDelete `az:"auto_delete_setting"`
}

// AutoDelete is auto_delete_setting.
type AutoDelete struct {
	// Condition is created_greater_than or last_accessed_greater_than.
	Condition pipeline.Text `az:"condition"`
	// Value is a number of days with a d: "30d".
	Value pipeline.Text `az:"value"`
}

// Identity says as whom a compute, an endpoint or a workspace acts.
type Identity struct {
	// Type is system_assigned, user_assigned, "system_assigned,user_assigned"
	// or none, in any capitalisation.
	Type pipeline.Text `az:"type"`
	// UserAssigned are those of a compute or endpoint, a list; of a workspace
	// they are named by their ARM ids, a mapping.
	UserAssigned UserIdentities `az:"user_assigned_identities"`
	Range        diag.Range     `az:",place"`
}

// UserIdentities is one of two ways to write managed identities.
type UserIdentities struct {
	List  []UserIdentity      `az:",whole"`
	Named []NamedUserIdentity `az:",whole"`
}

// UserIdentity is one managed identity.
type UserIdentity struct {
	// ResourceID is its ARM id.
	ResourceID  pipeline.Text `az:"resource_id"`
	ClientID    pipeline.Text `az:"client_id"`
	PrincipalID pipeline.Text `az:"principal_id"`
	ObjectID    pipeline.Text `az:"object_id"`
}

// NamedUserIdentity is one managed identity under its ARM id.
type NamedUserIdentity struct {
	ResourceID pipeline.Text `az:",key"`
	Identity   *UserIdentity `az:",value"`
}

// EnvironmentUse is an environment where one is needed: a reference to a
// registered one (azureml:NAME:VERSION, azureml:NAME@LABEL, a registry's URI),
// the name of a file with one (file:env.yml), or a definition in place.
type EnvironmentUse struct {
	Ref        pipeline.Text `az:",scalar"`
	Definition *Environment  `az:",whole"`
	Range      diag.Range    `az:",place"`
}

// ModelUse is a model where one is needed: a reference, or a definition.
type ModelUse struct {
	Ref        pipeline.Text `az:",scalar"`
	Definition *Model        `az:",whole"`
}

// CodeConfiguration is the code that a deployment runs.
type CodeConfiguration struct {
	// Code is a folder of this machine, or a reference to registered code.
	Code pipeline.LocalPath `az:"code,path"`
	// Script is the file in it that scores.
	Script pipeline.Text `az:"scoring_script"`
	Range  diag.Range    `az:",place"`
}

// Resources say what a deployment runs on.
type Resources struct {
	InstanceCount pipeline.Text `az:"instance_count,plain"`
	InstanceType  pipeline.Text `az:"instance_type"`
	// MaxInstanceCount, ShmSize, DockerArgs and Locations are those of jobs.
	MaxInstanceCount pipeline.Text   `az:"max_instance_count,plain"`
	ShmSize          pipeline.Text   `az:"shm_size"`
	DockerArgs       []pipeline.Text `az:"docker_args,single"`
	Locations        []string        `az:"locations"`
	Properties       pipeline.Text   `az:"properties,tree"`
	Range            diag.Range      `az:",place"`
}
