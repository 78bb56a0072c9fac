package schema

import (
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// Check reports every fault of the shape of n, each once and at its place.
// path is where n stands in the definition; empty for the whole.
func (k *Kind) Check(n *yamlnode.Node, path string) diag.List {
	c := &checker{book: k.book, root: n, base: path}
	if n.Kind != yamlnode.Mapping {
		c.errs.Errorf(startOf(n.Range), diag.CodeWrongShape, "a definition is a mapping, but this is %s", FormOf(n)).Hint =
			"begin with $schema and type"
		return c.errs
	}
	c.object(k.Body, n, nil)
	return c.errs
}

// checker is the state of one check.
type checker struct {
	book *book
	root *yamlnode.Node
	base string
	// steps lead from the root to the value that is looked at. They become
	// text only when there is a fault: most definitions have none.
	steps []step
	errs  diag.List
	// compared counts the names that were looked at for hints.
	compared int
}

// maxCompared bounds the names that are looked at for hints: ten thousand
// unknown keys must not cost as much as ten thousand misspelt ones deserve.
const maxCompared = 200_000

// step is a key, or, when that is empty, a position in a list.
type step struct {
	key string
	at  int
}

func (c *checker) push(key string, at int) { c.steps = append(c.steps, step{key, at}) }
func (c *checker) pop()                    { c.steps = c.steps[:len(c.steps)-1] }

// path is the place that is looked at, and keys below it, as text.
func (c *checker) path(below ...string) string {
	var b strings.Builder
	b.WriteString(c.base)
	dot := func(key string) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(key)
	}
	for _, s := range c.steps {
		if s.key == "" {
			b.WriteString("[" + strconv.Itoa(s.at) + "]")
			continue
		}
		dot(s.key)
	}
	for _, key := range below {
		dot(key)
	}
	return b.String()
}

// name is what messages call the value that is looked at: its key, or that of
// the list in which it stands.
func (c *checker) name() string {
	for i := len(c.steps) - 1; i >= 0; i-- {
		if c.steps[i].key != "" {
			return c.steps[i].key
		}
	}
	return c.base[strings.LastIndexByte(c.base, '.')+1:]
}

// report adds an error at the value that is looked at.
func (c *checker) report(at diag.Range, code diag.Code, format string, args ...any) {
	c.fault(at, code, format, args...).Related = nil
}

// fault is report, for those who add a hint.
func (c *checker) fault(at diag.Range, code diag.Code, format string, args ...any) *diag.Diagnostic {
	d := c.errs.Errorf(at, code, format, args...)
	d.Path = c.path()
	return d
}

// value checks n, the value of p or, when p is nil, an element of a list.
func (c *checker) value(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	if n.Kind == yamlnode.Null {
		c.null(s, n, p)
		return
	}
	if s.Binding && isBinding(n) {
		return
	}
	s = c.pick(s, n, p)
	if s == nil {
		return
	}
	switch s.Form {
	case Any, Literal:
	case Text:
		c.text(s, n)
	case Number:
		c.number(s, n)
	case Integer:
		c.integer(s, n)
	case Boolean:
		c.boolean(s, n)
	case List:
		c.list(s, n, p)
	case Map:
		c.mapOf(s, n, p)
	case Mapping:
		c.object(c.book.object(s.Object), n, p)
	case Choice:
		c.choice(s.Union, n, p)
	}
}

// pick decides by form which of the alternatives n is; nil when it is none,
// and reported.
func (c *checker) pick(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) *Shape {
	if len(s.Allow) == 0 {
		if !s.takes(n) {
			c.wrongShape(s, n, p)
			return nil
		}
		return s
	}
	var near *Shape
	for i := -1; i < len(s.Allow); i++ {
		alt := s
		if i >= 0 {
			alt = &s.Allow[i]
		}
		if alt.fits(n) {
			return alt
		}
		if near == nil && alt.takes(n) {
			near = alt
		}
	}
	if near == nil {
		c.wrongShape(s, n, p)
	}
	return near
}

// takes: the YAML form of n is that of s.
func (s *Shape) takes(n *yamlnode.Node) bool {
	switch s.Form {
	case Any:
		return true
	case Text, Number, Integer, Boolean, Literal:
		return n.Kind == yamlnode.Scalar
	case List:
		return n.Kind == yamlnode.Sequence
	case Map, Mapping, Choice:
		return n.Kind == yamlnode.Mapping
	}
	return false
}

// fits: so is its type, which tells scalar alternatives apart.
func (s *Shape) fits(n *yamlnode.Node) bool {
	if !s.takes(n) {
		return false
	}
	switch s.Form {
	case Text:
		return n.Type() == yamlnode.String
	case Number:
		t := n.Type()
		return t == yamlnode.Int || t == yamlnode.Float
	case Integer:
		return n.Type() == yamlnode.Int
	case Boolean:
		return n.Type() == yamlnode.Bool
	}
	return true
}

// null checks a key without a value.
func (c *checker) null(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	switch {
	case s.Null || s.Form == Any:
	case s.Full:
		c.empty(s, n, p)
	default:
		c.fault(keyOf(n, p), diag.CodeMissingField, "%s is empty", c.name()).Hint = "give it a value, or remove it"
	}
}

// empty reports a value that has to hold something.
func (c *checker) empty(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	why := ""
	if s.Empty != "" {
		why = ": " + s.Empty
	}
	c.fault(keyOf(n, p), diag.CodeMissingField, "%s is empty%s", c.name(), why).Hint = "fill it, or remove it"
}

func (c *checker) list(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	if s.Full && len(n.Items) == 0 {
		c.empty(s, n, p)
	}
	for i, item := range n.Items {
		c.push("", i)
		c.value(s.Of, item, nil)
		c.pop()
	}
}

func (c *checker) mapOf(s *Shape, n *yamlnode.Node, p *yamlnode.Pair) {
	if s.Full && len(n.Pairs) == 0 {
		c.empty(s, n, p)
	}
	for i := range n.Pairs {
		c.push(n.Pairs[i].Key, 0)
		c.value(s.Of, n.Pairs[i].Value, &n.Pairs[i])
		c.pop()
	}
}
