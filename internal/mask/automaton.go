package mask

import (
	"maps"
	"slices"
)

// automaton finds all patterns in one pass (Aho and Corasick, 1975): after
// each byte, its state is the longest end of the text that begins a pattern.
//
// States are numbered by depth. The shallow ones, where nearly all text is
// spent, have a full table row; the deep ones have their few edges and the
// link to the next shorter end, because a full row for each byte of some keys
// in all their forms would take tens of megabytes.
type automaton struct {
	nodes []node
	table []int32 // rows*256
	rows  int32
}

// node is one state.
type node struct {
	// child is the first edge's target, sibling the next edge of the parent;
	// 0 is none, as the root is nobody's child.
	child, sibling int32
	fail           int32
	depth          int32
	// match is the length of the longest pattern that ends here, 0 if none.
	match int32
	// hold is how many bytes back a pattern may have begun that is not yet
	// complete.
	hold int32
	by   byte
}

// maxRows bounds the table to one megabyte.
const maxRows = 1024

func newAutomaton(patterns map[string]bool) *automaton {
	a := &automaton{nodes: make([]node, 1)}
	a.grow(slices.Sorted(maps.Keys(patterns)))
	a.link()
	a.fillTable()
	return a
}

// group is a range of the sorted patterns that share the path to a node.
type group struct {
	node     int32
	from, to int
}

// grow makes the nodes, level by level, so that they are numbered by depth.
func (a *automaton) grow(sorted []string) {
	for queue := []group{{0, 0, len(sorted)}}; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		depth := int(a.nodes[g.node].depth)
		if len(sorted[g.from]) == depth {
			a.nodes[g.node].match = int32(depth)
			g.from++
		}
		for g.from < g.to {
			by := sorted[g.from][depth]
			end := g.from + 1
			for end < g.to && sorted[end][depth] == by {
				end++
			}
			queue = append(queue, group{a.addChild(g.node, by), g.from, end})
			g.from = end
		}
	}
}

func (a *automaton) addChild(parent int32, by byte) int32 {
	id := int32(len(a.nodes))
	a.nodes = append(a.nodes, node{by: by, depth: a.nodes[parent].depth + 1, sibling: a.nodes[parent].child})
	a.nodes[parent].child = id
	return id
}

// link sets fail, and what follows from it, in order of depth.
func (a *automaton) link() {
	for parent := range a.nodes {
		for c := a.nodes[parent].child; c != 0; c = a.nodes[c].sibling {
			if parent != 0 {
				a.nodes[c].fail = a.walk(a.nodes[parent].fail, a.nodes[c].by)
			}
			a.inherit(&a.nodes[c])
		}
	}
}

func (a *automaton) inherit(n *node) {
	shorter := a.nodes[n.fail]
	n.match = max(n.match, shorter.match)
	n.hold = n.depth
	if n.child == 0 {
		n.hold = shorter.hold
	}
}

// walk is the next state, found by the edges.
func (a *automaton) walk(state int32, by byte) int32 {
	for {
		for c := a.nodes[state].child; c != 0; c = a.nodes[c].sibling {
			if a.nodes[c].by == by {
				return c
			}
		}
		if state == 0 {
			return 0
		}
		state = a.nodes[state].fail
	}
}

func (a *automaton) fillTable() {
	a.rows = int32(min(len(a.nodes), maxRows))
	a.table = make([]int32, int(a.rows)*256)
	for state := range a.rows {
		row := a.table[int(state)*256:][:256]
		if state > 0 {
			// fail is shallower, so its row is complete.
			copy(row, a.table[int(a.nodes[state].fail)*256:][:256])
		}
		for c := a.nodes[state].child; c != 0; c = a.nodes[c].sibling {
			row[a.nodes[c].by] = c
		}
	}
}

// next is the state after one more byte.
func (a *automaton) next(state int32, by byte) int32 {
	for state >= a.rows {
		for c := a.nodes[state].child; c != 0; c = a.nodes[c].sibling {
			if a.nodes[c].by == by {
				return c
			}
		}
		state = a.nodes[state].fail
	}
	return a.table[int(state)<<8|int(by)]
}
