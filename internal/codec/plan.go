package codec

import (
	"reflect"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// options are those of a tag.
type options struct {
	plain, tree, single bool
}

// field is a field of a struct, with those of inlined structs among them.
type field struct {
	options
	name  string
	index []int
}

// of is the field in the struct v.
func (f *field) of(v reflect.Value) reflect.Value { return v.FieldByIndex(f.index) }

// plan is what the tags of a struct say.
type plan struct {
	fields []field
	// What stands for the whole struct when it is no mapping of its fields.
	scalar *field
	whole  []field
	// rest takes the keys that no field has.
	rest *field
	// key and value make the struct an entry of a mapping.
	key, value *field
	place      *field
}

// planOf is the plan of the struct type t.
func (c *Codec) planOf(t reflect.Type) *plan {
	if p, ok := c.plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{}
	p.collect(t, nil)
	kept, _ := c.plans.LoadOrStore(t, p)
	return kept.(*plan)
}

// collect adds the fields of t, which stands at index in the plan's struct.
func (p *plan) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int{}, index...), i)
		tag, tagged := sf.Tag.Lookup("az")
		name, words, _ := strings.Cut(tag, ",")
		inline := strings.Contains(","+words+",", ",inline,") || sf.Anonymous && !tagged
		switch {
		case inline && sf.Type.Kind() == reflect.Struct:
			p.collect(sf.Type, at)
		case tagged && sf.IsExported():
			p.add(field{name: name, index: at}, strings.Split(words, ","), sf.Type)
		}
	}
}

// add puts a field in its place.
func (p *plan) add(f field, words []string, t reflect.Type) {
	role := ""
	for _, word := range words {
		switch word {
		case "plain":
			f.plain = true
		case "tree":
			f.tree = t == reflect.TypeFor[pipeline.Text]()
		case "single":
			f.single = true
		default:
			role = word
		}
	}
	switch role {
	case "scalar":
		p.scalar = &f
	case "whole":
		p.whole = append(p.whole, f)
	case "rest":
		p.rest = &f
	case "key":
		p.key = &f
	case "value":
		p.value = &f
	case "place":
		if t == reflect.TypeFor[diag.Range]() {
			p.place = &f
		}
	default:
		p.fields = append(p.fields, f)
	}
}

// knows reports whether a field takes the key.
func (p *plan) knows(key string) bool {
	for i := range p.fields {
		if p.fields[i].name == key {
			return true
		}
	}
	return false
}

// keyed reports whether a list of t is a mapping in YAML.
func (c *Codec) keyed(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && c.planOf(t).key != nil
}
