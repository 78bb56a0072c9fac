package pipeline

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
)

// ref is a reference in a text, with its place.
type ref struct {
	expr.Ref
	Range diag.Range
	// grouped: it stands in $[[ ]].
	grouped bool
}

// refs are the references of t, with their places. Faults of syntax are
// reported.
func (c *checker) refs(t Text, path string) []ref {
	if !strings.Contains(t.Value, "$") {
		return nil
	}
	parts, errs := expr.Parse(t.Value)
	at := newPlaces(t)
	for _, e := range errs {
		c.errorf(at.of(e.Start, e.End), diag.CodeBadExpression, path, "%s", e.Msg).Hint = e.Hint
	}
	var out []ref
	var walk func(parts []expr.Part, grouped bool)
	walk = func(parts []expr.Part, grouped bool) {
		for _, p := range parts {
			if p.Ref != nil {
				out = append(out, ref{*p.Ref, at.of(p.Ref.Start, p.Ref.End), grouped})
			}
			walk(p.Group, true)
		}
	}
	walk(parts, false)
	return out
}

// places finds the places of expressions in one text.
type places struct {
	text  Text
	marks []int
	// plain: the text was written on one line as it is.
	plain bool
	// offset and column are those of the place that was asked for last. The
	// next is found from there: a text may hold a hundred thousand expressions.
	offset, column int
}

func newPlaces(t Text) *places {
	p := &places{text: t}
	if len(t.Spans) > 0 {
		p.marks = expr.Marks(t.Value)
	}
	r := t.Range
	p.plain = r.Line == r.EndLine && r.EndColumn-r.Column == utf8.RuneCountInString(t.Value)
	return p
}

// characters are those of the text before an offset.
func (p *places) characters(offset int) int {
	if offset < p.offset {
		p.offset, p.column = 0, 0
	}
	p.column += utf8.RuneCountInString(p.text.Value[p.offset:offset])
	p.offset = offset
	return p.column
}

// of is the place of the expression Value[start:end].
func (p *places) of(start, end int) diag.Range {
	if i, ok := slices.BinarySearch(p.marks, start); ok && i < len(p.text.Spans) {
		return p.text.Spans[i]
	}
	r := p.text.Range
	if p.plain {
		from := p.characters(start)
		r.Column, r.EndColumn = r.Column+from, r.Column+from+utf8.RuneCountInString(p.text.Value[start:end])
	}
	return r
}
