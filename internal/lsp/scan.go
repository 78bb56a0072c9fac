package lsp

import (
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// scanner reads YAML line by line, by indentation alone. It understands block
// mappings and lists, and knows where block scalars, quotes and brackets end;
// it has an answer for every text, also one that is no YAML at the moment.
type scanner struct {
	frames []frame
	// block: the last value is a block scalar (| or >), and lines indented
	// more than blockIndent belong to it.
	block       bool
	blockIndent int
	// rest is what a value over several lines is still open: brackets, or a
	// quote. Lines that are indented no more than restIndent end it.
	rest       nesting
	restIndent int
	restLine   int // where it began
	restStart  int // in bytes of that line
	n          int // the number of lines read

	// root collects what is read as nodes when it is set.
	root  *yamlnode.Node
	text  *text
	nodes int
}

// frame is one level that a line stands in: a key, or an element of a list.
type frame struct {
	indent int
	key    string
	list   bool
	index  int
	node   *yamlnode.Node
}

// step is the frame as an element of a path.
func (f frame) step() string {
	if f.list {
		return listStep(f.index)
	}
	return f.key
}

func listStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

// lineRole is what a line, or the part of it that matters, is.
type lineRole int

const (
	nothing   lineRole = iota // blank, a comment, a marker
	entry                     // key: value
	bare                      // words without a key: half a key, or an element of a list
	continued                 // part of a value that began before
)

// lineRead is what a line says. Offsets are in bytes of the line.
type lineRead struct {
	role lineRole
	// column is where the content begins; item says that a dash stands before.
	column int
	item   bool
	// Of an entry: the key, as it stands there.
	key                string
	keyStart, keyEnd   int
	valueStart, valEnd int
}

// path is where the last line stands.
func (s *scanner) path() []string {
	out := make([]string, len(s.frames))
	for i, f := range s.frames {
		out[i] = f.step()
	}
	return out
}

// pop leaves the levels that a line at that indentation is not in.
func (s *scanner) pop(indent int) {
	for len(s.frames) > 0 && s.frames[len(s.frames)-1].indent >= indent {
		s.frames = s.frames[:len(s.frames)-1]
	}
}

func indentOf(line string) int {
	return len(line) - len(strings.TrimLeft(line, " "))
}

// line reads the next line.
func (s *scanner) line(l string) lineRead {
	n := s.n
	s.n++
	indent := indentOf(l)
	content := strings.TrimRight(l[indent:], " \t")
	if s.continues(indent, content) {
		if s.rest.open() {
			s.rest.read(content)
		}
		return lineRead{role: continued, column: indent, valueStart: indent, valEnd: indent + len(content)}
	}
	if content == "" || content[0] == '#' {
		return lineRead{}
	}
	if indent == 0 && (strings.HasPrefix(content, "---") || strings.HasPrefix(content, "...") || content[0] == '%') {
		s.frames = s.frames[:0]
		return lineRead{}
	}
	r := lineRead{role: bare, column: indent}
	block := indent
	for isDash(content) {
		s.dash(r.column)
		block = r.column
		rest := strings.TrimLeft(content[1:], " ")
		r.item, r.column, content = true, r.column+len(content)-len(rest), rest
	}
	key, length := splitKey(content)
	if length > 0 {
		s.entry(&r, key, length, content)
		content, block = l[r.valueStart:r.valEnd], r.column
	} else {
		r.valueStart, r.valEnd = r.column, r.column+len(content)
	}
	if r.item || r.role == entry {
		s.value(n, r, content, block)
	}
	return r
}

// continues reports whether a line belongs to a value that began before it.
func (s *scanner) continues(indent int, content string) bool {
	if s.block {
		s.block = content == "" || indent > s.blockIndent
		return s.block
	}
	if !s.rest.open() {
		return false
	}
	// A bracket that was never closed must not swallow the rest of the file.
	if _, n := splitKey(content); content != "" && indent <= s.restIndent && (n > 0 || isDash(content)) {
		s.rest = nesting{}
		return false
	}
	return true
}

// dash enters an element of a list whose dash stands at that column.
func (s *scanner) dash(column int) {
	index := 0
	for len(s.frames) > 0 {
		f := s.frames[len(s.frames)-1]
		if f.indent < column || f.indent == column && !f.list {
			break
		}
		s.frames = s.frames[:len(s.frames)-1]
		if f.indent == column {
			index = f.index + 1
			break
		}
	}
	s.push(frame{indent: column, list: true, index: index}, 0, 0)
}

// entry reads a key and finds its value.
func (s *scanner) entry(r *lineRead, key string, length int, content string) {
	r.role, r.key = entry, key
	r.keyStart, r.keyEnd = r.column, r.column+length
	rest := content[length:]
	rest = rest[strings.IndexByte(rest, ':')+1:]
	value := strings.TrimLeft(rest, " \t")
	r.valueStart = r.column + len(content) - len(value)
	r.valEnd = r.valueStart + len(strings.TrimRight(value[:commentIn(value)], " \t"))
	s.pop(r.column)
	s.push(frame{indent: r.column, key: key}, r.keyStart, r.keyEnd)
}

// value looks at what a value begins.
func (s *scanner) value(n int, r lineRead, value string, indent int) {
	offset := decoration(value)
	value = value[offset:]
	if value == "" {
		return
	}
	switch value[0] {
	case '|', '>':
		s.block, s.blockIndent = true, indent
	case '{', '[', '"', '\'':
		s.rest = nesting{}
		s.rest.read(value)
		s.restIndent, s.restLine, s.restStart = indent, n, r.valueStart+offset
	}
	if s.root != nil {
		s.keep(n, r.valueStart+offset, value)
	}
}

// decoration is how much of a value is its tag and anchor.
func decoration(value string) int {
	n := 0
	for strings.HasPrefix(value[n:], "&") || strings.HasPrefix(value[n:], "!") {
		i := strings.IndexByte(value[n:], ' ')
		if i < 0 {
			return len(value)
		}
		n += i
		n += len(value[n:]) - len(strings.TrimLeft(value[n:], " "))
	}
	return n
}

func isDash(s string) bool {
	return s == "-" || strings.HasPrefix(s, "- ")
}

// splitKey finds the key that a line begins with, and how long it is as it
// stands there; 0 when there is none.
func splitKey(s string) (key string, length int) {
	if s == "" || strings.IndexByte("{[|>#&*!%@`,]}", s[0]) >= 0 {
		return "", 0
	}
	if s[0] == '"' || s[0] == '\'' {
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 || !isColon(strings.TrimLeft(s[end+2:], " ")) {
			return "", 0
		}
		return s[1 : end+1], end + 2
	}
	for i := range len(s) {
		switch {
		case s[i] == ':' && isColon(s[i:]):
			key = strings.TrimRight(s[:i], " \t")
			return key, len(key)
		case s[i] == '#' && i > 0 && s[i-1] == ' ':
			return "", 0
		}
	}
	return "", 0
}

// isColon reports whether s begins with the colon of a key.
func isColon(s string) bool {
	return s == ":" || len(s) > 1 && s[0] == ':' && (s[1] == ' ' || s[1] == '\t')
}

// commentIn is where the comment of a value begins, or its length.
func commentIn(value string) int {
	var in nesting
	if value != "" && strings.IndexByte("\"'{[", value[0]) < 0 {
		in.plain = true
	}
	return in.read(value)
}

// nesting follows brackets and quotes.
type nesting struct {
	plain bool // neither means anything
	depth int
	quote byte
}

func (n *nesting) open() bool { return n.depth > 0 || n.quote != 0 }

// read follows s up to a comment, whose place it returns.
func (n *nesting) read(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case n.quote == '"' && c == '\\':
			i++
		case n.quote != 0:
			if c == n.quote {
				n.quote = 0
			}
		case c == '#' && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return i
		case n.plain:
		case strings.HasPrefix(s[i:], "${{"):
			if end := bindingEnd(s[i:]); end >= 0 {
				i += end - 1
			} else {
				i += 2
			}
		case c == '"' || c == '\'':
			if i == 0 || strings.IndexByte(" \t,:[{", s[i-1]) >= 0 {
				n.quote = c
			}
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth = max(0, n.depth-1)
		}
	}
	return len(s)
}
