package diag

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// textWriter shows diagnostics to a person.
type textWriter struct {
	*bufio.Writer
	color bool
	files sources
}

// The colours, as parameters of the terminal's escape sequence.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	cyan   = "1;36"
	blue   = "34"
)

// renderText writes each diagnostic as compilers do, and a summary.
func renderText(w *bufio.Writer, l List, o Options) {
	t := textWriter{Writer: w, color: o.Color, files: sources{read: o.Source, lines: map[string][]string{}}}
	for _, d := range l {
		t.diagnostic(d)
	}
	if summary := Summary(l); summary != "" {
		t.print(summary, "\n")
	}
}

// Summary counts a List in words, "2 errors, 1 warning"; nothing if it is empty.
func Summary(l List) string {
	var parts []string
	for _, s := range []Severity{Error, Warning, Info} {
		n := 0
		for _, d := range l {
			if d.Severity == s {
				n++
			}
		}
		switch {
		case n == 1:
			parts = append(parts, "1 "+severityNoun(s))
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, severityNoun(s)))
		}
	}
	return strings.Join(parts, ", ")
}

// severityNoun is what one diagnostic of severity s is called.
func severityNoun(s Severity) string {
	if s == Info {
		return "note"
	}
	return string(s)
}

// print writes texts; bufio keeps the first error until Flush.
func (t *textWriter) print(texts ...string) {
	for _, text := range texts {
		_, _ = t.WriteString(text)
	}
}

// paint is text in a colour, if colours are wanted.
func (t *textWriter) paint(color, text string) string {
	if !t.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// severityColor is the colour of a severity and its carets.
func severityColor(s Severity) string {
	switch s {
	case Error:
		return red
	case Warning:
		return yellow
	default:
		return cyan
	}
}

// diagnostic writes one of them, and an empty line.
func (t *textWriter) diagnostic(d Diagnostic) {
	if at := d.Pos.String(); at != "" {
		t.print(t.paint(bold, visible(at)+":"), " ")
	}
	t.print(t.paint(severityColor(d.Severity), string(d.Severity)+":"), " ", t.paint(bold, visible(d.Message)))
	if d.Code != "" {
		t.print(" [", visible(string(d.Code)), "]")
	}
	t.print("\n")
	t.snippet(d)
	if d.Hint != "" {
		t.print("  ", t.paint(cyan, "hint:"), " ", visible(d.Hint), "\n")
	}
	for _, r := range d.Related {
		t.print("  ", t.paint(bold, visible(r.Pos.String())+":"), " ", visible(r.Message), "\n")
	}
	t.print("\n")
}

// snippet writes the line of source with carets under the range.
func (t *textWriter) snippet(d Diagnostic) {
	line, ok := t.files.characters(d.File, d.Line)
	if !ok {
		return
	}
	shown := excerptOf(line, d.Range)
	number := strconv.Itoa(d.Line)
	blank := strings.Repeat(" ", len(number))
	t.print("  ", t.paint(blue, number+" |"), " ", shown.text, "\n")
	t.print("  ", t.paint(blue, blank+" |"), " ", strings.Repeat(" ", shown.indent),
		t.paint(severityColor(d.Severity), strings.Repeat("^", shown.carets)), "\n")
}
