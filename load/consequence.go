package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// withoutConsequences is what a definition means without what is said of a
// value, or of something in it, of which the shape is wrong; and without what
// is said to be absent from a value in which something could not be read.
func withoutConsequences(shape, meaning diag.List) diag.List {
	unread, around := map[string]bool{}, map[string]bool{}
	for _, d := range shape {
		if d.Severity != diag.Error || d.Path == "" {
			continue
		}
		unread[place(d.File, d.Path)] = true
		for p := d.Path; p != ""; p = outer(p) {
			around[place(d.File, p)] = true
		}
	}
	return slices.DeleteFunc(meaning, func(d diag.Diagnostic) bool {
		absent := d.Code == diag.CodeMissingField || d.Code == diag.CodeEnvironment
		return isWithin(d, unread) || absent && around[place(d.File, d.Path)]
	})
}

func place(file, path string) string { return file + "\x00" + path }

// outer is the path of what the value at a path stands in.
func outer(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// withoutAbsent leaves out warnings that something is not used or not given,
// which beside errors may come of what could not be read.
func withoutAbsent(errs diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(errs), isAbsent)
}

func isAbsent(d diag.Diagnostic) bool {
	return d.Severity != diag.Error &&
		slices.Contains([]diag.Code{diag.CodeUnboundOutput, diag.CodeMissingInput, diag.CodeUnusedInput, diag.CodeUnknownInput}, d.Code)
}

// isWithin: d is about one of the places, or something in it.
func isWithin(d diag.Diagnostic, places map[string]bool) bool {
	if len(places) == 0 {
		return false
	}
	for p := d.Path; p != ""; p = outer(p) {
		if places[place(d.File, p)] {
			return true
		}
	}
	return false
}
