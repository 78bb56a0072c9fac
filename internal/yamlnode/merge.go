package yamlnode

import (
	yaml "go.yaml.in/yaml/v4"

	"github.com/ischia-ml/ischia/diag"
)

// isMergeKey reports whether n is the plain key <<.
func isMergeKey(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Style&(quotedStyles|yaml.TaggedStyle) == 0
}

// merge adds the pairs that the values of merge keys bring to those written in
// the mapping itself, which win. As in PyYAML, of several merge keys the last
// wins, and of a list of mappings the first.
func (b *builder) merge(into *built, values []*Node) {
	for i := len(values) - 1; i >= 0; i-- {
		sources := []*Node{values[i]}
		if values[i].Kind == Sequence {
			sources = values[i].Items
		}
		before := len(*b.faults)
		for _, from := range sources {
			if b.mergeOne(into, from); len(*b.faults) > before {
				break // one complaint about a list is enough
			}
		}
	}
}

// mergeOne adds the pairs of one mapping whose keys are not there yet.
func (b *builder) mergeOne(into *built, from *Node) {
	if b.bomb {
		return
	}
	if from.Kind != Mapping {
		b.faults.Errorf(from.Range, diag.CodeYAMLKey, "the merge key << takes a mapping, or a list of mappings")
		return
	}
	if b.expanded += len(from.Pairs); b.expanded > maxExpanded {
		b.faults.Errorf(from.Range, diag.CodeYAMLAlias, "merge keys and aliases make the document too large: they may add %d values", maxExpanded)
		b.bomb = true
		return
	}
	for _, p := range from.Pairs {
		if into.node.find(p.Key) < 0 {
			into.node.setPair(p)
		}
	}
}
