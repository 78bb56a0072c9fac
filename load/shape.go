package load

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// environmentInPlace stands for the kind of an environment in a file of its
// own, which is no definition.
const environmentInPlace = "an environment in place"

// describe is what may be written in a kind, remembered over a load; nil when
// that kind is not described.
func (l *loader) describe(kind string) *schema.Kind {
	k := l.described[kind]
	if k == nil {
		if k = schema.EnvironmentInPlace(); kind != environmentInPlace {
			k, _ = schema.Of(kind)
		}
		l.described[kind] = k
	}
	return k
}

// shape reports every fault of the shape of n, which stands alone in its file.
// What reads n afterwards passes over what is reported here.
func (l *loader) shape(kind string, n *yamlnode.Node) {
	k := l.describe(kind)
	if k == nil {
		return
	}
	faults := k.Check(n, "")
	for _, d := range faults {
		if d.Severity == diag.Error {
			l.faults = append(l.faults, d.Pos)
		} else if d.Code == diag.CodeUnknownField {
			l.drops[d.Pos] = true
		}
	}
	slices.SortFunc(l.faults, comparePos)
	l.errs = append(l.errs, faults...)
}

func comparePos(a, b diag.Pos) int {
	return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
}

// faulty: the shape of n, or of something in it, is wrong.
func (l *loader) faulty(n *yamlnode.Node) bool {
	i, _ := slices.BinarySearchFunc(l.faults, n.Range.Pos, comparePos)
	end := diag.Pos{File: n.Range.File, Line: n.Range.EndLine, Column: n.Range.EndColumn}
	return i < len(l.faults) && comparePos(l.faults[i], end) < 0
}

// dropped are the keys of n that Azure ML takes and ignores.
func (l *loader) dropped(n *yamlnode.Node) []pipeline.Ignored {
	if len(l.drops) == 0 {
		return nil
	}
	var out []pipeline.Ignored
	for _, p := range n.Pairs {
		if l.drops[p.KeyRange.Pos] {
			out = append(out, pipeline.Ignored{Field: p.Key, Range: p.KeyRange})
		}
	}
	return out
}
