// Package codec carries definitions between YAML nodes and typed models. A
// model is a struct whose fields are tagged az:"key"; the codec reads the tags,
// so that a kind of definition is declared once, as its type, and is read and
// printed without code of its own.
//
// It reports nothing: what may be written is package schema's business, which
// has spoken before. Whatever has another shape than its field is left out.
//
// # Tags
//
//	`az:"key"`         the value of a key; without a tag a field is no part of
//	                   the YAML
//	`az:"key,plain"`   of a [pipeline.Text] that is a number or boolean: printed
//	                   as such, without quotes
//	`az:"key,tree"`    of a [pipeline.Text]: any YAML, kept as YAML text
//	`az:"key,single"`  of a list: one item may stand without the list
//	`az:",inline"`     of a struct: its fields are fields of this one; embedded
//	                   structs are so anyway
//	`az:",scalar"`     what the struct is when a scalar stands in its place
//	`az:",whole"`      what the struct is when something else stands in its
//	                   place; of several, the first whose form it has
//	`az:",rest"`       the keys that no other field takes: a tree, a map, or a
//	                   list of named entries
//	`az:",key"`        in an element of a list: the list is a mapping in YAML, and
//	                   this field, Text or string, is the entry's key
//	`az:",value"`      beside it: the entry's value; without one, the fields of
//	                   the element are those of the value
//	`az:",place"`      of a [diag.Range]: where the mapping is, for faults of the
//	                   whole: its key, or else its first line
//
// # Types
//
// Fields are strings, bools, [pipeline.Text], [pipeline.LocalPath] (resolved
// against [Env.Dir] when it names something on this machine),
// [pipeline.Literal]; structs, lists, maps with string keys and pointers of
// these; interfaces known to the codec as a [Union]; and types with methods of
// their own, [Decoder] and [Encoder].
//
// The invariant: what is decoded from the YAML that encoding gives equals the
// model that was encoded, places aside. A field with its zero value is not
// printed, an empty list or map is the same as none, but a pointer to an empty
// struct is an empty mapping.
//
// Next: package load.
package codec
