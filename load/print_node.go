package load

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// keyOrder are the keys of definitions in the order in which people write
// them. Keys that are not among them stand before jobs.
func keyOrder() []string {
	return []string{"$schema", "type", "kind", "name", "version", "display_name", "description", "tags", "properties", "comment",
		"experiment_name", "component", "is_deterministic", "settings", "path", "mode", "value", "optional", "default", "min", "max", "enum",
		"inputs", "outputs", "code", "additional_includes", "command", "environment", "environment_variables",
		"compute", "distribution", "resources", "limits"}
}

// inOrder puts the entries of a mapping in order; n itself stays as it is.
func inOrder(n *yamlnode.Node) *yamlnode.Node {
	order := keyOrder()
	rank := func(key string) int {
		if key == "jobs" {
			return len(order) + 1
		}
		if i := slices.Index(order, key); i >= 0 {
			return i
		}
		return len(order)
	}
	sorted := &yamlnode.Node{Kind: n.Kind, Range: n.Range, Pairs: slices.Clone(n.Pairs)}
	slices.SortStableFunc(sorted.Pairs, func(a, b yamlnode.Pair) int { return cmp.Compare(rank(a.Key), rank(b.Key)) })
	return sorted
}

// entries is a mapping that is being made.
type entries struct{ *yamlnode.Node }

func newEntries() entries { return entries{yamlnode.NewMapping()} }

// node adds a value, if there is one.
func (e entries) node(key string, n *yamlnode.Node) {
	if n != nil {
		e.Set(key, n)
	}
}

// text adds a text, if one was written.
func (e entries) text(key string, t pipeline.Text) {
	if !t.IsZero() {
		e.Set(key, yamlnode.NewString(t.Value))
	}
}

// word adds a text that is not empty.
func (e entries) word(key, word string) {
	if word != "" {
		e.Set(key, yamlnode.NewString(word))
	}
}

// boolean adds what is true or false, if it is said.
func (e entries) boolean(key string, b *bool) {
	if b != nil {
		e.Set(key, yamlnode.NewBool(*b))
	}
}

// texts adds a mapping of texts, if there is one.
func (e entries) texts(key string, m map[string]string) {
	if len(m) == 0 {
		return
	}
	n := yamlnode.NewMapping()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		n.Set(name, yamlnode.NewString(m[name]))
	}
	e.Set(key, n)
}

// number adds a text that is a number, most often.
func (p *printer) number(e entries, key string, t pipeline.Text) {
	if !t.IsZero() {
		e.Set(key, p.literal(&pipeline.Literal{Text: t, Type: pipeline.Number}))
	}
}

// literal is a value that reads as the same type.
func (p *printer) literal(l *pipeline.Literal) *yamlnode.Node {
	switch {
	case l == nil:
		return nil
	case l.Value == "":
		return yamlnode.NewString("")
	}
	return p.codec.Encode(*l)
}

// done is the mapping with the fields that were kept for it, in order.
func (p *printer) done(e entries, extra pipeline.Raw) *yamlnode.Node {
	if extra != "" {
		kept, errs := yamlnode.Parse("", []byte(extra))
		if errs.HasErrors() || kept == nil || kept.Kind != yamlnode.Mapping {
			p.fail("extra fields that are no YAML mapping: %q", extra)
			return e.Node
		}
		blend(e.Node, kept)
	}
	return inOrder(e.Node)
}

// blend adds the entries of extra to n. Where both have one, that of n stays,
// with what extra has more within it.
func blend(n, extra *yamlnode.Node) {
	for _, pair := range extra.Pairs {
		own := n.Get(pair.Key)
		if own == nil {
			n.Set(pair.Key, pair.Value)
			continue
		}
		if pair.Value.Kind != yamlnode.Mapping {
			continue
		}
		if own.Kind == yamlnode.Scalar { // code: a path alone is a mapping with a path
			inner := yamlnode.NewMapping()
			inner.Set("path", own)
			own = inner
			n.Set(pair.Key, own)
		}
		blend(own, pair.Value)
	}
}
