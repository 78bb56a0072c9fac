package azure

import (
	"cmp"
	"slices"

	"github.com/ischia-ml/ischia/internal/blob"
)

// sorted is a tree in the order that trees have. The same content twice under
// one name is there once.
func sorted(t blob.Tree) blob.Tree {
	entries := slices.Clone(t.Entries)
	slices.SortStableFunc(entries, func(a, b blob.Entry) int { return cmp.Compare(a.Path, b.Path) })
	return blob.Tree{Entries: slices.Compact(entries)}
}
