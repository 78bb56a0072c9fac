package plan

import (
	"fmt"
	"slices"
	"strings"
)

// AssetKind is what a reference is to, in ARM's word for it.
type AssetKind string

// The kinds of assets that a plan refers to.
const (
	DataAsset        AssetKind = "data"
	EnvironmentAsset AssetKind = "environments"
)

// Versions is a plan with the versions that labels stand for: azureml:x@latest
// becomes azureml:x:7. version says which, and is asked once for each reference;
// the empty text leaves it as it is. p stays as it is, and comes back itself
// when nothing changes.
func Versions(p *Plan, version func(kind AssetKind, name, label string) (string, error)) (*Plan, error) {
	v := &versions{ask: version, known: map[labelled]string{}}
	out := *p
	out.Inputs = v.inputs(p.Inputs)
	for i, n := range p.Nodes {
		inputs, env := v.inputs(n.Inputs), v.environment(n.Environment)
		if sameInputs(inputs, n.Inputs) && env == n.Environment {
			continue
		}
		if sameNodes(out.Nodes, p.Nodes) {
			out.Nodes = slices.Clone(p.Nodes)
		}
		m := *n
		m.Inputs, m.Environment = inputs, env
		out.Nodes[i] = &m
	}
	switch {
	case v.err != nil:
		return nil, v.err
	case sameNodes(out.Nodes, p.Nodes) && sameInputs(out.Inputs, p.Inputs):
		return p, nil
	}
	return &out, nil
}

// sameInputs: they are one list, not only equal.
func sameInputs(a, b []Input) bool { return len(a) == 0 || &a[0] == &b[0] }

func sameNodes(a, b []*Node) bool { return len(a) == 0 || &a[0] == &b[0] }

// versions are the versions that are known.
type versions struct {
	ask   func(kind AssetKind, name, label string) (string, error)
	known map[labelled]string
	err   error // the first
}

type labelled struct {
	kind AssetKind
	ref  string
}

// reference is one with the version that its label stands for.
func (v *versions) reference(kind AssetKind, ref string) string {
	rest, ok := strings.CutPrefix(ref, "azureml:")
	name, label, labels := strings.Cut(rest, "@")
	if !ok || !labels || strings.ContainsAny(rest, "/$") || v.err != nil {
		return ref
	}
	key := labelled{kind, ref}
	if known, ok := v.known[key]; ok {
		return known
	}
	version, err := v.ask(kind, name, label)
	if err != nil {
		v.err = fmt.Errorf("look up %s: %w", ref, err)
		return ref
	}
	v.known[key] = ref
	if version != "" {
		v.known[key] = "azureml:" + name + ":" + version
	}
	return v.known[key]
}

// environment is e itself when nothing in it changes.
func (v *versions) environment(e *EnvSpec) *EnvSpec {
	if e == nil {
		return nil
	}
	ref := v.reference(EnvironmentAsset, e.Ref)
	if ref == e.Ref {
		return e
	}
	out := *e
	out.Ref = ref
	return &out
}

// inputs is the list itself when nothing in it changes.
func (v *versions) inputs(list []Input) []Input {
	out := list
	for i, in := range list {
		ref := v.reference(DataAsset, in.URI)
		if ref == in.URI {
			continue
		}
		if sameInputs(out, list) {
			out = slices.Clone(list)
		}
		out[i].URI = ref
	}
	return out
}
