package yamlnode

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
)

// source is the text of one file and the two ways to name a place in it: the
// YAML library's (line, column) and ours. They differ only where the text has
// one of the exotic line breaks of YAML 1.1 (NEL, LS, PS), which no editor
// counts as a line.
type source struct {
	file string
	text []byte
	// own and library are the offsets at which lines start.
	own, library []int
	ascii        bool
	// The cursors make walks through one long line linear.
	ownCursor, libraryCursor cursor
}

// cursor remembers a column that was counted: of the character at offset,
// which lies on the line that starts at start.
type cursor struct{ start, offset, column int }

// newSource indexes text, which is valid UTF-8.
func newSource(file string, text []byte) *source {
	s := &source{file: file, text: text, ascii: true}
	for _, b := range text {
		if b >= utf8.RuneSelf {
			s.ascii = false
			break
		}
	}
	s.own = lineStarts(text, false)
	s.library = s.own
	if !s.ascii && bytes.ContainsAny(text, "\u0085\u2028\u2029") {
		s.library = lineStarts(text, true)
	}
	return s
}

// lineStarts finds where each line starts; exotic says whether YAML 1.1's
// extra line breaks count.
func lineStarts(text []byte, exotic bool) []int {
	starts := []int{0}
	for i := 0; i < len(text); i++ {
		if n := breakAt(text, i, exotic); n > 0 {
			i += n - 1
			starts = append(starts, i+1)
		}
	}
	return starts
}

// breakAt is the length of the line break at i, or 0.
func breakAt(text []byte, i int, exotic bool) int {
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2, 0xE2:
		if r, n := utf8.DecodeRune(text[i:]); exotic && (r == 0x85 || r == 0x2028 || r == 0x2029) {
			return n
		}
	}
	return 0
}

// offset is where the library's line and column lie in the text. What lies
// outside is moved to the nearest place inside.
func (s *source) offset(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(s.library) {
		return len(s.text)
	}
	start := s.library[line-1]
	if s.ascii {
		return min(start+max(column, 1)-1, len(s.text))
	}
	c := &s.libraryCursor
	if c.start != start || c.column > column || c.column == 0 {
		*c = cursor{start: start, offset: start, column: 1}
	}
	for c.column < column && c.offset < len(s.text) {
		_, n := utf8.DecodeRune(s.text[c.offset:])
		c.offset += n
		c.column++
	}
	return c.offset
}

// pos is the line and column of an offset.
func (s *source) pos(offset int) diag.Pos {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.own, offset+1)
	start := s.own[line-1]
	if s.ascii {
		return diag.Pos{File: s.file, Line: line, Column: offset - start + 1}
	}
	c := &s.ownCursor
	if c.start != start || c.offset > offset || c.column == 0 {
		*c = cursor{start: start, offset: start, column: 1}
	}
	c.column += utf8.RuneCount(s.text[c.offset:offset])
	c.offset = offset
	return diag.Pos{File: s.file, Line: line, Column: c.column}
}

// span is the range from one offset up to another.
func (s *source) span(from, to int) diag.Range {
	start := s.pos(from)
	if to <= from {
		return diag.Range{Pos: start, EndLine: start.Line, EndColumn: start.Column}
	}
	end := s.pos(to)
	return diag.Range{Pos: start, EndLine: end.Line, EndColumn: end.Column}
}

// token is the range of the word at offset, at least one character long
// unless the line ends there.
func (s *source) token(offset int) diag.Range {
	end := offset
	for end < len(s.text) && !isBlank(s.text[end]) && !bytes.ContainsAny(s.text[end:end+1], ",[]{}\"'") {
		end++
	}
	if end == offset && end < len(s.text) && !isBreak(s.text[end]) {
		_, n := utf8.DecodeRune(s.text[end:])
		end += n
	}
	return s.span(offset, end)
}

// lineOf is the number, counted from 0, of the line that offset lies on.
func (s *source) lineOf(offset int) int {
	return sort.SearchInts(s.own, min(offset, len(s.text))+1) - 1
}

// line is the text of a line, counted from 0, without its line break.
func (s *source) line(i int) []byte {
	if i < 0 || i >= len(s.own) {
		return nil
	}
	end := len(s.text)
	if i+1 < len(s.own) {
		end = s.own[i+1]
	}
	return bytes.TrimRight(s.text[s.own[i]:end], "\r\n")
}

// isBreak reports whether b ends a line.
func isBreak(b byte) bool { return b == '\n' || b == '\r' }

// isBlank reports whether b is white space.
func isBlank(b byte) bool { return b == ' ' || b == '\t' || isBreak(b) }
