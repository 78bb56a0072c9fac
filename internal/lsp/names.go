package lsp

import (
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// source is one definition that was read.
type source struct {
	file fileAt
	text *text
	root *yamlnode.Node
}

// section is where inputs or outputs stand.
type section string

const (
	inputs  section = "inputs"
	outputs section = "outputs"
)

// port is one input or output, of a job, a pipeline or a component.
type port struct {
	name, typ, doc, value string
	optional, required    bool
	at                    diag.Range
	source                *source
}

// open is an open text as a definition.
func (v *view) open(uri string) *source {
	file, ok := fileOf(uri)
	if !ok || v.docs[file] == nil {
		return nil
	}
	t := v.docs[file].text
	return &source{file: file, text: t, root: tree(t)}
}

// read is the definition in another file; nil when there is none.
func (v *view) read(file fileAt) *source {
	t := v.text(file)
	if t == nil {
		return nil
	}
	return &source{file: file, text: t, root: tree(t)}
}

// fileNamed is the file that a path in a definition names.
func (s *source) fileNamed(written string) fileAt {
	return s.file.beside(pipeline.ResolveName(path.Dir(s.file.name), written))
}

// ports are the inputs or outputs that stand in a mapping, those of groups
// under dotted names.
func (s *source) ports(n *yamlnode.Node, of section) []port {
	return s.portsIn(n.Get(string(of)), "")
}

func (s *source) portsIn(n *yamlnode.Node, prefix string) []port {
	if n == nil {
		return nil
	}
	var out []port
	for _, p := range n.Pairs {
		if members := p.Value.Get("properties"); members != nil && textOf(p.Value, "type") == "group" {
			out = append(out, s.portsIn(members, prefix+p.Key+".")...)
			continue
		}
		out = append(out, s.port(p, prefix))
	}
	return out
}

func (s *source) port(p yamlnode.Pair, prefix string) port {
	out := port{name: prefix + p.Key, at: p.KeyRange, source: s}
	switch p.Value.Kind {
	case yamlnode.Scalar:
		out.value = p.Value.Text
		if !strings.Contains(out.value, "${{") {
			out.typ = scalarType(p.Value)
		}
	case yamlnode.Mapping:
		out.typ = strings.ToLower(textOf(p.Value, "type"))
		out.doc = textOf(p.Value, "description")
		out.value = firstOf(textOf(p.Value, "path"), textOf(p.Value, "value"), textOf(p.Value, "default"))
		out.optional = strings.EqualFold(textOf(p.Value, "optional"), "true")
		out.required = out.typ != "" && !out.optional && p.Value.Get("default") == nil
	}
	return out
}

// scalarType is the type of input that a literal is.
func scalarType(n *yamlnode.Node) string {
	switch n.Type() {
	case yamlnode.Int:
		return string(pipeline.Integer)
	case yamlnode.Float:
		return string(pipeline.Number)
	case yamlnode.Bool:
		return string(pipeline.Boolean)
	}
	return string(pipeline.String)
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// componentKeys are where a job names the component that it runs.
func componentKeys() []string { return []string{"component", "trial"} }

// component is what a job runs, and where it is described: a file, or a
// mapping in place. It is nil for a registered component, and for a job that
// is written in place.
func (v *view) component(s *source, job *yamlnode.Node) (*source, *yamlnode.Node) {
	for _, key := range componentKeys() {
		n := job.Get(key)
		switch {
		case n == nil:
		case n.Kind == yamlnode.Mapping:
			return s, n
		case n.Kind == yamlnode.Scalar && pipeline.IsLocal(n.Text):
			if c := v.read(s.fileNamed(n.Text)); c != nil {
				return c, c.root
			}
		}
	}
	return nil, nil
}

// portsOf are the inputs or outputs of a job: those that its component
// declares, then those that only stand in the job.
func (v *view) portsOf(s *source, job *yamlnode.Node, of section) []port {
	own := s.ports(job, of)
	c, n := v.component(s, job)
	if c == nil {
		return own
	}
	out := c.ports(n, of)
	for _, p := range own {
		if portNamed(out, p.name) == nil {
			out = append(out, p)
		}
	}
	return out
}

func portNamed(list []port, name string) *port {
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// jobAt is the path of the job that a place lies in, and of the pipeline that
// this is a job of. ok is false outside of jobs.
func jobAt(place []string) (job, parent []string, ok bool) {
	for i := 0; i+1 < len(place) && place[i] == "jobs"; i += 2 {
		job, parent, ok = place[:i+2], place[:i], true
	}
	return job, parent, ok
}

// ownerAt is the path of the mapping whose inputs and outputs ${{inputs.x}} at
// a place means: the job's, or its component's when that is written in place.
func ownerAt(root *yamlnode.Node, place []string) []string {
	owner, _, _ := jobAt(place)
	if len(place) > len(owner) && slices.Contains(componentKeys(), place[len(owner)]) {
		inner := place[:len(owner)+1]
		if n := find(root, inner); n != nil && n.Kind == yamlnode.Mapping {
			return inner
		}
	}
	return owner
}
