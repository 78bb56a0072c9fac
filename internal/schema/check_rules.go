package schema

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// rule checks what holds between the fields of n.
func (c *checker) rule(r *Rule, o *Object, n *yamlnode.Node, p *yamlnode.Pair) {
	switch r.Form {
	case OneOf:
		if c.some(r, o, n, p) {
			c.atMostOne(r, o, n)
		}
	case AtLeastOne:
		c.some(r, o, n, p)
	case AtMostOne:
		c.atMostOne(r, o, n)
	case AllOrNone:
		c.allOrNone(r, o, n, p)
	case Requires:
		if there(n, r.Fields[0]) {
			c.needs(r, o, n, p, r.Fields[0], r.Fields[1:])
		}
	case Excludes:
		c.excludes(r, o, n)
	case When:
		if v := n.Get(r.Key); v != nil && v.Kind == yamlnode.Scalar && same(r.Value, v.Text, Snake) {
			c.needs(r, o, n, p, r.Key, r.Fields)
		}
	case Tested:
		for _, f := range r.Test(n) {
			c.tested(f, n, p)
		}
	}
}

// there: n has the field, with a value.
func there(n *yamlnode.Node, field string) bool {
	v := n.Get(field)
	return v != nil && v.Kind != yamlnode.Null
}

// some reports that none of the fields is there.
func (c *checker) some(r *Rule, o *Object, n *yamlnode.Node, p *yamlnode.Pair) bool {
	for _, f := range r.Fields {
		if there(n, f) {
			return true
		}
	}
	for _, f := range r.Fields {
		// An empty or misspelt one was reported.
		if n.Get(f) != nil || misspelt(o, f, n) || c.oldName(o, f, n) {
			return false
		}
	}
	d := c.errs.Errorf(c.placeOf(n, p), diag.CodeMissingField, "%s has neither %s", c.subject(o.Subject), strings.Join(r.Fields, " nor "))
	if len(r.Fields) == 1 {
		d.Message = c.subject(o.Subject) + " has no " + r.Fields[0]
	}
	d.Path, d.Hint = c.path(), r.hintOr("add "+strings.Join(r.Fields, " or "))
	return false
}

// atMostOne reports every field after the first that is there.
func (c *checker) atMostOne(r *Rule, o *Object, n *yamlnode.Node) {
	first := ""
	for _, f := range r.Fields {
		switch {
		case !there(n, f):
		case first == "":
			first = f
		default:
			c.both(r, o, n, first, f)
		}
	}
}

func (c *checker) excludes(r *Rule, o *Object, n *yamlnode.Node) {
	if !there(n, r.Fields[0]) {
		return
	}
	for _, f := range r.Fields[1:] {
		if there(n, f) {
			c.both(r, o, n, r.Fields[0], f)
		}
	}
}

// both reports two fields that cannot stand together, at the one that is
// written later.
func (c *checker) both(r *Rule, o *Object, n *yamlnode.Node, a, b string) {
	pa, _ := n.Pair(a)
	at, _ := n.Pair(b)
	if pa.KeyRange.Line > at.KeyRange.Line {
		at = pa
	}
	d := c.errs.Errorf(at.KeyRange, diag.CodeBadValue, "%s has both %s and %s", c.subject(o.Subject), a, b)
	d.Path, d.Hint = c.path(at.Key), "keep one of them"
	if r.Form != OneOf { // whose hint is for when there is none
		d.Hint = r.hintOr(d.Hint)
	}
}

func (c *checker) allOrNone(r *Rule, o *Object, n *yamlnode.Node, p *yamlnode.Pair) {
	for _, f := range r.Fields {
		if there(n, f) {
			c.needs(r, o, n, p, f, r.Fields)
			return
		}
	}
}

// needs reports those of the fields that have to be there because of key.
func (c *checker) needs(r *Rule, o *Object, n *yamlnode.Node, p *yamlnode.Pair, key string, fields []string) {
	because, _ := n.Pair(key)
	for _, f := range fields {
		if f == key || there(n, f) || n.Get(f) != nil || misspelt(o, f, n) || c.oldName(o, f, n) {
			continue
		}
		what := key
		if r.Form == When {
			what = key + " " + r.Value
		}
		at := c.placeOf(n, p)
		if n == c.root && (r.Form == Requires || n.Get("type") == nil) {
			at = because.KeyRange // it says more than the first line of a file
		}
		d := c.errs.Errorf(at, diag.CodeMissingField, "%s has %s, but no %s", c.subject(o.Subject), what, f)
		d.Path, d.Hint = c.path(f), r.hintOr("add "+f)
	}
}

// tested reports what a test found.
func (c *checker) tested(f Fault, n *yamlnode.Node, p *yamlnode.Pair) {
	at, path := c.placeOf(n, p), c.path()
	if f.In != "" {
		c.push(f.In, 0)
		defer c.pop()
		n = n.Get(f.In)
	}
	if pair, ok := n.Pair(f.Key); ok {
		at, path = startOf(pair.Value.Range), c.path(f.Key)
		if f.AtKey {
			at = pair.KeyRange
		}
	}
	code := f.Code
	if code == "" {
		code = diag.CodeBadValue
	}
	d := c.errs.Errorf(at, code, "%s", f.Message)
	d.Path, d.Hint = path, f.Hint
	if f.Warning {
		d.Severity = diag.Warning
	}
}

func (r *Rule) hintOr(h string) string {
	if r.Hint != "" {
		return r.Hint
	}
	return h
}
