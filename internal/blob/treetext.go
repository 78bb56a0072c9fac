package blob

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// treeHeader is the first line of a tree's text. Another form gets another number.
const treeHeader = "ischia-tree 1"

// Encode is the canonical text of a tree, a line an entry:
//
//	ischia-tree 1
//	f sha256:... SIZE PATH      a file
//	x sha256:... SIZE PATH      an executable file
//	l TARGET PATH               a symbolic link
//	d PATH                      an empty directory
//
// In paths and targets a space, a control character and "%" are written as %XX. The tree must
// pass [Tree.Check]; those that this package returns do.
func (t Tree) Encode() []byte {
	var b bytes.Buffer
	b.Grow(len(treeHeader) + 128*len(t.Entries))
	b.WriteString(treeHeader + "\n")
	for _, e := range t.Entries {
		switch {
		case e.Dir:
			b.WriteString("d ")
		case e.Link != "":
			b.WriteString("l " + escape(e.Link) + " ")
		default:
			mark := "f "
			if e.Executable {
				mark = "x "
			}
			b.WriteString(mark + string(e.Digest) + " " + strconv.FormatInt(e.Size, 10) + " ")
		}
		b.WriteString(escape(e.Path) + "\n")
	}
	return b.Bytes()
}

// ParseTree reads the text of a tree and checks it. Only canonical text is accepted: what parses
// encodes to the same bytes, so that a tree has one digest.
func ParseTree(text []byte) (Tree, error) {
	body, ok := strings.CutPrefix(string(text), treeHeader+"\n")
	if !ok {
		return Tree{}, errors.New("parse tree: first line is not " + strconv.Quote(treeHeader))
	}
	var t Tree
	for n := 2; body != ""; n++ {
		line, rest, whole := strings.Cut(body, "\n")
		if !whole {
			return Tree{}, fmt.Errorf("parse tree: line %d is cut off", n)
		}
		e, err := parseEntry(line)
		if err != nil {
			return Tree{}, fmt.Errorf("parse tree: line %d: %w", n, err)
		}
		t.Entries = append(t.Entries, e)
		body = rest
	}
	if err := t.Check(); err != nil {
		return Tree{}, fmt.Errorf("parse tree: %w", err)
	}
	if !bytes.Equal(t.Encode(), text) {
		return Tree{}, errors.New("parse tree: text is not in canonical form")
	}
	return t, nil
}

func parseEntry(line string) (Entry, error) {
	f := strings.Split(line, " ")
	var e Entry
	var err error
	switch {
	case f[0] == "d" && len(f) == 2:
		e.Dir = true
	case f[0] == "l" && len(f) == 3:
		if e.Link, err = unescape(f[1]); err != nil {
			return Entry{}, err
		}
		if e.Link == "" {
			return Entry{}, errors.New("link without a target")
		}
	case (f[0] == "f" || f[0] == "x") && len(f) == 4:
		e.Digest, e.Executable = Digest(f[1]), f[0] == "x"
		if e.Size, err = strconv.ParseInt(f[2], 10, 64); err != nil {
			return Entry{}, err
		}
	default:
		return Entry{}, fmt.Errorf("unknown entry %q", line)
	}
	e.Path, err = unescape(f[len(f)-1])
	return e, err
}

const upperHex = "0123456789ABCDEF"

func mustEscape(c byte) bool { return c <= ' ' || c == '%' || c == 0x7f }

// escape makes a string fit between spaces on one line. Go's own quoting is no use for that: what
// it escapes follows the Unicode tables of the Go version, and digests must not.
func escape(s string) string {
	n := 0
	for i := range len(s) {
		if mustEscape(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	out := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; mustEscape(c) {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// unescape undoes escape.
func unescape(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("cut-off escape in %q", s)
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("bad escape in %q", s)
		}
		out = append(out, byte(c))
		i += 2
	}
	return string(out), nil
}
