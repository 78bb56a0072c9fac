package arm

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// nodes are the steps of a pipeline; printed is what they print as.
func (e *encoder) nodes(ctx context.Context, steps []*pipeline.Step, printed *yamlnode.Node, l *level) (*yamlnode.Node, error) {
	out := yamlnode.NewMapping()
	for _, s := range steps {
		n, err := e.node(ctx, s, printed.Get(s.Name), l)
		if err != nil {
			return nil, fmt.Errorf("jobs.%s: %w", s.Name, err)
		}
		out.Set(s.Name, n)
	}
	return out, nil
}

// encodedApart are the fields of a step that are not taken as they print: those
// of its component, and those with ids.
func encodedApart() []string {
	return []string{"type", "inputs", "outputs", "compute", "properties", "command", "code", "additional_includes", "environment",
		"component", "trial"}
}

// node is one step. Fields keep the words of YAML, but for those named here
// and in [nodeField].
func (e *encoder) node(ctx context.Context, s *pipeline.Step, printed *yamlnode.Node, l *level) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	if !s.Type.IsFlow() {
		n.Set("name", str(s.Name))
	}
	n.Set("type", str(string(s.Type)))
	for _, p := range entries(printed) {
		if p.Value.IsNull() || slices.Contains(encodedApart(), p.Key) {
			continue
		}
		n.Set(p.Key, nodeValue(s.Type, p.Key, clone(p.Value)))
	}
	if err := e.nodeParts(ctx, n, s, l); err != nil {
		return nil, err
	}
	if err := e.nodePorts(ctx, n, s, l); err != nil {
		return nil, err
	}
	properties := yamlnode.NewMapping()
	for _, p := range entries(printed.Get("properties")) {
		properties.Set(p.Key, p.Value)
	}
	if s.NameRange.IsValid() {
		properties.Set(sourceProperty, str(place(s.NameRange)))
	}
	if len(properties.Pairs) > 0 {
		n.Set("properties", properties)
	}
	n.Set("_source", str(source(s.Component)))
	if builtin(s) != "" {
		n.Set("_source", str(builtinSource))
	}
	return n, nil
}

// source is what azure-ai-ml calls where a definition comes from.
func source(c *pipeline.Component) string {
	if c != nil && !c.Inline {
		return "YAML.COMPONENT"
	}
	return "YAML.JOB"
}

// place is a file, without its folders, and a line: where a definition lies on
// somebody's machine is nobody else's business.
func place(r diag.Range) string { return path.Base(r.File) + ":" + strconv.Itoa(r.Line) }

// nodeValue changes the words of a field.
func nodeValue(t pipeline.StepType, key string, v *yamlnode.Node) *yamlnode.Node {
	switch {
	case key == "limits" && t != pipeline.CommandStep, key == "distribution" && t == pipeline.AutoMLStep:
		return v
	case key == "mini_batch_size":
		return plain(v.PyString())
	case key == "items":
		if v = items(v); v.Kind == yamlnode.Scalar {
			return v
		}
		return str(string(toJSON(itemsToWire(v))))
	case t == pipeline.DoWhileStep && key == "mapping":
		return lists(v)
	case t == pipeline.IfElseStep && v.Kind == yamlnode.Sequence && len(v.Items) == 1:
		return v.Items[0]
	case key == "entry" && isMapping(v):
		v.Set("spark_job_entry_type", str(entryType(v)))
		return v
	}
	return nodeField(key, v)
}

// lists makes a list of each value of a mapping that is none.
func lists(n *yamlnode.Node) *yamlnode.Node {
	for _, p := range entries(n) {
		if p.Value.Kind == yamlnode.Scalar {
			n.Set(p.Key, yamlnode.NewSequence(p.Value))
		}
	}
	return n
}

// itemsToWire changes the words of data among the items of a loop.
func itemsToWire(n *yamlnode.Node) *yamlnode.Node {
	if !isMapping(n) {
		for i, item := range n.Items {
			n.Items[i] = itemsToWire(item)
		}
		return n
	}
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		v := p.Value
		if isMapping(v) {
			v = itemsToWire(v)
		}
		out.Set(p.Key, v)
	}
	if out.Get("path") != nil && out.Get("path").Kind == yamlnode.Scalar {
		rename(out, "path", "uri")
		rename(out, "type", "job_input_type")
		word(out, "mode", "mode", modes(), toWire)
	}
	return out
}

func entryType(v *yamlnode.Node) string {
	if v.Get("class_name") != nil {
		return "SparkJobScalaEntry"
	}
	return "SparkJobPythonEntry"
}

// nodeParts adds what a step refers to.
func (e *encoder) nodeParts(ctx context.Context, n *yamlnode.Node, s *pipeline.Step, l *level) error {
	if s.Type == pipeline.AutoMLStep {
		return e.automl(ctx, n, s)
	}
	if id := e.Scope.resource("computes", s.Compute.Value); id != "" {
		n.Set("computeId", str(id))
	}
	if err := e.task(ctx, n, s.Spec); err != nil {
		return err
	}
	if s.Environment != nil {
		id, err := e.environmentID(ctx, s.Environment)
		if err != nil {
			return err
		}
		n.Set("environment", str(prefixed(id)))
	}
	if s.Component == nil && s.ComponentRef.Value == "" {
		return nil
	}
	if id := builtin(s); id != "" {
		n.Set("componentId", str(id))
		return nil
	}
	c := s.Component
	if c != nil && c.Inline {
		c = l.inline(s)
	}
	id, err := e.componentID(ctx, s.ComponentRef, c)
	if err != nil {
		return err
	}
	if s.Type == pipeline.SweepStep {
		trial := yamlnode.NewMapping()
		trial.Set("componentId", str(id))
		n.Set("trial", trial)
		return nil
	}
	n.Set("componentId", str(id))
	return nil
}

// builtins are where Azure's own components lie, and what nodes that run them
// say of their source.
const (
	builtins      = "azureml://registries/azureml/components/"
	builtinSource = "BUILTIN"
)

// builtin is the component of Azure's that an import or export runs; empty for
// other steps.
func builtin(s *pipeline.Step) string {
	body, ok := s.Spec.(*pipeline.DataTransfer)
	if !ok || s.Component == nil || !s.Component.Inline {
		return ""
	}
	end := body.Source
	switch strings.ToLower(body.Task.Value) {
	case "import_data":
	case "export_data":
		end = body.Sink
	default:
		return ""
	}
	kind := "database"
	if end != nil && strings.EqualFold(end.Type.Value, "file_system") {
		kind = "file_system"
	}
	if end == body.Sink && kind == "file_system" {
		return "" // Azure has no such component
	}
	return builtins + strings.ToLower(body.Task.Value) + "_" + kind + "/versions/0.0.1"
}

// prefixed is an id as it is written where names may stand as well.
func prefixed(id string) string {
	if len(id) > 0 && id[0] == '/' {
		return "azureml:" + id
	}
	return id
}

// automl puts the addresses of data where the tables of automated ML name
// them. The compute keeps its YAML name, as azure-ai-ml has it.
func (e *encoder) automl(ctx context.Context, n *yamlnode.Node, s *pipeline.Step) error {
	if s.Compute.Value != "" {
		n.Set("compute", str(s.Compute.Value))
	}
	for _, b := range s.Inputs {
		if b.Value.Data == nil || !isMapping(n.Get(b.Name)) {
			continue
		}
		uri, err := e.dataURI(ctx, b.Value.Data, b.Value.Data.Type)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
		n.Get(b.Name).Set("path", str(uri))
	}
	return nil
}

// task puts the ids of code and environment into the task of a parallel step.
func (e *encoder) task(ctx context.Context, n *yamlnode.Node, spec pipeline.Spec) error {
	body, ok := spec.(*pipeline.Parallel)
	task := n.Get("task")
	if !ok || body.Task == nil || !isMapping(task) {
		return nil
	}
	if c := body.Task.Code; c != nil {
		local, ref := c.Path, c.Path.Value
		if ref == "" && c.Whole.Value != "" {
			return faultf("task.code", "code that is a mapping has no place in the body of a node")
		}
		id, err := e.codeOf(ctx, &local, pipeline.Text{Value: ref}, nil, "")
		if err != nil {
			return err
		}
		task.Set("code", str(prefixed(id)))
	}
	if body.Task.Environment != nil {
		id, err := e.environmentID(ctx, body.Task.Environment)
		if err != nil {
			return err
		}
		task.Set("environment", str(prefixed(id)))
	}
	return nil
}

// nodePorts adds inputs and outputs.
func (e *encoder) nodePorts(ctx context.Context, n *yamlnode.Node, s *pipeline.Step, l *level) error {
	if s.Type != pipeline.AutoMLStep {
		inputs, err := e.bindings(ctx, s.Inputs)
		if err != nil {
			return err
		}
		if len(inputs.Pairs) > 0 {
			n.Set("inputs", inputs)
		}
	}
	outputs, err := l.outputBindings(s)
	if err != nil {
		return err
	}
	if len(outputs.Pairs) == 0 {
		return nil
	}
	if body, ok := s.Spec.(*pipeline.Import); ok {
		if err := importPorts(n, body); err != nil {
			return err
		}
	}
	n.Set("outputs", outputs)
	return nil
}

// importPorts puts the source of an import among its inputs.
func importPorts(n *yamlnode.Node, body *pipeline.Import) error {
	take(n, pipeline.ImportOutput)
	printed := take(n, "source")
	inputs := yamlnode.NewMapping()
	fields := importFields(body.Source)
	for _, p := range entries(printed) {
		if !slices.ContainsFunc(fields, func(f pair) bool { return f.yaml == p.Key }) {
			return faultf("source."+p.Key, "imports of the service have no such field")
		}
	}
	for _, f := range fields {
		in := yamlnode.NewMapping()
		in.Set("value", str(f.wire))
		in.Set("job_input_type", str("literal"))
		inputs.Set(f.yaml, in)
	}
	n.Set("inputs", inputs)
	if n.Get("computeId") == nil {
		n.Set("computeId", str("DataFactory"))
	}
	return nil
}

// inline is the component of an inline step, with the types that its inputs and
// outputs have by what they are bound to. What the step says over it stays in
// the step.
func (l *level) inline(s *pipeline.Step) *pipeline.Component {
	c := *s.Component
	c.Spec = s.Spec
	switch body := s.Spec.(type) {
	case *pipeline.Sweep:
		c.Spec = nil
	case *pipeline.Spark:
		own := *body
		own.Resources = nil
		c.Spec = &own
	case *pipeline.Import:
		return l.importer(s, body)
	}
	c.EnvironmentVariables, c.Limits, c.Resources, c.Distribution, c.Extra = nil, nil, nil, nil, ""
	if s.Type == pipeline.SparkStep && c.Environment == nil {
		c.Environment = s.Environment
	}
	c.Inputs = make([]*pipeline.Input, 0, len(s.Component.Inputs))
	for _, in := range s.Component.Inputs {
		typed := *in
		typed.Value = nil
		typed.Type = first(in.Type, l.inputType(s, in.Name), pipeline.String)
		c.Inputs = append(c.Inputs, &typed)
	}
	c.Outputs = make([]*pipeline.Output, 0, len(s.Component.Outputs))
	for _, out := range s.Component.Outputs {
		c.Outputs = append(c.Outputs, &pipeline.Output{
			Name: out.Name, NameRange: out.NameRange, Type: l.outputType(s, out.Name), Mode: out.Mode, Description: out.Description,
		})
	}
	return &c
}

// importer is the component that azure-ai-ml makes of an import: a command that
// is none, with the source as its inputs.
func (l *level) importer(s *pipeline.Step, body *pipeline.Import) *pipeline.Component {
	c := &pipeline.Component{
		Type: pipeline.CommandComponent, Inline: true, Command: pipeline.Text{Value: "import"},
		Tags:    map[string]string{"component_type_overwrite": "import"},
		Outputs: []*pipeline.Output{{Name: pipeline.ImportOutput, Type: l.outputType(s, pipeline.ImportOutput)}},
	}
	for _, f := range importFields(body.Source) {
		c.Inputs = append(c.Inputs, &pipeline.Input{Name: f.yaml, Type: pipeline.String})
	}
	return c
}

// importFields are what is said of a source, by name.
func importFields(source *pipeline.DataEnd) []pair {
	if source == nil {
		return nil
	}
	all := []pair{{"type", source.Type.Value}, {"connection", source.Connection.Value}, {"query", source.Query.Value}, {"path", source.Path.Value}}
	return slices.DeleteFunc(all, func(p pair) bool { return p.wire == "" })
}
