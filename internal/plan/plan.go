package plan

import (
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/pipeline"
)

// Plan is what one submission will do.
type Plan struct {
	// Type is "pipeline", or "command" for a standalone command job, whose
	// only node has the empty path.
	Type    string   `json:"type"`
	Inputs  []Input  `json:"inputs,omitempty"`
	Outputs []Output `json:"outputs,omitempty"`
	// Nodes are the steps, in the order of the definition; a pipeline step
	// stands before its own steps.
	Nodes                 []*Node           `json:"nodes"`
	ContinueOnStepFailure bool              `json:"continue_on_step_failure"`
	ForceRerun            bool              `json:"force_rerun"`
	DefaultCompute        string            `json:"default_compute,omitempty"`
	DefaultDatastore      string            `json:"default_datastore"`
	Settings              map[string]string `json:"settings,omitempty"`
	// Ignored are fields of the job that mean nothing on this machine.
	Ignored []string `json:"ignored,omitempty"`
}

// Node is one step made concrete: a command to run (an action), or a pipeline
// that only groups other nodes.
type Node struct {
	Index int `json:"index"`
	// Path is the step's name, after those of the pipeline steps around it:
	// "sub/train".
	Path string `json:"path"`
	// Parent is the index of the pipeline step around it, -1 for none.
	Parent int `json:"parent"`
	// Type is "command" or "pipeline".
	Type        string   `json:"type"`
	DisplayName string   `json:"display_name,omitempty"`
	Component   string   `json:"component,omitempty"`
	Inputs      []Input  `json:"inputs,omitempty"`
	Outputs     []Output `json:"outputs,omitempty"`
	// Needs are the indexes of the actions that must have completed first.
	Needs []int `json:"needs,omitempty"`

	// Of an action:

	// Command may hold ${{inputs.x}}, ${{outputs.y}} and $[[ ]] only.
	Command string `json:"command,omitempty"`
	// Code is the folder or file to run in, as a name within the file system
	// of the definition; empty for none. In a pinned plan it is a name of
	// content, as are all such names; see [Pin].
	Code                 string     `json:"code,omitempty"`
	Environment          *EnvSpec   `json:"environment,omitempty"`
	EnvironmentVariables []Variable `json:"environment_variables,omitempty"`
	Compute              string     `json:"compute,omitempty"`
	// TimeoutSeconds is limits.timeout; 0 is none.
	TimeoutSeconds int64         `json:"timeout_seconds,omitempty"`
	InstanceCount  int           `json:"instance_count,omitempty"`
	Distribution   *Distribution `json:"distribution,omitempty"`
	// Reusable: the step may be answered from the cache.
	Reusable bool `json:"reusable"`
	// Includes are files and folders that are put beside the code.
	Includes []string `json:"includes,omitempty"`
	// Ignored are fields of the step that mean nothing on this machine.
	Ignored []string `json:"ignored,omitempty"`
	// Source is "file:line" of the step. It is no part of the plan's meaning.
	Source string `json:"-"`
}

// IsAction reports whether n is run as a process.
func (n *Node) IsAction() bool { return n.Type == string(pipeline.CommandStep) }

// Input is one input of a node, resolved. At most one of Value, URI, Local
// and From is set; with none, an optional input has no value.
type Input struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	Mode string `json:"mode,omitempty"`
	// Value is the text of a literal, as Azure ML renders it.
	Value *string `json:"value,omitempty"`
	// URI is the address of data; Local is the name of data of this machine
	// within the file system of the definition.
	URI   string `json:"uri,omitempty"`
	Local string `json:"local,omitempty"`
	// From is an output of an action.
	From *From `json:"from,omitempty"`
	// Binding is what was written, if it was a reference.
	Binding string `json:"binding,omitempty"`
	// Dir is the folder that a local path in Value starts from.
	Dir string `json:"-"`
	// Kind is what a reference in URI is to, where it was written: an input that
	// is bound to another one may be of another type. Empty means what Type says.
	Kind AssetKind `json:"-"`
	// Source is where Local came from, for people, when Local does not say it.
	// It is no part of the plan's meaning.
	Source string `json:"-"`
}

// HasValue reports whether the input has any value.
func (in Input) HasValue() bool {
	return in.Value != nil || in.URI != "" || in.Local != "" || in.From != nil
}

// Address is where data that Local names came from, for people: a path below
// root, or what Source says of content.
func (in Input) Address(root string) string {
	if _, ok := blob.ParseContent(in.Local); ok {
		return in.Source
	}
	return filepath.Join(root, filepath.FromSlash(in.Local))
}

// From names an output of an action.
type From struct {
	Node   int    `json:"node"`
	Output string `json:"output"`
}

// Output is one output of a node.
type Output struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Mode string `json:"mode,omitempty"`
	// URI is where it goes, as written, macros included; empty for the
	// default place: azureml/JOB/NAME of the default datastore, where JOB is
	// Owner's job and NAME is OwnerName.
	URI string `json:"uri,omitempty"`
	// Owner is the node whose output this is: the node itself, a pipeline
	// step around it, or -1 for the root job.
	Owner     int    `json:"owner"`
	OwnerName string `json:"owner_name"`
	// From is the action's output that a pipeline's output is bound to.
	From         *From  `json:"from,omitempty"`
	AssetName    string `json:"asset_name,omitempty"`
	AssetVersion string `json:"asset_version,omitempty"`
	Binding      string `json:"binding,omitempty"`
}

// EnvSpec is an environment. CondaFile and Build are names within the file
// system of the definition; a pinned plan has the text of CondaFile in Conda.
type EnvSpec struct {
	Ref        string `json:"ref,omitempty"`
	Name       string `json:"name,omitempty"`
	Version    string `json:"version,omitempty"`
	Image      string `json:"image,omitempty"`
	CondaFile  string `json:"conda_file,omitempty"`
	Conda      string `json:"conda,omitempty"`
	Build      string `json:"build,omitempty"`
	Dockerfile string `json:"dockerfile,omitempty"`
}

// Label names the environment for people.
func (e *EnvSpec) Label() string {
	switch {
	case e == nil:
		return ""
	case e.Ref != "":
		return e.Ref
	case e.Image != "":
		return e.Image
	case e.Name != "":
		return e.Name
	}
	if _, ok := blob.ParseContent(e.Build); ok {
		return "" // a digest tells people nothing
	}
	return e.Build
}

// Variable is an environment variable.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Distribution is how a step's processes are spread.
type Distribution struct {
	Type                    string `json:"type"`
	ProcessCountPerInstance int    `json:"process_count_per_instance,omitempty"`
}
