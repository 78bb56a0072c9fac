package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// withoutConsequences is what a definition means without what is said of a
// value, or of something in it, of which the shape is wrong.
func withoutConsequences(shape, meaning diag.List) diag.List {
	unread := map[string]bool{}
	for _, d := range shape {
		if d.Severity == diag.Error && d.Path != "" {
			unread[d.File+"\x00"+d.Path] = true
		}
	}
	return slices.DeleteFunc(meaning, func(d diag.Diagnostic) bool { return isWithin(d, unread) })
}

// withoutAbsent leaves out warnings that something is not used or not given,
// which beside errors may come of what could not be read.
func withoutAbsent(errs diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(errs), isAbsent)
}

func isAbsent(d diag.Diagnostic) bool {
	return d.Severity != diag.Error &&
		(d.Code == diag.CodeUnboundOutput || d.Code == diag.CodeMissingInput || d.Code == diag.CodeUnusedInput)
}

// isWithin: d is about one of the places, or something in it.
func isWithin(d diag.Diagnostic, places map[string]bool) bool {
	if len(places) == 0 {
		return false
	}
	for p := d.Path; p != ""; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		if places[d.File+"\x00"+p] {
			return true
		}
	}
	return false
}
