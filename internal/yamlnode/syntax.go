package yamlnode

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"github.com/ischia-ml/ischia/diag"
)

// fault is what is wrong with the syntax of a file, before it is a Diagnostic.
type fault struct {
	at            diag.Range
	message, hint string
	related       []diag.Related
}

// failure is an error of the YAML library with its places as offsets, and the
// text in which it happened.
type failure struct {
	*source
	message string
	// at is where the library noticed, and context where the construct
	// began that it was reading; -1 when it did not say.
	at, context int
}

// syntaxFault turns an error of the library into a diagnostic at the place to
// edit. The library says where it noticed, in the words of a YAML grammar;
// often the mistake is earlier, so the text is looked at again.
func syntaxFault(s *source, err error) diag.Diagnostic {
	f := failure{source: s, message: err.Error(), context: -1}
	var le *yaml.LoadError
	if errors.As(err, &le) {
		f.message = le.Message
		f.at = f.offset(le.Mark.Line, le.Mark.Column)
		if le.ContextMark.Line > 0 {
			f.context = f.offset(le.ContextMark.Line, le.ContextMark.Column)
		}
	}
	if strings.Contains(f.message, errTooDeep.Error()) {
		return diag.Diagnostic{
			Range: f.token(f.at), Severity: diag.Error, Code: diag.CodeYAMLTooLarge,
			Message: fmt.Sprintf("values are nested deeper than %d levels", maxDepth),
		}
	}
	out := f.explain()
	return diag.Diagnostic{
		Range: out.at, Severity: diag.Error, Code: diag.CodeYAMLSyntax,
		// The file is named because it may be one that the user did not
		// give: a component that a pipeline refers to.
		Message: fmt.Sprintf("%s is not valid YAML: %s", path.Base(strings.ReplaceAll(s.file, `\`, "/")), out.message),
		Hint:    out.hint, Related: out.related,
	}
}

// explain finds the words and the place. The order matters: a quote that is
// not closed makes the rest of the file look wrong in every other way.
func (f *failure) explain() fault {
	for _, try := range []func() (fault, bool){
		f.tab, f.openQuote, f.flow, f.badStart, f.alias, f.escape, f.indentation, f.colon, f.missingColon, f.trailing,
	} {
		if found, ok := try(); ok {
			return found
		}
	}
	return fault{at: f.token(f.at), message: f.message}
}

// says reports whether the library's message contains text.
func (f *failure) says(text string) bool { return strings.Contains(f.message, text) }

// byteAt is the byte at an offset, or 0 at the end of the text.
func (f *failure) byteAt(i int) byte {
	if i < 0 || i >= len(f.text) {
		return 0
	}
	return f.text[i]
}

// tab: a tab where YAML wants spaces.
func (f *failure) tab() (fault, bool) {
	i := f.at
	if f.byteAt(i) != '\t' {
		line := f.lineOf(f.at)
		i = f.own[line] + leading(f.line(line))
		if f.byteAt(i) != '\t' || !f.says("cannot start any token") && !f.says("tab") {
			return fault{}, false
		}
	}
	if !f.says("tab") && !f.says("cannot start any token") {
		return fault{}, false
	}
	end := i
	for f.byteAt(end) == '\t' {
		end++
	}
	return fault{
		at: f.span(i, end), message: "a tab is used for indentation; YAML allows only spaces",
		hint: "replace the tab by spaces, as many as the lines beside it have",
	}, true
}

// leading is the number of spaces that line starts with.
func leading(line []byte) int {
	return len(line) - len(bytes.TrimLeft(line, " "))
}

// openQuote: a quote that is not closed, or only by the next one further down.
func (f *failure) openQuote() (fault, bool) {
	at := -1
	switch {
	case f.context >= 0 && isQuote(f.byteAt(f.context)) && (f.says("end of stream") || f.says("document indicator")):
		at = f.context
		if earlier, ok := f.strayQuote(f.lineOf(at)); ok && f.says("end of stream") {
			at = earlier
		}
	case f.says("did not find expected") || f.says("mapping values are not allowed"):
		if earlier, ok := f.strayQuote(f.lineOf(f.at)); ok {
			at = earlier
		}
	}
	if at < 0 {
		return fault{}, false
	}
	end := f.lineEnd(at)
	return fault{
		at: f.span(at, end), message: fmt.Sprintf("the quote %c that opens here is not closed", f.byteAt(at)),
		hint: fmt.Sprintf("put a %c at the end of the text", f.byteAt(at)),
	}, true
}

// isQuote reports whether b opens a quoted scalar.
func isQuote(b byte) bool { return b == '"' || b == '\'' }

// strayQuoteLines is how far back a quote that was left open is looked for.
const strayQuoteLines = 60

// strayQuote looks for a quote that was left open above a line, and that only
// a quote on that line closed: then what the library noticed is a consequence.
func (f *failure) strayQuote(line int) (int, bool) {
	for i := line - 1; i >= 0 && i >= line-strayQuoteLines; i-- {
		at, open := openedQuote(f.line(i))
		if !open {
			continue
		}
		from := f.own[i] + at
		end := f.doubleQuotedEnd(from)
		if f.byteAt(from) == '\'' {
			end = f.singleQuotedEnd(from)
		}
		// A quoted text over several lines is fine unless it reaches into
		// the line at fault.
		if f.lineOf(end) == line && end <= f.at+1 {
			return from, true
		}
		return 0, false
	}
	return 0, false
}

// openedQuote is where a value's quote opens that is not closed on its line.
func openedQuote(line []byte) (int, bool) {
	s := &source{text: line}
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '#' && (i == 0 || isBlank(line[i-1])):
			return 0, false
		case !isQuote(line[i]) || !opensValue(line, i):
			continue
		}
		end := s.doubleQuotedEnd(i)
		if line[i] == '\'' {
			end = s.singleQuotedEnd(i)
		}
		if end >= len(line) && (end-1 <= i || line[len(line)-1] != line[i]) {
			return i, true
		}
		i = end - 1
	}
	return 0, false
}

// opensValue reports whether a value can start at i of line.
func opensValue(line []byte, i int) bool {
	before := bytes.TrimRight(line[:i], " \t")
	if len(before) == 0 {
		return true
	}
	switch before[len(before)-1] {
	case ':', '-', '?':
		return len(before) < i
	case '[', '{', ',':
		return true
	}
	return false
}

// flow: something is wrong within [ ] or { }.
func (f *failure) flow() (fault, bool) {
	if !f.says("',' or") {
		return fault{}, false
	}
	if found, ok := f.bareExpression(); ok {
		return found, true
	}
	opened := f.byteAt(f.context)
	closing := map[byte]string{'[': "]", '{': "}"}[opened]
	if closing == "" {
		return fault{}, false
	}
	if f.lineOf(f.at) == f.lineOf(f.context) && f.at < f.lineEnd(f.context) {
		return fault{
			at: f.token(f.at), message: fmt.Sprintf("a comma or %s is expected here", closing),
			hint: "quote the text if it holds one of , [ ] { }",
		}, true
	}
	return fault{
		at: f.span(f.context, f.context+1), message: fmt.Sprintf("the bracket %c that opens here is not closed", opened),
		hint:    fmt.Sprintf("put a %s after the last value", closing),
		related: []diag.Related{{Range: f.token(f.at), Message: "noticed here"}},
	}, true
}

// bareExpression: ${{ }} within brackets, whose braces YAML takes for its own.
func (f *failure) bareExpression() (fault, bool) {
	line := f.lineOf(f.at)
	start := bytes.LastIndex(f.text[f.own[line]:f.at], []byte("$"))
	if start < 0 || f.at-f.own[line]-start > 3 {
		return fault{}, false
	}
	start += f.own[line]
	rest := f.text[start:f.lineEnd(start)]
	if !bytes.HasPrefix(rest, []byte("${{")) && !bytes.HasPrefix(rest, []byte("$[[")) {
		return fault{}, false
	}
	end := len(rest)
	for _, closing := range []string{"}}", "]]"} {
		if i := bytes.Index(rest, []byte(closing)); i >= 0 {
			end = min(end, i+2)
		}
	}
	return fault{
		at: f.span(start, start+end), message: fmt.Sprintf("the expression %s has to be quoted within brackets", rest[:end]),
		hint: fmt.Sprintf("write %q", rest[:end]),
	}, true
}

// badStart: a plain value that starts with a character that YAML reserves.
func (f *failure) badStart() (fault, bool) {
	at := f.at
	switch {
	case f.says("cannot start any token"):
	case f.says("alphabetic or numeric") && f.context >= 0:
		at = f.context
	case f.says("did not find expected node content"):
	default:
		return fault{}, false
	}
	c := f.byteAt(at)
	if c == 0 || isBreak(c) {
		return fault{}, false
	}
	return fault{
		at: f.token(at), message: fmt.Sprintf("a value cannot start with %c unless it is quoted", c),
		hint: fmt.Sprintf("quote it: %q", plainValue(f.text[at:f.lineEnd(at)])),
	}, true
}

// plainValue is the text of a line up to a comment.
func plainValue(line []byte) string {
	before, _, _ := bytes.Cut(line, []byte(" #"))
	return string(bytes.TrimSpace(before))
}

// alias: a reference to an anchor that is not there.
func (f *failure) alias() (fault, bool) {
	if !f.says("unknown anchor") {
		return fault{}, false
	}
	at := f.token(f.at)
	name := string(f.text[f.at:f.offset(at.EndLine, at.EndColumn)])
	return fault{
		at: at, message: fmt.Sprintf("the alias %s has no anchor &%s before it", name, strings.TrimPrefix(name, "*")),
		hint: fmt.Sprintf("define the anchor above, or quote the text: %q", plainValue(f.text[f.at:f.lineEnd(f.at)])),
	}, true
}

// escape: a backslash in double quotes that YAML does not know.
func (f *failure) escape() (fault, bool) {
	if !f.says("escape") {
		return fault{}, false
	}
	return fault{
		at: f.span(f.at, f.at+2), message: "unknown escape within double quotes",
		hint: `write \\ for a backslash, or use single quotes`,
	}, true
}
