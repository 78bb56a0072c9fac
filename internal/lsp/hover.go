package lsp

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// hover answers textDocument/hover.
func (v *view) hover(p placeParams) (*hover, error) {
	s, offset, ok := v.definitionAt(p)
	if !ok {
		return nil, nil
	}
	if b, ok := bindingAt(s.text, offset); ok {
		return v.hoverBinding(s, b, offset), nil
	}
	at := placeAt(s.text, offset)
	if at.role == noPlace || at.free {
		return nil, nil
	}
	if at.role == valPlace {
		return v.hoverValue(s, at), nil
	}
	return v.hoverKey(s, at), nil
}

// definitionAt is the definition that a request is about, and where in it.
func (v *view) definitionAt(p placeParams) (*source, int, bool) {
	s := v.open(p.Document.URI)
	if s == nil || !isDefinition(v.ctx, s.text) {
		return nil, 0, false
	}
	return s, s.text.offset(p.Position, v.enc), true
}

func (v *view) say(s *source, start, end int, lines ...string) *hover {
	var kept []string
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	at := s.text.span(start, end, v.enc)
	m := markupFor(v.client.TextDocument.Hover.Content, strings.Join(kept, "\n\n"))
	return &hover{Contents: *m, Range: &at}
}

// hoverBinding says what the word under the cursor stands for.
func (v *view) hoverBinding(s *source, b binding, offset int) *hover {
	at := placeAt(s.text, b.start)
	i := b.wordAt(offset)
	if i < 2 {
		i = len(b.words) - 1
	}
	x, ok := meaning(s.root, at.path, b, i)
	if !ok {
		return nil
	}
	if x.kind == aJob {
		job := find(s.root, append(append([]string{}, x.owner...), "jobs", x.name))
		if job == nil {
			return v.say(s, b.start, b.end, fmt.Sprintf("The pipeline has no job `%s`.", x.name))
		}
		return v.say(s, b.start, b.end, v.jobDoc(s, x.name, job))
	}
	p := v.portFor(s, x)
	if p == nil {
		return v.say(s, b.start, b.end, fmt.Sprintf("There is no %s `%s` %s.", x.kind, x.name, ownerDoc(x)))
	}
	return v.say(s, b.start, b.end, portDoc(*p, string(x.kind), ownerDoc(x)), p.doc)
}

// portFor is the input or output that a name stands for.
func (v *view) portFor(s *source, x thing) *port {
	owner := find(s.root, x.owner)
	if owner == nil {
		return nil
	}
	return portNamed(v.portsOf(s, owner, section(x.kind.section())), x.name)
}

func ownerDoc(x thing) string {
	if n := len(x.owner); n >= 2 && x.owner[n-2] == "jobs" {
		return "of job `" + x.owner[n-1] + "`"
	}
	return ""
}

// portDoc is an input or output in a line.
func portDoc(p port, kind, owner string) string {
	out := fmt.Sprintf("%s `%s`", kind, p.name)
	if owner != "" {
		out += " " + owner
	}
	if p.typ != "" {
		out += ": **" + p.typ + "**"
	}
	if p.optional {
		out += ", optional"
	}
	if p.value != "" {
		out += " = `" + shortened(p.value) + "`"
	}
	return out
}

// jobDoc is a job in a few lines.
func (v *view) jobDoc(s *source, name string, job *yamlnode.Node) string {
	out := fmt.Sprintf("job `%s`: **%s**", name, firstOf(textOf(job, "type"), "command"))
	if c := textOf(job, "component"); c != "" {
		out += ", runs `" + c + "`"
	}
	for _, p := range v.portsOf(s, job, outputs) {
		out += "\n- " + portDoc(p, "output", "")
	}
	return out
}

// hoverValue explains a value: a component, or the field whose value it is.
func (v *view) hoverValue(s *source, at place) *hover {
	if len(at.path) == 0 {
		return nil
	}
	key, parent := at.path[len(at.path)-1], at.path[:len(at.path)-1]
	if key == "component" || key == "trial" {
		if c, n := v.component(s, find(s.root, parent)); c != nil && c != s {
			return v.say(s, at.start, at.end, componentDoc(c, n)...)
		}
	}
	d := v.kinds.describe(s.root, at.path)
	if d.field == nil || len(enumOf(&d.field.Shape)) == 0 {
		return nil
	}
	return v.say(s, at.start, at.end, "**"+key+"**: "+wordsFor(&d.field.Shape), fieldDoc(d.field))
}

// componentDoc is what a component is, takes and gives.
func componentDoc(c *source, n *yamlnode.Node) []string {
	head := fmt.Sprintf("**%s**", firstOf(textOf(n, "display_name"), textOf(n, "name"), "component"))
	if version := textOf(n, "version"); version != "" {
		head += " " + version
	}
	out := []string{head, textOf(n, "description")}
	for _, of := range []section{inputs, outputs} {
		list := ""
		for _, p := range c.ports(n, of) {
			list += "\n- " + portDoc(p, strings.TrimSuffix(string(of), "s"), "")
			if p.doc != "" {
				list += ": " + shortened(p.doc)
			}
		}
		if list != "" {
			out = append(out, string(of)+":"+list)
		}
	}
	return out
}

// hoverKey explains a key: an input or output of a component, or a field.
func (v *view) hoverKey(s *source, at place) *hover {
	key := s.text.s[at.start:at.end]
	if x, ok := thingAtKey(at.path, key); ok && x.kind != aJob {
		if p := v.portFor(s, x); p != nil {
			return v.say(s, at.start, at.end, portDoc(*p, string(x.kind), ownerDoc(x)), p.doc)
		}
	}
	d := v.kinds.describe(s.root, append(append([]string{}, at.path...), key))
	if d.field == nil {
		return nil
	}
	return v.say(s, at.start, at.end, "**"+key+"**: "+wordsFor(&d.field.Shape), fieldDoc(d.field))
}

// fieldDoc is what is known about a field, as markdown.
func fieldDoc(f *schema.Field) string {
	lines := []string{f.Doc}
	if values := enumOf(&f.Shape); len(values) > 0 {
		lines = append(lines, "One of `"+strings.Join(values, "`, `")+"`.")
	}
	if f.Default != "" {
		lines = append(lines, "Default: "+f.Default+".")
	}
	if f.Required {
		lines = append(lines, "Required.")
	}
	if f.Renamed != "" {
		lines = append(lines, "An old name of `"+f.Renamed+"`.")
	}
	switch f.Here {
	case schema.Ignored:
		lines = append(lines, "Means nothing on this machine.")
	case schema.Refused:
		lines = append(lines, "Not supported on this machine.")
	}
	return strings.TrimSpace(strings.Join(lines, "\n\n"))
}

func enumOf(s *schema.Shape) []string {
	var out []string
	for _, alt := range alternatives(s) {
		out = append(out, alt.Enum...)
	}
	return out
}

// wordsFor is the form of a value in words.
func wordsFor(s *schema.Shape) string {
	var out []string
	for _, alt := range alternatives(s) {
		w := formWords(alt.Form)
		if len(out) == 0 || out[len(out)-1] != w {
			out = append(out, w)
		}
	}
	return strings.Join(out, " or ")
}

func formWords(f schema.Form) string {
	switch f {
	case schema.Text:
		return "text"
	case schema.Number:
		return "number"
	case schema.Integer:
		return "whole number"
	case schema.Boolean:
		return "true or false"
	case schema.Literal:
		return "value"
	case schema.List:
		return "list"
	case schema.Map, schema.Mapping, schema.Choice:
		return "mapping"
	}
	return "anything"
}
