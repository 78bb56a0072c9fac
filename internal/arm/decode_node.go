package arm

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// nodes reads the jobs of a pipeline.
func (d *decoder) nodes(ctx context.Context, jobs *yamlnode.Node, path, file string) (*yamlnode.Node, error) {
	if jobs == nil {
		return yamlnode.NewMapping(), nil
	}
	if !isMapping(jobs) {
		return nil, faultf(path, "jobs are an object")
	}
	out := yamlnode.NewMapping()
	for _, p := range jobs.Pairs {
		if !isMapping(p.Value) {
			return nil, faultf(path+"."+p.Key, "a job is an object")
		}
		n, err := d.node(ctx, withoutNulls(p.Value), path+"."+p.Key)
		if err != nil {
			return nil, err
		}
		d.note(file, p.Key, textAt(p.Value.Get("properties"), sourceProperty))
		out.Set(p.Key, n)
	}
	return out, nil
}

// note remembers where a step was written.
func (d *decoder) note(file, step, place string) {
	i := strings.LastIndexByte(place, ':')
	if i < 0 {
		return
	}
	line, err := strconv.Atoi(place[i+1:])
	if err != nil || line < 1 {
		return
	}
	if d.places[file] == nil {
		d.places[file] = map[string]diag.Range{}
	}
	d.places[file][step] = diag.Range{Pos: diag.Pos{File: place[:i], Line: line, Column: 1}, EndLine: line, EndColumn: 1}
}

// refused are fields of YAML that have no meaning on the wire: what they name
// would be looked for on this machine.
func refused() []string {
	return []string{"component", "code", "additional_includes", "command", "jobs"}
}

// node is one step.
func (d *decoder) node(ctx context.Context, n *yamlnode.Node, path string) (*yamlnode.Node, error) {
	for _, key := range refused() {
		if n.Get(key) != nil {
			return nil, faultf(path+"."+key, "a job names its component by componentId, and has no field %s", key)
		}
	}
	typ := strings.ToLower(firstText(textAt(n, "type"), string(pipeline.CommandStep)))
	out := yamlnode.NewMapping()
	out.Set("type", str(typ))
	k, inline, err := d.nodeComponent(ctx, out, n, typ, path)
	if err != nil {
		return nil, err
	}
	if err := d.nodeFields(ctx, out, n, typ, path); err != nil {
		return nil, err
	}
	if err := d.nodePorts(ctx, out, n, user{k, inline}, path); err != nil {
		return nil, err
	}
	if typ == string(pipeline.ImportStep) {
		return out, importFromWire(out, path)
	}
	return out, d.tables(ctx, out, typ, path)
}

// importFromWire makes a source of the inputs of an import.
func importFromWire(out *yamlnode.Node, path string) error {
	source := yamlnode.NewMapping()
	for _, p := range entries(take(out, "inputs")) {
		if p.Value.Kind != yamlnode.Scalar {
			return faultf(path+".inputs."+p.Key, "the source of an import is told in texts")
		}
		source.Set(p.Key, p.Value)
	}
	if len(source.Pairs) > 0 {
		out.Set("source", source)
	}
	if outputs := take(out, "outputs"); outputs != nil {
		if v := outputs.Get(pipeline.ImportOutput); v != nil {
			out.Set(pipeline.ImportOutput, v)
		}
	}
	if textAt(out, "compute") == "DataFactory" {
		take(out, "compute")
	}
	return nil
}

// user is a step with its component: nil when it has none, or none that is
// known. Inline: the component is part of the step.
type user struct {
	*known
	inline bool
}

// inputType is the type of an input, where it is known.
func (u user) inputType(name string) pipeline.Type {
	if u.known == nil {
		return ""
	}
	return u.inputs[name]
}

// nodeComponent reads what a step runs.
func (d *decoder) nodeComponent(ctx context.Context, out, n *yamlnode.Node, typ, path string) (k *known, inline bool, err error) {
	id, key := textAt(n, "componentId"), "component"
	if typ == string(pipeline.SweepStep) {
		path += ".trial"
		key = "trial"
		if trial := n.Get("trial"); isMapping(trial) {
			id = textAt(trial, "componentId")
		}
	}
	if id == "" || typ == string(pipeline.ImportStep) || typ == string(pipeline.DataTransferStep) && textAt(n, "_source") == builtinSource {
		return nil, false, nil // the step itself says what is done
	}
	if k, err = d.component(ctx, id, path+".componentId"); err != nil {
		return nil, false, err
	}
	switch {
	case k == nil:
		out.Set(key, str(d.reference(id)))
	case key == "component" && k.inlineFor(n):
		return k, true, d.inline(ctx, out, k, path)
	default:
		out.Set(key, str("/"+k.file))
		return k, false, d.write(ctx, k)
	}
	return nil, false, nil
}

// reference is an id as YAML has it.
func (d *decoder) reference(id string) string {
	if text := d.short(id); !strings.HasPrefix(text, "/") {
		return text
	}
	return "azureml:" + id
}

// nodeFields changes the words of the fields back.
func (d *decoder) nodeFields(ctx context.Context, out, n *yamlnode.Node, typ, path string) error {
	skip := []string{"name", "type", "inputs", "outputs", "componentId", "_source", "sourceJobId", "trial"}
	for _, p := range n.Pairs {
		switch {
		case slices.Contains(skip, p.Key):
		case p.Key == "computeId":
			if text := p.Value.PyString(); text != "" {
				out.Set("compute", str(d.resource(text)))
			}
		case p.Key == "properties":
			if m := userTexts(p.Value); len(m.Pairs) > 0 {
				out.Set(p.Key, m)
			}
		case p.Key == "tags" && isEmpty(p.Value):
		case p.Key == "environment":
			env, err := d.environment(ctx, p.Value, path+".environment")
			if err != nil {
				return err
			}
			out.Set(p.Key, env)
		case p.Key == "task" && isMapping(p.Value):
			task, err := d.task(ctx, p.Value, path+".task")
			if err != nil {
				return err
			}
			out.Set(p.Key, task)
		case p.Key == "mini_batch_size":
			out.Set(p.Key, str(p.Value.PyString()))
		case p.Key == "items":
			list, err := d.itemsFromWire(ctx, clone(items(p.Value)), path+".items")
			if err != nil {
				return err
			}
			out.Set(p.Key, list)
		default:
			out.Set(p.Key, nodeFieldBack(p.Key, p.Value))
		}
	}
	return nil
}

// items are those of a loop: a list, a mapping, either as JSON, or a reference.
func items(text *yamlnode.Node) *yamlnode.Node {
	if text.Kind != yamlnode.Scalar {
		return text
	}
	n, err := parseJSON([]byte(text.PyString()))
	if err != nil || n.Kind != yamlnode.Mapping && n.Kind != yamlnode.Sequence {
		return text
	}
	return n
}

// itemsFromWire changes the words of data among the items of a loop.
func (d *decoder) itemsFromWire(ctx context.Context, n *yamlnode.Node, path string) (*yamlnode.Node, error) {
	for i, item := range n.Items {
		var err error
		if n.Items[i], err = d.itemsFromWire(ctx, item, path); err != nil {
			return nil, err
		}
	}
	if !isMapping(n) {
		return n, nil
	}
	for _, p := range n.Pairs {
		v, err := d.itemsFromWire(ctx, p.Value, path+"."+p.Key)
		if err != nil {
			return nil, err
		}
		n.Set(p.Key, v)
	}
	rename(n, "uri", "path")
	rename(n, "job_input_type", "type")
	word(n, "mode", "mode", modes(), toYAML)
	if v := n.Get("path"); v != nil && v.Kind == yamlnode.Scalar {
		address, err := d.address(ctx, v.PyString(), path+".uri")
		if err != nil {
			return nil, err
		}
		n.Set("path", str(address))
	}
	return n, nil
}

// task reads the task of a parallel step.
func (d *decoder) task(ctx context.Context, n *yamlnode.Node, path string) (*yamlnode.Node, error) {
	n = withoutNulls(n)
	if code := n.Get("code"); code != nil {
		if err := d.code(ctx, n, code.PyString(), path+".code"); err != nil {
			return nil, err
		}
	}
	if env := n.Get("environment"); env != nil {
		env, err := d.environment(ctx, env, path+".environment")
		if err != nil {
			return nil, err
		}
		n.Set("environment", env)
	}
	return n, nil
}

// tables checks the addresses of the data of automated ML.
func (d *decoder) tables(ctx context.Context, out *yamlnode.Node, typ, path string) error {
	if typ != string(pipeline.AutoMLStep) {
		return nil
	}
	for _, key := range []string{"training_data", "validation_data", "test_data"} {
		table := out.Get(key)
		if !isMapping(table) || textAt(table, "path") == "" {
			continue
		}
		address, err := d.address(ctx, textAt(table, "path"), path+"."+key+".path")
		if err != nil {
			return err
		}
		table.Set("path", str(address))
	}
	return nil
}

// nodePorts reads inputs and outputs; k says the component.
func (d *decoder) nodePorts(ctx context.Context, out, n *yamlnode.Node, k user, path string) error {
	inputs, outputs := yamlnode.NewMapping(), yamlnode.NewMapping()
	for _, p := range entries(n.Get("inputs")) {
		v, err := d.nodeInput(ctx, p, k, path+".inputs."+p.Key)
		if err != nil {
			return err
		}
		if v != nil {
			inputs.Set(p.Key, v)
		}
	}
	given := n.Get("outputs")
	for _, p := range entries(given) {
		v, err := output(snakeKeys(p.Value), path+".outputs."+p.Key)
		if err != nil {
			return err
		}
		if k.inline {
			v = typedOutput(v, k.outputs[p.Key])
		}
		outputs.Set(p.Key, v)
	}
	if k.inline {
		for _, p := range entries(k.spec.Get("outputs")) {
			if outputs.Get(p.Key) == nil {
				outputs.Set(p.Key, typedOutput(yamlnode.NewNull(), k.outputs[p.Key]))
			}
		}
	}
	if len(inputs.Pairs) > 0 {
		out.Set("inputs", inputs)
	}
	if len(outputs.Pairs) > 0 {
		out.Set("outputs", outputs)
	}
	return nil
}

// typedOutput is an output of an inline step with the type that its component
// has on the wire.
func typedOutput(n *yamlnode.Node, t pipeline.Type) *yamlnode.Node {
	if t == "" {
		return n
	}
	if n.Kind == yamlnode.Scalar {
		path := n
		n = yamlnode.NewMapping()
		n.Set("path", path)
	}
	if !isMapping(n) {
		n = yamlnode.NewMapping()
	}
	if n.Get("type") == nil {
		n.Set("type", str(string(t)))
	}
	return n
}

// nodeInput is what an input of a step is given.
func (d *decoder) nodeInput(ctx context.Context, p yamlnode.Pair, k user, path string) (*yamlnode.Node, error) {
	t := k.inputType(p.Key)
	if p.Value.IsNull() {
		return nil, nil
	}
	if p.Value.Kind == yamlnode.Scalar {
		return boundLiteral(t, p.Value.PyString()), nil
	}
	if !isMapping(p.Value) {
		return nil, faultf(path, "an input is an object")
	}
	n := withoutNulls(snakeKeys(p.Value))
	if !strings.EqualFold(textAt(n, "job_input_type"), "literal") {
		return d.data(ctx, n, path)
	}
	value, mode := take(n, "value"), take(n, "mode")
	take(n, "job_input_type")
	if value == nil || value.Kind != yamlnode.Scalar {
		return nil, faultf(path+".value", "a literal is a text")
	}
	text := value.PyString()
	if !strings.Contains(text, "${{") {
		value, t = boundLiteral(t, text), ""
	}
	if !k.inline || t.IsLiteral() || reference(text) == nil {
		t = ""
	}
	if t == "" && mode == nil && len(n.Pairs) == 0 {
		return value, nil
	}
	out := yamlnode.NewMapping()
	out.Set("path", value)
	if reference(text) == nil {
		rename(out, "path", "value")
		mode = nil // it says how data arrives, and this is none
	}
	if t != "" {
		out.Set("type", str(string(t)))
	}
	if mode != nil {
		out.Set("mode", str(toYAML(modes(), mode.PyString())))
	}
	for _, more := range n.Pairs {
		out.Set(more.Key, more.Value)
	}
	return out, nil
}

// code reads the id of code.
func (d *decoder) code(ctx context.Context, out *yamlnode.Node, id, path string) error {
	if d.Lookup == nil {
		return faultf(path, "nothing is known of %s", id)
	}
	name, err := d.Lookup.Code(ctx, strings.TrimPrefix(id, "azureml:"))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	out.Set("code", str(d.allow(name)))
	return nil
}
