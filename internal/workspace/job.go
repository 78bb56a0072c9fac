package workspace

import "time"

// Scope names one workspace of a home, as ARM does.
type Scope struct {
	Subscription, ResourceGroup, Workspace string
}

// BuiltIn is the workspace that every home has from its first day.
func BuiltIn() Scope {
	return Scope{"00000000-0000-0000-0000-000000000000", "local", "local"}
}

// ARMID is the workspace's ARM id, without a trailing slash.
func (s Scope) ARMID() string {
	return "/subscriptions/" + s.Subscription + "/resourceGroups/" + s.ResourceGroup +
		"/providers/Microsoft.MachineLearningServices/workspaces/" + s.Workspace
}

// Status is ARM's word for a job's state.
type Status string

// The states a job passes through here. The words are JobStatus of the
// Microsoft.MachineLearningServices API, version 2024-04-01.
const (
	NotStarted      Status = "NotStarted"
	Preparing       Status = "Preparing"
	Queued          Status = "Queued"
	Running         Status = "Running"
	Finalizing      Status = "Finalizing"
	CancelRequested Status = "CancelRequested"
	Completed       Status = "Completed"
	Failed          Status = "Failed"
	Canceled        Status = "Canceled"
)

// Terminal reports whether a job in state s will never change state again.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Canceled }

// Job is one recorded execution: of a whole definition (Parent empty), or of
// one step of it.
type Job struct {
	Scope Scope `json:"-"`
	// Name is the job's id within its scope: adjective_noun_suffix for a root
	// job, a GUID for a child. It is also its run id.
	Name string
	// Root is the name of the root job (its own Name for a root job); Parent
	// is the job one level up, empty for a root job.
	Root, Parent string
	// Step is the step's path from the root, "train" or "sub/train"; empty
	// for a root job.
	Step string
	// Index orders the steps of one root job as the definition does.
	Index int
	// Type is "pipeline" or "command".
	Type        string
	DisplayName string
	Experiment  string
	Description string
	Tags        map[string]string
	Properties  map[string]string

	Status Status
	// Error is set when Status is Failed, or Canceled for a reason other than
	// the user's word (a timeout).
	Error *JobError
	// Created is when it was submitted, Started when its process (for a
	// pipeline: its first step) started, Ended when it became terminal. All
	// UTC; zero when not yet.
	Created, Started, Ended time.Time
	CreatedBy               string
	// ExitCode is the process's exit status; nil before it ended, and for
	// pipelines.
	ExitCode *int
	Archived bool
	// CancelRequested is when somebody asked for cancellation, else zero.
	CancelRequested time.Time

	Spec Spec
	// Definition is given to the store with a new root job, and not given back
	// with it: see [QueueStore].
	Definition *Definition `json:"-"`
}

// JobError says why a job did not complete, in the shape of ARM's error body.
type JobError struct {
	// Code is UserError (the step failed), Timeout, RunnerLost (the process
	// that ran the job died) or SystemError (a fault of ours).
	Code    string `json:"code"`
	Message string `json:"message"`
	// FailedStep is the path of the step that failed first, of a pipeline.
	FailedStep string `json:"failed_step,omitempty"`
}

// Spec is what was run: everything of a job that does not change once it is
// submitted, except Outputs, which gain their digests at the end.
type Spec struct {
	Inputs  []Port `json:"inputs,omitempty"`
	Outputs []Port `json:"outputs,omitempty"`
	// Command is the command line after binding; empty for pipelines.
	Command string `json:"command,omitempty"`
	// Code is the tree digest of the code folder that the step got.
	Code string `json:"code,omitempty"`
	// Environment and Compute are as written in the definition.
	Environment string `json:"environment,omitempty"`
	Compute     string `json:"compute,omitempty"`
	// Component is "name:version" of a step's component, if it has a name.
	Component            string            `json:"component,omitempty"`
	EnvironmentVariables map[string]string `json:"environment_variables,omitempty"`
	// TimeoutSeconds is limits.timeout; 0 is none.
	TimeoutSeconds float64 `json:"timeout_seconds,omitempty"`
	// InstanceCount is resources.instance_count; 0 when not given.
	InstanceCount int `json:"instance_count,omitempty"`
	// Settings of a pipeline, as written (default_compute, ...).
	Settings map[string]any `json:"settings,omitempty"`
	// Source is "file:line" of the definition, as the user named the file.
	Source string `json:"source,omitempty"`
	// Git is what the checkout said when the job was submitted.
	Git *Git `json:"git,omitempty"`
}

// Port is one input or output of a job.
type Port struct {
	Name string `json:"name"`
	// Type is the Azure ML type: string, number, integer, boolean, uri_file,
	// uri_folder, mltable, mlflow_model, custom_model, triton_model.
	Type string `json:"type,omitempty"`
	Mode string `json:"mode,omitempty"`
	// Value is a literal, rendered as Azure ML renders it.
	Value *string `json:"value,omitempty"`
	// URI is where data lies: azureml://datastores/..., https://..., or a
	// local path for data given by path.
	URI string `json:"uri,omitempty"`
	// Binding is the expression it was bound with: ${{parent.inputs.x}}.
	Binding string `json:"binding,omitempty"`
	// Digest is the content's digest, once known.
	Digest string `json:"digest,omitempty"`
}

// Git is the state of the checkout that a job was submitted from. The
// property names on the wire are Azure ML's: mlflow.source.git.commit etc.
type Git struct {
	Repo   string `json:"repo,omitempty"`
	Branch string `json:"branch,omitempty"`
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"`
}

// Event is one entry of the append-only log of a root job.
type Event struct {
	// Seq grows with every event of a home; it is set by the store.
	Seq  int64
	Time time.Time
	// Root and Job are names; Step is the step's path, empty for the root.
	Root, Job, Step string
	// Kind is submitted, status, reused, cancel-requested, archived, restored,
	// updated, recovered or deleted, which is the last and read by nobody.
	Kind   string
	Status Status
	// Data is free-form detail, as JSON; may be nil.
	Data []byte
}
