package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Format is a way to show a List.
type Format string

// The formats.
const (
	// Text is for people: each diagnostic with its line of source.
	Text Format = "text"
	// JSON is one object, for scripts.
	JSON Format = "json"
	// SARIF is SARIF 2.1.0, for code scanning and editors.
	SARIF Format = "sarif"
	// GitHub are workflow commands that annotate a pull request.
	GitHub Format = "github"
	// AzureDevOps are logging commands of Azure Pipelines.
	AzureDevOps Format = "azure-devops"
	// JUnit is a test report, with a suite a file.
	JUnit Format = "junit"
)

// Formats lists the formats, the default first.
func Formats() []Format {
	return []Format{Text, JSON, SARIF, GitHub, AzureDevOps, JUnit}
}

// Options adjust how a List is shown. The zero Options are fine.
type Options struct {
	// Source gives the text of a file by the name it has in the List. Text
	// shows no lines of files that it cannot give.
	Source func(file string) ([]byte, error)
	// Color lets Text use the terminal's colours.
	Color bool
	// Files are the files that were checked, so that JUnit reports those
	// without fault too.
	Files []string
	// ToolVersion is the version that SARIF names.
	ToolVersion string
}

// Render writes l in format f, sorted by place. The output ends with a line
// break, unless there is nothing to say.
func Render(w io.Writer, f Format, l List, o Options) error {
	l = l.Sorted()
	out := bufio.NewWriter(w)
	var err error
	switch f {
	case Text:
		renderText(out, l, o)
	case JSON:
		err = renderJSON(out, l)
	case SARIF:
		err = renderSARIF(out, l, o)
	case GitHub:
		renderGitHub(out, l)
	case AzureDevOps:
		renderAzureDevOps(out, l)
	case JUnit:
		err = renderJUnit(out, l, o)
	default:
		return fmt.Errorf("unknown format %q: one of %s", f, formatNames())
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("show diagnostics as %s: %w", f, err)
	}
	return nil
}

// formatNames lists the formats for a message.
func formatNames() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// normal is r with every number at least 1 and its end not before its start,
// as the formats for programs want it.
func normal(r Range) Range {
	r.Line, r.Column = max(r.Line, 1), max(r.Column, 1)
	if r.EndLine < r.Line || (r.EndLine == r.Line && r.EndColumn < r.Column) {
		r.EndLine, r.EndColumn = r.Line, r.Column
	}
	r.EndColumn = max(r.EndColumn, 1)
	return r
}

// withHint is the message and hint of d as one text.
func withHint(d Diagnostic, separator string) string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + separator + d.Hint
}
