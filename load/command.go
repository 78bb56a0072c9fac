package load

import (
	"path"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// commandBody reads what a command consists of, wherever it stands.
func (r *reader) commandBody(n *yamlnode.Node, at string) *pipeline.Component {
	c := &pipeline.Component{
		Type:                 pipeline.CommandComponent,
		Command:              r.text(n, at, "command"),
		EnvironmentVariables: r.envVars(n, at),
		Limits:               r.limits(n, at),
		Resources:            r.resources(n, at),
		Distribution:         r.distribution(n, at),
		Ignored:              r.ignored(n),
		Range:                firstLine(n),
	}
	if v := n.Get("environment"); v != nil && !v.IsNull() {
		c.Environment = r.environmentAt(n, at)
	}
	r.code(c, n, at)
	c.Includes = r.includes(n, at)
	return c
}

// includes reads additional_includes: paths that are put beside the code.
func (r *reader) includes(n *yamlnode.Node, at string) []*pipeline.LocalPath {
	v := n.Get("additional_includes")
	if v == nil || v.IsNull() {
		return nil
	}
	var out []*pipeline.LocalPath
	for _, item := range v.Items {
		if item.Kind != yamlnode.Scalar {
			continue
		}
		if !pipeline.IsLocal(item.Text) {
			r.errs.Errorf(item.Range, diag.CodeBadValue, "%s is not the path of a file or folder", item.Text).Path = dot(at, "additional_includes")
			continue
		}
		out = append(out, r.localPath(r.textOf(item)))
	}
	return out
}

func (r *reader) code(c *pipeline.Component, n *yamlnode.Node, at string) {
	if v := n.Get("code"); v != nil && v.Kind == yamlnode.Mapping {
		r.codePath(c, r.text(v, dot(at, "code"), "path"))
		return
	}
	r.codePath(c, r.text(n, at, "code"))
}

func (r *reader) codePath(c *pipeline.Component, t pipeline.Text) {
	switch {
	case t.Value == "":
	case pipeline.IsLocal(t.Value):
		c.Code = r.localPath(t)
	default:
		c.CodeRef = t
	}
}

func (r *reader) envVars(n *yamlnode.Node, at string) []pipeline.EnvVar {
	var out []pipeline.EnvVar
	for _, p := range pairs(r.mapping(n, at, "environment_variables")) {
		if p.Value.Kind == yamlnode.Mapping || p.Value.Kind == yamlnode.Sequence {
			continue
		}
		v := pipeline.Text{Range: p.Value.Range}
		if !p.Value.IsNull() {
			v = r.textOf(p.Value)
		}
		out = append(out, pipeline.EnvVar{Name: p.Key, Value: v})
	}
	return out
}

func (r *reader) limits(n *yamlnode.Node, at string) *pipeline.Limits {
	m := r.mapping(n, at, "limits")
	if m == nil {
		return nil
	}
	path := dot(at, "limits")
	return &pipeline.Limits{Timeout: r.text(m, path, "timeout"), Extra: r.extra(m, path, "timeout"), Range: startOf(m.Range)}
}

func (r *reader) resources(n *yamlnode.Node, at string) *pipeline.Resources {
	m := r.mapping(n, at, "resources")
	if m == nil {
		return nil
	}
	path := dot(at, "resources")
	res := &pipeline.Resources{
		InstanceCount: r.text(m, path, "instance_count"),
		ShmSize:       r.text(m, path, "shm_size"),
		Range:         startOf(m.Range),
	}
	taken := []string{"instance_count", "shm_size"}
	if v := m.Get("instance_type"); v != nil && v.Kind == yamlnode.Scalar {
		res.InstanceType = r.textOf(v)
		taken = append(taken, "instance_type")
	}
	res.Extra = r.extra(m, path, taken...)
	return res
}

func (r *reader) distribution(n *yamlnode.Node, at string) *pipeline.Distribution {
	m := r.mapping(n, at, "distribution")
	if m == nil {
		return nil
	}
	path := dot(at, "distribution")
	return &pipeline.Distribution{
		Type:                    r.text(m, path, "type"),
		ProcessCountPerInstance: r.text(m, path, "process_count_per_instance"),
		WorkerCount:             r.text(m, path, "worker_count"),
		ParameterServerCount:    r.text(m, path, "parameter_server_count"),
		Extra:                   r.extra(m, path, "type", "process_count_per_instance", "worker_count", "parameter_server_count"),
		Range:                   startOf(m.Range),
	}
}

// environmentAt reads the field environment of n. Faults of the whole are
// shown at the key.
func (r *reader) environmentAt(n *yamlnode.Node, at string) *pipeline.Environment {
	p, _ := n.Pair("environment")
	e := r.environment(p.Value, dot(at, "environment"))
	if e != nil && e.Ref.Value == "" && e.Range.File == r.file {
		e.Range = p.KeyRange
	}
	return e
}

// environment reads an environment: a reference, a file, or one in place.
func (r *reader) environment(v *yamlnode.Node, path string) *pipeline.Environment {
	switch v.Kind {
	case yamlnode.Scalar:
		t := r.textOf(v)
		if isFileRef(t.Value) {
			e := r.environmentFile(t)
			if e != nil {
				e.File = t
			}
			return e
		}
		return &pipeline.Environment{Ref: t, Range: v.Range}
	case yamlnode.Mapping:
	default:
		return nil
	}
	e := &pipeline.Environment{
		Name: r.text(v, path, "name"), Version: r.text(v, path, "version"),
		Image: r.text(v, path, "image"), Range: startOf(v.Range),
	}
	e.Extra = r.extra(v, path, "name", "version", "image", "conda_file", "build")
	r.conda(e, v, path)
	if b := r.mapping(v, path, "build"); b != nil {
		e.Dockerfile = r.text(b, dot(path, "build"), "dockerfile_path")
		if p := r.text(b, dot(path, "build"), "path"); p.Value != "" && pipeline.IsLocal(p.Value) {
			e.BuildPath = r.localPath(p)
		} else if p.Value != "" {
			e.Ref = p
		}
	}
	if r.faulty(v) && e.Image.Value == "" && e.BuildPath == nil {
		return nil // what is missing is what could not be read
	}
	return e
}

// isFileRef: a file with an environment, rather than the name of one.
func isFileRef(s string) bool {
	ext := path.Ext(s)
	return strings.HasPrefix(s, "file:") || !strings.HasPrefix(s, "azureml:") && (ext == ".yml" || ext == ".yaml")
}

func (r *reader) environmentFile(t pipeline.Text) *pipeline.Environment {
	name := pipeline.ResolveName(r.dir(), t.Value)
	root := r.parse(name, t.Range, t.Value)
	if root == nil {
		return nil
	}
	sub := &reader{loader: r.loader, file: name}
	sub.shape(environmentInPlace, root)
	if root.Kind != yamlnode.Mapping {
		return nil // a reference there could lead back here
	}
	return sub.environment(root, "")
}

// conda reads conda_file: a path, or the specification itself.
func (r *reader) conda(e *pipeline.Environment, v *yamlnode.Node, path string) {
	c := v.Get("conda_file")
	switch {
	case c == nil || c.IsNull():
	case c.Kind == yamlnode.Scalar:
		t := r.textOf(c)
		if pipeline.IsLocal(t.Value) {
			e.CondaFile = r.localPath(t)
		} else if t.Value != "" {
			d := r.errs.Errorf(t.Range, diag.CodeEnvironment, "conda_file %s is not a file of this machine", t.Value)
			d.Path, d.Hint = dot(path, "conda_file"), "give a path relative to this file, or the specification itself"
		}
	case c.Kind == yamlnode.Mapping:
		e.Conda = r.keep(c, dot(path, "conda_file"))
	}
}
