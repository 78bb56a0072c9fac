package arm

import (
	"context"
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// jobInput is an input of a job; null when it has no value.
func (e *encoder) jobInput(ctx context.Context, in *pipeline.Input) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	switch v := in.Value; {
	case v == nil:
		return yamlnode.NewNull(), nil
	case v.Data != nil:
		uri, err := e.dataURI(ctx, v.Data, first(v.Data.Type, in.Type))
		if err != nil {
			return nil, err
		}
		n.Set("jobInputType", str(string(first(v.Data.Type, in.Type, pipeline.URIFolder))))
		n.Set("uri", str(uri))
		if mode := wireMode(v.Data.Mode); mode != "" {
			n.Set("mode", str(mode))
		}
	case v.Literal != nil:
		n.Set("jobInputType", str("literal"))
		n.Set("value", str(v.Literal.Value))
	default:
		return yamlnode.NewNull(), nil
	}
	if in.Description != "" {
		n.Set("description", str(in.Description))
	}
	return n, nil
}

// dataURI is the address of data or a model of type t. What is on this machine
// is uploaded.
func (e *encoder) dataURI(ctx context.Context, d *pipeline.Data, t pipeline.Type) (string, error) {
	if d.Local != nil {
		uri, err := e.Resolver.Data(ctx, d.Local, first(d.Type, pipeline.URIFolder))
		if err != nil {
			return "", fmt.Errorf("upload %s: %w", d.Local.Value, err)
		}
		return uri, nil
	}
	return e.assetID(ctx, collectionOf(t), d.Path.Value)
}

// collectionOf is where assets of a type are registered.
func collectionOf(t pipeline.Type) string {
	if t.IsModel() {
		return "models"
	}
	return "data"
}

// assetID is the id of a registered asset; addresses, ids and references stay.
func (e *encoder) assetID(ctx context.Context, collection, ref string) (string, error) {
	if name, version, ok := nameVersion(ref); ok {
		return e.Scope.Version(collection, name, version), nil
	}
	rest, ok := strings.CutPrefix(ref, "azureml:")
	if !ok || strings.ContainsAny(rest, "/$") {
		return trimID(ref), nil
	}
	name, label, said := strings.Cut(rest, "@")
	if !said {
		label = "latest"
	}
	version, err := e.Resolver.Labelled(ctx, collection, name, label)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", ref, err)
	}
	return e.Scope.Version(collection, name, version), nil
}

// trimID is an ARM id without the azureml: before it, and any other text.
func trimID(text string) string {
	if id := strings.TrimPrefix(text, "azureml:"); strings.HasPrefix(id, "/subscriptions/") {
		return id
	}
	return text
}

// bindings are the inputs of a node.
func (e *encoder) bindings(ctx context.Context, list []*pipeline.Binding) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	for _, b := range list {
		value, err := e.binding(ctx, &b.Value)
		if err != nil {
			return nil, fmt.Errorf("inputs.%s: %w", b.Name, err)
		}
		if value != nil {
			n.Set(b.Name, value)
		}
	}
	return n, nil
}

func (e *encoder) binding(ctx context.Context, v *pipeline.Value) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	mode := v.Mode
	switch {
	case v.Data != nil:
		uri, err := e.dataURI(ctx, v.Data, v.Data.Type)
		if err != nil {
			return nil, err
		}
		n.Set("uri", str(uri))
		n.Set("job_input_type", str(string(first(v.Data.Type, pipeline.URIFolder))))
		mode = v.Data.Mode
	case v.Literal != nil:
		n.Set("value", str(v.Literal.Value))
		n.Set("job_input_type", str("literal"))
	default:
		return nil, nil
	}
	if mode != "" {
		n.Set("mode", str(wireMode(mode)))
	}
	return n, addExtra(n, v.Extra)
}

// addExtra adds the fields that were kept for n.
func addExtra(n *yamlnode.Node, extra pipeline.Raw) error {
	if extra == "" {
		return nil
	}
	kept, errs := yamlnode.Parse("", []byte(extra))
	if errs.HasErrors() {
		return fmt.Errorf("extra fields that are no YAML: %w", errs.Err())
	}
	for _, p := range entries(kept) {
		if n.Get(p.Key) == nil {
			n.Set(p.Key, p.Value)
		}
	}
	return nil
}

// outputBindings are the outputs of a node.
func (l *level) outputBindings(s *pipeline.Step) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	for _, b := range s.Outputs {
		out := yamlnode.NewMapping()
		spec := b.Spec
		if b.To.Value != "" {
			out.Set("value", str(b.To.Value))
			out.Set("type", str("literal"))
			if spec.Type != "" && (s.Component == nil || !s.Component.Inline) {
				out.Set("job_output_type", str(string(spec.Type)))
			}
		} else {
			out.Set("job_output_type", str(string(l.boundOutputType(s, b))))
		}
		for _, f := range []struct{ key, text string }{
			{"mode", wireMode(spec.Mode)}, {"uri", spec.Path.Value}, {"name", spec.AssetName.Value}, {"version", spec.AssetVersion.Value},
			{"description", spec.Description},
		} {
			if f.text != "" {
				out.Set(f.key, str(f.text))
			}
		}
		if err := addExtra(out, spec.Extra); err != nil {
			return nil, fmt.Errorf("outputs.%s: %w", b.Name, err)
		}
		n.Set(b.Name, out)
	}
	return n, nil
}
