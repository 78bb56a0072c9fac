package codec

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// decoder decodes one document.
type decoder struct {
	*Codec
	env Env
}

// value fills v from n and reports whether n fits; v stays zero otherwise. at
// is the place of a mapping: its key.
func (d *decoder) value(n *yamlnode.Node, v reflect.Value, o options, at diag.Range) bool {
	if n == nil || n.IsNull() {
		return false
	}
	if own, ok := v.Addr().Interface().(Decoder); ok {
		own.DecodeAz(n, d.env)
		return true
	}
	switch into := v.Addr().Interface().(type) {
	case *pipeline.Text:
		return d.text(n, into, o)
	case *pipeline.LocalPath:
		return d.path(n, into)
	case *pipeline.Literal:
		return d.literal(n, into)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return d.pointer(n, v, o, at)
	case reflect.String:
		return setString(n, v)
	case reflect.Bool:
		b, ok := schema.Truth(n)
		v.SetBool(b)
		return ok
	case reflect.Slice:
		return d.slice(n, v, o, at)
	case reflect.Map:
		return d.mapOf(n, v)
	case reflect.Struct:
		return d.structure(n, v, at)
	case reflect.Interface:
		return d.union(n, v, at)
	}
	return false
}

func (d *decoder) text(n *yamlnode.Node, into *pipeline.Text, o options) bool {
	switch {
	case o.tree:
		var b bytes.Buffer
		if err := yamlnode.Print(&b, n); err != nil {
			return false // a buffer takes everything
		}
		*into = pipeline.Text{Value: b.String(), Range: n.Range}
	case n.Kind != yamlnode.Scalar:
		return false
	default:
		*into = pipeline.Text{Value: n.PyString(), Range: n.Range}
		if d.env.Spans != nil && strings.Contains(n.Text, "$") {
			into.Spans = d.env.Spans(n)
		}
	}
	return true
}

func (d *decoder) path(n *yamlnode.Node, into *pipeline.LocalPath) bool {
	if !d.text(n, &into.Text, options{}) {
		return false
	}
	if pipeline.IsLocal(into.Value) {
		into.Name = pipeline.ResolveName(d.env.Dir, into.Value)
	}
	return true
}

func (d *decoder) literal(n *yamlnode.Node, into *pipeline.Literal) bool {
	if !d.text(n, &into.Text, options{}) {
		return false
	}
	into.Type, into.Dir = pipeline.String, d.env.Dir
	switch n.Type() {
	case yamlnode.Int:
		into.Type = pipeline.Integer
	case yamlnode.Float:
		into.Type = pipeline.Number
	case yamlnode.Bool:
		into.Type = pipeline.Boolean
	}
	return true
}

// pointer makes what v points at, unless n does not fit it.
func (d *decoder) pointer(n *yamlnode.Node, v reflect.Value, o options, at diag.Range) bool {
	p := reflect.New(v.Type().Elem())
	if !d.value(n, p.Elem(), o, at) {
		return false
	}
	v.Set(p)
	return true
}

func setString(n *yamlnode.Node, v reflect.Value) bool {
	if n.Kind != yamlnode.Scalar {
		return false
	}
	v.SetString(n.PyString())
	return true
}

func (d *decoder) slice(n *yamlnode.Node, v reflect.Value, o options, at diag.Range) bool {
	elem := v.Type().Elem()
	if d.keyed(elem) {
		return d.entries(n, v)
	}
	if n.Kind != yamlnode.Sequence {
		if !o.single {
			return false
		}
		n = yamlnode.NewSequence(n)
	}
	for _, item := range n.Items {
		e := reflect.New(elem).Elem()
		if d.value(item, e, options{plain: o.plain}, firstLine(item)) {
			v.Set(reflect.Append(v, e))
		}
	}
	return true
}

// entries reads a mapping as a list of named entries.
func (d *decoder) entries(n *yamlnode.Node, v reflect.Value) bool {
	if n.Kind != yamlnode.Mapping {
		return false
	}
	elem := v.Type().Elem()
	p := d.planOf(elem)
	for _, pair := range n.Pairs {
		e := reflect.New(elem).Elem()
		setKey(p.key.of(e), pair)
		if p.value != nil {
			d.value(pair.Value, p.value.of(e), p.value.options, pair.KeyRange)
		} else {
			d.structure(pair.Value, e, pair.KeyRange)
		}
		v.Set(reflect.Append(v, e))
	}
	return true
}

// setKey gives an entry its name.
func setKey(v reflect.Value, pair yamlnode.Pair) {
	switch into := v.Addr().Interface().(type) {
	case *pipeline.Text:
		*into = pipeline.Text{Value: pair.Key, Range: pair.KeyRange}
	case *string:
		*into = pair.Key
	}
}

func (d *decoder) mapOf(n *yamlnode.Node, v reflect.Value) bool {
	t := v.Type()
	if n.Kind != yamlnode.Mapping || t.Key().Kind() != reflect.String {
		return false
	}
	for _, pair := range n.Pairs {
		e := reflect.New(t.Elem()).Elem()
		if !d.value(pair.Value, e, options{}, pair.KeyRange) {
			continue
		}
		if v.IsNil() {
			v.Set(reflect.MakeMapWithSize(t, len(n.Pairs)))
		}
		v.SetMapIndex(reflect.ValueOf(pair.Key).Convert(t.Key()), e)
	}
	return true
}

func (d *decoder) structure(n *yamlnode.Node, v reflect.Value, at diag.Range) bool {
	p := d.planOf(v.Type())
	if !d.alternative(p, n, v, at) && !d.fields(p, n, v) {
		return false
	}
	if p.place != nil {
		p.place.of(v).Set(reflect.ValueOf(at))
	}
	return true
}

// alternative reads what stands for the whole struct.
func (d *decoder) alternative(p *plan, n *yamlnode.Node, v reflect.Value, at diag.Range) bool {
	if n.Kind == yamlnode.Scalar && p.scalar != nil {
		return d.value(n, p.scalar.of(v), p.scalar.options, at)
	}
	for i := range p.whole {
		if d.value(n, p.whole[i].of(v), p.whole[i].options, at) {
			return true
		}
	}
	return false
}

// fields reads the keys of a mapping.
func (d *decoder) fields(p *plan, n *yamlnode.Node, v reflect.Value) bool {
	if n.Kind != yamlnode.Mapping {
		return false
	}
	for i := range p.fields {
		f := &p.fields[i]
		if pair, ok := n.Pair(f.name); ok {
			d.value(pair.Value, f.of(v), f.options, pair.KeyRange)
		}
	}
	if p.rest != nil {
		d.rest(p, n, v)
	}
	return true
}

// rest reads the keys that no field takes.
func (d *decoder) rest(p *plan, n *yamlnode.Node, v reflect.Value) {
	others := &yamlnode.Node{Kind: yamlnode.Mapping, Range: n.Range}
	for _, pair := range n.Pairs {
		if !p.knows(pair.Key) {
			others.Pairs = append(others.Pairs, pair)
		}
	}
	if len(others.Pairs) > 0 {
		d.value(others, p.rest.of(v), p.rest.options, firstLine(others))
	}
}

// union makes the case that n tells, and reads it.
func (d *decoder) union(n *yamlnode.Node, v reflect.Value, at diag.Range) bool {
	u, ok := d.unions[v.Type()]
	if !ok || n.Kind != yamlnode.Mapping {
		return false
	}
	word := ""
	if told := n.Get(u.by); told != nil && told.Kind == yamlnode.Scalar {
		word = strings.ToLower(told.Text)
	}
	build, ok := u.cases[word]
	if !ok {
		return false
	}
	made := reflect.ValueOf(build())
	if made.Kind() != reflect.Pointer || made.IsNil() || !d.value(n, made.Elem(), options{}, at) {
		return false
	}
	v.Set(made)
	return true
}
