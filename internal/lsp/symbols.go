package lsp

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// maxSymbols bounds an outline.
const maxSymbols = 50_000

// symbols answers textDocument/documentSymbol: the inputs, outputs and jobs of
// a definition, as a tree for clients that know one.
func (v *view) symbols(p documentParams) (any, error) {
	s := v.open(p.Document.URI)
	if s == nil || !isDefinition(v.ctx, s.text) {
		return []documentSymbol{}, nil
	}
	left := maxSymbols
	out := v.symbolsIn(s, s.root, &left)
	if v.client.TextDocument.Symbol.Hierarchical {
		return out, nil
	}
	return flatSymbols(v.uri(s.file), "", out, []symbolInformation{}), nil
}

func (v *view) symbolsIn(s *source, n *yamlnode.Node, left *int) []documentSymbol {
	out := []documentSymbol{}
	for _, part := range []struct {
		key  string
		kind symbolKind
	}{{"inputs", symbolVariable}, {"outputs", symbolEvent}, {"jobs", symbolFunction}} {
		pair, ok := n.Pair(part.key)
		if !ok || pair.Value.Kind != yamlnode.Mapping || *left <= 0 {
			continue
		}
		whole := v.symbol(s, pair, symbolModule)
		for _, p := range pair.Value.Pairs {
			if *left--; *left <= 0 {
				break
			}
			child := v.symbol(s, p, part.kind)
			if part.key == "jobs" {
				child.Detail = firstOf(textOf(p.Value, "component"), textOf(p.Value, "type"))
				child.Children = v.symbolsIn(s, p.Value, left)
			}
			whole.Children = append(whole.Children, child)
		}
		out = append(out, whole)
	}
	return out
}

// symbol is a key with its value.
func (v *view) symbol(s *source, p yamlnode.Pair, kind symbolKind) documentSymbol {
	whole := p.KeyRange
	if end := endOf(p.Value); end.EndLine > whole.EndLine || end.EndLine == whole.EndLine && end.EndColumn > whole.EndColumn {
		whole.EndLine, whole.EndColumn = end.EndLine, end.EndColumn
	}
	out := documentSymbol{Name: firstOf(p.Key, "?"), Kind: kind, Range: s.text.diagSpan(whole, v.enc), Selection: s.text.diagSpan(p.KeyRange, v.enc)}
	if kind == symbolVariable || kind == symbolEvent {
		out.Detail = s.port(p, "").typ
	}
	return out
}

// endOf is where a value ends. Of one that was read by indentation only the
// last key below it tells. A value that an alias stands for lies elsewhere, and
// may lie before its key; then the key is all.
func endOf(n *yamlnode.Node) diag.Range {
	end := n.Range
	if len(n.Pairs) > 0 {
		last := endOf(n.Pairs[len(n.Pairs)-1].Value)
		if last.EndLine > end.EndLine {
			end = last
		}
	}
	return end
}

func flatSymbols(uri, container string, tree []documentSymbol, out []symbolInformation) []symbolInformation {
	for _, s := range tree {
		out = append(out, symbolInformation{
			Name: s.Name, Kind: s.Kind, Container: container, Location: location{URI: uri, Range: s.Selection},
		})
		out = flatSymbols(uri, s.Name, s.Children, out)
	}
	return out
}
