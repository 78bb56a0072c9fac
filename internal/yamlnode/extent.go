package yamlnode

import (
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// The YAML library says where a node starts and not where it ends. The end is
// found in the text, which is known to be well-formed once it is parsed.

// content skips the tag and anchor of n, at from, and what separates them from
// its value.
func (s *source) content(n *yaml.Node, from int) int {
	if n.Style&yaml.TaggedStyle == 0 && n.Anchor == "" {
		return from
	}
	i := from
	for i < len(s.text) && (s.text[i] == '&' || s.text[i] == '!') {
		for i < len(s.text) && !isBlank(s.text[i]) && !s.flowEnd(i) {
			i++
		}
		end := i
		if i = s.skipSpace(i); n.Kind == yaml.ScalarNode && n.Value == "" && !s.startsEmpty(i, n) {
			return end
		}
	}
	return i
}

// flowEnd reports whether the character at i ends a tag or anchor within a
// flow collection.
func (s *source) flowEnd(i int) bool {
	switch s.text[i] {
	case ',', ']', '}', '[', '{':
		return true
	}
	return false
}

// startsEmpty reports whether what stands at i can be the rest of a scalar
// without text: another property, or empty quotes or an empty block.
func (s *source) startsEmpty(i int, n *yaml.Node) bool {
	if i >= len(s.text) {
		return false
	}
	c := s.text[i]
	return c == '&' || c == '!' || n.Style&quotedStyles != 0
}

// skipSpace skips white space, line breaks and comments.
func (s *source) skipSpace(i int) int {
	for i < len(s.text) {
		switch {
		case isBlank(s.text[i]):
			i++
		case s.text[i] == '#' && (i == 0 || isBlank(s.text[i-1])):
			i = s.lineEnd(i)
		default:
			return i
		}
	}
	return i
}

// lineEnd is the end of the line that i lies on.
func (s *source) lineEnd(i int) int {
	for i < len(s.text) && !isBreak(s.text[i]) {
		i++
	}
	return i
}

// scalarEnd is the end of the scalar n, whose value starts at from.
func (s *source) scalarEnd(n *yaml.Node, from int) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return s.doubleQuotedEnd(from)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return s.singleQuotedEnd(from)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		header := s.lineEnd(from)
		if end := s.textEnd(n.Value, header); end > header {
			return s.lineEnd(end)
		}
		return header
	default:
		return s.textEnd(n.Value, from)
	}
}

// doubleQuotedEnd is the end of the string whose quote opens at i.
func (s *source) doubleQuotedEnd(i int) int {
	for i++; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s.text)
}

// singleQuotedEnd is the end of the string whose quote opens at i.
func (s *source) singleQuotedEnd(i int) int {
	for i++; i < len(s.text); i++ {
		if s.text[i] != '\'' {
			continue
		}
		if i+1 < len(s.text) && s.text[i+1] == '\'' {
			i++
			continue
		}
		return i + 1
	}
	return len(s.text)
}

// textEnd is where value, written without escapes, ends in the text from i on.
// Folding changes only white space, so the other characters are in step.
func (s *source) textEnd(value string, i int) int {
	end := i
	for _, r := range value {
		if unicode.IsSpace(r) {
			continue
		}
		for i < len(s.text) {
			c, n := utf8.DecodeRune(s.text[i:])
			i += n
			if c == r {
				end = i
				break
			}
			if !unicode.IsSpace(c) {
				return end
			}
		}
	}
	return end
}

// flowCollectionEnd is the end of the flow collection that opens at from and
// whose last child ends at last.
func (s *source) flowCollectionEnd(from, last int) int {
	if from >= len(s.text) || (s.text[from] != '[' && s.text[from] != '{') {
		return last // the pair of [a: b], which has no brackets of its own
	}
	i := max(last, from+1)
	for i < len(s.text) {
		i = s.skipSpace(i)
		if i < len(s.text) && (s.text[i] == ',' || s.text[i] == ':' || s.text[i] == '?') {
			i++
			continue
		}
		break
	}
	if i < len(s.text) && (s.text[i] == ']' || s.text[i] == '}') {
		return i + 1
	}
	return last
}
