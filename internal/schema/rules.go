package schema

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// RuleForm is what a rule says of its fields.
type RuleForm uint8

const (
	// OneOf means: exactly one of the fields is there.
	OneOf RuleForm = iota
	// AtLeastOne of the fields is there.
	AtLeastOne
	// AtMostOne of the fields is there.
	AtMostOne
	// AllOrNone of the fields are there.
	AllOrNone
	// Requires means: with the first field, the others are there too.
	Requires
	// Excludes means: with the first field, none of the others is there.
	Excludes
	// When means: with Value under Key, the fields are required.
	When
	// Tested means: what Test finds is a fault.
	Tested
)

// Rule is what holds between the fields of an object. A field that is null is
// not there.
type Rule struct {
	Form   RuleForm
	Fields []string
	// Key and Value are those of When.
	Key, Value string
	// Doc says it in words, for the reference pages. Rules other than Tested
	// say it themselves when it is empty.
	Doc string
	// Hint is the fix, when the rule's own words are not the best; of OneOf, the
	// fix when none is there.
	Hint string
	// Test finds what no other form can say.
	Test func(n *yamlnode.Node) []Fault
}

// Fault is what a test finds.
type Fault struct {
	// Key is the field at whose place it is shown: at its value, or, when
	// AtKey is set, its key. Empty, or absent, it is that of the whole.
	Key   string
	AtKey bool
	// In is the field whose mapping has Key; empty: it is the mapping itself.
	In string
	// Code is that of the diagnostic; bad-value when it is empty.
	Code diag.Code
	// Warning: it is no error.
	Warning bool
	// Message and Hint are those of the diagnostic.
	Message, Hint string
}

func oneOf(fields ...string) Rule      { return Rule{Form: OneOf, Fields: fields} }
func atLeastOne(fields ...string) Rule { return Rule{Form: AtLeastOne, Fields: fields} }
func atMostOne(fields ...string) Rule  { return Rule{Form: AtMostOne, Fields: fields} }
func allOrNone(fields ...string) Rule  { return Rule{Form: AllOrNone, Fields: fields} }

// requires: with field, the others have to be there.
func requires(field string, others ...string) Rule {
	return Rule{Form: Requires, Fields: append([]string{field}, others...)}
}

// excludes: with field, the others cannot be there.
func excludes(field string, others ...string) Rule {
	return Rule{Form: Excludes, Fields: append([]string{field}, others...)}
}

// when: with value under key, the fields have to be there.
func when(key, value string, fields ...string) Rule {
	return Rule{Form: When, Key: key, Value: value, Fields: fields}
}

// test is a rule that only a function can tell; doc says it in words.
func test(doc string, f func(n *yamlnode.Node) []Fault) Rule {
	return Rule{Form: Tested, Doc: doc, Test: f}
}

// hint is the fix to name when the rule is broken.
func (r Rule) hint(h string) Rule { r.Hint = h; return r }
