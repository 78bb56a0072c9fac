package arm

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// only refuses the fields of a definition that its body has no place for. The
// result are its fields.
func only(def asset.Definition, known ...string) (*yamlnode.Node, error) {
	n, err := tree(def)
	if err != nil {
		return nil, err
	}
	for _, p := range n.Pairs {
		if !slices.Contains(append(known, "$schema", "name", "description", "tags"), p.Key) {
			return nil, faultf(p.Key, "the service's body of this kind has no place for this field")
		}
	}
	return n, nil
}

// optional is a text that was written, and nil for others.
func optional(t pipeline.Text) *string {
	if t.Value == "" {
		return nil
	}
	return &t.Value
}

func text(s *string) pipeline.Text {
	if s == nil {
		return pipeline.Text{}
	}
	return pipeline.Text{Value: *s}
}

// values are tags or properties of a body.
func values(m map[string]*string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		if v != nil && !strings.HasPrefix(k, "ischia.") {
			out[k] = *v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// whole is a number that was written; nil when none was.
func whole(t pipeline.Text, field string) (*int32, error) {
	if t.Value == "" {
		return nil, nil
	}
	i, err := strconv.ParseInt(t.Value, 10, 32)
	if err != nil {
		return nil, faultf(field, "%q is no whole number", t.Value)
	}
	n := int32(i)
	return &n, nil
}

func count(n *int32) pipeline.Text {
	if n == nil {
		return pipeline.Text{}
	}
	return pipeline.Text{Value: strconv.Itoa(int(*n))}
}

// assetURI is the address of what a definition names: that of a local path
// after its upload.
func (e *encoder) assetURI(ctx context.Context, l pipeline.LocalPath, t pipeline.Type) (*string, error) {
	if l.Name == "" {
		uri := l.Value
		return &uri, nil
	}
	uri, err := e.Resolver.Data(ctx, &l, t)
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", l.Value, err)
	}
	return &uri, nil
}

// remote is an address of a body. Paths of this machine are refused.
func (d *decoder) remote(ctx context.Context, uri *string, path string) (pipeline.LocalPath, error) {
	var l pipeline.LocalPath
	if uri == nil || *uri == "" {
		return l, faultf(path, "it says no address")
	}
	address, err := d.address(ctx, *uri, path)
	if err != nil {
		return l, err
	}
	l.Value = address
	if d.local[strings.TrimPrefix(address, "/")] {
		l.Name = strings.TrimPrefix(address, "/")
	}
	return l, nil
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// EncodeData is the body of a version of a data asset. Local data is uploaded.
func EncodeData(ctx context.Context, a *asset.Data, o EncodeOptions) (armmachinelearning.DataVersionBase, error) {
	var none armmachinelearning.DataVersionBase
	if _, err := only(a, "version", "properties", "type", "path", "datastore"); err != nil {
		return none, fmt.Errorf("encode the data %s: %w", a.Name.Value, err)
	}
	t := armmachinelearning.DataType(firstText(strings.ToLower(a.Type.Value), string(pipeline.URIFolder)))
	uri, err := newEncoder(o).assetURI(ctx, a.Path, pipeline.Type(t))
	if err != nil {
		return none, fmt.Errorf("encode the data %s: %w", a.Name.Value, err)
	}
	return armmachinelearning.DataVersionBase{Properties: &armmachinelearning.DataVersionBaseProperties{
		DataType: &t, DataURI: uri, Description: optional(a.Description), IsAnonymous: new(bool), IsArchived: new(bool),
		Tags: pointers(a.Tags), Properties: pointers(a.Properties),
	}}, nil
}

// DecodeData reads the body of a version of a data asset.
func DecodeData(ctx context.Context, name, version string, body armmachinelearning.DataVersionBase, o DecodeOptions) (*asset.Data, error) {
	if body.Properties == nil {
		return nil, faultf("properties", "data has properties")
	}
	p := body.Properties.GetDataVersionBaseProperties()
	if p.DataType == nil {
		return nil, faultf("properties.dataType", "it is missing")
	}
	l, err := newDecoder(o).remote(ctx, p.DataURI, "properties.dataUri")
	if err != nil {
		return nil, err
	}
	return &asset.Data{
		Versioned: versioned(name, version, p.Description, p.Tags, p.Properties), Type: pipeline.Text{Value: string(*p.DataType)}, Path: l,
	}, nil
}

func versioned(name, version string, description *string, tags, properties map[string]*string) asset.Versioned {
	return asset.Versioned{
		Head:    asset.Head{Name: pipeline.Text{Value: name}, Description: text(description), Tags: values(tags)},
		Version: pipeline.Text{Value: version}, Properties: values(properties),
	}
}

// EncodeModel is the body of a version of a model. Local files are uploaded.
func EncodeModel(ctx context.Context, a *asset.Model, o EncodeOptions) (armmachinelearning.ModelVersion, error) {
	var none armmachinelearning.ModelVersion
	n, err := only(a, "version", "properties", "type", "path", "datastore", "stage", "flavors")
	if err != nil {
		return none, fmt.Errorf("encode the model %s: %w", a.Name.Value, err)
	}
	t := firstText(strings.ToLower(a.Type.Value), string(pipeline.CustomModel))
	uri, err := newEncoder(o).assetURI(ctx, a.Path, pipeline.Type(t))
	if err != nil {
		return none, fmt.Errorf("encode the model %s: %w", a.Name.Value, err)
	}
	return armmachinelearning.ModelVersion{Properties: &armmachinelearning.ModelVersionProperties{
		ModelType: &t, ModelURI: uri, Description: optional(a.Description), Stage: optional(a.Stage), Flavors: flavors(n.Get("flavors")),
		IsAnonymous: new(bool), IsArchived: new(bool), Tags: pointers(a.Tags), Properties: pointers(a.Properties),
	}}, nil
}

// flavors are never nil: azure-ai-ml counts on them.
func flavors(n *yamlnode.Node) map[string]*armmachinelearning.FlavorData {
	out := map[string]*armmachinelearning.FlavorData{}
	for _, p := range entries(n) {
		data := map[string]*string{}
		for _, f := range entries(p.Value) {
			value := f.Value.PyString()
			data[f.Key] = &value
		}
		out[p.Key] = &armmachinelearning.FlavorData{Data: data}
	}
	return out
}

// DecodeModel reads the body of a version of a model.
func DecodeModel(ctx context.Context, name, version string, body armmachinelearning.ModelVersion, o DecodeOptions) (*asset.Model, error) {
	p := body.Properties
	if p == nil {
		return nil, faultf("properties", "a model has properties")
	}
	d := newDecoder(o)
	l, err := d.remote(ctx, p.ModelURI, "properties.modelUri")
	if err != nil {
		return nil, err
	}
	a := &asset.Model{
		Versioned: versioned(name, version, p.Description, p.Tags, p.Properties), Path: l, Stage: text(p.Stage),
		Type: pipeline.Text{Value: string(pipeline.CustomModel)},
	}
	if p.ModelType != nil && *p.ModelType != "" {
		a.Type.Value = *p.ModelType
	}
	a.Flavors.Value, err = flavorText(p.Flavors)
	return a, err
}

// flavorText are flavors as YAML text, in the order of their names.
func flavorText(m map[string]*armmachinelearning.FlavorData) (string, error) {
	n := yamlnode.NewMapping()
	for _, name := range sortedKeys(m) {
		data := yamlnode.NewMapping()
		if f := m[name]; f != nil {
			for _, key := range sortedKeys(f.Data) {
				if v := f.Data[key]; v != nil {
					data.Set(key, str(*v))
				}
			}
		}
		n.Set(name, data)
	}
	return printed(n)
}

// printed is a mapping as YAML text; empty for an empty one.
func printed(n *yamlnode.Node) (string, error) {
	if len(n.Pairs) == 0 {
		return "", nil
	}
	var b bytes.Buffer
	if err := yamlnode.Print(&b, n); err != nil {
		return "", &Fault{Err: err}
	}
	return b.String(), nil
}

// EncodeEnvironment is the body of a version of an environment.
func EncodeEnvironment(ctx context.Context, a *asset.Environment, o EncodeOptions) (armmachinelearning.EnvironmentVersion, error) {
	var none armmachinelearning.EnvironmentVersion
	p, err := newEncoder(o).environmentAsset(ctx, a)
	if err != nil {
		return none, fmt.Errorf("encode the environment %s: %w", a.Name.Value, err)
	}
	return armmachinelearning.EnvironmentVersion{Properties: p}, nil
}

func (e *encoder) environmentAsset(ctx context.Context, a *asset.Environment) (*armmachinelearning.EnvironmentVersionProperties, error) {
	if _, err := only(a, "version", "properties", "image", "conda_file", "build", "os_type", "inference_config", "datastore"); err != nil {
		return nil, err
	}
	env := &pipeline.Environment{Image: a.Image}
	if c := a.CondaFile; c != nil {
		env.Conda = c.Spec.Value
		if c.File.Value != "" {
			env.CondaFile = &c.File
		}
	}
	p := &armmachinelearning.EnvironmentVersionProperties{
		Description: optional(a.Description), Image: optional(a.Image), IsAnonymous: new(bool), IsArchived: new(bool),
		Tags: pointers(a.Tags), Properties: pointers(a.Properties),
	}
	if a.OSType.Value != "" {
		p.OSType = osType(a.OSType.Value)
	}
	var err error
	if p.CondaFile, err = e.conda(env); err != nil {
		return nil, err
	}
	if b := a.Build; b != nil {
		uri, err := e.assetURI(ctx, b.Path, pipeline.URIFolder)
		if err != nil {
			return nil, err
		}
		p.Build = &armmachinelearning.BuildContext{ContextURI: uri, DockerfilePath: optional(b.Dockerfile)}
	}
	p.InferenceConfig, err = inference(a.Inference)
	return p, err
}

func osType(word string) *armmachinelearning.OperatingSystemType {
	t := armmachinelearning.OperatingSystemTypeLinux
	if strings.EqualFold(word, "windows") {
		t = armmachinelearning.OperatingSystemTypeWindows
	}
	return &t
}

func inference(c *asset.InferenceConfig) (*armmachinelearning.InferenceContainerProperties, error) {
	if c == nil {
		return nil, nil
	}
	out := &armmachinelearning.InferenceContainerProperties{}
	for _, r := range []struct {
		from *asset.Route
		to   **armmachinelearning.Route
	}{{c.Liveness, &out.LivenessRoute}, {c.Readiness, &out.ReadinessRoute}, {c.Scoring, &out.ScoringRoute}} {
		if r.from == nil {
			continue
		}
		port, err := whole(r.from.Port, "inference_config.port")
		if err != nil {
			return nil, err
		}
		*r.to = &armmachinelearning.Route{Port: port, Path: optional(r.from.Path)}
	}
	return out, nil
}

// DecodeEnvironment reads the body of a version of an environment.
func DecodeEnvironment(ctx context.Context, name, version string, body armmachinelearning.EnvironmentVersion, o DecodeOptions) (*asset.Environment, error) {
	p := body.Properties
	if p == nil {
		return nil, faultf("properties", "an environment has properties")
	}
	a := &asset.Environment{Versioned: versioned(name, version, p.Description, p.Tags, p.Properties), Image: text(p.Image)}
	if p.CondaFile != nil && *p.CondaFile != "" {
		n, errs := yamlnode.Parse("", []byte(*p.CondaFile))
		if errs.HasErrors() || !isMapping(n) {
			return nil, faultf("properties.condaFile", "the conda specification is no YAML mapping")
		}
		a.CondaFile = &asset.Conda{Spec: text(p.CondaFile)}
	}
	if p.Build != nil {
		l, err := newDecoder(o).remote(ctx, p.Build.ContextURI, "properties.build.contextUri")
		if err != nil {
			return nil, err
		}
		a.Build = &asset.Build{Path: l, Dockerfile: text(p.Build.DockerfilePath)}
	}
	if p.OSType != nil {
		a.OSType.Value = strings.ToLower(string(*p.OSType))
	}
	if c := p.InferenceConfig; c != nil {
		a.Inference = &asset.InferenceConfig{Liveness: route(c.LivenessRoute), Readiness: route(c.ReadinessRoute), Scoring: route(c.ScoringRoute)}
	}
	return a, nil
}

func route(r *armmachinelearning.Route) *asset.Route {
	if r == nil {
		return nil
	}
	return &asset.Route{Port: count(r.Port), Path: text(r.Path)}
}
