package yamlnode

import (
	"bytes"
	"fmt"

	"github.com/ischia-ml/ischia/diag"
)

// indentation: a line that belongs neither to the block above it nor to the
// one around it.
func (f *failure) indentation() (fault, bool) {
	line := f.lineOf(f.at)
	text := f.line(line)
	first := leading(text)
	switch {
	case f.says("mapping values are not allowed"):
		// The place is the colon; the fault is the line's if its key is
		// all there is before it.
		if above := f.lineAbove(line); above < 0 || first <= leading(f.line(above)) || hasColon(text[:f.at-f.own[line]]) {
			return fault{}, false
		}
	case f.context >= 0 && f.at == f.own[line]+first && f.says("did not find expected"):
		if first == f.context-f.own[f.lineOf(f.context)] {
			return f.mixed(line)
		}
	default:
		return fault{}, false
	}
	return f.badIndent(line, first), true
}

// badIndent is the fault of a line whose indentation is first.
func (f *failure) badIndent(line, first int) fault {
	out := fault{
		at:      f.token(f.own[line] + first),
		message: fmt.Sprintf("bad indentation: this line is indented by %s, which fits none of the lines above", spaces(first)),
		hint:    "indent the line like the other entries of its block",
	}
	if above, ok := f.sibling(line, first); ok {
		indent := leading(f.line(above))
		out.hint = fmt.Sprintf("indent it by %s to make it an entry beside the one on line %d", spaces(indent), above+1)
		from := f.own[above] + indent
		out.related = []diag.Related{{Range: f.token(from), Message: fmt.Sprintf("indented by %s", spaces(indent))}}
	}
	return out
}

// spaces counts in words.
func spaces(n int) string {
	if n == 1 {
		return "1 space"
	}
	return fmt.Sprintf("%d spaces", n)
}

// siblingLines is how far back a line of the same block is looked for.
const siblingLines = 200

// sibling is the line above whose indentation is nearest to first.
func (f *failure) sibling(line, first int) (int, bool) {
	best, distance := 0, -1
	for i := line - 1; i >= 0 && i >= line-siblingLines; i-- {
		text := f.line(i)
		if !hasColon(text) && !bytes.HasPrefix(bytes.TrimLeft(text, " "), []byte("- ")) {
			continue
		}
		indent := leading(text)
		d := max(indent-first, first-indent)
		if distance < 0 || d < distance {
			best, distance = i, d
		}
		if indent < first {
			break // what is further up belongs to other blocks
		}
	}
	return best, distance >= 0
}

// mixed: a list item among keys, a key among list items, or text that is
// neither.
func (f *failure) mixed(line int) (fault, bool) {
	first := leading(f.line(line))
	at := f.token(f.own[line] + first)
	item := f.byteAt(f.own[line]+first) == '-'
	switch {
	case item && f.says("expected key"):
		return fault{
			at: at, message: "a list item stands where a key is expected",
			hint: "indent the list under its key",
		}, true
	case !item && f.says("'-'"):
		return fault{
			at: at, message: "a key stands where a list item is expected",
			hint: "start the line with - or change its indentation",
		}, true
	}
	return fault{}, false
}

// lineAbove is the nearest line above that holds more than a comment, or -1.
func (f *failure) lineAbove(line int) int {
	for i := line - 1; i >= 0; i-- {
		if text := bytes.TrimSpace(f.line(i)); len(text) > 0 && text[0] != '#' {
			return i
		}
	}
	return -1
}

// hasColon reports whether text has a colon that ends a key.
func hasColon(text []byte) bool {
	return bytes.Contains(text, []byte(": ")) || bytes.HasSuffix(bytes.TrimRight(text, " \t\r"), []byte(":"))
}

// colon: a colon where no key can stand.
func (f *failure) colon() (fault, bool) {
	if !f.says("mapping values are not allowed") && !f.says("mapping keys are not allowed") {
		return fault{}, false
	}
	line := f.lineOf(f.at)
	text := f.line(line)
	before := text[:min(f.at-f.own[line], len(text))]
	if i := bytes.Index(before, []byte(": ")); i >= 0 {
		from := i + 2 + leading(before[i+2:])
		value := plainValue(text[from:])
		return fault{
			at: f.span(f.at, f.at+1), message: "a colon stands in a value that is not quoted",
			hint: fmt.Sprintf("quote the value: %q", value),
		}, true
	}
	if above := f.lineAbove(line); above >= 0 && !hasColon(f.line(above)) {
		return f.notPair(above), true
	}
	return fault{at: f.span(f.at, f.at+1), message: "a colon cannot stand here", hint: "check the indentation of this line, or quote the text"}, true
}

// notPair is the fault of a line that should be "key: value" and is not.
func (f *failure) notPair(line int) fault {
	text := f.line(line)
	from := f.own[line] + leading(text)
	hint := "put a colon and a space after the key"
	if bytes.Contains(text, []byte(":")) {
		hint = "put a space after the colon"
	}
	return fault{
		at:      f.span(from, f.own[line]+len(text)),
		message: "this line is not a key, a colon and a value", hint: hint,
	}
}

// missingColon: a line of a mapping without a colon.
func (f *failure) missingColon() (fault, bool) {
	if !f.says("could not find expected ':'") || f.context < 0 {
		return fault{}, false
	}
	return f.notPair(f.lineOf(f.context)), true
}

// trailing: text after a value that was complete.
func (f *failure) trailing() (fault, bool) {
	if !f.says("did not find expected") {
		return fault{}, false
	}
	line := f.lineOf(f.at)
	if f.at == f.own[line]+leading(f.line(line)) && !f.says("document start") {
		return fault{}, false
	}
	return fault{
		at: f.token(f.at), message: "unexpected text after the end of the value",
		hint: "quote the whole value, or remove the text",
	}, true
}
