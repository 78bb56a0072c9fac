package pipeline

import (
	"github.com/ischia-ml/ischia/diag"
)

// Text is a string of a definition, with its place. References such as
// ${{parent.inputs.x}} may stand in it.
type Text struct {
	Value string
	Range diag.Range
	// Spans are the places of every ${{ and $[[ in Value, in order, with what
	// belongs to them. Without them a fault in one is reported at Range.
	Spans []diag.Range
}

// IsZero reports whether nothing was written.
func (t Text) IsZero() bool { return t.Value == "" && !t.Range.IsValid() }

// Raw is YAML text, a mapping: the fields of a definition that have no place of
// their own in the model. They mean nothing on this machine, and are kept so
// that the definition prints as it was written.
type Raw string

// Type is the type of an input or output, in Azure ML's words.
type Type string

// The types of inputs and outputs.
const (
	String      Type = "string"
	Number      Type = "number"
	Integer     Type = "integer"
	Boolean     Type = "boolean"
	URIFile     Type = "uri_file"
	URIFolder   Type = "uri_folder"
	MLTable     Type = "mltable"
	CustomModel Type = "custom_model"
	MLflowModel Type = "mlflow_model"
	TritonModel Type = "triton_model"
)

// IsLiteral reports whether values of type t are text rather than data.
func (t Type) IsLiteral() bool {
	switch t {
	case String, Number, Integer, Boolean:
		return true
	}
	return false
}

// IsModel reports whether data of type t is a model, which is registered among
// the models of a workspace, not among its data.
func (t Type) IsModel() bool {
	switch t {
	case CustomModel, MLflowModel, TritonModel:
		return true
	}
	return false
}

// IsFolder reports whether data of type t is a folder. A model may be either;
// as Azure ML does, an output of a model type starts as a folder.
func (t Type) IsFolder() bool {
	switch t {
	case URIFolder, MLTable, CustomModel, MLflowModel, TritonModel:
		return true
	}
	return false
}

// Mode is how data reaches a step, or leaves it.
type Mode string

// The modes of inputs and outputs.
const (
	ROMount      Mode = "ro_mount"
	RWMount      Mode = "rw_mount"
	Download     Mode = "download"
	Upload       Mode = "upload"
	Direct       Mode = "direct"
	EvalMount    Mode = "eval_mount"
	EvalDownload Mode = "eval_download"
)

// Job is a definition of something that runs: a [*Pipeline], a [*CommandJob], or
// a [*SpecJob] of the kinds that are checked, and not run on this machine.
type Job interface {
	// Kind is "pipelineJob", "commandJob", "sweepJob", ...
	Kind() string
	// Place is where the definition begins.
	Place() diag.Range
	// Head is what all jobs have.
	Head() *Header
}

// Header is what every job has.
type Header struct {
	Schema      string
	Name        Text
	DisplayName Text
	Description Text
	Experiment  Text
	Tags        map[string]string
	Properties  map[string]string
	Extra       Raw
	// Range is the whole definition.
	Range diag.Range
}

// Head is h itself, so that an embedded Header is half of a [Job].
func (h *Header) Head() *Header { return h }

// Place is where the definition begins.
func (h *Header) Place() diag.Range { return h.Range }

// Pipeline is a pipeline job.
type Pipeline struct {
	Header
	Inputs   []*Input
	Outputs  []*Output
	Settings Settings
	// Compute is the job's own compute, an older spelling of
	// settings.default_compute.
	Compute Text
	Steps   []*Step
	// Component is the pipeline component that the job runs, for a job with
	// `component:` at its top; then Steps are the component's.
	Component    *Component
	ComponentRef Text
	// Ignored are fields that mean something on Azure and nothing here.
	Ignored []Ignored

	build *builder
}

// Kind is "pipelineJob".
func (p *Pipeline) Kind() string { return "pipelineJob" }

// CommandJob is a standalone command job: one command without a pipeline.
type CommandJob struct {
	Header
	// Step is the command; its Name is empty, its component is inline.
	Step *Step
}

// Kind is "commandJob".
func (c *CommandJob) Kind() string { return "commandJob" }

// Settings are a pipeline job's settings. Nil means "not given".
type Settings struct {
	DefaultCompute        Text
	DefaultDatastore      Text
	ContinueOnStepFailure *bool
	ForceRerun            *bool
	// Other settings are kept as written; they mean nothing on this machine.
	Other map[string]string
	Extra Raw
	Range diag.Range
}

// Input is a declared input of a component, a pipeline or a command job.
type Input struct {
	Name        string
	NameRange   diag.Range
	Type        Type
	TypeRange   diag.Range
	Description string
	Optional    bool
	Default     *Literal
	Enum        []Literal
	Min, Max    *Literal
	Mode        Mode
	// Value is what a job gives for it; nil in a component, and in a job for
	// an input without a value.
	Value *Value
	Extra Raw

	build *builder
}

// Output is a declared output.
type Output struct {
	Name        string
	NameRange   diag.Range
	Type        Type
	TypeRange   diag.Range
	Description string
	Mode        Mode
	ModeRange   diag.Range
	// Path is where the data goes: azureml://datastores/NAME/paths/...; the
	// macros ${{name}}, ${{output_name}} and ${{default_datastore}} may stand
	// in it. Empty is the default place.
	Path Text
	// AssetName and AssetVersion register the output as an asset.
	AssetName, AssetVersion Text
	Extra                   Raw

	build *builder
}

// Literal is a value written as text.
type Literal struct {
	Text
	// Type is how the YAML reads: string, integer, number or boolean. Value
	// is the text Azure ML hands to a step: "True", "0.25", "20".
	Type Type
	// Dir is the folder, as a name within the file system of the definition,
	// that a local path in the text starts from.
	Dir string
}

// Value is what an input is given: a literal (references may stand in it),
// or data.
type Value struct {
	Literal *Literal
	Data    *Data
	// Type and Mode are what is said beside a reference that stands in the
	// place of a path: {path: ${{parent.inputs.x}}, mode: download}.
	Type  Type
	Mode  Mode
	Extra Raw
	Range diag.Range
}

// Data is data given to an input.
type Data struct {
	Type      Type
	TypeRange diag.Range
	Mode      Mode
	ModeRange diag.Range
	// Path is as written. Local is set when it names something on this
	// machine.
	Path  Text
	Local *LocalPath
}

// LocalPath is a file or folder of this machine that a definition names.
type LocalPath struct {
	// Value is as written; Range its place.
	Text
	// Name is the absolute name within the file system that the definition
	// was loaded from ("home/ada/project/src"), slash-separated, without a
	// leading slash.
	Name string
}

// StepType is the kind of a step.
type StepType string

// The kinds of steps that can be run.
const (
	CommandStep  StepType = "command"
	PipelineStep StepType = "pipeline"
)

// Step is one node of a pipeline.
type Step struct {
	Name        string
	NameRange   diag.Range
	Range       diag.Range
	Type        StepType
	DisplayName Text
	Description Text
	// Component is what the step runs; for a step that holds its command
	// itself it is an inline one. Nil when ComponentRef names a registered
	// component, which only a workspace knows.
	Component *Component
	// ComponentRef is the reference as written; zero for an inline step.
	ComponentRef Text
	Inputs       []*Binding
	Outputs      []*OutputBinding
	Compute      Text
	// What follows overrides the component's own. Nil or empty: not given.
	Environment          *Environment
	EnvironmentVariables []EnvVar
	Limits               *Limits
	Resources            *Resources
	Distribution         *Distribution
	// Spec is the body of a step that is neither command nor pipeline.
	Spec Spec
	// Ignored are fields that mean something on Azure and nothing here.
	Ignored []Ignored
	Extra   Raw

	build *builder
}

// Ignored is a field of a definition that has no meaning on this machine.
type Ignored struct {
	Field string
	Range diag.Range
}

// Binding gives one input of a step its value.
type Binding struct {
	Name      string
	NameRange diag.Range
	Value     Value
}

// OutputBinding says where one output of a step goes.
type OutputBinding struct {
	Name      string
	NameRange diag.Range
	// To is a reference to an output of the parent: ${{parent.outputs.x}}.
	// Without it, Spec holds what was given (type, mode, path); it may be
	// empty.
	To   Text
	Spec Output
}

// ComponentKind is the kind of a component.
type ComponentKind string

// The kinds of components that can be run.
const (
	CommandComponent  ComponentKind = "command"
	PipelineComponent ComponentKind = "pipeline"
)

// Component is a reusable piece: a command, or a pipeline of steps.
type Component struct {
	Schema      string
	Type        ComponentKind
	Name        Text
	Version     Text
	DisplayName Text
	Description Text
	Tags        map[string]string
	Inputs      []*Input
	Outputs     []*Output

	// Of a command component:
	Command Text
	Code    *LocalPath
	CodeRef Text // azureml: reference or URL instead of a folder
	// Includes are files and folders that are put beside the code.
	Includes             []*LocalPath
	Environment          *Environment
	EnvironmentVariables []EnvVar
	Limits               *Limits
	Resources            *Resources
	Distribution         *Distribution
	// Deterministic is is_deterministic; nil (not given) counts as true.
	Deterministic *bool
	Ignored       []Ignored
	Extra         Raw

	// Of a pipeline component:
	Steps []*Step

	// Spec is the body of a component that is neither command nor pipeline.
	Spec Spec

	// Inline: the component stands in the step itself.
	Inline bool
	Range  diag.Range

	build *builder
}

// Kind is "commandComponent" or "pipelineComponent".
func (c *Component) Kind() string { return string(c.Type) + "Component" }

// Place is where the definition begins.
func (c *Component) Place() diag.Range { return c.Range }

// Environment is what a step runs in.
type Environment struct {
	// Ref is a reference to a registered environment: azureml:NAME:VERSION,
	// azureml://registries/...; zero when it is defined here.
	Ref Text
	// File is the name of the file that the environment was read from, as
	// written; zero when it stands in the definition itself.
	File          Text
	Name, Version Text
	Image         Text
	CondaFile     *LocalPath
	// Conda is a conda specification written in place, as YAML text.
	Conda      string
	BuildPath  *LocalPath
	Dockerfile Text
	Extra      Raw
	Range      diag.Range
}

// String names the environment for people: its reference, name or image.
func (e *Environment) String() string {
	switch {
	case e == nil:
		return ""
	case e.Ref.Value != "":
		return e.Ref.Value
	case e.Name.Value != "":
		return e.Name.Value
	case e.Image.Value != "":
		return e.Image.Value
	case e.BuildPath != nil:
		return e.BuildPath.Value
	}
	return "inline"
}

// EnvVar is one entry of environment_variables.
type EnvVar struct {
	Name  string
	Value Text
}

// Limits bound a step.
type Limits struct {
	// Timeout is in seconds, as written; a reference may stand in it.
	Timeout Text
	Extra   Raw
	Range   diag.Range
}

// Resources say what a step needs.
type Resources struct {
	InstanceCount Text
	InstanceType  Text
	ShmSize       Text
	Extra         Raw
	Range         diag.Range
}

// Distribution says how a step's processes are spread over nodes.
type Distribution struct {
	// Type is pytorch, mpi, tensorflow or ray.
	Type                    Text
	ProcessCountPerInstance Text
	WorkerCount             Text
	ParameterServerCount    Text
	Extra                   Raw
	Range                   diag.Range
}

func findInput(list []*Input, name string) *Input {
	for _, in := range list {
		if in.Name == name {
			return in
		}
	}
	return nil
}

func findOutput(list []*Output, name string) *Output {
	for _, out := range list {
		if out.Name == name {
			return out
		}
	}
	return nil
}

func inputNames(list []*Input) []string {
	names := make([]string, len(list))
	for i, in := range list {
		names[i] = in.Name
	}
	return names
}

func outputNames(list []*Output) []string {
	names := make([]string, len(list))
	for i, out := range list {
		names[i] = out.Name
	}
	return names
}

func stepNames(list []*Step) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return names
}
