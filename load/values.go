package load

import (
	"strings"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// startOf is the first line of a range.
func startOf(r diag.Range) diag.Range {
	if r.EndLine > r.Line {
		r.EndLine, r.EndColumn = r.Line, r.Column+1
	}
	return r
}

// text is the text of field key; zero when it is absent or null.
func (r *reader) text(n *yamlnode.Node, path, key string) pipeline.Text {
	v := n.Get(key)
	switch {
	case v == nil || v.IsNull():
		return pipeline.Text{}
	case v.Kind != yamlnode.Scalar:
		return pipeline.Text{}
	}
	return r.textOf(v)
}

// textOf is a scalar as the text that Azure ML makes of it.
func (r *reader) textOf(v *yamlnode.Node) pipeline.Text {
	return pipeline.Text{Value: v.PyString(), Range: v.Range, Spans: r.spans(v)}
}

// spans finds the places of the ${{ and $[[ of a scalar in the source: the
// scalar's text alone does not tell, because quotes, escapes and folding
// change it. Their order is the same.
func (r *reader) spans(v *yamlnode.Node) []diag.Range {
	marks := expr.Marks(v.Text)
	lines := r.sources[v.Range.File]
	if len(marks) == 0 || v.Range.EndLine > len(lines) {
		return nil
	}
	out := make([]diag.Range, 0, len(marks))
	line := v.Range.Line
	col := byteOffset(lines[line-1], v.Range.Column)
	at := column{}
	for _, m := range marks {
		open := v.Text[m : m+3]
		i := strings.Index(lines[line-1][col:], open)
		for ; i < 0 && line < v.Range.EndLine; i = strings.Index(lines[line-1], open) {
			line, col, at = line+1, 0, column{}
		}
		if i < 0 {
			return nil // written with escapes
		}
		start := col + i
		end := start + stretch(lines[line-1][start:], v.Text[m:])
		src := lines[line-1]
		from := at.move(src, start)
		pos := diag.Pos{File: v.Range.File, Line: line, Column: from}
		out = append(out, diag.Range{Pos: pos, EndLine: line, EndColumn: from + utf8.RuneCountInString(src[start:end])})
		col = start + len(open)
	}
	return out
}

// longestRef bounds the references that are looked for in the source.
const longestRef = 512

// stretch is how much of the source line belongs to what begins text: the
// whole reference when it stands on the line, otherwise what opens it.
func stretch(src, text string) int {
	text = text[:min(len(text), longestRef)]
	if n := strings.Index(text, "}}"); strings.HasPrefix(text, "${{") && n > 0 && strings.HasPrefix(src, text[:n+2]) {
		return n + 2
	}
	return len("${{")
}

// byteOffset is where the character at column, from 1, begins.
func byteOffset(line string, column int) int {
	for i := range line {
		if column--; column == 0 {
			return i
		}
	}
	return len(line)
}

// column counts the characters of a line up to an offset, on from the offset
// before: a line may hold a hundred thousand expressions.
type column struct{ offset, characters int }

// move goes on to a later offset, and is the column there.
func (c *column) move(line string, offset int) int {
	c.characters += utf8.RuneCountInString(line[c.offset:offset])
	c.offset = offset
	return c.characters + 1
}

// mapping is the mapping at key; nil when there is none.
func (r *reader) mapping(n *yamlnode.Node, path, key string) *yamlnode.Node {
	if v := n.Get(key); v != nil && v.Kind == yamlnode.Mapping {
		return v
	}
	return nil
}

// stringMap reads tags, properties and the like.
func (r *reader) stringMap(n *yamlnode.Node, path, key string) map[string]string {
	m := r.mapping(n, path, key)
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m.Pairs))
	for _, p := range m.Pairs {
		if p.Value.Kind == yamlnode.Scalar {
			out[p.Key] = p.Value.PyString()
		}
	}
	return out
}

// boolean reads a boolean; what counts as one, package schema says.
func (r *reader) boolean(n *yamlnode.Node, path, key string) *bool {
	b, ok := schema.Truth(n.Get(key))
	if !ok {
		return nil
	}
	return &b
}

// literal is a scalar as a literal value.
func (r *reader) literal(v *yamlnode.Node) *pipeline.Literal {
	lit := &pipeline.Literal{Text: r.textOf(v), Type: pipeline.String, Dir: r.dir()}
	switch v.Type() {
	case yamlnode.Int:
		lit.Type = pipeline.Integer
	case yamlnode.Float:
		lit.Type = pipeline.Number
	case yamlnode.Bool:
		lit.Type = pipeline.Boolean
	}
	return lit
}

// scalarLiteral is the literal at key; nil when there is none.
func (r *reader) scalarLiteral(n *yamlnode.Node, path, key string) *pipeline.Literal {
	if v := n.Get(key); v != nil && v.Kind == yamlnode.Scalar {
		return r.literal(v)
	}
	return nil
}

// localPath is a path of this machine at key.
func (r *reader) localPath(t pipeline.Text) *pipeline.LocalPath {
	return &pipeline.LocalPath{Text: t, Name: pipeline.ResolveName(r.dir(), t.Value)}
}
