package schema

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// wrongShape reports that n is not of the form of s.
func (c *checker) wrongShape(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	c.shapeFault(s, n, p).Severity = diag.Error
}

// shapeFault is wrongShape, for those who add a hint.
func (c *checker) shapeFault(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) *diag.Diagnostic {
	if old, ok := n.Pair(s.Old); ok && s.Old != "" {
		d := c.fault(old.KeyRange, diag.CodePreviewSyntax, "%s.%s is syntax of the 2021 preview", c.name(), s.Old)
		d.Hint = "today write " + s.Now
		return d
	}
	at := startOf(n.Range)
	if n.Kind == yamlnode.Sequence && p != nil && s.isMapping() {
		at = p.KeyRange // the key says what its list should have been
	}
	return c.fault(at, diag.CodeWrongShape, "%s must be %s, but this is %s", c.wholeName(s), s.words(), FormOf(n))
}

// wholeName is what messages call a value: its key, or what the mapping that
// it should have been is called.
func (c *checker) wholeName(s *Shape) string {
	subject := ""
	switch s.Form {
	case Mapping:
		subject = c.book.object(s.Object).Subject
	case Choice:
		subject = s.Union.Subject
	}
	if before, after, ok := strings.Cut(subject, "%s"); ok && s.What == "" {
		return before + `"` + c.name() + `"` + after
	}
	if c.name() == "" {
		return "the definition"
	}
	return c.name()
}

// isMapping: one of the alternatives is a mapping.
func (s *Shape) isMapping() bool {
	if s.Form == Map || s.Form == Mapping || s.Form == Choice {
		return true
	}
	for i := range s.Allow {
		if s.Allow[i].isMapping() {
			return true
		}
	}
	return false
}

// words says what s may be.
func (s *Shape) words() string {
	if s.What != "" {
		return s.What
	}
	words := []string{s.Form.words()}
	for i := range s.Allow {
		w := s.Allow[i].words()
		if !strings.Contains(strings.Join(words, ", "), w) {
			words = append(words, w)
		}
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func (f Form) words() string {
	switch f {
	case Text:
		return "text"
	case Number:
		return "a number"
	case Integer:
		return "a whole number"
	case Boolean:
		return "true or false"
	case Literal:
		return "one value"
	case List:
		return "a list"
	case Map, Mapping, Choice:
		return "a mapping"
	}
	return "anything"
}

// FormOf is the form of n in words.
func FormOf(n *yamlnode.Node) string {
	switch n.Kind {
	case yamlnode.Mapping:
		return "a mapping"
	case yamlnode.Sequence:
		return "a list"
	case yamlnode.Null:
		return "empty"
	}
	switch n.Type() {
	case yamlnode.Int, yamlnode.Float:
		return "a number"
	case yamlnode.Bool:
		return "a boolean"
	case yamlnode.Timestamp:
		return "a date"
	case yamlnode.NullType:
		return "empty"
	}
	return "text"
}
