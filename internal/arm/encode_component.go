package arm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// EncodeComponent is the body of a version of a component that is registered
// under its own name. What it refers to is handed to the resolver first.
func EncodeComponent(ctx context.Context, c *pipeline.Component, o EncodeOptions) (armmachinelearning.ComponentVersion, error) {
	if c.Name.Value == "" || c.Version.Value == "" {
		return armmachinelearning.ComponentVersion{}, errors.New("encode the component: it has no name or no version")
	}
	spec, err := newEncoder(o).spec(ctx, c)
	if err != nil {
		return armmachinelearning.ComponentVersion{}, fmt.Errorf("encode the component %s: %w", c.Name.Value, err)
	}
	spec.Set("name", str(c.Name.Value))
	spec.Set("version", str(c.Version.Value))
	return componentVersion(c, spec, false), nil
}

func componentVersion(c *pipeline.Component, spec *yamlnode.Node, anonymous bool) armmachinelearning.ComponentVersion {
	v := &armmachinelearning.ComponentVersionProperties{
		ComponentSpec: toJSON(spec), IsAnonymous: &anonymous, IsArchived: new(bool),
		Tags: pointers(c.Tags), Properties: map[string]*string{},
	}
	if c.Description.Value != "" {
		v.Description = &c.Description.Value
	}
	if !anonymous || c.Inline {
		return armmachinelearning.ComponentVersion{Properties: v}
	}
	if c.Name.Value != "" {
		v.Properties[nameProperty] = &c.Name.Value
	}
	if c.Version.Value != "" {
		v.Properties[versionProperty] = &c.Version.Value
	}
	return armmachinelearning.ComponentVersion{Properties: v}
}

func pointers(m map[string]string) map[string]*string {
	out := make(map[string]*string, len(m))
	for k, v := range m {
		out[k] = &v
	}
	return out
}

// componentID is the id of a component. A registered one is named; one that
// is there is registered as an anonymous version.
func (e *encoder) componentID(ctx context.Context, ref pipeline.Text, c *pipeline.Component) (string, error) {
	if c == nil {
		return e.assetID(ctx, "components", ref.Value)
	}
	if id, ok := e.components[c]; ok {
		return id, nil
	}
	if e.begun[c] || len(e.begun) > maxDepth {
		return "", fmt.Errorf("component %q contains itself, or more than %d others within each other", c.Name.Value, maxDepth)
	}
	e.begun[c] = true
	defer delete(e.begun, c)
	spec, err := e.spec(ctx, c)
	if err != nil {
		return "", fmt.Errorf("component: %w", err)
	}
	spec.Set("name", str(AnonymousComponent))
	spec.Set("version", str("1"))
	body := componentVersion(c, spec, true)
	version, err := contentVersion(spec, body.Properties.Properties)
	if err != nil {
		return "", err
	}
	id, err := e.Resolver.Component(ctx, AnonymousComponent, version, body)
	if err != nil {
		return "", fmt.Errorf("register the component %q: %w", c.Name.Value, err)
	}
	e.components[c] = id
	return id, nil
}

// contentVersion is the version of an anonymous component: a GUID that depends
// on its content alone, and not on where it was written.
func contentVersion(spec *yamlnode.Node, properties map[string]*string) (string, error) {
	bare := clone(spec)
	for _, p := range entries(bare.Get("jobs")) {
		if properties := p.Value.Get("properties"); isMapping(properties) {
			take(properties, sourceProperty)
		}
	}
	text, err := json.Marshal(struct {
		Spec       json.RawMessage
		Properties map[string]*string
	}{toJSON(bare), properties})
	if err != nil {
		return "", fmt.Errorf("digest the component: %w", err)
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, text).String(), nil
}

// spec is the specification of a component: its YAML, with ids in the place of
// code and environment, and limits and defaults of inputs as texts.
func (e *encoder) spec(ctx context.Context, c *pipeline.Component) (*yamlnode.Node, error) {
	n, err := tree(c)
	if err != nil {
		return nil, err
	}
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		switch p.Key {
		case "code", "environment", "additional_includes", "jobs", "inputs", "name", "version", "is_deterministic":
		default:
			out.Set(p.Key, p.Value)
		}
	}
	if c.Schema == "" {
		take(out, "$schema") // it was printed to tell the kind
	}
	if v := n.Get("is_deterministic"); v != nil {
		out.Set("is_deterministic", v)
	}
	if c.Type != pipeline.PipelineComponent && out.Get("is_deterministic") == nil {
		out.Set("is_deterministic", yamlnode.NewBool(true))
	}
	if n.Get("inputs") != nil {
		out.Set("inputs", declaredToWire(n.Get("inputs")))
	}
	if out.Get("outputs") != nil {
		out.Set("outputs", typedOutputs(c, out.Get("outputs")))
	}
	if err := e.specParts(ctx, out, c); err != nil {
		return nil, err
	}
	if c.Type == pipeline.PipelineComponent {
		jobs, err := e.nodes(ctx, c.Steps, n.Get("jobs"), newLevel(c.Inputs, c.Outputs, c.Steps))
		if err != nil {
			return nil, err
		}
		out.Set("jobs", jobs)
	}
	out.Set("_source", str(source(c)))
	return out, nil
}

// specParts adds what a component refers to.
func (e *encoder) specParts(ctx context.Context, out *yamlnode.Node, c *pipeline.Component) error {
	code, err := e.codeID(ctx, c)
	if err != nil {
		return err
	}
	if code != "" {
		out.Set("code", str(prefixed(code)))
	}
	if c.Environment != nil {
		env, err := e.environmentID(ctx, c.Environment)
		if err != nil {
			return err
		}
		out.Set("environment", str(prefixed(env)))
	}
	return e.task(ctx, out, c.Spec)
}

// declaredToWire writes the limits and defaults of declared inputs as texts.
func declaredToWire(inputs *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(inputs) {
		in := p.Value
		if isMapping(in) {
			in = clone(in)
			for _, key := range []string{"default", "min", "max"} {
				if v := in.Get(key); v != nil && v.Kind == yamlnode.Scalar {
					in.Set(key, str(v.PyString()))
				}
			}
			if list := in.Get("enum"); list != nil && list.Kind == yamlnode.Sequence {
				for i, item := range list.Items {
					list.Items[i] = str(item.PyString())
				}
			}
			if members := in.Get("properties"); textAt(in, "type") == "group" && members != nil {
				in.Set("properties", declaredToWire(members))
			}
		}
		out.Set(p.Key, in)
	}
	return out
}

// typedOutputs gives each output of a component a type.
func typedOutputs(c *pipeline.Component, outputs *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(outputs) {
		v := clone(p.Value)
		if !isMapping(v) {
			v = yamlnode.NewMapping()
		}
		if textAt(v, "type") == "" {
			v.Set("type", str(string(componentOutputType(c, p.Key))))
		}
		out.Set(p.Key, v)
	}
	return out
}

// codeID is the id of a component's code; empty when there is none.
func (e *encoder) codeID(ctx context.Context, c *pipeline.Component) (string, error) {
	return e.codeOf(ctx, c.Code, c.CodeRef, c.Includes, c.Command.Value)
}

// codeOf is the id of code: of a folder, which is uploaded, or of what was
// registered.
func (e *encoder) codeOf(ctx context.Context, local *pipeline.LocalPath, ref pipeline.Text, includes []*pipeline.LocalPath, command string) (string, error) {
	if local != nil && local.Name == "" {
		local = nil
	}
	if local == nil && ref.Value != "" {
		return e.assetID(ctx, "codes", ref.Value)
	}
	if local == nil && len(includes) == 0 {
		return "", nil
	}
	id, err := e.Resolver.Code(ctx, local, includes, command)
	if err != nil {
		return "", fmt.Errorf("upload the code: %w", err)
	}
	return id, nil
}

// digest is the SHA-256 of a text, in hexadecimal.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// environmentID is the id of an environment. A registered one is named; labels
// and registries stay as they are, the service looks them up. One that is
// defined in place is registered as an anonymous version.
func (e *encoder) environmentID(ctx context.Context, env *pipeline.Environment) (string, error) {
	switch {
	case env == nil:
		return "", nil
	case env.Ref.Value != "" && !isBuildAddress(env):
		if name, version, ok := nameVersion(env.Ref.Value); ok {
			return e.Scope.Version("environments", name, version), nil
		}
		return trimID(env.Ref.Value), nil
	}
	body, err := e.environmentBody(ctx, env)
	if err != nil {
		return "", fmt.Errorf("environment: %w", err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("environment: %w", err)
	}
	id, err := e.Resolver.Environment(ctx, AnonymousEnvironment, digest(text), body)
	if err != nil {
		return "", fmt.Errorf("register the environment: %w", err)
	}
	return id, nil
}

// isBuildAddress: the reference is the address of a context that an image is
// built of.
func isBuildAddress(env *pipeline.Environment) bool {
	return env.Dockerfile.Value != "" || strings.Contains(env.Ref.Value, "://") && !strings.HasPrefix(env.Ref.Value, "azureml:")
}

func (e *encoder) environmentBody(ctx context.Context, env *pipeline.Environment) (armmachinelearning.EnvironmentVersion, error) {
	yes := true
	p := &armmachinelearning.EnvironmentVersionProperties{IsAnonymous: &yes, IsArchived: new(bool), Properties: map[string]*string{}}
	var none armmachinelearning.EnvironmentVersion
	if env.Extra != "" {
		if err := environmentExtra(p, env.Extra); err != nil {
			return none, err
		}
	}
	if env.Image.Value != "" {
		p.Image = &env.Image.Value
	}
	conda, err := e.conda(env)
	if err != nil {
		return none, err
	}
	p.CondaFile = conda
	if p.Build, err = e.build(ctx, env); err != nil {
		return none, err
	}
	for key, text := range map[string]string{nameProperty: env.Name.Value, versionProperty: env.Version.Value} {
		if text != "" {
			p.Properties[key] = &text
		}
	}
	return armmachinelearning.EnvironmentVersion{Properties: p}, nil
}

// environmentExtra takes the fields that mean nothing on this machine.
func environmentExtra(p *armmachinelearning.EnvironmentVersionProperties, extra pipeline.Raw) error {
	kept, errs := yamlnode.Parse("", []byte(extra))
	if errs.HasErrors() {
		return fmt.Errorf("extra fields that are no YAML: %w", errs.Err())
	}
	for _, f := range entries(kept) {
		switch text := f.Value.PyString(); f.Key {
		case "$schema", "build":
		case "description":
			p.Description = &text
		case "os_type":
			t := armmachinelearning.OperatingSystemTypeLinux
			if strings.EqualFold(text, "windows") {
				t = armmachinelearning.OperatingSystemTypeWindows
			}
			p.OSType = &t
		case "tags", "properties":
			into := map[string]*string{}
			for _, entry := range entries(f.Value) {
				value := entry.Value.PyString()
				into[entry.Key] = &value
			}
			if f.Key == "tags" {
				p.Tags = into
			} else {
				p.Properties = into
			}
		default:
			return faultf(f.Key, "the service's body of an environment in place has no place for this field")
		}
	}
	return nil
}

// conda is the conda specification, as text; nil when there is none.
func (e *encoder) conda(env *pipeline.Environment) (*string, error) {
	if env.CondaFile == nil {
		if env.Conda == "" {
			return nil, nil
		}
		return &env.Conda, nil
	}
	if e.Files == nil {
		return nil, errors.New("there are no files to read conda_file from")
	}
	data, err := fs.ReadFile(e.Files, env.CondaFile.Name)
	if err != nil {
		return nil, fmt.Errorf("read conda_file: %w", err)
	}
	n, errs := yamlnode.Parse(env.CondaFile.Value, data)
	if errs.HasErrors() {
		return nil, fmt.Errorf("conda_file is no YAML: %w", errs.Err())
	}
	var b bytes.Buffer
	if err := yamlnode.Print(&b, n); err != nil {
		return nil, fmt.Errorf("print conda_file: %w", err)
	}
	text := b.String()
	return &text, nil
}

// build is the context that an image is built of.
func (e *encoder) build(ctx context.Context, env *pipeline.Environment) (*armmachinelearning.BuildContext, error) {
	uri := env.Ref.Value
	if env.BuildPath != nil {
		var err error
		if uri, err = e.Resolver.Data(ctx, env.BuildPath, pipeline.URIFolder); err != nil {
			return nil, fmt.Errorf("upload the Docker context: %w", err)
		}
	}
	if uri == "" {
		return nil, nil
	}
	b := &armmachinelearning.BuildContext{ContextURI: &uri}
	if env.Dockerfile.Value != "" {
		b.DockerfilePath = &env.Dockerfile.Value
	}
	return b, nil
}
