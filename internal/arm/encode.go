package arm

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// Resolver puts what a definition refers to where the service finds it. It is
// asked once for each component, and for code, data and environments as often
// as they are used.
type Resolver interface {
	// Code uploads a folder or file, with what is put beside it, and says the
	// id of its version. path is nil when there are includes only. command is
	// what will run in it, for it decides what is built there; empty when it is
	// no command line.
	Code(ctx context.Context, path *pipeline.LocalPath, includes []*pipeline.LocalPath, command string) (id string, err error)
	// Data uploads a file or folder, and says its address.
	Data(ctx context.Context, path *pipeline.LocalPath, t pipeline.Type) (uri string, err error)
	// Environment registers a version, which may be there already.
	Environment(ctx context.Context, name, version string, body armmachinelearning.EnvironmentVersion) (id string, err error)
	// Component registers a version, which may be there already.
	Component(ctx context.Context, name, version string, body armmachinelearning.ComponentVersion) (id string, err error)
	// Labelled is the version of a registered component, data asset or model
	// that a label stands for; "latest" when none was said.
	Labelled(ctx context.Context, collection, name, label string) (version string, err error)
}

// EncodeOptions are what encoding needs besides the definition.
type EncodeOptions struct {
	// Scope is the workspace that short names are names of.
	Scope    Scope
	Resolver Resolver
	// Files is the file system of the definition; conda files are read from
	// it. Nil when there are none.
	Files fs.FS
}

// The properties that carry what the wire has no word for.
const (
	sourceProperty  = "ischia.source"
	typesProperty   = "ischia.types"
	nameProperty    = "ischia.name"
	versionProperty = "ischia.version"
)

// EncodeJob is the body of a job. What the job refers to is handed to the
// resolver first.
func EncodeJob(ctx context.Context, job pipeline.Job, o EncodeOptions) (armmachinelearning.JobBase, error) {
	e := newEncoder(o)
	n, err := tree(job)
	if err != nil {
		return armmachinelearning.JobBase{}, err
	}
	var body *yamlnode.Node
	switch j := job.(type) {
	case *pipeline.Pipeline:
		body, err = e.pipelineJob(ctx, j, n)
	case *pipeline.CommandJob:
		body, err = e.commandJob(ctx, j, n)
	case *pipeline.SpecJob:
		body, err = e.specJob(ctx, j, n)
	}
	if err != nil {
		return armmachinelearning.JobBase{}, fmt.Errorf("encode the %s: %w", job.Kind(), err)
	}
	return armmachinelearning.JobBase{Properties: &jobProperties{raw: toJSON(body)}}, nil
}

// jobProperties are the properties of a job as they are written. The SDK's own
// types would lose the order of jobs and inputs, and the names of outputs that
// become assets.
type jobProperties struct {
	armmachinelearning.JobBaseProperties
	raw json.RawMessage
}

// MarshalJSON is the text.
func (p *jobProperties) MarshalJSON() ([]byte, error) { return p.raw, nil }

// encoder is one encoding.
type encoder struct {
	EncodeOptions
	// components are the ids of those that were registered.
	components map[*pipeline.Component]string
	// begun are those that are being encoded.
	begun map[*pipeline.Component]bool
}

func newEncoder(o EncodeOptions) *encoder {
	return &encoder{EncodeOptions: o, components: map[*pipeline.Component]string{}, begun: map[*pipeline.Component]bool{}}
}

// tree is what a definition prints as.
func tree(def asset.Definition) (*yamlnode.Node, error) {
	text, err := load.Print(def)
	if err != nil {
		return nil, err
	}
	n, errs := yamlnode.Parse("", text)
	if errs.HasErrors() {
		return nil, fmt.Errorf("read what was printed of the %s: %w", def.Kind(), errs.Err())
	}
	return n, nil
}

// header are the properties that all jobs have.
func (e *encoder) header(jobType string, h *pipeline.Header, n *yamlnode.Node) (*yamlnode.Node, error) {
	body := yamlnode.NewMapping()
	body.Set("jobType", str(jobType))
	for _, f := range []struct {
		key  string
		text pipeline.Text
	}{{"displayName", h.DisplayName}, {"description", h.Description}, {"experimentName", h.Experiment}} {
		if f.text.Value != "" {
			body.Set(f.key, str(f.text.Value))
		}
	}
	body.Set("isArchived", yamlnode.NewBool(false))
	body.Set("tags", stringMap(h.Tags))
	body.Set("properties", stringMap(h.Properties))
	if id := n.Get("identity"); isMapping(id) {
		body.Set("identity", camelKeys(identityToWire(id, "identityType")))
	}
	return body, nil
}

func stringMap(m map[string]string) *yamlnode.Node {
	n := yamlnode.NewMapping()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		n.Set(k, str(m[k]))
	}
	return n
}

// remaining refuses the fields of a job that its body has no place for.
func remaining(n *yamlnode.Node, known ...string) error {
	known = append(known, "$schema", "type", "name", "display_name", "description", "tags", "properties", "experiment_name",
		"compute", "inputs", "outputs", "identity")
	for _, p := range n.Pairs {
		if !slices.Contains(known, p.Key) && !p.Value.IsNull() {
			return faultf(p.Key, "the service's body of a job has no place for this field")
		}
	}
	return nil
}

func (e *encoder) pipelineJob(ctx context.Context, p *pipeline.Pipeline, n *yamlnode.Node) (*yamlnode.Node, error) {
	if err := remaining(n, "settings", "jobs", "component"); err != nil {
		return nil, err
	}
	body, err := e.header("Pipeline", &p.Header, n)
	if err != nil {
		return nil, err
	}
	if id := e.Scope.resource("computes", p.Compute.Value); id != "" {
		body.Set("computeId", str(id))
	}
	l := newLevel(p.Inputs, p.Outputs, p.Steps)
	if p.Component != nil || p.ComponentRef.Value != "" {
		id, err := e.componentID(ctx, p.ComponentRef, p.Component)
		if err != nil {
			return nil, err
		}
		body.Set("componentId", str(id))
		l = newLevel(p.Inputs, withTypesOf(p.Outputs, p.Component), nil)
	}
	if err := e.jobPorts(ctx, body, l, p.Inputs, n); err != nil {
		return nil, err
	}
	body.Set("settings", e.settings(n.Get("settings")))
	if n.Get("component") == nil || n.Get("jobs") != nil {
		jobs, err := e.nodes(ctx, p.Steps, n.Get("jobs"), l)
		if err != nil {
			return nil, err
		}
		body.Set("jobs", jobs)
	}
	return body, nil
}

// withTypesOf gives outputs that say no type the one that the component
// declares.
func withTypesOf(outputs []*pipeline.Output, c *pipeline.Component) []*pipeline.Output {
	out := slices.Clone(outputs)
	for i, given := range out {
		if given.Type == "" && c != nil {
			typed := *given
			typed.Type = componentOutputType(c, given.Name)
			out[i] = &typed
		}
	}
	return out
}

// settings are those of a pipeline, which keep their words.
func (e *encoder) settings(n *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(n) {
		switch p.Key {
		case "default_compute":
			out.Set(p.Key, str(e.Scope.resource("computes", p.Value.PyString())))
		case "default_datastore":
			out.Set(p.Key, str(e.Scope.resource("datastores", p.Value.PyString())))
		default:
			out.Set(p.Key, p.Value)
		}
	}
	out.Set("_source", str("YAML.JOB"))
	return out
}

// jobPorts adds the inputs and outputs of a job.
func (e *encoder) jobPorts(ctx context.Context, body *yamlnode.Node, l *level, list []*pipeline.Input, n *yamlnode.Node) error {
	inputs, outputs, types := yamlnode.NewMapping(), yamlnode.NewMapping(), yamlnode.NewMapping()
	for _, in := range list {
		value, err := e.jobInput(ctx, in)
		if err != nil {
			return fmt.Errorf("inputs.%s: %w", in.Name, err)
		}
		inputs.Set(in.Name, value)
		if t := literalType(in); t != pipeline.String && t != "" {
			types.Set(in.Name, str(string(t)))
		}
	}
	for _, out := range l.outputList {
		outputs.Set(out.Name, l.jobOutput(out))
	}
	if len(types.Pairs) > 0 {
		body.Get("properties").Set(typesProperty, str(string(toJSON(types))))
	}
	body.Set("inputs", inputs)
	body.Set("outputs", outputs)
	return nil
}

// literalType is the type of an input that the wire does not say: that of a
// literal, or of an input without a value.
func literalType(in *pipeline.Input) pipeline.Type {
	switch {
	case in.Value == nil:
		return in.Type
	case in.Value.Literal != nil:
		return first(in.Type, in.Value.Literal.Type)
	}
	return ""
}

// commandJob is a standalone command.
func (e *encoder) commandJob(ctx context.Context, j *pipeline.CommandJob, n *yamlnode.Node) (*yamlnode.Node, error) {
	err := remaining(n, "command", "code", "environment", "environment_variables", "additional_includes", "distribution",
		"resources", "limits", "services", "queue_settings")
	if err != nil {
		return nil, err
	}
	body, err := e.header("Command", &j.Header, n)
	if err != nil {
		return nil, err
	}
	c := j.Step.Component
	if id := e.Scope.resource("computes", j.Step.Compute.Value); id != "" {
		body.Set("computeId", str(id))
	}
	if err := e.jobPorts(ctx, body, newLevel(c.Inputs, c.Outputs, nil), c.Inputs, n); err != nil {
		return nil, err
	}
	if err := e.trial(ctx, body, c); err != nil {
		return nil, err
	}
	for _, key := range []string{"limits", "queue_settings"} {
		if v := n.Get(key); isMapping(v) {
			body.Set(camel(key), camelKeys(nodeField(key, clone(v))))
		}
	}
	if v := n.Get("services"); isMapping(v) {
		named := nodeField("services", clone(v))
		for _, p := range named.Pairs {
			named.Set(p.Key, camelKeys(p.Value))
		}
		body.Set("services", named)
	}
	return body, nil
}

// trial adds what a command consists of, in the words of standalone jobs.
func (e *encoder) trial(ctx context.Context, body *yamlnode.Node, c *pipeline.Component) error {
	code, err := e.codeID(ctx, c)
	if err != nil {
		return err
	}
	env, err := e.environmentID(ctx, c.Environment)
	if err != nil {
		return err
	}
	if code != "" {
		body.Set("codeId", str(code))
	}
	body.Set("command", str(c.Command.Value))
	body.Set("environmentId", str(env))
	bare, err := tree(&pipeline.CommandJob{Step: &pipeline.Step{Component: &pipeline.Component{
		Type: c.Type, Command: c.Command, EnvironmentVariables: c.EnvironmentVariables, Resources: c.Resources, Distribution: c.Distribution,
	}}})
	if err != nil {
		return err
	}
	if vars := bare.Get("environment_variables"); vars != nil {
		body.Set("environmentVariables", vars)
	}
	for _, key := range []string{"resources", "distribution"} {
		if v := bare.Get(key); isMapping(v) {
			body.Set(key, camelKeys(nodeField(key, v)))
		}
	}
	return nil
}
