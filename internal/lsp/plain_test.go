package lsp

import "github.com/ischia-ml/ischia/internal/yamlnode"

// plain is a node as maps, lists and texts.
func plain(n *yamlnode.Node) any {
	switch n.Kind {
	case yamlnode.Mapping:
		out := map[string]any{}
		for _, p := range n.Pairs {
			out[p.Key] = plain(p.Value)
		}
		return out
	case yamlnode.Sequence:
		var out []any
		for _, item := range n.Items {
			out = append(out, plain(item))
		}
		return out
	case yamlnode.Scalar:
		return n.Text
	}
	return nil
}
