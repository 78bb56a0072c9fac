package lsp

import (
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// encoding is the unit in which a client counts characters of a line.
type encoding string

// The encodings of the protocol.
const (
	utf8Units  encoding = "utf-8"
	utf16Units encoding = "utf-16"
	utf32Units encoding = "utf-32"
)

// negotiate is the first encoding that the client offers and we know. Who
// offers none means UTF-16.
func negotiate(offered []encoding) encoding {
	for _, e := range offered {
		switch e {
		case utf8Units, utf16Units, utf32Units:
			return e
		}
	}
	return utf16Units
}

// text is one version of a file. It never changes.
type text struct {
	s string
	// starts are the offsets at which lines begin.
	starts []int
	// bom is the length of the byte order mark.
	bom int

	// How the text reads, each found out once.
	asYAML, asLines sync.Once
	node, lines     *yamlnode.Node
}

// yaml is the text as nodes, read once; nil while it is no YAML, or no mapping.
func (t *text) yaml() *yamlnode.Node {
	t.asYAML.Do(func() { t.node = parsed(t.s) })
	return t.node
}

// outlined is the text read by indentation, once.
func (t *text) outlined() *yamlnode.Node {
	t.asLines.Do(func() { t.lines = outline(t) })
	return t.lines
}

const byteOrderMark = "\uFEFF"

func newText(s string) *text {
	t := &text{s: s, starts: make([]int, 1, strings.Count(s, "\n")+1)}
	if strings.HasPrefix(s, byteOrderMark) {
		t.bom = len(byteOrderMark)
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			t.starts = append(t.starts, i+1)
		case '\n':
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// line is the text of a line, from 0, without its break; empty outside.
func (t *text) line(i int) string {
	if i < 0 || i >= len(t.starts) {
		return ""
	}
	end := len(t.s)
	if i+1 < len(t.starts) {
		end = t.starts[i+1]
	}
	return strings.TrimRight(t.s[t.starts[i]:end], "\r\n")
}

// lineOf is the line, from 0, that an offset lies on.
func (t *text) lineOf(offset int) int {
	return sort.SearchInts(t.starts, offset+1) - 1
}

// offset is where a client's position lies. What lies outside is moved to the
// nearest place inside, as the protocol asks.
func (t *text) offset(p position, e encoding) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(t.starts) {
		return len(t.s)
	}
	line := t.line(p.Line)
	return t.starts[p.Line] + unitsToBytes(line, p.Character, e)
}

// unitsToBytes is the offset in line after n units.
func unitsToBytes(line string, n int, e encoding) int {
	if n <= 0 {
		return 0
	}
	if e == utf8Units {
		n = min(n, len(line))
		for n > 0 && n < len(line) && !utf8.RuneStart(line[n]) {
			n--
		}
		return n
	}
	for i, r := range line {
		w := width(r, e)
		if n < w {
			return i
		}
		n -= w
	}
	return len(line)
}

// width is how many units r has.
func width(r rune, e encoding) int {
	switch {
	case e == utf8Units:
		return utf8.RuneLen(r)
	case e == utf16Units && r > 0xFFFF:
		return 2
	}
	return 1
}

// position is an offset as the client counts.
func (t *text) position(offset int, e encoding) position {
	offset = min(max(offset, 0), len(t.s))
	line := t.lineOf(offset)
	return position{Line: line, Character: units(t.s[t.starts[line]:offset], e)}
}

// units is how many units s has.
func units(s string, e encoding) int {
	if e == utf8Units {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += width(r, e)
	}
	return n
}

func (t *text) span(start, end int, e encoding) span {
	return span{Start: t.position(start, e), End: t.position(end, e)}
}

// at is the offset of one of our places: lines and columns from 1, columns in
// characters, a byte order mark not counted.
func (t *text) at(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(t.starts) {
		return len(t.s)
	}
	skip := 0
	if line == 1 {
		skip = t.bom
	}
	s := t.line(line - 1)[skip:]
	return t.starts[line-1] + skip + unitsToBytes(s, column-1, utf32Units)
}

// place turns an offset into one of our places.
func (t *text) place(offset int) (line, column int) {
	i := t.lineOf(offset)
	start := t.starts[i]
	if i == 0 && offset >= t.bom {
		start = t.bom
	}
	return i + 1, utf8.RuneCountInString(t.s[start:offset]) + 1
}

// diagSpan is a range of a diagnostic as the client counts. What has no place
// is the beginning of the text; an empty stretch is shown as one character.
func (t *text) diagSpan(r diag.Range, e encoding) span {
	start := t.at(max(r.Line, 1), max(r.Column, 1))
	end := start
	if r.EndLine >= r.Line && r.EndLine > 0 {
		end = max(start, t.at(r.EndLine, max(r.EndColumn, 1)))
	}
	if end == start {
		if _, n := utf8.DecodeRuneInString(t.line(t.lineOf(start))[start-t.starts[t.lineOf(start)]:]); n > 0 {
			end = start + n
		}
	}
	return t.span(start, end, e)
}

// edited is the text after changes, one after the other.
func (t *text) edited(changes []change, e encoding) *text {
	for _, c := range changes {
		if c.Range == nil {
			t = newText(c.Text)
			continue
		}
		start, end := t.offset(c.Range.Start, e), t.offset(c.Range.End, e)
		if start > end {
			start, end = end, start
		}
		t = newText(t.s[:start] + c.Text + t.s[end:])
	}
	return t
}
