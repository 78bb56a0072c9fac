package diag

import (
	"cmp"
	"slices"
	"strings"
)

// Fix is a mend of a diagnostic that can be made without asking, because
// nothing else can have been meant: a misspelt key, a missing "azureml:".
type Fix struct {
	// Message says in a few words what is done: `write "environment"`.
	Message string
	Edits   []Edit
}

// Edit puts Text in the place of a stretch of a file. An empty stretch, whose
// end is its beginning, only puts it there.
type Edit struct {
	Range
	Text string
}

// Replace is the fix that writes text in the place of r.
func Replace(r Range, text string) *Fix {
	return &Fix{Message: "write " + text, Edits: []Edit{{r, text}}}
}

func (x *Fix) mapFiles(f func(string) string) *Fix {
	if x == nil {
		return nil
	}
	edits := slices.Clone(x.Edits)
	for i := range edits {
		edits[i].File = f(edits[i].File)
	}
	return &Fix{x.Message, edits}
}

// Fixes are the edits of all fixes in l, by file, in the order of the files.
// Of two that meddle with the same characters the first counts, and the whole
// fix that the other belongs to is left for another round.
func (l List) Fixes() map[string][]Edit {
	all := map[string][]Edit{}
	for _, d := range l.Sorted() {
		if d.Fix == nil || slices.ContainsFunc(d.Fix.Edits, func(e Edit) bool { return meddles(all[e.File], e) }) {
			continue
		}
		for _, e := range d.Fix.Edits {
			all[e.File] = append(all[e.File], e)
		}
	}
	return all
}

// meddles: e touches what one of the edits touches.
func meddles(edits []Edit, e Edit) bool {
	return slices.ContainsFunc(edits, func(o Edit) bool {
		return compare(e.Line, e.Column, o.EndLine, o.EndColumn) <= 0 && compare(o.Line, o.Column, e.EndLine, e.EndColumn) <= 0
	})
}

func compare(line, column, toLine, toColumn int) int {
	return cmp.Or(cmp.Compare(line, toLine), cmp.Compare(column, toColumn))
}

// Apply is text with edits made, which do not meddle with each other. Ends of
// lines and a byte order mark stay as they are. An edit of a place that the
// text does not have is not made.
func Apply(text string, edits []Edit) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return compare(a.Line, a.Column, b.Line, b.Column) })
	starts := lineStarts(text)
	var out strings.Builder
	done := 0
	for _, e := range edits {
		from, ok1 := offset(text, starts, e.Line, e.Column)
		to, ok2 := offset(text, starts, e.EndLine, e.EndColumn)
		if !ok1 || !ok2 || from < done || to < from {
			continue
		}
		out.WriteString(text[done:from])
		out.WriteString(e.Text)
		done = to
	}
	out.WriteString(text[done:])
	return out.String()
}

// lineStarts are the offsets at which lines begin. A byte order mark belongs to
// no line.
func lineStarts(text string) []int {
	first := 0
	if strings.HasPrefix(text, "\uFEFF") {
		first = len("\uFEFF")
	}
	starts := []int{first}
	for i := first; i < len(text); i++ {
		switch {
		case text[i] == '\n':
			starts = append(starts, i+1)
		case text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset is where a character begins, and false for one that is not there. The
// end of a line is a place too.
func offset(text string, starts []int, line, column int) (int, bool) {
	if line < 1 || line > len(starts) || column < 1 {
		return 0, false
	}
	at := starts[line-1]
	for i, r := range text[at:] {
		if column == 1 {
			return at + i, true
		}
		if r == '\n' || r == '\r' {
			return 0, false
		}
		column--
	}
	return len(text), column == 1
}
