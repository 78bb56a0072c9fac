package load

import (
	"bytes"
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
	path := dot(at, "additional_includes")
	if v.Kind != yamlnode.Sequence {
		r.wrongShape(v, path, "a list of paths")
		return nil
	}
	var out []*pipeline.LocalPath
	for _, item := range v.Items {
		if item.Kind != yamlnode.Scalar || !pipeline.IsLocal(item.Text) {
			r.wrongShape(item, path, "the path of a file or folder")
			continue
		}
		out = append(out, r.localPath(r.textOf(item)))
	}
	return out
}

func (r *reader) code(c *pipeline.Component, n *yamlnode.Node, at string) {
	if v := n.Get("code"); v != nil && v.Kind == yamlnode.Mapping {
		r.known(v, dot(at, "code"), "code", []string{"$schema", "name", "version", "path", "description", "tags", "properties"})
		if p := r.text(v, dot(at, "code"), "path"); p.Value != "" {
			c.Code = r.localPath(p)
		}
		return
	}
	t := r.text(n, at, "code")
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
			r.wrongShape(p.Value, dot(at, "environment_variables")+"."+p.Key, "text")
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
	r.known(m, path, "limits", limitFields())
	return &pipeline.Limits{Timeout: r.text(m, path, "timeout"), Range: startOf(m.Range)}
}

func (r *reader) resources(n *yamlnode.Node, at string) *pipeline.Resources {
	m := r.mapping(n, at, "resources")
	if m == nil {
		return nil
	}
	path := dot(at, "resources")
	r.known(m, path, "resources", resourceFields())
	res := &pipeline.Resources{
		InstanceCount: r.text(m, path, "instance_count"),
		ShmSize:       r.text(m, path, "shm_size"),
		Range:         startOf(m.Range),
	}
	if v := m.Get("instance_type"); v != nil && v.Kind == yamlnode.Scalar {
		res.InstanceType = r.textOf(v)
	}
	return res
}

func (r *reader) distribution(n *yamlnode.Node, at string) *pipeline.Distribution {
	m := r.mapping(n, at, "distribution")
	if m == nil {
		return nil
	}
	path := dot(at, "distribution")
	r.known(m, path, "distribution", distributionFields())
	if m.Get("type") == nil {
		r.required(m, firstLine(m), path, "type", "distribution")
	}
	return &pipeline.Distribution{
		Type:                    r.text(m, path, "type"),
		ProcessCountPerInstance: r.text(m, path, "process_count_per_instance"),
		WorkerCount:             r.text(m, path, "worker_count"),
		ParameterServerCount:    r.text(m, path, "parameter_server_count"),
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
			return r.environmentFile(t)
		}
		return &pipeline.Environment{Ref: t, Range: v.Range}
	case yamlnode.Mapping:
	default:
		r.wrongShape(v, path, "a reference or a mapping with image")
		return nil
	}
	before := len(r.errs)
	r.known(v, path, "an environment", environmentFields())
	e := &pipeline.Environment{
		Name: r.text(v, path, "name"), Version: r.text(v, path, "version"),
		Image: r.text(v, path, "image"), Range: startOf(v.Range),
	}
	r.conda(e, v, path)
	if b := r.mapping(v, path, "build"); b != nil {
		r.known(b, dot(path, "build"), "build", buildFields())
		e.Dockerfile = r.text(b, dot(path, "build"), "dockerfile_path")
		if p := r.text(b, dot(path, "build"), "path"); p.Value != "" && pipeline.IsLocal(p.Value) {
			e.BuildPath = r.localPath(p)
		} else if p.Value != "" {
			e.Ref = p
		}
	}
	if len(r.errs) > before && e.Image.Value == "" && e.BuildPath == nil {
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
	if root.Kind != yamlnode.Mapping {
		// A reference there could lead back here.
		sub.wrongShape(root, "environment", "a mapping with image or build")
		return nil
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
		var b bytes.Buffer
		if err := yamlnode.Print(&b, c); err != nil {
			r.errs.Errorf(c.Range, diag.CodeWrongShape, "conda_file cannot be printed: %v", err).Path = dot(path, "conda_file")
			return
		}
		e.Conda = b.String()
	default:
		r.wrongShape(c, dot(path, "conda_file"), "a path or a conda specification")
	}
}
