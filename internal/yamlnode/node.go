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

// Node is one value of a YAML document, with its place. A node that an alias
// refers to is shared: it stands at several places of the tree, and its Range
// is where it was written.
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

	// forced is the type that an explicit tag (!!float 1) asks for.
	forced ScalarType
	// index finds a pair by key in a mapping of more than indexFrom pairs.
	index map[string]int
}

// Pair is one entry of a mapping.
type Pair struct {
	// Key is the key's text and KeyRange its place.
	Key      string
	KeyRange diag.Range
	Value    *Node
}

// indexFrom is the size above which a map beats looking at every pair.
const indexFrom = 8

// Get is the value of key, or nil when n is not a mapping or has no such key.
func (n *Node) Get(key string) *Node {
	p, _ := n.Pair(key)
	return p.Value
}

// Pair is the entry of key, and whether there is one.
func (n *Node) Pair(key string) (Pair, bool) {
	if i := n.find(key); i >= 0 {
		return n.Pairs[i], true
	}
	return Pair{}, false
}

// IsNull reports whether n is a null. A nil node is absent, which is not the
// same: it is no null.
func (n *Node) IsNull() bool { return n != nil && n.Kind == Null }

// find is the position of key among the pairs, or -1.
func (n *Node) find(key string) int {
	if n == nil {
		return -1
	}
	// Whoever appended to Pairs by hand left the index behind.
	if n.index != nil && len(n.index) == len(n.Pairs) {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return i
		}
	}
	return -1
}

// setPair gives p's key the value of p, in place when the key is there.
func (n *Node) setPair(p Pair) {
	if i := n.find(p.Key); i >= 0 {
		n.Pairs[i] = p
		return
	}
	n.Pairs = append(n.Pairs, p)
	switch {
	case n.index != nil && len(n.index) == len(n.Pairs)-1:
		n.index[p.Key] = len(n.Pairs) - 1
	case len(n.Pairs) > indexFrom:
		n.reindex()
	}
}

// reindex builds the index anew.
func (n *Node) reindex() {
	n.index = make(map[string]int, 2*len(n.Pairs))
	for i := range n.Pairs {
		n.index[n.Pairs[i].Key] = i
	}
}
