package arm

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// Lookup says what ids of a body stand for. Ids are given as they came, less
// an azureml: before them.
type Lookup interface {
	// Component is the JSON of the properties of a component's version, as it
	// was received; nil when the component is not known, which is then reported
	// when the job is planned.
	Component(ctx context.Context, id string) ([]byte, error)
	// Environment are the properties of an anonymous environment.
	Environment(ctx context.Context, id string) (armmachinelearning.EnvironmentVersionProperties, error)
	// Code is the name of a snapshot within the file system that the decoded
	// job is of: a name of io/fs.
	Code(ctx context.Context, id string) (name string, err error)
	// Data is the same of data that was uploaded to this address; ok is false
	// when the address is one like others.
	Data(ctx context.Context, uri string) (name string, ok bool, err error)
}

// DecodeOptions are what decoding needs besides the body.
type DecodeOptions struct {
	// Scope is the workspace that was asked; ids in it become short names.
	Scope  Scope
	Lookup Lookup
}

// DecodeJob reads the body of a job. What is wrong with it is a [*Fault] or
// [*Invalid]; other errors are those of the lookup. Local names in the job are
// those that the lookup said, and no others.
func DecodeJob(ctx context.Context, body []byte, o DecodeOptions) (pipeline.Job, error) {
	root, err := parseJSON(body)
	if err != nil {
		return nil, &Fault{Err: fmt.Errorf("read the body of the job: %w", err)}
	}
	properties := root.Get("properties")
	if !isMapping(properties) {
		return nil, faultf("properties", "a job has properties")
	}
	return newDecoder(o).job(ctx, textAt(root, "name"), properties)
}

// DecodeComponent reads the properties of a component's version that is
// registered as name and version. Errors are those of [DecodeJob].
func DecodeComponent(ctx context.Context, name, version string, properties []byte, o DecodeOptions) (*pipeline.Component, error) {
	root, err := parseJSON(properties)
	if err != nil {
		return nil, &Fault{Err: fmt.Errorf("read the component: %w", err)}
	}
	d := newDecoder(o)
	k, err := d.known(root)
	if err != nil {
		return nil, err
	}
	k.name, k.version = firstText(k.name, name), firstText(k.version, version)
	if err := d.write(ctx, k); err != nil {
		return nil, err
	}
	def, errs := load.File(d.files, k.file)
	if errs.HasErrors() {
		return nil, &Invalid{errs}
	}
	c, ok := def.(*pipeline.Component)
	if !ok {
		return nil, faultf("componentSpec.type", "it is no component")
	}
	return c, d.clean(nil, c)
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// files are definitions as load reads them: texts by name, and nothing else.
type files map[string][]byte

// Open finds nothing: files are read whole.
func (f files) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile is the text of a file.
func (f files) ReadFile(name string) ([]byte, error) {
	if text, ok := f[name]; ok {
		return text, nil
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
}

// jobFile is the name of the job among the files.
const jobFile = "job.yml"

// decoder is one decoding.
type decoder struct {
	DecodeOptions
	files      files
	components map[string]*known
	// count numbers the files of components.
	count int
	// local are the names that the lookup said.
	local map[string]bool
	// types are those of the literals of the job.
	types map[string]pipeline.Type
	// descriptions are those of its inputs and outputs, by "inputs.NAME".
	descriptions map[string]string
	// places are where steps were written, by file and name.
	places map[string]map[string]diag.Range
}

func newDecoder(o DecodeOptions) *decoder {
	return &decoder{
		DecodeOptions: o, files: files{}, components: map[string]*known{}, local: map[string]bool{},
		types: map[string]pipeline.Type{}, descriptions: map[string]string{},
		places: map[string]map[string]diag.Range{},
	}
}

func (d *decoder) job(ctx context.Context, name string, n *yamlnode.Node) (pipeline.Job, error) {
	n = withoutNulls(n)
	out := yamlnode.NewMapping()
	var err error
	kind := strings.ToLower(textAt(n, "jobType")) + "Job"
	switch t := textAt(n, "jobType"); strings.ToLower(t) {
	case "pipeline":
		out.Set("type", str("pipeline"))
		err = d.pipelineJob(ctx, out, n)
	case "command":
		out.Set("type", str("command"))
		err = d.commandJob(ctx, out, n)
	case "sweep":
		out.Set("type", str("sweep"))
		err = d.sweepJob(ctx, out, n)
	case "spark":
		out.Set("type", str("spark"))
		err = d.sparkJob(ctx, out, n)
	default:
		err = faultf("properties.jobType", "jobs of type %q are not taken here", t)
	}
	if err != nil {
		return nil, err
	}
	if name != "" {
		out.Set("name", str(name))
	}
	if err := d.put(jobFile, out); err != nil {
		return nil, err
	}
	def, errs := load.FileOfKind(d.files, jobFile, kind)
	if errs.HasErrors() {
		return nil, &Invalid{errs}
	}
	job, ok := def.(pipeline.Job)
	if !ok {
		return nil, faultf("properties", "it is no job")
	}
	return job, d.clean(job, nil)
}

// put writes a definition.
func (d *decoder) put(name string, n *yamlnode.Node) error {
	var b strings.Builder
	if err := yamlnode.Print(&b, n); err != nil {
		return &Fault{Err: fmt.Errorf("write the definition: %w", err)}
	}
	d.files[name] = []byte(b.String())
	return nil
}

// header reads the properties that all jobs have, and refuses those that are
// not among the known.
func (d *decoder) header(out, n *yamlnode.Node, knownKeys ...string) error {
	for _, p := range n.Pairs {
		text := p.Value.PyString()
		switch p.Key {
		case "displayName", "description", "experimentName":
			out.Set(snake(p.Key), str(text))
		case "computeId":
			if text != "" {
				out.Set("compute", str(d.resource(text)))
			}
		case "tags", "properties":
			if m := userTexts(p.Value); len(m.Pairs) > 0 {
				out.Set(p.Key, m)
			}
		case "identity":
			out.Set("identity", nodeFieldBack("identity", snakeKeys(p.Value)))
		case "jobType", "isArchived", "status", "services", "parameters", "sourceJobId", "inputs", "outputs":
			// Some are read elsewhere, the others are the service's own.
		default:
			if !slices.Contains(knownKeys, p.Key) && !isEmpty(p.Value) {
				return faultf("properties."+p.Key, "this field is not taken here")
			}
		}
	}
	return nil
}

// isEmpty: a mapping, list or text with nothing in it, which clients send for
// nothing.
func isEmpty(n *yamlnode.Node) bool {
	return n.IsNull() || len(n.Pairs) == 0 && len(n.Items) == 0 && n.Text == ""
}

// userTexts are tags or properties, less our own and what is null.
func userTexts(n *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(n) {
		if !strings.HasPrefix(p.Key, "ischia.") && !p.Value.IsNull() {
			out.Set(p.Key, str(p.Value.PyString()))
		}
	}
	return out
}

// short is the short form of an id of this workspace; other texts stay.
func (d *decoder) short(text string) string {
	id, ok := ParseID(text)
	if ok && (d.Scope == Scope{} || strings.EqualFold(id.Scope.String(), d.Scope.String())) {
		return id.Reference()
	}
	return text
}

// resource is the short form of a compute or datastore, which may also be named
// alone.
func (d *decoder) resource(text string) string {
	if text = d.short(text); text == "" || strings.ContainsAny(text, ":/$") || isReserved(text) {
		return text
	}
	return "azureml:" + text
}

func (d *decoder) pipelineJob(ctx context.Context, out, n *yamlnode.Node) error {
	if err := d.header(out, n, "settings", "jobs", "componentId"); err != nil {
		return err
	}
	settings := yamlnode.NewMapping()
	for _, p := range entries(snakeKeys(n.Get("settings"))) {
		switch {
		case p.Key == "_source" || p.Value.IsNull():
		case p.Key == "default_compute" || p.Key == "default_datastore":
			settings.Set(p.Key, str(d.resource(p.Value.PyString())))
		default:
			settings.Set(p.Key, p.Value)
		}
	}
	if len(settings.Pairs) > 0 {
		out.Set("settings", settings)
	}
	if err := d.jobPorts(ctx, out, n); err != nil {
		return err
	}
	if id := textAt(n, "componentId"); id != "" && isAbsent(n.Get("jobs")) {
		file, err := d.componentRef(ctx, id, "properties.componentId")
		if err != nil {
			return err
		}
		out.Set("component", str(file))
		return nil
	}
	jobs, err := d.nodes(ctx, n.Get("jobs"), "properties.jobs", jobFile)
	if err != nil {
		return err
	}
	out.Set("jobs", jobs)
	return nil
}

func isAbsent(n *yamlnode.Node) bool { return n == nil || isEmpty(n) }

// commandJob is a standalone command.
func (d *decoder) commandJob(ctx context.Context, out, n *yamlnode.Node) error {
	err := d.header(out, n, "command", "codeId", "environmentId", "environmentVariables", "distribution", "resources", "limits", "queueSettings")
	if err != nil {
		return err
	}
	if err := d.jobPorts(ctx, out, n); err != nil {
		return err
	}
	if err := d.trial(ctx, out, n, "properties"); err != nil {
		return err
	}
	for _, key := range []string{"limits", "queueSettings"} {
		if v := n.Get(key); isMapping(v) {
			out.Set(snake(key), nodeFieldBack(snake(key), snakeKeys(v)))
		}
	}
	if own := ownServices(n.Get("services")); len(own.Pairs) > 0 {
		out.Set("services", nodeFieldBack("services", own))
	}
	return nil
}

// ownServices are those that the user asked for: the service adds its own to a
// job that runs.
func ownServices(n *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(n) {
		s := snakeKeys(p.Value)
		if t := textAt(s, "job_service_type"); isMapping(s) && !strings.EqualFold(t, "Studio") && !strings.EqualFold(t, "Tracking") {
			out.Set(p.Key, s)
		}
	}
	return out
}

// trial reads what a command consists of.
func (d *decoder) trial(ctx context.Context, out, n *yamlnode.Node, path string) error {
	out.Set("command", str(textAt(n, "command")))
	if id := textAt(n, "codeId"); id != "" {
		if err := d.code(ctx, out, id, path+".codeId"); err != nil {
			return err
		}
	}
	if id := textAt(n, "environmentId"); id != "" {
		env, err := d.environment(ctx, str(id), path+".environmentId")
		if err != nil {
			return err
		}
		out.Set("environment", env)
	}
	if vars := userTexts(n.Get("environmentVariables")); len(vars.Pairs) > 0 {
		out.Set("environment_variables", vars)
	}
	for _, key := range []string{"distribution", "resources"} {
		if v := n.Get(key); isMapping(v) {
			out.Set(key, nodeFieldBack(key, snakeKeys(v)))
		}
	}
	return nil
}

// described notes the description of an input or output of a job, and is the
// rest: files have descriptions in components only.
func (d *decoder) described(n *yamlnode.Node, path string) *yamlnode.Node {
	if !isMapping(n) || n.Get("description") == nil {
		return n
	}
	n = clone(n)
	if text := take(n, "description"); text.Kind == yamlnode.Scalar {
		d.descriptions[path] = text.PyString()
	}
	return n
}

// jobPorts reads the inputs and outputs of a job.
func (d *decoder) jobPorts(ctx context.Context, out, n *yamlnode.Node) error {
	types := d.types
	if text := textAt(n.Get("properties"), typesProperty); text != "" {
		if err := json.Unmarshal([]byte(text), &types); err != nil {
			return faultf("properties.properties."+typesProperty, "it is no JSON of names and types: %w", err)
		}
	}
	inputs, outputs := yamlnode.NewMapping(), yamlnode.NewMapping()
	for _, p := range entries(n.Get("inputs")) {
		p.Value = d.described(p.Value, "inputs."+p.Key)
		v, err := d.jobInput(ctx, p.Value, types[p.Key], "properties.inputs."+p.Key)
		if err != nil {
			return err
		}
		inputs.Set(p.Key, v)
	}
	for _, p := range entries(n.Get("outputs")) {
		v, err := output(snakeKeys(d.described(p.Value, "outputs."+p.Key)), "properties.outputs."+p.Key)
		if err != nil {
			return err
		}
		outputs.Set(p.Key, v)
	}
	if len(inputs.Pairs) > 0 {
		out.Set("inputs", inputs)
	}
	if len(outputs.Pairs) > 0 {
		out.Set("outputs", outputs)
	}
	return nil
}
