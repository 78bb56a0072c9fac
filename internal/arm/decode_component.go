package arm

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// known is a component that a lookup said.
type known struct {
	file          string
	spec          *yamlnode.Node
	name, version string
	anonymous     bool
	inputs        map[string]pipeline.Type
	outputs       map[string]pipeline.Type
	// written: the file is there, or being written.
	written bool
}

// component looks up a component; nil when it is not known.
func (d *decoder) component(ctx context.Context, id, path string) (*known, error) {
	id = strings.TrimPrefix(id, "azureml:")
	if k, ok := d.components[id]; ok {
		return k, nil
	}
	if d.Lookup == nil {
		return nil, nil
	}
	text, err := d.Lookup.Component(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if text == nil {
		d.components[id] = nil
		return nil, nil
	}
	root, err := parseJSON(text)
	if err != nil {
		return nil, faultf(path, "read the component: %w", err)
	}
	k, err := d.known(root)
	if err != nil {
		return nil, err
	}
	d.components[id] = k
	return k, nil
}

// known reads what steps need to know of a component.
func (d *decoder) known(properties *yamlnode.Node) (*known, error) {
	spec := properties.Get("componentSpec")
	if !isMapping(spec) {
		return nil, faultf("componentSpec", "a component has a specification")
	}
	d.count++
	k := &known{
		file: "components/" + strconv.Itoa(d.count) + ".yml", spec: withoutNulls(spec),
		inputs: map[string]pipeline.Type{}, outputs: map[string]pipeline.Type{},
	}
	k.anonymous = strings.EqualFold(textAt(properties, "isAnonymous"), "true")
	k.name, k.version = textAt(spec, "name"), textAt(spec, "version")
	if k.anonymous || k.name == AnonymousComponent {
		own := properties.Get("properties")
		k.name, k.version = textAt(own, nameProperty), textAt(own, versionProperty)
	}
	portTypes(k.spec.Get("inputs"), "", k.inputs)
	portTypes(k.spec.Get("outputs"), "", k.outputs)
	return k, nil
}

// portTypes are the types of inputs or outputs, those in groups with the names
// of these.
func portTypes(ports *yamlnode.Node, prefix string, into map[string]pipeline.Type) {
	for _, p := range entries(ports) {
		t := textAt(p.Value, "type")
		if t == "group" {
			portTypes(p.Value.Get("properties"), prefix+p.Key+".", into)
			continue
		}
		into[prefix+p.Key] = pipeline.Type(t)
	}
}

// inlineFor: the component was made for this step alone, and the step binds
// all that it declares. Then the definition had it in the step.
func (k *known) inlineFor(n *yamlnode.Node) bool {
	if !k.anonymous || textAt(k.spec, "_source") != "YAML.JOB" || k.spec.Get("jobs") != nil ||
		textAt(k.spec, "is_deterministic") == "False" || !strings.EqualFold(textAt(k.spec, "type"), firstText(textAt(n, "type"), "command")) {
		return false
	}
	given := n.Get("inputs")
	for name := range k.inputs {
		if !isMapping(given) || given.Get(name) == nil {
			return false
		}
	}
	return true
}

// ofComponents are the fields of a specification that inline steps do not have.
func ofComponents() []string {
	return []string{"$schema", "name", "version", "display_name", "description", "tags", "is_deterministic", "inputs", "outputs",
		"type", "_source", "sourceJobId", "code", "environment"}
}

// inline makes the component part of the step.
func (d *decoder) inline(ctx context.Context, out *yamlnode.Node, k *known, path string) error {
	for _, p := range k.spec.Pairs {
		if slices.Contains(ofComponents(), p.Key) || p.Key == "task" {
			continue
		}
		out.Set(p.Key, clone(p.Value))
	}
	if task := k.spec.Get("task"); isMapping(task) {
		task, err := d.task(ctx, task, path+".component.task")
		if err != nil {
			return err
		}
		out.Set("task", task)
	} else if task != nil {
		out.Set("task", task)
	}
	return d.parts(ctx, out, k.spec, path+".component")
}

// parts reads the code and environment of a specification.
func (d *decoder) parts(ctx context.Context, out, spec *yamlnode.Node, path string) error {
	if id := textAt(spec, "code"); id != "" {
		if err := d.code(ctx, out, id, path+".code"); err != nil {
			return err
		}
	}
	if env := spec.Get("environment"); env != nil {
		env, err := d.environment(ctx, env, path+".environment")
		if err != nil {
			return err
		}
		out.Set("environment", env)
	}
	return nil
}

// componentRef is the file of a component, or the reference to one that is not
// known.
func (d *decoder) componentRef(ctx context.Context, id, path string) (string, error) {
	k, err := d.component(ctx, id, path)
	if err != nil {
		return "", err
	}
	if k == nil {
		return d.reference(id), nil
	}
	return "/" + k.file, d.write(ctx, k)
}

// write makes the file of a component, once.
func (d *decoder) write(ctx context.Context, k *known) error {
	if k.written {
		return nil
	}
	k.written = true
	if len(d.files) > 10*maxNodes {
		return faultf("properties.jobs", "more than %d components", 10*maxNodes)
	}
	out := yamlnode.NewMapping()
	for _, p := range k.spec.Pairs {
		switch p.Key {
		case "_source", "sourceJobId", "name", "version", "code", "environment", "jobs", "inputs", "outputs", "task":
		case "additional_includes":
			return faultf("componentSpec."+p.Key, "files beside the code are part of the code on the wire")
		case "distribution", "limits", "resources", "entry":
			out.Set(p.Key, nodeFieldBack(p.Key, p.Value))
		default:
			out.Set(p.Key, p.Value)
		}
	}
	if k.name != "" {
		out.Set("name", str(k.name))
	}
	if k.version != "" {
		out.Set("version", str(k.version))
	}
	if inputs := k.spec.Get("inputs"); isMapping(inputs) {
		out.Set("inputs", declaredFromWire(inputs))
	}
	if outputs := k.spec.Get("outputs"); isMapping(outputs) {
		out.Set("outputs", outputs)
	}
	if err := d.parts(ctx, out, k.spec, "componentSpec"); err != nil {
		return err
	}
	return d.body(ctx, out, k)
}

// maxNodes bounds how many components one job may refer to.
const maxNodes = 10_000

// body adds the task or the jobs of a component, and writes the file.
func (d *decoder) body(ctx context.Context, out *yamlnode.Node, k *known) error {
	if task := k.spec.Get("task"); isMapping(task) {
		task, err := d.task(ctx, task, "componentSpec.task")
		if err != nil {
			return err
		}
		out.Set("task", task)
	} else if task != nil {
		out.Set("task", task)
	}
	if jobs := k.spec.Get("jobs"); jobs != nil {
		nodes, err := d.nodes(ctx, jobs, "componentSpec.jobs", k.file)
		if err != nil {
			return err
		}
		out.Set("jobs", nodes)
	}
	return d.put(k.file, out)
}

// declaredFromWire makes scalars of the limits and defaults of inputs, which
// are texts on the wire.
func declaredFromWire(inputs *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range inputs.Pairs {
		if !isMapping(p.Value) {
			out.Set(p.Key, p.Value)
			continue
		}
		in := withoutNulls(p.Value)
		t := pipeline.Type(strings.ToLower(textAt(in, "type")))
		for _, key := range []string{"default", "min", "max"} {
			if v := in.Get(key); v != nil && v.Kind == yamlnode.Scalar {
				in.Set(key, boundLiteral(t, v.PyString()))
			}
		}
		if o := in.Get("optional"); o != nil && o.Kind == yamlnode.Scalar {
			in.Set("optional", plain(o.PyString()))
		}
		if members := in.Get("properties"); t == "group" && isMapping(members) {
			in.Set("properties", declaredFromWire(members))
		}
		out.Set(p.Key, in)
	}
	return out
}

// environment reads an environment: the id of an anonymous one is replaced by
// what it consists of, any other text stays a reference.
func (d *decoder) environment(ctx context.Context, v *yamlnode.Node, path string) (*yamlnode.Node, error) {
	if v.Kind != yamlnode.Scalar {
		return nil, faultf(path, "an environment is named by its id or a reference")
	}
	text := strings.TrimPrefix(v.PyString(), "azureml:")
	id, ok := ParseID(text)
	switch {
	case !ok && strings.HasPrefix(v.PyString(), "azureml:"):
		return v, nil
	case !ok:
		return nil, faultf(path, "%s is no id of an environment, and no reference to one", text)
	case !strings.EqualFold(id.Name, AnonymousEnvironment):
		return str(d.reference(text)), nil
	case d.Lookup == nil:
		return nil, faultf(path, "nothing is known of %s", text)
	}
	p, err := d.Lookup.Environment(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d.environmentBody(ctx, p, path)
}

func (d *decoder) environmentBody(ctx context.Context, p armmachinelearning.EnvironmentVersionProperties, path string) (*yamlnode.Node, error) {
	out := yamlnode.NewMapping()
	for _, f := range []struct {
		key  string
		text *string
	}{{"name", p.Properties[nameProperty]}, {"version", p.Properties[versionProperty]}, {"image", p.Image}, {"description", p.Description}} {
		if f.text != nil && *f.text != "" {
			out.Set(f.key, str(*f.text))
		}
	}
	for key, m := range map[string]map[string]*string{"tags": p.Tags, "properties": p.Properties} {
		if own := values(m); len(own) > 0 {
			out.Set(key, stringMap(own))
		}
	}
	if p.OSType != nil {
		out.Set("os_type", str(strings.ToLower(string(*p.OSType))))
	}
	if p.CondaFile != nil && *p.CondaFile != "" {
		conda, errs := yamlnode.Parse("", []byte(*p.CondaFile))
		if errs.HasErrors() || !isMapping(conda) {
			return nil, faultf(path+".condaFile", "the conda specification is no YAML mapping")
		}
		out.Set("conda_file", conda)
	}
	if p.Build == nil || p.Build.ContextURI == nil {
		return out, nil
	}
	build := yamlnode.NewMapping()
	address, err := d.address(ctx, *p.Build.ContextURI, path+".build.contextUri")
	if err != nil {
		return nil, err
	}
	build.Set("path", str(address))
	if p.Build.DockerfilePath != nil && *p.Build.DockerfilePath != "" {
		build.Set("dockerfile_path", str(*p.Build.DockerfilePath))
	}
	out.Set("build", build)
	return out, nil
}
