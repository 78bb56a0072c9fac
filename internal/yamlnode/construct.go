package yamlnode

import (
	"math/big"
)

// NewMapping is an empty mapping; fill it with [Node.Set].
func NewMapping() *Node { return &Node{Kind: Mapping} }

// NewSequence is a list of items.
func NewSequence(items ...*Node) *Node { return &Node{Kind: Sequence, Items: items} }

// NewString is a string, whatever it looks like.
func NewString(s string) *Node { return &Node{Kind: Scalar, Text: s, Quoted: true} }

// NewInt is a whole number.
func NewInt(i int64) *Node { return &Node{Kind: Scalar, Text: big.NewInt(i).String()} }

// NewFloat is a number with a fraction: 1 is written "1.0".
func NewFloat(f float64) *Node {
	return &Node{Kind: Scalar, Text: yamlFloat(f)}
}

// NewBool is true or false.
func NewBool(b bool) *Node {
	if b {
		return &Node{Kind: Scalar, Text: "true"}
	}
	return &Node{Kind: Scalar, Text: "false"}
}

// NewNull is a null.
func NewNull() *Node { return &Node{Kind: Null, Text: "null"} }

// Set gives key the value v: in place when the mapping n has the key, else at
// the end. Nothing may set a key of a node that others read at the same time.
func (n *Node) Set(key string, v *Node) {
	p := Pair{Key: key, Value: v}
	if i := n.find(key); i >= 0 {
		p.KeyRange = n.Pairs[i].KeyRange
	}
	n.setPair(p)
}
