package lsp

import (
	"slices"
	"strings"
)

// role is what may be written at a place.
type role int

const (
	noPlace  role = iota
	keyPlace      // a key of the mapping at path
	valPlace      // the value at path
	anyPlace      // either: nothing tells yet
)

// place is where in a definition a cursor stands.
type place struct {
	role role
	path []string
	// key is the one whose value stands here.
	start, end int
	// prefix is what stands between start and the cursor; start and end
	// delimit what a completion replaces.
	prefix string
	// colon: what stands here is followed by the colon of a key.
	colon bool
	// flow: the place is within brackets.
	flow bool
	// quoted: the place is within quotes.
	quoted bool
	// free: the place is within a block scalar, where nothing is a key.
	free bool
	// column is where keys beside this one begin.
	column int
}

// placeAt finds the place of an offset, by indentation and brackets.
func placeAt(t *text, offset int) place {
	n := t.lineOf(offset)
	var s scanner
	for i := range n {
		s.line(t.clean(i))
	}
	line, skip := t.clean(n), t.starts[n]
	if n == 0 {
		skip += t.bom
	}
	cur := max(0, offset-skip)
	if strings.TrimSpace(line) == "" {
		return s.blankPlace(t, offset, cur)
	}
	before := s
	before.frames = slices.Clone(s.frames)
	r := s.line(line)
	switch r.role {
	case nothing:
		return place{start: offset, end: offset}
	case continued:
		return s.insidePlace(t, offset, skip, r)
	}
	return s.linePlace(t, line, skip, cur, r, before)
}

// blankPlace: on a blank line the cursor's own column tells.
func (s *scanner) blankPlace(t *text, offset, column int) place {
	p := place{role: anyPlace, start: offset, end: offset, column: column}
	switch {
	case s.block && column > s.blockIndent:
		p.role, p.path, p.free = valPlace, s.path(), true
		return p
	case s.rest.open() && column > s.restIndent:
		return s.insidePlace(t, offset, offset, lineRead{})
	}
	s.pop(column)
	p.path = s.path()
	return p
}

// insidePlace is one within a value that began on a line before.
func (s *scanner) insidePlace(t *text, offset, line int, r lineRead) place {
	if s.block {
		start := line + min(r.valueStart, offset-line)
		return place{role: valPlace, path: s.path(), start: start, end: max(offset, line+r.valEnd), prefix: t.s[start:offset], free: true}
	}
	return s.flowPlace(t, t.starts[s.restLine]+s.restStart, offset)
}

// linePlace is one on a line with content.
func (s *scanner) linePlace(t *text, line string, skip, cur int, r lineRead, before scanner) place {
	if cur < r.column && !r.item {
		return place{start: skip + cur, end: skip + cur}
	}
	if r.role == bare && r.item && r.valueStart < cur && strings.IndexByte("{[\"'", line[r.valueStart]) >= 0 {
		return s.flowPlace(t, skip+r.valueStart, skip+cur)
	}
	if r.role == bare || cur <= r.keyEnd {
		return s.wordPlace(line, skip, cur, r, before)
	}
	if cur < r.valueStart && r.valEnd > r.valueStart {
		return place{start: skip + cur, end: skip + cur}
	}
	if cur > r.valEnd && strings.Contains(line[r.valEnd:cur], "#") {
		return place{start: skip + cur, end: skip + cur}
	}
	return s.valuePlace(t, line, skip, cur, r)
}

// wordPlace is one in a key, or in words that may become one.
func (s *scanner) wordPlace(line string, skip, cur int, r lineRead, before scanner) place {
	start, end := r.valueStart, r.valEnd
	if r.role == entry {
		start, end = r.keyStart, r.keyEnd
		s.frames = s.frames[:len(s.frames)-1]
	} else if !r.item {
		s.frames = before.frames
		s.pop(r.column)
	}
	if start == end {
		start = cur
	}
	start = min(start, cur)
	p := place{
		role: anyPlace, path: s.path(), start: skip + start, end: skip + max(end, cur),
		prefix: line[start:min(cur, len(line))], colon: r.role == entry, column: r.column,
	}
	if r.role == entry {
		p.role = keyPlace
	}
	return p
}

// valuePlace is one in the value of a key.
func (s *scanner) valuePlace(t *text, line string, skip, cur int, r lineRead) place {
	from := r.valueStart + decoration(line[r.valueStart:r.valEnd])
	value := line[from:r.valEnd]
	if value == "" {
		from = cur
	}
	p := place{role: valPlace, path: s.path(), start: skip + min(from, cur), end: skip + max(r.valEnd, cur), column: r.column}
	if value != "" && strings.IndexByte("{[\"'", value[0]) >= 0 {
		return s.flowPlace(t, skip+from, skip+cur)
	}
	p.prefix = t.s[p.start : skip+cur]
	return p
}

// flowPlace is one within brackets or quotes that begin at offset from.
func (s *scanner) flowPlace(t *text, from, offset int) place {
	f := flow{base: s.path()}
	f.read(t.s[from:max(from, offset)])
	p := place{path: f.path(), role: valPlace, flow: len(f.levels) > 0, quoted: f.quote != 0}
	if f.atKey() {
		p.role = keyPlace
	}
	word := t.s[from:offset][f.word:]
	trimmed := strings.TrimLeft(word, " \t\r\n")
	p.prefix, p.start = trimmed, offset-len(trimmed)
	p.end = offset + wordEnd(t.s[offset:], f.quote)
	p.colon = p.role == keyPlace && isColon(strings.TrimLeft(firstLine(t.s[p.end:]), " "))
	return p
}

func firstLine(s string) string {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

// wordEnd is how much of s belongs to the word before it.
func wordEnd(s string, quote byte) int {
	stop := ",:{}[] \t\r\n"
	if quote != 0 {
		stop = "\r\n" + string(quote)
	}
	if i := strings.IndexAny(s, stop); i >= 0 {
		return i
	}
	return len(s)
}

// flow follows a value in brackets.
type flow struct {
	base   []string
	levels []flowLevel
	quote  byte
	// word is where the word at the end begins.
	word int
}

// flowLevel is one pair of brackets.
type flowLevel struct {
	list  bool
	index int
	key   string
	value bool // behind the colon
}

func (f *flow) path() []string {
	path := slices.Clone(f.base)
	for _, l := range f.levels {
		switch {
		case l.list:
			path = append(path, listStep(l.index))
		case l.value:
			path = append(path, l.key)
		}
	}
	return path
}

func (f *flow) atKey() bool {
	return len(f.levels) > 0 && !f.last().list && !f.last().value
}

func (f *flow) last() *flowLevel { return &f.levels[len(f.levels)-1] }

// read follows s to its end.
func (f *flow) read(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case f.quote == '"' && c == '\\':
			i++
		case f.quote != 0:
			if c == f.quote {
				f.quote = 0
			}
		case strings.HasPrefix(s[i:], "${{"):
			end := bindingEnd(s[i:])
			if end < 0 {
				return
			}
			i += end - 1
		case (c == '"' || c == '\'') && strings.TrimSpace(s[f.word:i]) == "":
			f.quote, f.word = c, i+1
		case strings.IndexByte("{[}],:", c) >= 0:
			f.punctuation(s, i)
		}
	}
}

// punctuation acts on a character with meaning.
func (f *flow) punctuation(s string, i int) {
	switch c := s[i]; {
	case (c == '{' || c == '[') && len(f.levels) == maxLevels:
	case c == '{' || c == '[':
		f.levels = append(f.levels, flowLevel{list: c == '['})
		f.word = i + 1
	case len(f.levels) == 0:
	case c == '}' || c == ']':
		f.levels = f.levels[:len(f.levels)-1]
		f.word = i + 1
	case c == ',':
		l := f.last()
		l.index, l.key, l.value = l.index+1, "", false
		f.word = i + 1
	case !f.last().list && !f.last().value && (i+1 == len(s) || strings.IndexByte(" \t\r\n{[", s[i+1]) >= 0):
		l := f.last()
		l.key, l.value = strings.Trim(strings.TrimSpace(s[f.word:i]), `"'`), true
		f.word = i + 1
	}
}
