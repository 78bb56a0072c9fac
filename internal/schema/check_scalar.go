package schema

import (
	"math"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// text checks a text. Azure ML's client does not convert: version: 1 is a
// number, and where it wants text it refuses it.
func (c *checker) text(s *Shape, n *yamlnode.Node) {
	if n.Type() != yamlnode.String {
		d := c.shapeFault(s, n, nil)
		d.Hint, d.Fix = "put it in quotes: \""+clip(n.Text)+"\"", quoted(n)
		return
	}
	switch {
	case s.Full && n.Text == "":
		why := ""
		if s.Empty != "" {
			why = ": " + s.Empty
		}
		c.fault(n.Range, diag.CodeMissingField, "%s is empty%s", c.name(), why).Hint = "give it a value"
	case len(s.Enum) > 0 && !s.has(n.Text):
		code := s.Code
		if code == "" {
			code = diag.CodeBadValue
		}
		c.notAmong(n, s.Enum, code, s.Noun, s.Plural)
	case s.Format != "":
		if fault := formatOf(s.Format).fault(n.Text); fault != "" {
			c.fault(n.Range, formatOf(s.Format).code(), "%s", fault).Hint = formatOf(s.Format).hint
		}
	}
}

// has: value is one of the enum's.
func (s *Shape) has(value string) bool {
	for _, known := range s.Enum {
		if same(known, value, s.Fold) {
			return true
		}
	}
	return false
}

// notAmong reports a value that is none of those known.
func (c *checker) notAmong(n *yamlnode.Node, known []string, code diag.Code, noun, plural string) {
	if noun == "" {
		noun, plural = "a value of "+c.name(), "values"
	}
	d := c.fault(n.Range, code, "%q is not %s", clip(n.Text), noun)
	if c.compared += len(known); c.compared > maxCompared {
		return
	}
	d.Hint, d.Fix = didYouMean(n.Text, known), respell(n, known)
	if d.Hint == "" && len(known) <= 20 {
		d.Hint = plural + " are " + strings.Join(known, ", ")
		if len(known) == 1 {
			d.Hint = "write " + known[0]
		}
	}
}

// didYouMean is [diag.DidYouMean], also for one that differs by its capitals.
func didYouMean(word string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, word) {
			return diag.DidYouMean(k+"?", known)
		}
	}
	return diag.DidYouMean(strings.ToLower(word), known)
}

// boolean checks true and false; see [Truth].
func (c *checker) boolean(s *Shape, n *yamlnode.Node) {
	if _, ok := Truth(n); !ok {
		c.wrongShape(s, n, nil)
	}
}

// Truth is the value of a boolean as Azure ML's client reads it: it takes the
// words in quotes too, and 1 and 0.
// Source: marshmallow, the truthy and falsy values of fields.Boolean.
func Truth(n *yamlnode.Node) (value, ok bool) {
	if b, ok := n.AsBool(); ok {
		return b, true
	}
	if n == nil || n.Kind != yamlnode.Scalar {
		return false, false
	}
	switch strings.ToLower(n.Text) {
	case "true", "t", "yes", "y", "on", "1":
		return true, true
	case "false", "f", "no", "n", "off", "0":
		return false, true
	}
	return false, false
}

// number checks a number; one in quotes counts.
func (c *checker) number(s *Shape, n *yamlnode.Node) {
	f, ok := numberOf(n)
	if !ok {
		c.report(n.Range, diag.CodeBadValue, "%s %q is not a number", c.name(), clip(n.PyString()))
		return
	}
	c.bounds(s, n, f)
}

// integer checks a whole number; one in quotes counts, and so does 3.0.
func (c *checker) integer(s *Shape, n *yamlnode.Node) {
	f, ok := numberOf(n)
	if !ok || f != math.Trunc(f) || math.IsInf(f, 0) {
		unit := ""
		if s.Unit != "" {
			unit = " of " + s.Unit
		}
		c.report(n.Range, diag.CodeBadValue, "%s %q is not a whole number%s", c.name(), clip(n.PyString()), unit)
		return
	}
	c.bounds(s, n, f)
}

// numberOf is the value of a number, also of one in quotes.
func numberOf(n *yamlnode.Node) (float64, bool) {
	// Most are small, quoted or not, and need no big.Int; 010 is octal.
	if i, err := strconv.ParseInt(n.Text, 10, 32); err == nil && n.Text[0] >= '1' {
		return float64(i), true
	}
	switch n.Type() {
	case yamlnode.Int, yamlnode.Float:
		return n.AsFloat()
	case yamlnode.String:
		t := strings.TrimSpace(n.Text)
		if len(t) > 400 || strings.ContainsAny(t, "xXpP_") {
			return 0, false
		}
		f, err := strconv.ParseFloat(t, 64)
		return f, err == nil
	}
	return 0, false
}

func (c *checker) bounds(s *Shape, n *yamlnode.Node, f float64) {
	switch {
	case s.Min != nil && (*s.Min == 1 || *s.Min == 0) && s.Max == nil && s.Form == Integer && f < *s.Min:
		d := c.fault(n.Range, diag.CodeOutOfRange, "%s %s is not positive", c.name(), n.PyString())
		d.Hint = "it is at least " + short(*s.Min)
		if s.Unit != "" {
			d.Hint = "it is a number of " + s.Unit
		}
	case s.Min != nil && f < *s.Min:
		c.outside(s, n, "below", *s.Min)
	case s.Max != nil && f > *s.Max:
		c.outside(s, n, "above", *s.Max)
	}
}

func (c *checker) outside(s *Shape, n *yamlnode.Node, how string, bound float64) {
	d := c.fault(n.Range, diag.CodeOutOfRange, "%s %s is %s %s", c.name(), n.PyString(), how, short(bound))
	switch {
	case s.Min != nil && s.Max != nil:
		d.Hint = "it is from " + short(*s.Min) + " to " + short(*s.Max)
	case s.Min != nil:
		d.Hint = "it is at least " + short(bound)
	default:
		d.Hint = "it is at most " + short(bound)
	}
}

func short(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// isBinding: a text with ${{ }}.
func isBinding(n *yamlnode.Node) bool {
	return n.Kind == yamlnode.Scalar && strings.Contains(n.Text, "${{")
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}
