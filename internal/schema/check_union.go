package schema

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// choice decides which of the alternatives n is, and checks it as that alone.
func (c *checker) choice(u *Union, n *yamlnode.Node, p *yamlnode.Pair) {
	found := c.decide(u, n, p)
	switch {
	case found == nil:
	case found.Preview != "":
		d := c.errs.Errorf(n.Get(u.By).Range, diag.CodePreviewSyntax, "%s: %s is syntax of the 2021 preview", u.By, found.Value)
		d.Path, d.Hint = c.path(u.By), "today write "+found.Preview
	case found.Wrong != nil:
		c.tested(found.Wrong(c.name(), n), n, p)
	case found.Union != nil:
		c.choice(found.Union, n, p)
	default:
		c.object(c.book.object(found.Object), n, p)
	}
}

// decide is the alternative that n is; nil when it is none, and reported.
func (c *checker) decide(u *Union, n *yamlnode.Node, p *yamlnode.Pair) *Case {
	by := n.Get(u.By)
	if u.By == "" || by == nil || by.Kind == yamlnode.Null {
		found := u.byShape(n)
		if found == nil {
			c.undecided(u, n, p)
		}
		return found
	}
	if by.Kind == yamlnode.Scalar {
		if found := u.byValue(by.Text); found != nil {
			return found
		}
	}
	c.wrongTeller(u, by)
	return nil
}

// wrongTeller reports a value of the key that tells which no case has.
func (c *checker) wrongTeller(u *Union, by *yamlnode.Node) {
	c.push(u.By, 0)
	defer c.pop()
	if by.Kind != yamlnode.Scalar {
		c.wrongShape(&Shape{Form: Text}, by, nil)
		return
	}
	code := u.Code
	if code == "" {
		code = diag.CodeBadValue
	}
	c.notAmong(by, u.values(), code, u.Noun, u.Plural)
}

// undecided reports that the key that tells is missing, or empty.
func (c *checker) undecided(u *Union, n *yamlnode.Node, p *yamlnode.Pair) {
	if u.By == "" {
		return
	}
	subject := c.subject(u.Subject)
	by, given := n.Pair(u.By)
	if given {
		d := c.errs.Errorf(by.KeyRange, diag.CodeMissingField, "%s of %s is empty", u.By, subject)
		d.Path = c.path(u.By)
		return
	}
	d := c.errs.Errorf(c.placeOf(n, p), diag.CodeMissingField, "%s has no %s", subject, u.By)
	d.Path, d.Hint = c.path(u.By), "add "+u.By
	for i := range n.Pairs {
		if diag.Suggest(n.Pairs[i].Key, []string{u.By}) == u.By {
			d.Range, d.Code, d.Message = n.Pairs[i].KeyRange, diag.CodeUnknownField, "unknown field \""+n.Pairs[i].Key+"\""
			d.Path, d.Hint = c.path(n.Pairs[i].Key), diag.DidYouMean(n.Pairs[i].Key, []string{u.By})
			return
		}
	}
}

// byValue is the case of a value of the key that tells.
func (u *Union) byValue(value string) *Case {
	for i := range u.Cases {
		if same(u.Cases[i].Value, value, u.Fold) {
			return &u.Cases[i]
		}
	}
	return nil
}

// byShape is the case of a mapping without that key.
func (u *Union) byShape(n *yamlnode.Node) *Case {
	if u.Absent != nil {
		value := u.Absent(n)
		for i := range u.Cases {
			if u.Cases[i].Value == value {
				return &u.Cases[i]
			}
		}
		return nil
	}
	var other *Case
	for i := range u.Cases {
		for _, key := range u.Cases[i].Has {
			if n.Get(key) != nil {
				return &u.Cases[i]
			}
		}
		if u.Cases[i].Else {
			other = &u.Cases[i]
		}
	}
	return other
}

// values are those that people write today.
func (u *Union) values() []string {
	var out []string
	for i := range u.Cases {
		if u.Cases[i].Preview == "" && !u.Cases[i].Quiet {
			out = append(out, u.Cases[i].Value)
		}
	}
	return out
}

// same: the two are one value of an enum.
func same(known, given string, f Fold) bool {
	switch {
	case known == given:
		return true
	case f == Lower:
		return strings.EqualFold(known, given)
	case f == Snake:
		return strings.EqualFold(flat(known), flat(given))
	}
	return false
}

// flat is a name without underscores.
func flat(s string) string {
	if !strings.Contains(s, "_") {
		return s
	}
	return strings.ReplaceAll(s, "_", "")
}
