package lsp

import (
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// outline reads a text as nodes by indentation alone.
func outline(t *text) *yamlnode.Node {
	s := scanner{root: &yamlnode.Node{}, text: t}
	for i := range t.starts {
		if s.nodes > maxNodes {
			break
		}
		s.line(t.clean(i))
	}
	return s.root
}

// clean is a line without the byte order mark.
func (t *text) clean(i int) string {
	l := t.line(i)
	if i == 0 {
		return l[t.bom:]
	}
	return l
}

// The limits of what is read by indentation. A text beyond them is no
// definition that anybody wrote; what they leave out is not offered.
const (
	maxLevels = 200
	maxNodes  = 500_000
)

// push enters a level and, when nodes are kept, makes its node.
func (s *scanner) push(f frame, keyStart, keyEnd int) {
	if len(s.frames) >= maxLevels {
		return
	}
	if s.root != nil {
		s.nodes++
		parent := s.top()
		f.node = &yamlnode.Node{}
		switch {
		case f.list && (parent.Kind == yamlnode.Null || parent.Kind == yamlnode.Sequence):
			parent.Kind = yamlnode.Sequence
			parent.Items = append(parent.Items, f.node)
		case !f.list && (parent.Kind == yamlnode.Null || parent.Kind == yamlnode.Mapping):
			at := s.stretch(s.n-1, keyStart, keyEnd)
			parent.Kind = yamlnode.Mapping
			if len(parent.Pairs) == 0 {
				parent.Range = at
			}
			parent.Pairs = append(parent.Pairs, yamlnode.Pair{Key: f.key, KeyRange: at, Value: f.node})
			f.node.Range = diag.Range{Pos: diag.Pos{Line: at.EndLine, Column: at.EndColumn}, EndLine: at.EndLine, EndColumn: at.EndColumn}
		}
	}
	s.frames = append(s.frames, f)
}

func (s *scanner) top() *yamlnode.Node {
	if len(s.frames) == 0 {
		return s.root
	}
	return s.frames[len(s.frames)-1].node
}

// stretch is the place of bytes of a line.
func (s *scanner) stretch(line, start, end int) diag.Range {
	from := s.text.starts[line]
	if line == 0 {
		from += s.text.bom
	}
	l, c := s.text.place(from + start)
	el, ec := s.text.place(from + end)
	return diag.Range{Pos: diag.Pos{Line: l, Column: c}, EndLine: el, EndColumn: ec}
}

// keep makes the value that begins on a line a node. Of a value over several
// lines only that it is one is known.
func (s *scanner) keep(line, start int, value string) {
	n := s.top()
	if n.Kind != yamlnode.Null {
		return
	}
	n.Range = s.stretch(line, start, start+len(value))
	if strings.IndexByte("{[\"'", value[0]) < 0 {
		n.Kind, n.Text = yamlnode.Scalar, value
		return
	}
	if value[0] == '"' || value[0] == '\'' {
		n.Kind, n.Quoted, n.Text = yamlnode.Scalar, true, strings.Trim(value, value[:1])
		return
	}
	if s.rest.open() {
		return
	}
	parsed, errs := yamlnode.Parse("", []byte(value))
	if parsed == nil || errs.HasErrors() {
		return
	}
	shift(parsed, n.Range.Line-1, n.Range.Column-1)
	*n = *parsed
}

// shift moves nodes that were read from one line of another text.
func shift(n *yamlnode.Node, lines, columns int) {
	n.Range = shifted(n.Range, lines, columns)
	for i := range n.Pairs {
		n.Pairs[i].KeyRange = shifted(n.Pairs[i].KeyRange, lines, columns)
		shift(n.Pairs[i].Value, lines, columns)
	}
	for _, item := range n.Items {
		shift(item, lines, columns)
	}
}

func shifted(r diag.Range, lines, columns int) diag.Range {
	r.Line, r.EndLine = r.Line+lines, r.EndLine+lines
	r.Column, r.EndColumn = r.Column+columns, r.EndColumn+columns
	return r
}

// tree reads a text as nodes: as YAML if it is, else by indentation. It is
// always a mapping or null.
func tree(t *text) *yamlnode.Node {
	if n := t.yaml(); n != nil {
		return n
	}
	return t.outlined()
}

// treeWithout is tree of a text in which a line is being typed: while it is no
// YAML, it may be without that line.
func treeWithout(t *text, line int, m *memo) *yamlnode.Node {
	if n := t.yaml(); n != nil {
		return n
	}
	start := t.starts[line]
	if n := m.yaml(t.s[:start] + t.s[start+len(t.line(line)):]); n != nil {
		return n
	}
	return t.outlined()
}

// memo remembers the text that was read last. Without the line being typed it
// stays the same from key stroke to key stroke.
type memo struct {
	mu   sync.Mutex
	text string
	node *yamlnode.Node
}

func (m *memo) yaml(s string) *yamlnode.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.text != s {
		m.text, m.node = s, parsed(s)
	}
	return m.node
}

// parsed is a text that is YAML, and a mapping.
func parsed(s string) *yamlnode.Node {
	n, errs := yamlnode.Parse("", []byte(s))
	if n == nil || n.Kind != yamlnode.Mapping {
		return nil
	}
	for _, e := range errs {
		if e.Code == diag.CodeYAMLSyntax {
			return nil
		}
	}
	return n
}

// find is the node at a path; nil when there is none.
func find(n *yamlnode.Node, path []string) *yamlnode.Node {
	for _, step := range path {
		n = child(n, step)
	}
	return n
}

// child is the value of a key, or the element of a list.
func child(n *yamlnode.Node, step string) *yamlnode.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yamlnode.Sequence {
		return n.Get(step)
	}
	for i, item := range n.Items {
		if listStep(i) == step {
			return item
		}
	}
	return nil
}

// textOf is the text of a scalar below n; empty when there is none.
func textOf(n *yamlnode.Node, path ...string) string {
	if n = find(n, path); n != nil && n.Kind == yamlnode.Scalar {
		return n.Text
	}
	return ""
}
