package arm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

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
