package arm

import (
	"context"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

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
