package schema

import (
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// object checks the fields of n, the value of p (nil: the root, or an element
// of a list).
func (c *checker) object(o *Object, n *yamlnode.Node, p *yamlnode.Pair) {
	for i := range n.Pairs {
		pair := &n.Pairs[i]
		f := o.field(pair.Key)
		if f == nil && o.Rest == nil {
			c.unknown(o, pair, n)
			continue
		}
		c.push(pair.Key, 0)
		if f == nil {
			c.value(o.Rest, pair.Value, pair)
		} else {
			c.field(o, f, pair, n)
		}
		c.pop()
	}
	if o.Bare != nil && o.isBare(n) {
		d := c.errs.Errorf(c.placeOf(n, p), diag.CodeMissingField, "%s has %s", c.subject(o.Subject), o.Bare.Lacks)
		d.Path, d.Hint = c.path(), o.Bare.Hint
		return
	}
	for _, i := range o.required {
		c.required(o, &o.Fields[i], n, p)
	}
	for i := range o.Rules {
		c.rule(&o.Rules[i], o, n, p)
	}
}

// isBare: n has none of the fields, nor one that looks like it.
func (o *Object) isBare(n *yamlnode.Node) bool {
	for _, f := range o.Bare.Fields {
		if n.Get(f) != nil || misspelt(o, f, n) {
			return false
		}
	}
	return true
}

// field checks the value of a field that is known.
func (c *checker) field(o *Object, f *Field, pair *yamlnode.Pair, n *yamlnode.Node) {
	switch {
	case f.ReadOnly:
		return
	case f.Preview != "":
		c.oldSyntax(o, f, pair, n)
		return
	case f.Required && pair.Value.Kind == yamlnode.Null && f.Shape.Empty == "":
		return // required reports it
	case f.Renamed != "":
		d := c.fault(pair.KeyRange, diag.CodeDeprecatedField, "%s is the old name of %s", f.Name, f.Renamed)
		d.Severity, d.Hint, d.Fix = diag.Warning, "write "+f.Renamed, o.rename(pair, f.Renamed, n)
	}
	c.value(&f.Shape, pair.Value, pair)
}

// oldSyntax reports a key that only the 2021 preview knew.
func (c *checker) oldSyntax(o *Object, f *Field, pair *yamlnode.Pair, n *yamlnode.Node) {
	d := c.fault(pair.KeyRange, diag.CodePreviewSyntax, "unknown %s", o.stranger(pair.Key))
	d.Hint, d.Fix = "this is syntax of the 2021 preview; today write "+f.Preview, o.rename(pair, f.Preview, n)
}

// stranger is a key that is not known, in words.
func (o *Object) stranger(key string) string {
	word := o.Key
	if word == "" {
		word = "field"
	}
	word += " " + strconv.Quote(key)
	if o.Noun != "" {
		word += " in " + o.Noun
	}
	return word
}

// unknown reports a key that does not belong there.
func (c *checker) unknown(o *Object, pair *yamlnode.Pair, n *yamlnode.Node) {
	d := c.errs.Errorf(pair.KeyRange, diag.CodeUnknownField, "unknown %s", o.stranger(pair.Key))
	d.Path = c.path(pair.Key)
	if d.Hint = c.nearest(pair.Key, o, n); d.Hint != "" {
		d.Fix = o.misspelling(pair, n)
	}
	switch now := Today(pair.Key); {
	case now != "":
		d.Code, d.Hint = diag.CodePreviewSyntax, "this is syntax of the 2021 preview; today write "+now
		d.Fix = o.rename(pair, now, n)
	case d.Hint == "" && o.Stray != nil:
		d.Hint = o.Stray(*pair)
	}
	slip := d.Hint != ""
	if !slip && o.Unknown == Reject {
		d.Hint = c.whereElse(o, pair.Key)
	}
	if o.Unknown == Ignore || o.Unknown == Drop && !slip {
		d.Severity = diag.Warning
	}
	if o.Unknown != Reject && !slip {
		d.Hint = "Azure ML ignores it"
	}
}

// maxListed bounds the fields that a hint lists.
const maxListed = 16

// whereElse is the hint of a key that resembles no field of o: the field whose
// mapping has it, or what fields there are.
func (c *checker) whereElse(o *Object, key string) string {
	var names []string
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.ReadOnly || f.Preview != "" || f.Renamed != "" {
			continue
		}
		if f.Shape.Form == Mapping && c.book.object(f.Shape.Object).field(key) != nil {
			return "it belongs into " + f.Name
		}
		if f.Name != "$schema" {
			names = append(names, f.Name)
		}
	}
	switch {
	case len(names) > maxListed:
		return "remove it"
	case len(names) == 1:
		return "the only field is " + names[0]
	}
	return "the fields are " + strings.Join(names, ", ")
}

// nearest is the hint of a key that resembles a field. Of two that are equally
// near it is the one that n needs and has not.
func (c *checker) nearest(key string, o *Object, n *yamlnode.Node) string {
	if c.compared > maxCompared {
		return ""
	}
	var names []string
	for _, i := range o.required {
		if n.Get(o.Fields[i].Name) == nil {
			names = append(names, o.Fields[i].Name)
		}
	}
	names = append(names, o.names()...)
	c.compared += len(names)
	return diag.DidYouMean(key, names)
}

// Today is what to write today for a key of the 2021 preview, where it is
// no field; and empty for what is none.
func Today(key string) string {
	switch key {
	case "local_path", "file", "folder", "data":
		return "path"
	case "docker":
		return "image, or build with a path"
	case "input_data", "dataset":
		return "inputs"
	case "output_data":
		return "outputs"
	case "dependency":
		return "a binding: ${{parent.jobs.JOB.outputs.NAME}}"
	}
	return ""
}

// required reports that a field is not there, or without a value.
func (c *checker) required(o *Object, f *Field, n *yamlnode.Node, p *yamlnode.Pair) {
	pair, ok := n.Pair(f.Name)
	switch {
	case !ok:
		c.missing(o, f.Name, n, p)
	case pair.Value.Kind == yamlnode.Null && f.Shape.Empty == "":
		d := c.errs.Errorf(pair.KeyRange, diag.CodeMissingField, "%s of %s is empty", f.Name, c.subject(o.Subject))
		d.Path, d.Hint = c.path(f.Name), "give it a value"
	}
}

// missing reports that the mapping n has no such field. A key that resembles
// it was reported already, with this one as its hint.
func (c *checker) missing(o *Object, field string, n *yamlnode.Node, p *yamlnode.Pair) {
	if misspelt(o, field, n) || c.oldName(o, field, n) {
		return
	}
	d := c.errs.Errorf(c.placeOf(n, p), diag.CodeMissingField, "%s has no %s", c.subject(o.Subject), field)
	d.Path, d.Hint = c.path(field), "add "+field
}

// misspelt: an unknown key of n looks like field with a slip of the finger.
func misspelt(o *Object, field string, n *yamlnode.Node) bool {
	for i := range n.Pairs {
		if o.field(n.Pairs[i].Key) == nil && diag.Suggest(n.Pairs[i].Key, []string{field}) == field {
			return true
		}
	}
	return false
}

// oldName: a field of the preview, or a deprecated one, stands for field.
func (c *checker) oldName(o *Object, field string, n *yamlnode.Node) bool {
	for i := range n.Pairs {
		key := n.Pairs[i].Key
		switch f := o.field(key); {
		case f == nil && o.Stray != nil && strings.HasSuffix(o.Stray(n.Pairs[i]), " "+field):
			return true // its hint is this field
		case f == nil && Today(key) == field, f != nil && (f.Preview == field || f.Renamed == field):
			return true
		}
	}
	return false
}

// subject is what messages say of the mapping that is looked at.
func (c *checker) subject(pattern string) string {
	if pattern == "" {
		if name := c.name(); name != "" {
			return name
		}
		return "the definition"
	}
	return strings.Replace(pattern, "%s", c.name(), 1)
}

// placeOf is where a fault of the whole of n is shown.
func (c *checker) placeOf(n *yamlnode.Node, p *yamlnode.Pair) diag.Range {
	switch {
	case n == c.root:
		for _, key := range []string{"type", "$schema"} {
			if v := n.Get(key); v != nil {
				return v.Range
			}
		}
	case p != nil:
		return p.KeyRange
	}
	return firstLine(n)
}

// firstLine is where a mapping begins: a fault of the whole should not
// underline all of it.
func firstLine(n *yamlnode.Node) diag.Range {
	if len(n.Pairs) > 0 {
		return n.Pairs[0].KeyRange
	}
	return startOf(n.Range)
}

// startOf is the first line of a range.
func startOf(r diag.Range) diag.Range {
	if r.EndLine > r.Line {
		r.EndLine, r.EndColumn = r.Line, r.Column+1
	}
	return r
}

// keyOf is the key of a value, or the place of an element of a list.
func keyOf(n *yamlnode.Node, p *yamlnode.Pair) diag.Range {
	if p != nil {
		return p.KeyRange
	}
	return startOf(n.Range)
}
