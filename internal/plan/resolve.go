package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/pipeline"
)

// AssetKind is what a reference is to, in ARM's word for it.
type AssetKind string

// The kinds of assets that a plan refers to.
const (
	DataAsset        AssetKind = "data"
	ModelAsset       AssetKind = "models"
	EnvironmentAsset AssetKind = "environments"
)

// AssetOf is the kind of what inputs of a type refer to.
func AssetOf(t pipeline.Type) AssetKind {
	if t.IsModel() {
		return ModelAsset
	}
	return DataAsset
}

// Asset is the kind of what the input refers to, if it refers to anything.
func (in Input) Asset() AssetKind {
	if in.Kind != "" {
		return in.Kind
	}
	return AssetOf(pipeline.Type(in.Type))
}

// Assets is what is registered in a workspace. It is asked once for each
// reference, and answers with nothing when it does not know.
type Assets interface {
	// Version is the version that a label stands for.
	Version(ctx context.Context, kind AssetKind, name, label string) (string, error)
	// Content is the name of the content of data or a model, when it is that of
	// a registered version, or was uploaded for this.
	Content(ctx context.Context, kind AssetKind, uri string) (string, error)
}

// Resolve is a plan with what its references stand for: azureml:x@latest becomes
// azureml:x:7, and that the content of the data. What is not known stays. p stays
// as it is, and comes back itself when nothing changes.
func Resolve(ctx context.Context, p *Plan, assets Assets) (*Plan, error) {
	r := &resolving{Assets: assets, refs: map[labelled]string{}, contents: map[labelled]string{}}
	out := *p
	out.Inputs = r.inputs(ctx, p.Inputs)
	for i, n := range p.Nodes {
		inputs, env := r.inputs(ctx, n.Inputs), r.environment(ctx, n.Environment)
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
	case r.err != nil:
		return nil, r.err
	case sameNodes(out.Nodes, p.Nodes) && sameInputs(out.Inputs, p.Inputs):
		return p, nil
	}
	return &out, nil
}

// sameInputs: they are one list, not only equal.
func sameInputs(a, b []Input) bool { return len(a) == 0 || &a[0] == &b[0] }

func sameNodes(a, b []*Node) bool { return len(a) == 0 || &a[0] == &b[0] }

// resolving is what is known of references.
type resolving struct {
	Assets
	refs     map[labelled]string
	contents map[labelled]string
	err      error // the first
}

type labelled struct {
	kind AssetKind
	ref  string
}

// reference is one with the version that its label stands for.
func (r *resolving) reference(ctx context.Context, kind AssetKind, ref string) string {
	rest, ok := strings.CutPrefix(ref, "azureml:")
	name, label, labels := strings.Cut(rest, "@")
	if !ok || !labels || strings.ContainsAny(rest, "/$") || r.err != nil {
		return ref
	}
	key := labelled{kind, ref}
	if known, ok := r.refs[key]; ok {
		return known
	}
	version, err := r.Version(ctx, kind, name, label)
	if err != nil {
		r.err = fmt.Errorf("look up %s: %w", ref, err)
		return ref
	}
	r.refs[key] = ref
	if version != "" {
		r.refs[key] = "azureml:" + name + ":" + version
	}
	return r.refs[key]
}

// content is that of data at an address; empty when it is one like others.
func (r *resolving) content(ctx context.Context, kind AssetKind, uri string) string {
	if !strings.HasPrefix(uri, "azureml:") || r.err != nil {
		return ""
	}
	key := labelled{kind, uri}
	known, ok := r.contents[key]
	if ok {
		return known
	}
	content, err := r.Content(ctx, kind, uri)
	if err != nil {
		r.err = fmt.Errorf("look up %s: %w", uri, err)
	}
	r.contents[key] = content
	return content
}

// environment is e itself when nothing in it changes.
func (r *resolving) environment(ctx context.Context, e *EnvSpec) *EnvSpec {
	if e == nil {
		return nil
	}
	ref := r.reference(ctx, EnvironmentAsset, e.Ref)
	if ref == e.Ref {
		return e
	}
	out := *e
	out.Ref = ref
	return &out
}

// inputs is the list itself when nothing in it changes.
func (r *resolving) inputs(ctx context.Context, list []Input) []Input {
	out := list
	for i, in := range list {
		if in.URI == "" {
			continue
		}
		ref := r.reference(ctx, in.Asset(), in.URI)
		content := r.content(ctx, in.Asset(), ref)
		if ref == in.URI && content == "" {
			continue
		}
		if sameInputs(out, list) {
			out = slices.Clone(list)
		}
		if out[i].URI = ref; content != "" {
			out[i].Local, out[i].URI, out[i].Source = content, "", ref
		}
	}
	return out
}
