//go:build !race

package load_test

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/schema"
)

// Small definitions, made from the descriptions of package schema.

// entry is a field and the text of its value, in YAML's flow style.
type entry struct{ name, value string }

// fieldsOf is a mapping.
type fieldsOf []entry

func (m fieldsOf) text() string {
	items := make([]string, len(m))
	for i, e := range m {
		items[i] = strconv.Quote(e.name) + ": " + e.value
	}
	return "{" + strings.Join(items, ", ") + "}"
}

func (m fieldsOf) get(name string) string {
	for _, e := range m {
		if e.name == name {
			return e.value
		}
	}
	return ""
}

func (m fieldsOf) without(names ...string) fieldsOf {
	return slices.DeleteFunc(slices.Clone(m), func(e entry) bool { return slices.Contains(names, e.name) })
}

// with is m with a field, and with those of more that it lacks.
func (m fieldsOf) with(name, value string, more ...entry) fieldsOf {
	out := append(m.without(name), entry{name, value})
	for _, e := range more {
		if out.get(e.name) == "" {
			out = append(out, e)
		}
	}
	return out
}

// objectOf makes the object that a reference names.
func objectOf(r schema.Ref) *schema.Object {
	o := r.Build()
	o.Name = r.Name
	return o
}

// firstObject is the object of a case: of a union in it, the one that needs
// nothing to show it.
func firstObject(c *schema.Case) *schema.Object {
	if c.Union == nil {
		return objectOf(c.Object)
	}
	return firstObject(usual(c.Union))
}

// usual is the case of a union to take when there is a choice.
func usual(u *schema.Union) *schema.Case {
	for i := range u.Cases {
		if u.Cases[i].Else {
			return &u.Cases[i]
		}
	}
	return &u.Cases[0]
}

// smallest is the smallest mapping that is right.
func smallest(o *schema.Object) fieldsOf {
	return slices.Clone(basesOf(o)[0])
}

// required are the fields that an object has to have.
func required(o *schema.Object) fieldsOf {
	var m fieldsOf
	add := func(name string) {
		if f := fieldNamed(o, name); f != nil && m.get(name) == "" {
			m = append(m, entry{name, samples(o, f)[0]})
		}
	}
	for i := range o.Fields {
		if o.Fields[i].Required {
			add(o.Fields[i].Name)
		}
	}
	for i := range o.Rules {
		switch r := &o.Rules[i]; {
		case r.Form == schema.OneOf || r.Form == schema.AtLeastOne:
			if !slices.ContainsFunc(r.Fields, func(name string) bool { return m.get(name) != "" }) {
				add(r.Fields[0])
			}
		case r.Form == schema.When && m.get(r.Key) == r.Value:
			for _, name := range r.Fields {
				add(name)
			}
		}
	}
	return m
}

// fieldNamed is the field of that name. Objects that a test makes itself have
// no index.
func fieldNamed(o *schema.Object, name string) *schema.Field {
	for i := range o.Fields {
		if o.Fields[i].Name == name {
			return &o.Fields[i]
		}
	}
	return nil
}

// samples are values that a field can have, the usual one first.
func samples(o *schema.Object, f *schema.Field) []string {
	for _, key := range []string{o.Name + "." + f.Name, f.Name} {
		if known := knownSamples()[key]; known != nil {
			return known
		}
	}
	out := shapeSamples(&f.Shape)
	if f.Shape.Form == schema.Boolean && f.Default == "true" {
		slices.Reverse(out)
	}
	return out
}

// shapeSamples are values of a shape.
func shapeSamples(s *schema.Shape) []string {
	switch s.Form {
	case schema.Text:
		return textSamples(s)
	case schema.Number, schema.Integer:
		return numberSamples(s)
	case schema.Boolean:
		return []string{"true", "false"}
	case schema.List:
		return []string{"[" + shapeSamples(s.Of)[0] + "]"}
	case schema.Map:
		return []string{"{" + beside(s.Of) + "x: " + shapeSamples(s.Of)[0] + "}"}
	case schema.Mapping:
		return fuller(objectOf(s.Object))
	case schema.Choice:
		return []string{choiceSample(s.Union).text()}
	case schema.Any:
		return []string{"{a: b}", "other"}
	}
	return []string{"other", "another"}
}

// fuller are the smallest mapping of an object, and the smallest with another
// field, for each.
func fuller(o *schema.Object) []string {
	base := smallest(o)
	out := []string{base.text()}
	for i := range o.Fields {
		if f := &o.Fields[i]; !f.ReadOnly && f.Preview == "" && base.get(f.Name) == "" && f.Shape.Form < schema.List {
			out = append(out, base.with(f.Name, samples(o, f)[0]).text())
		}
	}
	return out
}

func numberSamples(s *schema.Shape) []string {
	low := 2.0
	if s.Min != nil {
		low = max(low, *s.Min)
	}
	if s.Max != nil && low >= *s.Max {
		low = *s.Max / 2
	}
	out := []string{strconv.FormatFloat(low, 'f', -1, 64)}
	if s.Max == nil || low+1 <= *s.Max {
		out = append(out, strconv.FormatFloat(low+1, 'f', -1, 64))
	}
	return out
}

func textSamples(s *schema.Shape) []string {
	if len(s.Enum) > 0 {
		return s.Enum
	}
	if known := map[string][]string{
		"datetime": {`"2026-01-31T09:30:00"`}, "duration": {"PT30M", "PT40M"}, "guid": {"00000000-0000-0000-0000-000000000000"},
		"url": {`"https://example.com"`}, "spark-memory": {"2g"}, "spark-runtime": {`"3.4"`}, "mini-batch": {`"10"`}, "azureml": {"azureml:x:1"},
	}[s.Format]; known != nil {
		return known
	}
	return []string{"other", "another"}
}

// choiceSample is the smallest of the usual alternative.
func choiceSample(u *schema.Union) fieldsOf {
	c := usual(u)
	m := smallest(firstObject(c))
	if u.By != "" && m.get(u.By) == "" {
		m = m.with(u.By, c.Value)
	}
	return m
}

// wrong are values of which one at least is wrong wherever anything can be: of
// every form, and of no enum.
func wrong() []string {
	return []string{"[[[x]]]", "{zz: {zz: [zz]}}", "[zz]", "zz zz", "zz", "-7.5", `""`, "{}"}
}
