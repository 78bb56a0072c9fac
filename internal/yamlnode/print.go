package yamlnode

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Print writes n as YAML in block style that parses to the same values. Text
// that would read as something else than a string is quoted; comments, anchors
// and the original layout are gone, and shared nodes are written out.
func Print(w io.Writer, n *Node) error {
	p := printer{w: bufio.NewWriter(w)}
	p.value(n, 0, atLineStart)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("print YAML: %w", err)
	}
	return nil
}

// place is what stands before a value on its line.
type place int

const (
	atLineStart place = iota // nothing but indentation
	afterKey                 // "key:"
	afterDash                // "-"
)

// printer keeps the first error in w.
type printer struct{ w *bufio.Writer }

// step is the indentation of one level.
const step = 2

// value prints n, whose own lines are indented by indent spaces.
func (p *printer) value(n *Node, indent int, at place) {
	switch {
	case n != nil && n.Kind == Mapping && len(n.Pairs) > 0:
		p.mapping(n, indent, at)
	case n != nil && n.Kind == Sequence && len(n.Items) > 0:
		p.sequence(n, indent, at)
	default:
		if at != atLineStart {
			p.write(" ")
		}
		p.write(inline(n, indent), "\n")
	}
}

// mapping prints the pairs of n, the first behind a dash if there is one.
func (p *printer) mapping(n *Node, indent int, at place) {
	if at == afterKey {
		p.write("\n")
	}
	for i, pair := range n.Pairs {
		p.lead(i, indent, at)
		p.key(pair.Key, indent)
		p.value(pair.Value, indent+step, afterKey)
	}
}

// sequence prints the items of n, each behind its dash.
func (p *printer) sequence(n *Node, indent int, at place) {
	if at == afterKey {
		p.write("\n")
	}
	for i, item := range n.Items {
		p.lead(i, indent, at)
		p.write("-")
		p.value(item, indent+step, afterDash)
	}
}

// lead prints what stands before entry i of a collection.
func (p *printer) lead(i, indent int, at place) {
	if i == 0 && at == afterDash {
		p.write(" ")
		return
	}
	p.write(strings.Repeat(" ", indent))
}

// write prints texts; bufio keeps the first error until Flush.
func (p *printer) write(texts ...string) {
	for _, t := range texts {
		_, _ = p.w.WriteString(t)
	}
}

// inline is a scalar or an empty collection.
func inline(n *Node, indent int) string {
	switch n.Type() {
	case NotScalar:
		if n != nil && n.Kind == Mapping {
			return "{}"
		} else if n != nil {
			return "[]"
		}
		return "null"
	case NullType:
		return "null"
	case String:
		return stringText(n.Text, indent)
	default:
		if n.forced != NotScalar && resolvePlain(n.Text) != n.forced {
			return "!!" + map[ScalarType]string{Float: "float", Int: "int", Bool: "bool", Timestamp: "timestamp"}[n.forced] + " " + n.Text
		}
		return n.Text
	}
}

// maxSimpleKey is under the 1024 characters that YAML gives a key.
const maxSimpleKey = 500

// key prints a key and its colon. YAML's "? " form is needed for long ones.
func (p *printer) key(key string, indent int) {
	text := quoteDouble(key)
	if isPlain(key) {
		text = key
	}
	if utf8.RuneCountInString(text) > maxSimpleKey {
		p.write("? ", text, "\n", strings.Repeat(" ", indent), ":")
		return
	}
	p.write(text, ":")
}

// stringText is a string as printed: plain if it stays a string, a literal
// block if it has lines, else in double quotes.
func stringText(s string, indent int) string {
	switch {
	case isPlain(s):
		return s
	case isLiteral(s):
		return literal(s, indent)
	default:
		return quoteDouble(s)
	}
}

// isPlain reports whether s reads back as the same string without quotes.
func isPlain(s string) bool {
	if s == "" || s == "<<" || s == "=" || resolvePlain(s) != String || !startsPlain(s) {
		return false
	}
	if strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") || strings.Contains(s, ": ") || strings.Contains(s, " #") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != ' ' && !isPrintable(r) }) < 0 && utf8.ValidString(s)
}

// startsPlain reports whether a plain scalar may start as s does. It refuses a
// few that YAML would allow.
func startsPlain(s string) bool {
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	if r == '-' {
		return len(s) > 1 && s[1] != ' '
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("./$_+(~<=;^", r)
}

// isPrintable reports whether r may stand for itself.
func isPrintable(r rune) bool {
	return r != 0x85 && r != 0x2028 && r != 0x2029 && r != 0xFEFF && r != utf8.RuneError && (unicode.IsPrint(r) && r <= 0xFFFF)
}

// isLiteral reports whether s survives as a literal block as it is.
func isLiteral(s string) bool {
	body := strings.Trim(s, "\n")
	if !strings.Contains(s, "\n") || body == "" || !utf8.ValidString(s) {
		return false
	}
	// A first line of blanks alone would be taken for the indentation.
	if first, _, _ := strings.Cut(body, "\n"); strings.TrimSpace(first) == "" || first[0] == '\t' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r != ' ' && r != '\t' && r != '\n' && !isPrintable(r) }) < 0
}

// literal is s as a literal block whose lines are indented. Behind the | stand
// the indentation, where the text itself begins with a blank, and what becomes
// of line ends at the end.
func literal(s string, indent int) string {
	var b strings.Builder
	b.WriteString("|")
	if strings.TrimLeft(s, "\n")[0] == ' ' {
		fmt.Fprint(&b, step)
	}
	switch {
	case !strings.HasSuffix(s, "\n"):
		b.WriteString("-")
	case strings.HasSuffix(s, "\n\n"):
		b.WriteString("+")
	}
	margin := strings.Repeat(" ", max(indent, step))
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		b.WriteString("\n")
		if line != "" {
			b.WriteString(margin + line)
		}
	}
	return b.String()
}

// quoteDouble is s in double quotes, on one line.
func quoteDouble(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == ' ' || isPrintable(r):
			b.WriteRune(r)
		case r <= 0xFF:
			fmt.Fprintf(&b, `\x%02X`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
