package arm

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// jobInput is an input of a job; null when it has no value. t is the type of a
// literal, where it is known.
func (d *decoder) jobInput(ctx context.Context, n *yamlnode.Node, t pipeline.Type, path string) (*yamlnode.Node, error) {
	if n.IsNull() {
		return n, nil
	}
	if !isMapping(n) {
		return nil, faultf(path, "an input is an object")
	}
	n = withoutNulls(snakeKeys(n))
	if !strings.EqualFold(textAt(n, "job_input_type"), "literal") {
		return d.data(ctx, n, path)
	}
	switch v := n.Get("value"); {
	case v == nil:
		return yamlnode.NewNull(), nil
	case v.Kind != yamlnode.Scalar:
		return nil, faultf(path+".value", "a literal is a text")
	default:
		return boundLiteral(t, v.PyString()), nil
	}
}

// scalarOf is a text as a scalar of type t; nil when none gives that text.
func scalarOf(t pipeline.Type, text string) *yamlnode.Node {
	var n *yamlnode.Node
	switch t {
	case pipeline.Integer, pipeline.Boolean:
		n = plain(text)
		if want := map[pipeline.Type]yamlnode.ScalarType{pipeline.Integer: yamlnode.Int, pipeline.Boolean: yamlnode.Bool}[t]; n.Type() != want {
			return nil
		}
	case pipeline.Number:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil
		}
		n = yamlnode.NewFloat(f)
	default:
		return nil
	}
	if n.PyString() != text {
		return nil
	}
	return n
}

// boundLiteral is a text given to an input that is declared with type t. What
// does not read as that type stays a text, and is judged as such.
func boundLiteral(t pipeline.Type, text string) *yamlnode.Node {
	if n := scalarOf(t, text); n != nil {
		return n
	}
	if n := plain(text); t == pipeline.Number && n.Type() == yamlnode.Int {
		return n
	}
	return str(text)
}

// data is data given to an input.
func (d *decoder) data(ctx context.Context, n *yamlnode.Node, path string) (*yamlnode.Node, error) {
	typ, mode, uri := take(n, "job_input_type"), take(n, "mode"), take(n, "uri")
	out := yamlnode.NewMapping()
	if typ != nil {
		out.Set("type", str(typ.PyString()))
	}
	if uri == nil || uri.Kind != yamlnode.Scalar || uri.PyString() == "" {
		return nil, faultf(path+".uri", "data has an address")
	}
	address, err := d.address(ctx, d.long(uri.PyString(), typeOf(typ)), path+".uri")
	if err != nil {
		return nil, err
	}
	out.Set("path", str(address))
	if mode != nil {
		out.Set("mode", str(toYAML(modes(), mode.PyString())))
	}
	for _, p := range n.Pairs {
		if p.Key != "value" {
			out.Set(p.Key, p.Value)
		}
	}
	return out, nil
}

// long is the id behind a short reference, which alone does not say whether it
// is to data or to a model.
func (d *decoder) long(uri string, t pipeline.Type) string {
	rest, ok := strings.CutPrefix(uri, "azureml:")
	if !ok || strings.ContainsAny(rest, "/$") || d.Scope == (Scope{}) {
		return uri
	}
	if name, version, ok := nameVersion(uri); ok {
		return d.Scope.Version(collectionOf(t), name, version)
	}
	if name, label, ok := strings.Cut(rest, "@"); ok {
		return d.Scope.Resource(collectionOf(t), name) + "/labels/" + label
	}
	return uri
}

// typeOf is the type that a body says; empty when it says none.
func typeOf(n *yamlnode.Node) pipeline.Type {
	if n == nil {
		return ""
	}
	return pipeline.Type(strings.ToLower(n.PyString()))
}

// address is where data lies: under a local name when the lookup knows it, else
// as it came. Paths of this machine are never taken from a body.
func (d *decoder) address(ctx context.Context, uri, path string) (string, error) {
	if d.Lookup != nil {
		name, ok, err := d.Lookup.Data(ctx, uri)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if ok {
			return d.allow(name), nil
		}
	}
	if strings.Contains(uri, "${{") {
		return uri, nil
	}
	if id, ok := ParseID(uri); ok && (id.Collection == "data" || id.Collection == "models") {
		return d.short(uri), nil
	}
	if strings.HasPrefix(uri, "/subscriptions/") {
		return "azureml:" + uri, nil
	}
	if pipeline.IsLocal(uri) {
		return "", faultf(path, "%s is no address: upload the data, and give the address of it", uri)
	}
	return uri, nil
}

// allow notes a name that the lookup said; the result is the path that leads to
// it.
func (d *decoder) allow(name string) string {
	d.local[name] = true
	return "/" + name
}

// output is an output of a job or a node, in snake_case.
func output(n *yamlnode.Node, path string) (*yamlnode.Node, error) {
	if n.IsNull() {
		return n, nil
	}
	if !isMapping(n) {
		return nil, faultf(path, "an output is an object")
	}
	n = withoutNulls(n)
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		switch p.Key {
		case "job_output_type":
			out.Set("type", p.Value)
		case "uri":
			out.Set("path", p.Value)
		case "value":
			out.Set("path", p.Value)
		case "mode":
			out.Set("mode", str(toYAML(modes(), p.Value.PyString())))
		case "asset_name":
			out.Set("name", p.Value)
		case "asset_version":
			out.Set("version", p.Value)
		case "type":
			if !strings.EqualFold(p.Value.PyString(), "literal") {
				out.Set("type", p.Value)
			}
		default:
			out.Set(p.Key, p.Value)
		}
	}
	if len(out.Pairs) == 0 {
		return yamlnode.NewNull(), nil
	}
	if v := out.Get("path"); len(out.Pairs) == 1 && n.Get("value") != nil && v.Kind == yamlnode.Scalar {
		return v, nil
	}
	return out, nil
}
