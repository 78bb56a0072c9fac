package codec

import (
	"reflect"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// Env is what decoding needs to know of the file.
type Env struct {
	// Dir is the folder of the definition, as a name within its file system.
	Dir string
	// Spans finds the ${{ and $[[ of a scalar in the source; may be nil.
	Spans func(n *yamlnode.Node) []diag.Range
}

// Decoder is a type that decodes itself. It takes any shape.
type Decoder interface {
	DecodeAz(n *yamlnode.Node, env Env)
}

// Encoder is a type that encodes itself; nil when there is nothing to print.
type Encoder interface {
	EncodeAz() *yamlnode.Node
}

// Union says which struct stands for an interface: the text under a key tells.
type Union struct {
	of    reflect.Type
	by    string
	cases map[string]func() any
}

// UnionOf is the union of the interface I. Cases make a pointer to a struct,
// which has a field for the key by itself; the case "" is the one without it.
// Capitals in the key's text do not matter.
func UnionOf[I any](by string, cases map[string]func() I) Union {
	u := Union{of: reflect.TypeFor[I](), by: by, cases: make(map[string]func() any, len(cases))}
	for word, build := range cases {
		u.cases[strings.ToLower(word)] = func() any { return build() }
	}
	return u
}

// Codec remembers what it has learnt about types. It may be used from several
// goroutines at once. The zero value knows no unions.
type Codec struct {
	unions map[reflect.Type]Union
	plans  sync.Map // by reflect.Type: *plan
}

// New is a codec that knows the unions.
func New(unions ...Union) *Codec {
	c := &Codec{unions: make(map[reflect.Type]Union, len(unions))}
	for _, u := range unions {
		c.unions[u.of] = u
	}
	return c
}

// Decode fills what into points at, a struct usually, with what n holds. It
// reports whether n has a shape that fits; what does not fit is left zero.
func (c *Codec) Decode(n *yamlnode.Node, into any, env Env) bool {
	d := decoder{Codec: c, env: env}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return false
	}
	return d.value(n, v.Elem(), options{}, firstLine(n))
}

// Encode is v, a struct or a pointer to one, as YAML, its keys in the order of
// the struct's fields. It is never nil.
func (c *Codec) Encode(v any) *yamlnode.Node {
	if n := c.encode(reflect.ValueOf(v), options{}); n != nil {
		return n
	}
	return yamlnode.NewMapping()
}

// firstLine is where n begins: its first key, or its first line.
func firstLine(n *yamlnode.Node) diag.Range {
	if n == nil {
		return diag.Range{}
	}
	if n.Kind == yamlnode.Mapping && len(n.Pairs) > 0 {
		return n.Pairs[0].KeyRange
	}
	r := n.Range
	if r.EndLine > r.Line {
		r.EndLine, r.EndColumn = r.Line, r.Column+1
	}
	return r
}
