package yamlnode

import "github.com/ischia-ml/ischia/diag"

// Kind is the shape of a node.
type Kind int

// The shapes.
const (
	Null Kind = iota
	Scalar
	Sequence
	Mapping
)

// Node is one value of a YAML document, with its place.
type Node struct {
	Kind Kind
	// Range covers the value. Of a block collection it starts at its first
	// key or dash.
	Range diag.Range
	// Text is a scalar's text after YAML's own unescaping and folding.
	Text string
	// Quoted: the scalar was written in quotes or as a block, so it is a
	// string whatever it looks like.
	Quoted bool
	// Block: the scalar was written as a literal (|) or folded (>) block.
	Block bool
	// Pairs are a mapping's entries in the order written; keys are unique.
	Pairs []Pair
	// Items are a sequence's elements.
	Items []*Node
}

// Pair is one entry of a mapping.
type Pair struct {
	// Key is the key's text and KeyRange its place.
	Key      string
	KeyRange diag.Range
	Value    *Node
}
