package expr

import (
	"fmt"
	"strings"
)

// Part is one piece of a text: literal text, a reference, or a $[[ ]] group.
type Part struct {
	// Text is the source of the part, delimiters included.
	Text string
	// Start is the byte offset of the part in the text that was parsed.
	Start int
	// Ref is set for ${{ ... }}.
	Ref *Ref
	// Group is set (not nil) for $[[ ... ]]: what stands inside.
	Group []Part
}

// Ref is a reference: the dotted words inside ${{ }}.
type Ref struct {
	// Path is the words: ["parent", "inputs", "raw"].
	Path []string
	// Start and End delimit the whole ${{ ... }} in the text, in bytes.
	Start, End int
}

// String is the reference without its delimiters: "parent.inputs.raw".
func (r Ref) String() string { return strings.Join(r.Path, ".") }

// Error is a fault of syntax.
type Error struct {
	// Start and End delimit the faulty stretch, in bytes.
	Start, End int
	Msg, Hint  string
}

// Error is the message.
func (e *Error) Error() string { return e.Msg }

// Parse splits text into its parts. It always returns parts that make up the
// whole text; what is faulty stands in them as literal text.
func Parse(text string) ([]Part, []*Error) {
	p := &parser{text: text}
	parts := p.parts(0, len(text), false)
	return parts, p.errs
}

// Refs are all references of parts, those in groups included, in order.
func Refs(parts []Part) []Ref {
	var refs []Ref
	for _, p := range parts {
		if p.Ref != nil {
			refs = append(refs, *p.Ref)
		}
		refs = append(refs, Refs(p.Group)...)
	}
	return refs
}

// Marks are the offsets of every ${{ and $[[ in text, whether it opens
// something well-formed or not.
func Marks(text string) []int {
	var marks []int
	for i := 0; ; i += len(openRef) {
		next := strings.IndexByte(text[i:], '$')
		if next < 0 {
			return marks
		}
		i += next
		if rest := text[i:]; strings.HasPrefix(rest, openRef) || strings.HasPrefix(rest, openGroup) {
			marks = append(marks, i)
			continue
		}
		i -= len(openRef) - 1 // go on after the $
	}
}

const (
	openRef, closeRef     = "${{", "}}"
	openGroup, closeGroup = "$[[", "]]"
	// A text with more faults than maxErrors is not meant for us, and a
	// stretch longer than maxFault helps nobody.
	maxErrors, maxFault = 100, 200
)

type parser struct {
	text string
	errs []*Error
	// unclosed: no ]] follows any more. Without it a text of nothing but $[[
	// would be searched from each of them to its end.
	unclosed bool
}

// parts parses text[from:to].
func (p *parser) parts(from, to int, inGroup bool) []Part {
	parts := []Part{}
	lit := from
	flush := func(end int) {
		if end > lit {
			parts = append(parts, Part{Text: p.text[lit:end], Start: lit})
		}
	}
	for i := from; i < to; {
		part, ok := p.special(i, to, inGroup)
		if !ok {
			i++
			continue
		}
		flush(i)
		parts = append(parts, part)
		i += len(part.Text)
		lit = i
	}
	flush(to)
	return parts
}

// special parses the reference or group that starts at i, if one does.
func (p *parser) special(i, to int, inGroup bool) (Part, bool) {
	rest := p.text[i:to]
	switch {
	case strings.HasPrefix(rest, openRef):
		return p.ref(i, to)
	case strings.HasPrefix(rest, openGroup) && !inGroup:
		return p.group(i, to)
	}
	return Part{}, false
}

func (p *parser) ref(i, to int) (Part, bool) {
	limit := to
	if next := strings.Index(p.text[i+len(openRef):to], openRef); next >= 0 {
		limit = i + len(openRef) + next
	}
	n := strings.Index(p.text[i:limit], closeRef)
	if n < 0 {
		p.fail(i, lineEnd(p.text, i, to), "${{ is never closed", "close it with }}")
		return Part{}, false
	}
	end := i + n + len(closeRef)
	path, ok := p.path(i, end)
	if !ok {
		return Part{}, false
	}
	return Part{Text: p.text[i:end], Start: i, Ref: &Ref{Path: path, Start: i, End: end}}, true
}

// path splits what stands between the braces at text[i:end] into words.
func (p *parser) path(i, end int) ([]string, bool) {
	inner := strings.TrimSpace(p.text[i+len(openRef) : end-len(closeRef)])
	if inner == "" {
		p.fail(i, end, "${{ }} is empty", "name what it refers to: ${{inputs.NAME}}")
		return nil, false
	}
	if len(inner) > maxFault {
		p.fail(i, i+maxFault, fmt.Sprintf("%s... is not a reference: it has %d characters", inner[:20], len(inner)), "name an input or output: ${{inputs.NAME}}")
		return nil, false
	}
	path := strings.Split(inner, ".")
	for _, word := range path {
		if !isWord(word) {
			p.fail(i, end, fmt.Sprintf("%q is not a reference", inner),
				"a reference is words joined by dots: ${{inputs.NAME}}; there are no operators or functions")
			return nil, false
		}
	}
	return path, true
}

func (p *parser) group(i, to int) (Part, bool) {
	n := -1
	if !p.unclosed {
		n = strings.Index(p.text[i:to], closeGroup)
	}
	if n < 0 {
		p.unclosed = true
		p.fail(i, lineEnd(p.text, i, to), "$[[ is never closed", "close it with ]]")
		return Part{}, false
	}
	end := i + n + len(closeGroup)
	inner := p.parts(i+len(openGroup), end-len(closeGroup), true)
	return Part{Text: p.text[i:end], Start: i, Group: inner}, true
}

func (p *parser) fail(start, end int, msg, hint string) {
	if len(p.errs) >= maxErrors {
		return
	}
	p.errs = append(p.errs, &Error{Start: start, End: end, Msg: msg, Hint: hint})
}

func lineEnd(text string, i, to int) int {
	to = min(to, i+maxFault)
	if n := strings.IndexByte(text[i:to], '\n'); n >= 0 {
		return i + n
	}
	return to
}

// isWord: a letter, digit or underscore, then those and dashes. The service
// allows no dash in the names of inputs, but job names in older files have
// them, and a later check has the better message.
func isWord(s string) bool {
	for i, c := range s {
		ok := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' && i > 0
		if !ok {
			return false
		}
	}
	return s != ""
}
