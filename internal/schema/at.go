package schema

import (
	"slices"
	"strconv"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// At is what the description says at a place of a document: the object that
// the value there is, when it is a mapping, and the field under which it
// stands. path are the keys that lead there, and positions in lists. Either is
// nil when the description says nothing. Under the key that tells alternatives
// apart, the field allows the values of all of them, so that an editor can
// offer them.
//
// The document may be unfinished: a root that lacks what path names is enough.
func (k *Kind) At(root *yamlnode.Node, path []string) (*Object, *Field) {
	at := place{book: k.book, object: k.Body, node: root}
	for _, key := range path {
		at.step(key)
	}
	return at.object, at.field
}

// place is where a walk is.
type place struct {
	book   *book
	node   *yamlnode.Node
	object *Object
	field  *Field
	// shape is that of the value, when it is none with fields of its own.
	shape *Shape
	// union decided for object.
	union *Union
}

// step goes to what stands under key.
func (a *place) step(key string) {
	f, next := a.below(key)
	*a = place{book: a.book, node: child(a.node, key), field: f}
	if next != nil {
		a.enter(next)
	}
}

// below is the field under which the value of key stands, and its shape. Of a
// key that the user chose it is the field of the whole map.
func (a *place) below(key string) (*Field, *Shape) {
	switch {
	case a.object != nil && a.object.field(key) != nil:
		f := a.telling(a.object.field(key))
		return f, &f.Shape
	case a.object != nil:
		return nil, a.object.Rest
	case a.union != nil && a.union.By == key:
		f := a.telling(&Field{Name: key})
		return f, &f.Shape
	case a.shape != nil && (a.shape.Form == Map || a.shape.Form == List):
		return a.field, a.shape.Of
	}
	return nil, nil
}

// telling is f with the values of all alternatives, when it is the key that
// tells them apart.
func (a *place) telling(f *Field) *Field {
	if a.union == nil || a.union.By != f.Name {
		return f
	}
	all := *f
	all.Shape.Form, all.Shape.Enum, all.Shape.Fold = Text, a.union.values(), a.union.Fold
	return &all
}

// enter decides what the value of shape s is.
func (a *place) enter(s *Shape) {
	s = s.alternative(a.node)
	switch s.Form {
	case Mapping:
		a.object = a.book.object(s.Object)
	case Choice:
		a.choose(s.Union)
	default:
		a.shape = s
	}
}

// choose decides for one of the alternatives, as far as the document tells.
func (a *place) choose(u *Union) {
	n := a.node
	if n == nil || n.Kind != yamlnode.Mapping {
		n = &yamlnode.Node{Kind: yamlnode.Mapping}
	}
	if u.By != "" {
		a.union = u
	}
	found := u.byShape(n)
	if v := n.Get(u.By); u.By != "" && v != nil && v.Kind == yamlnode.Scalar {
		found = u.byValue(v.Text)
	}
	switch {
	case found == nil || found.Preview != "":
	case found.Union != nil:
		outer := a.union
		a.choose(found.Union)
		if outer != nil {
			a.union = outer
		}
	default:
		a.object = a.book.object(found.Object)
	}
}

// alternative is the one that n is; of a value that is not there yet, the
// first with keys of its own.
func (s *Shape) alternative(n *yamlnode.Node) *Shape {
	for i := -1; i < len(s.Allow); i++ {
		alt := s
		if i >= 0 {
			alt = &s.Allow[i]
		}
		blank := n == nil || n.Kind == yamlnode.Null
		if blank && (alt.Form == Mapping || alt.Form == Choice || alt.Form == Map || alt.Form == List) || !blank && alt.fits(n) {
			return alt
		}
	}
	return s
}

// child is what stands under a key or position of n; nil when nothing does.
func child(n *yamlnode.Node, key string) *yamlnode.Node {
	if n == nil {
		return nil
	}
	if n.Kind == yamlnode.Sequence {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(n.Items) {
			return nil
		}
		return n.Items[i]
	}
	return n.Get(key)
}

// Values are what an editor offers as the value of s; none when anything may
// stand there.
func (s *Shape) Values() []string {
	var out []string
	switch {
	case len(s.Enum) > 0:
		out = append(out, s.Enum...)
	case s.Form == Boolean:
		out = append(out, "true", "false")
	}
	for i := range s.Allow {
		for _, v := range s.Allow[i].Values() {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// Written are the names of the fields that people write today, in order.
func (o *Object) Written() []string { return o.names() }

// Field is the field of that name, or nil.
func (o *Object) Field(name string) *Field { return o.field(name) }
