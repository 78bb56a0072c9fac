package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// misspelling is the mend of a key that is almost the name of a field.
func (o *Object) misspelling(pair *yamlnode.Pair, n *yamlnode.Node) *diag.Fix {
	return o.rename(pair, diag.Slip(pair.Key, o.names()), n)
}

// rename is the mend of a key that is another one's old or misspelt name; nil
// when that one is there too, or is none of the object's.
func (o *Object) rename(pair *yamlnode.Pair, to string, n *yamlnode.Node) *diag.Fix {
	if to == "" || !slices.Contains(o.names(), to) || n.Get(to) != nil {
		return nil
	}
	return diag.Replace(pair.KeyRange, to)
}

// respell is the mend of a value that is almost one of an enum's, which are
// plain text.
func respell(n *yamlnode.Node, known []string) *diag.Fix {
	to := diag.Slip(strings.ToLower(n.Text), known)
	if to == "" {
		return nil
	}
	return diag.Replace(n.Range, to)
}

// quoted is the mend of a number or boolean where text is wanted.
func quoted(n *yamlnode.Node) *diag.Fix {
	if n.Kind != yamlnode.Scalar || n.Quoted {
		return nil
	}
	return diag.Replace(n.Range, strconv.Quote(n.Text))
}
