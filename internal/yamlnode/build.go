package yamlnode

import (
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"github.com/ischia-ml/ischia/diag"
)

// quotedStyles are the ways to write a scalar that make it a string.
const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// builder makes our nodes of the library's.
type builder struct {
	*source
	faults *diag.List
	// anchored are the nodes that have an anchor, once they are begun.
	anchored map[*yaml.Node]*built
	// expanded counts the nodes that aliases have added, bomb is set when
	// there were too many.
	expanded int
	bomb     bool
}

// built is a node with what is needed to judge aliases to it, and where in
// the text it ends.
type built struct {
	node *Node
	// size and height are those of the tree, aliases expanded. Long texts count
	// as several nodes.
	size, height int
	end          int
	done         bool
}

// node builds n, which stands depth levels below the root.
func (b *builder) node(n *yaml.Node, depth int) built {
	if n.Kind == yaml.AliasNode {
		return b.alias(n, depth)
	}
	if n.Anchor != "" {
		b.anchored[n] = &built{}
	}
	var out built
	from := b.content(n, b.offset(n.Line, n.Column))
	switch n.Kind {
	case yaml.MappingNode:
		out = b.mapping(n, from, depth)
	case yaml.SequenceNode:
		out = b.sequence(n, from, depth)
	default:
		out = b.scalar(n, from)
	}
	out.done = true
	if n.Anchor != "" {
		b.anchored[n] = &out
	}
	return out
}

// alias is the node that n refers to, shared.
func (b *builder) alias(n *yaml.Node, depth int) built {
	from := b.offset(n.Line, n.Column)
	end := from + 1 + len(n.Value)
	at := b.span(from, end)
	null := built{node: &Node{Kind: Null, Range: at}, size: 1, height: 1, end: end}
	target := b.anchored[n.Alias]
	switch {
	case b.bomb:
		return null
	case target == nil || !target.done:
		b.faults.Errorf(at, diag.CodeYAMLAlias, "the alias *%s contains itself", n.Value)
		return null
	case b.expanded+target.size > maxExpanded || depth+target.height > maxDepth:
		b.faults.Errorf(at, diag.CodeYAMLAlias, "the alias *%s makes the document too large: aliases may add %d values, and %d levels", n.Value, maxExpanded, maxDepth).
			Hint = "write the values out, or use fewer aliases within aliases"
		b.bomb = true
		return null
	}
	b.expanded += target.size
	return built{node: target.node, size: target.size, height: target.height, end: end}
}

// scalar builds a scalar or null whose value starts at from.
func (b *builder) scalar(n *yaml.Node, from int) built {
	end := b.scalarEnd(n, from)
	out := &Node{
		Kind: Scalar, Range: b.span(from, end), Text: n.Value,
		Quoted: n.Style&quotedStyles != 0,
		Block:  n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0,
	}
	if len(n.Value) > maxScalar {
		b.faults.Errorf(out.Range, diag.CodeYAMLTooLarge, "this value has %d KiB; at most %d KiB are read", len(n.Value)>>10, maxScalar>>10)
		out.Text = ""
	}
	if n.Style&yaml.TaggedStyle != 0 {
		b.applyTag(n, out)
	}
	if out.Type() == NullType {
		out.Kind = Null
	}
	return built{node: out, size: textSize(out.Text), height: 1, end: end}
}

// textSize is what a text counts as, in nodes. Sharing it costs nothing, but
// whoever writes the document out again writes it each time.
func textSize(text string) int { return 1 + len(text)/64 }

// applyTag makes a scalar what its explicit tag says.
func (b *builder) applyTag(n *yaml.Node, out *Node) {
	plain := resolvePlain(n.Value)
	fits := true
	switch n.Tag {
	case "!", "!!str":
		out.Quoted = true
		return
	case "!!int":
		out.forced, fits = Int, plain == Int
	case "!!float":
		out.forced, fits = Float, plain == Int || plain == Float
	case "!!bool":
		out.forced, fits = Bool, plain == Bool
	case "!!null":
		out.forced = NullType
	case "!!timestamp":
		out.forced, fits = Timestamp, plain == Timestamp
	default:
		b.faults.Errorf(out.Range, diag.CodeYAMLSyntax, "the tag %s is not supported", n.Tag).
			Hint = "remove the tag; quotes make a value a string"
		return
	}
	out.Quoted = false
	if !fits {
		b.faults.Errorf(out.Range, diag.CodeYAMLSyntax, "%q does not fit its tag %s", n.Value, n.Tag)
		out.forced, out.Quoted = NotScalar, true
	}
}

// checkCollectionTag complains about a tag that changes what a collection is.
func (b *builder) checkCollectionTag(n *yaml.Node, plain string, at diag.Range) {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != plain && n.Tag != "!" {
		b.faults.Errorf(at, diag.CodeYAMLSyntax, "the tag %s is not supported", n.Tag).Hint = "remove the tag"
	}
}

// sequence builds a list that starts at from.
func (b *builder) sequence(n *yaml.Node, from, depth int) built {
	out := built{node: &Node{Kind: Sequence}, size: 1, height: 1, end: from}
	if len(n.Content) > 0 {
		out.node.Items = make([]*Node, 0, len(n.Content))
	}
	for _, c := range n.Content {
		item := b.node(c, depth+1)
		out.grow(item)
		out.node.Items = append(out.node.Items, item.node)
	}
	b.close(n, &out, from)
	b.checkCollectionTag(n, "!!seq", out.node.Range)
	return out
}

// grow counts a child in.
func (o *built) grow(child built) {
	o.size += child.size
	o.height = max(o.height, child.height+1)
	o.end = max(o.end, child.end)
}

// close sets the range of a collection whose children are built.
func (b *builder) close(n *yaml.Node, out *built, from int) {
	if n.Style&yaml.FlowStyle != 0 {
		out.end = b.flowCollectionEnd(from, out.end)
	}
	out.node.Range = b.span(from, out.end)
}

// mapping builds a mapping that starts at from.
func (b *builder) mapping(n *yaml.Node, from, depth int) built {
	out := built{node: &Node{Kind: Mapping}, size: 1, height: 1, end: from}
	out.node.Pairs = make([]Pair, 0, len(n.Content)/2)
	written := newKeySet(len(n.Content) / 2)
	var merged []*Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, ok := b.key(n.Content[i])
		value := b.node(n.Content[i+1], depth+1)
		value.size += textSize(key.Key) - 1
		out.grow(value)
		switch {
		case isMergeKey(n.Content[i]):
			merged = append(merged, value.node)
		case ok:
			b.checkDuplicate(written, key)
			out.node.setPair(Pair{Key: key.Key, KeyRange: key.KeyRange, Value: value.node})
		}
	}
	b.merge(&out, merged)
	b.close(n, &out, from)
	b.checkCollectionTag(n, "!!map", out.node.Range)
	return out
}

// key is the text and place of a mapping's key.
func (b *builder) key(n *yaml.Node) (Pair, bool) {
	before := len(*b.faults)
	k := b.node(n, 0)
	at := k.node.Range
	switch {
	case k.node.Kind == Mapping || k.node.Kind == Sequence:
		*b.faults = (*b.faults)[:before] // one complaint about it is enough
		d := b.faults.Errorf(at, diag.CodeYAMLKey, "a key has to be text, not a %s", kindWord(k.node.Kind))
		if strings.Contains(string(b.text[b.offset(n.Line, n.Column):min(k.end+1, len(b.text))]), "{{") {
			d.Hint = `quote it: "${{...}}"`
		}
		return Pair{}, false
	case len(*b.faults) > before:
		return Pair{}, false
	case k.node.Text == "" && !k.node.Quoted:
		b.faults.Errorf(at, diag.CodeYAMLKey, "a key is missing before the colon")
		return Pair{}, false
	}
	return Pair{Key: k.node.Text, KeyRange: at, Value: k.node}, true
}

// kindWord is what a person calls a collection.
func kindWord(k Kind) string {
	if k == Sequence {
		return "list"
	}
	return "mapping"
}

// checkDuplicate complains about a key that was written before.
func (b *builder) checkDuplicate(written *keySet, key Pair) {
	first, again := written.add(key.Key, key.KeyRange)
	if !again {
		return
	}
	d := b.faults.Errorf(key.KeyRange, diag.CodeYAMLDuplicateKey, "the key %q is given twice", key.Key)
	d.Hint = "remove or rename one of them; the last one would win"
	d.Related = []diag.Related{{Range: first, Message: "first given here"}}
}

// keySet remembers where the keys of one mapping were first written.
type keySet struct{ seen map[string]diag.Range }

// newKeySet expects about n keys.
func newKeySet(n int) *keySet { return &keySet{seen: make(map[string]diag.Range, n)} }

// add notes a key, and returns the earlier place if it was there already.
func (k *keySet) add(key string, at diag.Range) (first diag.Range, again bool) {
	if first, again = k.seen[key]; !again {
		k.seen[key] = at
	}
	return first, again
}
