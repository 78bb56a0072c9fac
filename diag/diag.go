package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Pos is a place in a file. The zero Pos means "unknown".
type Pos struct {
	// File is the name under which the file was opened. A command shows it
	// relative to where the user stands; see [List.MapFiles].
	File string
	// Line and Column count from 1; Column counts characters, not bytes.
	Line, Column int
}

// IsValid reports whether p names a line.
func (p Pos) IsValid() bool { return p.Line > 0 }

// String is "file:line:column", leaving out what is unknown.
func (p Pos) String() string {
	switch {
	case p.Line <= 0:
		return p.File
	case p.Column <= 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Range is a stretch of one file, from its first character up to, and not
// including, the character at EndLine:EndColumn.
type Range struct {
	Pos
	EndLine, EndColumn int
}

// Severity says how bad a diagnostic is.
type Severity string

// The severities, as they are spelled in every output format.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Code names a kind of diagnostic for good: scripts and suppressions rely on
// it. The codes are listed in codes.go.
type Code string

// Related points at a second place that explains a diagnostic, such as
// "declared here".
type Related struct {
	Range
	Message string
}

// Diagnostic is one thing that is wrong, or noteworthy, in the user's files.
type Diagnostic struct {
	Range
	Severity Severity
	Code     Code
	// Message is one line, without a full stop: what is wrong, naming it.
	Message string
	// Hint is the fix, or what was expected; often "did you mean ...?".
	Hint string
	// Path is where in the definition: "jobs.train.inputs.lr".
	Path    string
	Related []Related
	// Fix is the one safe mend, nil when there is none.
	Fix *Fix
}

// Error makes a single Diagnostic usable as an error.
func (d Diagnostic) Error() string {
	return fmt.Sprintf("%s: %s: %s", d.Pos, d.Severity, d.Message)
}

// List is what a reader or check found, in no particular order until sorted.
// The nil List is ready for use and means "nothing to say".
type List []Diagnostic

// Add appends d, and hands out a pointer so that a caller can add a hint.
// The pointer is valid until the next Add.
func (l *List) Add(d Diagnostic) *Diagnostic {
	*l = append(*l, d)
	return &(*l)[len(*l)-1]
}

// Errorf appends an error at r.
func (l *List) Errorf(r Range, code Code, format string, args ...any) *Diagnostic {
	return l.Add(Diagnostic{Range: r, Severity: Error, Code: code, Message: fmt.Sprintf(format, args...)})
}

// Warnf appends a warning at r.
func (l *List) Warnf(r Range, code Code, format string, args ...any) *Diagnostic {
	return l.Add(Diagnostic{Range: r, Severity: Warning, Code: code, Message: fmt.Sprintf(format, args...)})
}

// HasErrors reports whether l holds at least one error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Err is nil when l holds no error, and otherwise an error whose text is
// one line a diagnostic. [errors.As] finds a Diagnostic in it.
func (l List) Err() error {
	var errs []error
	for _, d := range l.Sorted() {
		if d.Severity == Error {
			errs = append(errs, d)
		}
	}
	return errors.Join(errs...)
}

// Sorted is a copy of l by file, line, column, severity, code and message,
// with exact repetitions dropped (a component used twice is reported once).
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.Range == b.Range && a.Severity == b.Severity && a.Code == b.Code && a.Message == b.Message
	})
}

// MapFiles is a copy of l whose file names went through f, related places
// included.
func (l List) MapFiles(f func(string) string) List {
	out := slices.Clone(l)
	for i := range out {
		d := &out[i]
		d.File = f(d.File)
		d.Related = slices.Clone(d.Related)
		for j := range d.Related {
			d.Related[j].File = f(d.Related[j].File)
		}
		d.Fix = d.Fix.mapFiles(f)
	}
	return out
}
