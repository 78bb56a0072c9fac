package diag

import (
	"encoding/json"
	"io"
)

// jsonReport is the shape of the JSON format, which scripts rely on.
type jsonReport struct {
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
}

// jsonDiagnostic is one entry of it.
type jsonDiagnostic struct {
	File      string        `json:"file"`
	Line      int           `json:"line"`
	Column    int           `json:"column"`
	EndLine   int           `json:"end_line"`
	EndColumn int           `json:"end_column"`
	Severity  Severity      `json:"severity"`
	Code      Code          `json:"code"`
	Message   string        `json:"message"`
	Hint      string        `json:"hint"`
	Path      string        `json:"path"`
	Related   []jsonRelated `json:"related"`
}

// jsonRelated is a related place.
type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// renderJSON writes one object.
func renderJSON(w io.Writer, l List) error {
	report := jsonReport{Diagnostics: make([]jsonDiagnostic, 0, len(l))}
	for _, d := range l {
		report.Diagnostics = append(report.Diagnostics, jsonOf(d))
	}
	return encodeJSON(w, report)
}

// jsonOf is the entry of d.
func jsonOf(d Diagnostic) jsonDiagnostic {
	r := normal(d.Range)
	out := jsonDiagnostic{
		File: d.File, Line: r.Line, Column: r.Column, EndLine: r.EndLine, EndColumn: r.EndColumn,
		Severity: d.Severity, Code: d.Code, Message: d.Message, Hint: d.Hint, Path: d.Path,
		Related: make([]jsonRelated, 0, len(d.Related)),
	}
	for _, rel := range d.Related {
		at := normal(rel.Range)
		out.Related = append(out.Related, jsonRelated{File: at.File, Line: at.Line, Column: at.Column, Message: rel.Message})
	}
	return out
}

// encodeJSON writes v indented; names such as <x> stay readable.
func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
