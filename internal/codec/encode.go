package codec

import (
	"math/big"
	"reflect"
	"slices"
	"strconv"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// encode is v as a node, and nil when there is nothing to print.
func (c *Codec) encode(v reflect.Value, o options) *yamlnode.Node {
	if !v.IsValid() {
		return nil
	}
	switch own := v.Interface().(type) {
	case Encoder:
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return nil
		}
		return own.EncodeAz()
	case pipeline.Text:
		return text(own, o)
	case pipeline.LocalPath:
		return text(own.Text, o)
	case pipeline.Literal:
		return literal(own)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return c.pointed(v, o)
	case reflect.String:
		if v.String() == "" {
			return nil
		}
		return yamlnode.NewString(v.String())
	case reflect.Bool:
		if !v.Bool() {
			return nil
		}
		return yamlnode.NewBool(true)
	case reflect.Slice:
		return c.slice(v, o)
	case reflect.Map:
		return c.mapOf(v)
	case reflect.Struct:
		if n := c.structure(v); n.Kind != yamlnode.Mapping || len(n.Pairs) > 0 {
			return n
		}
	}
	return nil
}

// pointed is what v points at. That it is there says something, even when
// there is nothing in it.
func (c *Codec) pointed(v reflect.Value, o options) *yamlnode.Node {
	if v.IsNil() {
		return nil
	}
	e := v.Elem()
	if e.Kind() == reflect.Pointer { // what an interface holds
		return c.encode(e, o)
	}
	if n := c.encodeAt(e, o); n != nil {
		return n
	}
	switch e.Kind() {
	case reflect.Struct:
		return empty(e)
	case reflect.Bool:
		return yamlnode.NewBool(false)
	case reflect.String:
		return yamlnode.NewString("")
	}
	return nil
}

// encodeAt is encode for a value with methods on its pointer.
func (c *Codec) encodeAt(e reflect.Value, o options) *yamlnode.Node {
	if e.CanAddr() {
		if own, ok := e.Addr().Interface().(Encoder); ok {
			return own.EncodeAz()
		}
	}
	return c.encode(e, o)
}

// empty is what prints for a zero value that has to be there.
func empty(v reflect.Value) *yamlnode.Node {
	switch v.Interface().(type) {
	case pipeline.Text, pipeline.LocalPath, pipeline.Literal:
		return yamlnode.NewString("")
	}
	return yamlnode.NewMapping()
}

func (c *Codec) slice(v reflect.Value, o options) *yamlnode.Node {
	if v.Len() == 0 {
		return nil
	}
	if c.keyed(v.Type().Elem()) {
		return c.entries(v)
	}
	n := yamlnode.NewSequence()
	for i := range v.Len() {
		item := c.encodeAt(v.Index(i), options{plain: o.plain})
		if item == nil {
			item = c.zeroItem(v.Index(i))
		}
		n.Items = append(n.Items, item)
	}
	return n
}

// zeroItem keeps the place of an element that has nothing to print.
func (c *Codec) zeroItem(v reflect.Value) *yamlnode.Node {
	switch v.Kind() {
	case reflect.Struct:
		return empty(v)
	case reflect.String:
		return yamlnode.NewString("")
	case reflect.Bool:
		return yamlnode.NewBool(false)
	case reflect.Slice:
		return yamlnode.NewSequence()
	case reflect.Map:
		return yamlnode.NewMapping()
	}
	return yamlnode.NewNull()
}

// entries prints a list of named entries as a mapping.
func (c *Codec) entries(v reflect.Value) *yamlnode.Node {
	n := yamlnode.NewMapping()
	p := c.planOf(v.Type().Elem())
	for i := range v.Len() {
		e := v.Index(i)
		var value *yamlnode.Node
		if p.value != nil {
			value = c.encodeAt(p.value.of(e), p.value.options)
		} else {
			value = c.structure(e)
		}
		if value == nil {
			value = yamlnode.NewNull()
		}
		n.Set(keyOf(p.key.of(e)), value)
	}
	return n
}

// keyOf is the name of an entry.
func keyOf(v reflect.Value) string {
	if t, ok := v.Interface().(pipeline.Text); ok {
		return t.Value
	}
	return v.String()
}

// mapOf prints a map, its keys in order. A key whose value is empty stays.
func (c *Codec) mapOf(v reflect.Value) *yamlnode.Node {
	if v.Len() == 0 {
		return nil
	}
	keys := make([]string, 0, v.Len())
	for _, key := range v.MapKeys() {
		keys = append(keys, key.String())
	}
	slices.Sort(keys)
	n := yamlnode.NewMapping()
	for _, key := range keys {
		e := v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key()))
		value := c.encode(e, options{})
		if value == nil {
			value = c.zeroItem(e)
		}
		n.Set(key, value)
	}
	return n
}

// structure prints a struct: what stands for the whole of it, or its fields.
func (c *Codec) structure(v reflect.Value) *yamlnode.Node {
	p := c.planOf(v.Type())
	if p.scalar != nil {
		if n := c.encodeAt(p.scalar.of(v), p.scalar.options); n != nil {
			return n
		}
	}
	for i := range p.whole {
		if n := c.encodeAt(p.whole[i].of(v), p.whole[i].options); n != nil {
			return n
		}
	}
	n := yamlnode.NewMapping()
	for i := range p.fields {
		f := &p.fields[i]
		if value := c.encodeAt(f.of(v), f.options); value != nil {
			n.Set(f.name, value)
		}
	}
	if p.rest != nil {
		if others := c.encodeAt(p.rest.of(v), p.rest.options); others != nil {
			n.Pairs = append(n.Pairs, others.Pairs...)
		}
	}
	return n
}

// text prints a text. It is a string, whatever it looks like, unless the field
// is one of numbers and booleans.
func text(t pipeline.Text, o options) *yamlnode.Node {
	switch {
	case t.IsZero():
		return nil
	case o.tree:
		n, _ := yamlnode.Parse("", []byte(t.Value)) // it was printed by decoding
		return n
	case o.plain:
		return plain(t.Value)
	}
	return yamlnode.NewString(t.Value)
}

// literal prints a literal as the type that it has.
func literal(l pipeline.Literal) *yamlnode.Node {
	switch {
	case l.IsZero():
		return nil
	case l.Type == pipeline.String, l.Type == "":
		return yamlnode.NewString(l.Value)
	}
	return plain(l.Value)
}

// plain is the number or boolean that Python prints as s, or else a string.
func plain(s string) *yamlnode.Node {
	if s == "True" || s == "False" {
		return yamlnode.NewBool(s == "True")
	}
	if i, ok := new(big.Int).SetString(s, 10); ok && i.String() == s {
		return &yamlnode.Node{Kind: yamlnode.Scalar, Text: s}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if n := yamlnode.NewFloat(f); n.PyString() == s {
			return n
		}
	}
	return yamlnode.NewString(s)
}
