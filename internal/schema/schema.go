package schema

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// Kind is the description of one kind of definition.
type Kind struct {
	// Name is the base name of Azure's schema: "pipelineJob".
	Name string
	// Noun is what messages call it: "a pipeline job".
	Noun string
	// Doc is markdown, a sentence or three.
	Doc string
	// Source is where the rules come from.
	Source string
	// Body is what the definition consists of.
	Body *Object

	book *book
}

// Object describes a mapping.
type Object struct {
	// Name is unique among all objects; JSON Schema refers to it.
	Name string
	// Noun is what messages call it: "a job of type command".
	Noun string
	// Subject is what messages say is lacking a field: "the command job". A %s
	// in it is the key under which the mapping stands: "job %s". The default is
	// that key itself.
	Subject string
	// Doc is markdown, about the whole.
	Doc string
	// Fields stand in the order in which people write them.
	Fields []Field
	// Rest is the shape of the values under keys that are not among Fields;
	// nil makes such keys unknown.
	Rest *Shape
	// Unknown says what becomes of unknown keys.
	Unknown Unknown
	// Key is what messages call a key: "field" unless it is set.
	Key string
	// Stray gives a hint for an unknown key that resembles no field; may be nil.
	Stray func(p yamlnode.Pair) string
	// Rules hold between the fields.
	Rules []Rule
	// Bare is what a mapping without any of some fields lacks; may be nil.
	Bare *Bare

	// index finds fields by name; required are the positions of those that
	// must be there. Both are made by book.
	index    map[string]int
	required []int
}

// Bare is one fault instead of one for each of the fields that are missing.
type Bare struct {
	Fields []string
	// Lacks is what it has: "neither component nor command".
	Lacks, Hint string
}

// Unknown says what becomes of a key that is not known.
type Unknown uint8

const (
	// Reject means: Azure ML refuses the definition. An error.
	Reject Unknown = iota
	// Drop means: Azure ML takes the definition and ignores the key. A warning,
	// unless the key resembles a field: then it is a slip, and an error.
	Drop
	// Ignore is Drop, and a warning even when the key resembles a field.
	Ignore
)

// Field is one key of a mapping.
type Field struct {
	Name string
	// Doc is markdown, in our own words.
	Doc   string
	Shape Shape
	// Required: a mapping without it is a fault.
	Required bool
	// ReadOnly: the service prints it; it is taken and dropped.
	ReadOnly bool
	// Renamed is the name to write today: the field is an old name of it.
	Renamed string
	// Preview is what to write today instead of this syntax of the 2021
	// preview, which is refused.
	Preview string
	// Default says in words what holds when it is absent.
	Default string
	// Here is what becomes of it on this machine.
	Here Treatment
}

// Treatment is what becomes of a field on this machine.
type Treatment uint8

const (
	// Runs means: it does here what it does on Azure.
	Runs Treatment = iota
	// Ignored means: it is read, and means nothing here; the parity report says so.
	Ignored
	// Validated means: it is checked, and nothing here acts on it.
	Validated
	// Accepted means: it is taken, and its value is not looked at.
	Accepted
	// Refused means: definitions with it are refused here.
	Refused
)

// Form is the YAML form of a value.
type Form uint8

// The forms. Any is everything; Literal is any scalar; List, Map, Mapping and
// Choice are collections, of which Map has keys of the user's choice, Mapping
// those of an Object, and Choice those of one of several.
const (
	Any Form = iota
	Text
	Number
	Integer
	Boolean
	Literal
	List
	Map
	Mapping
	Choice
)

// Fold says how a text is made comparable with the values of an enum.
type Fold uint8

const (
	// Exact means: as it is written.
	Exact Fold = iota
	// Lower means: capitals do not count.
	Lower
	// Snake means: neither do capitals and underscores; UserIdentity is user_identity.
	Snake
)

// Shape is what a value may be.
type Shape struct {
	Form Form
	// Null: the value may be left empty. Elsewhere Azure ML refuses a key
	// without a value.
	Null bool
	// What is the value in messages, instead of the words for its form: "a
	// mapping of names to jobs".
	What string
	// Enum are the only texts allowed.
	Enum []string
	Fold Fold
	// Noun and Plural are what a value of Enum is: "a type of input or
	// output", and "types".
	Noun, Plural string
	// Code is that of a value outside Enum; bad-value unless it is set.
	Code diag.Code
	// Min and Max bound a number, both inclusive.
	Min, Max *float64
	// Unit is what a whole number counts: "seconds".
	Unit string
	// Format names a check of formats.go.
	Format string
	// Of is the shape of the elements of a List or the values of a Map.
	Of *Shape
	// Full: the text, list or mapping may not be empty. Empty says what an
	// empty one means: "the pipeline runs nothing".
	Full  bool
	Empty string
	// Object is what a Mapping consists of.
	Object Ref
	// Union are the alternatives of a Choice.
	Union *Union
	// Old is a key by which a mapping is known that the 2021 preview had here,
	// and Now what to write today.
	Old, Now string
	// Binding: a text with ${{ }} may stand instead.
	Binding bool
	// Allow are other forms that may stand in the same place. The form of the
	// value decides which of them it is checked against.
	Allow []Shape
}

// Ref names an object, and makes it when it is first needed.
type Ref struct {
	Name  string
	Build func() *Object
}

// Union is one of several mappings. It is decided first which it is; faults
// are reported against that one alone.
type Union struct {
	// By is the key that tells, usually "type". Without it Absent decides.
	By string
	// Subject is as in Object, for a mapping that lacks By.
	Subject string
	// Noun and Plural are what a value of By is: "a type of job", and "types
	// of jobs".
	Noun, Plural string
	// Code is that of an unknown value of By; bad-value unless it is set.
	Code  diag.Code
	Fold  Fold
	Cases []Case
	// Absent decides by shape for a mapping without By: the value of one of
	// the cases. When it is nil the cases' Has and Else decide, and when they
	// do not either, By is reported missing.
	Absent func(n *yamlnode.Node) string
}

// Case is one alternative of a Union: an object, or a union again, decided by
// something else.
type Case struct {
	// Value is that of the key that tells.
	Value  string
	Object Ref
	Union  *Union
	// Preview is as in Field; such a case has no object.
	Preview string
	// Has are keys of which one shows, without By, that it is this case; Else:
	// it is this case when no other shows.
	Has  []string
	Else bool
	// Quiet: it is taken, and not suggested to anybody.
	Quiet bool
	// Wrong: such a mapping is a fault as a whole, and what its fields are does
	// not matter. name is the key under which it stands.
	Wrong func(name string, n *yamlnode.Node) Fault
}

// Kinds are the names of all kinds that are described, in order.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Of is the description of the kind of that name. Making one costs little;
// whoever checks many definitions keeps it, since it remembers its objects.
// It may be used from several goroutines at once.
func Of(name string) (*Kind, bool) {
	for _, k := range kinds() {
		if k.name == name {
			return open(k.describe()), true
		}
	}
	return nil, false
}
