package schema

import (
	"bytes"
	"fmt"
	"strings"
)

// Page is the reference page of the kind, in markdown.
func Page(k *Kind) []byte {
	w := &pageWriter{kind: k, book: k.book, seen: map[string]bool{}}
	fmt.Fprintf(&w.out, "# %s\n\n%s\n\nSource of the rules: %s.\n", k.Name, k.Doc, k.Source)
	if k.Here() != Runs {
		w.out.WriteString("\nOn this machine it is checked, and does not run.\n")
	}
	w.visit(k.Body)
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.visit(w.book.object(next))
	}
	return w.out.Bytes()
}

type pageWriter struct {
	kind  *Kind
	book  *book
	out   bytes.Buffer
	seen  map[string]bool
	queue []Ref
}

// visit writes the section of an object.
func (w *pageWriter) visit(o *Object) {
	if w.seen[o.Name] {
		return
	}
	w.seen[o.Name] = true
	fmt.Fprintf(&w.out, "\n## %s\n", o.Name)
	if o.Noun != "" {
		fmt.Fprintf(&w.out, "\n%s.\n", capital(o.Noun))
	}
	if o.Doc != "" {
		fmt.Fprintf(&w.out, "\n%s\n", o.Doc)
	}
	w.table(o)
	w.rules(o)
	w.others(o)
}

func (w *pageWriter) table(o *Object) {
	head := false
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.ReadOnly || f.Preview != "" {
			continue
		}
		if !head {
			w.out.WriteString("\n| Field | Value | What it is | On this machine |\n|---|---|---|---|\n")
			head = true
		}
		name := "`" + f.Name + "`"
		if f.Required {
			name += " (required)"
		}
		doc := f.Doc
		if f.Default != "" {
			doc += " Default: " + f.Default + "."
		}
		if f.Renamed != "" {
			doc += " The old name of `" + f.Renamed + "`."
		}
		fmt.Fprintf(&w.out, "| %s | %s | %s | %s |\n", name, cell(w.value(&f.Shape)), cell(doc), w.kind.Treatment(o, f))
	}
}

// value says in a few words what a shape is, and remembers to write the
// sections of the objects in it.
func (w *pageWriter) value(s *Shape) string {
	words := []string{w.form(s)}
	for i := range s.Allow {
		words = append(words, w.value(&s.Allow[i]))
	}
	if s.Binding {
		words = append(words, "`${{ }}`")
	}
	return strings.Join(words, ", or ")
}

func (w *pageWriter) form(s *Shape) string {
	switch s.Form {
	case Text:
		if len(s.Enum) > 0 {
			return "`" + strings.Join(s.Enum, "`, `") + "`"
		}
		if f := formatOf(s.Format); f.what != "" {
			return f.what
		}
	case Number, Integer:
		return s.Form.words() + bounds(s)
	case List:
		return "list of " + w.value(s.Of)
	case Map:
		return "mapping of names to " + w.value(s.Of)
	case Mapping:
		return w.link(s.Object)
	case Choice:
		return strings.Join(w.cases(s.Union), ", ")
	}
	return s.Form.words()
}

func (w *pageWriter) link(r Ref) string {
	w.queue = append(w.queue, r)
	return "[" + r.Name + "](#" + strings.ToLower(r.Name) + ")"
}

// cases are links to the alternatives, each object once.
func (w *pageWriter) cases(u *Union) []string {
	var out []string
	linked := map[string]bool{}
	for i := range u.Cases {
		c := &u.Cases[i]
		switch {
		case c.Preview != "" || c.Quiet || linked[c.Object.Name] && c.Union == nil:
		case c.Union != nil:
			out = append(out, w.cases(c.Union)...)
		default:
			linked[c.Object.Name] = true
			out = append(out, w.link(c.Object))
		}
	}
	return out
}

func bounds(s *Shape) string {
	switch {
	case s.Min != nil && s.Max != nil:
		return " from " + short(*s.Min) + " to " + short(*s.Max)
	case s.Min != nil:
		return ", at least " + short(*s.Min)
	case s.Max != nil:
		return ", at most " + short(*s.Max)
	}
	return ""
}

// rules are what holds between the fields.
func (w *pageWriter) rules(o *Object) {
	for i := range o.Rules {
		fmt.Fprintf(&w.out, "\n- %s\n", o.Rules[i].String())
	}
}

// others says what becomes of keys that are no fields.
func (w *pageWriter) others(o *Object) {
	switch {
	case o.Rest != nil:
		fmt.Fprintf(&w.out, "\nUnder other keys: %s.\n", w.value(o.Rest))
	case o.Unknown != Reject:
		w.out.WriteString("\nAzure ML takes other keys, and ignores them; a warning names them.\n")
	}
}

// String says the rule in words.
func (r *Rule) String() string {
	if r.Doc != "" {
		return r.Doc
	}
	list := "`" + strings.Join(r.Fields, "`, `") + "`"
	switch r.Form {
	case OneOf:
		return "Exactly one of " + list + "."
	case AtLeastOne:
		return "At least one of " + list + "."
	case AtMostOne:
		return "At most one of " + list + "."
	case AllOrNone:
		return "All of " + list + ", or none."
	case When:
		return fmt.Sprintf("With `%s: %s`: %s.", r.Key, r.Value, list)
	}
	rest := "`" + strings.Join(r.Fields[1:], "`, `") + "`"
	if r.Form == Excludes {
		return "`" + r.Fields[0] + "` excludes " + rest + "."
	}
	return "`" + r.Fields[0] + "` requires " + rest + "."
}

// String says what becomes of a field on this machine.
func (t Treatment) String() string {
	switch t {
	case Runs:
		return "runs"
	case Ignored:
		return "ignored here"
	case Validated:
		return "validated only"
	case Accepted:
		return "accepted"
	}
	return "refused"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
