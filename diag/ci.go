package diag

import (
	"bufio"
	"fmt"
	"path/filepath"
	"strings"
)

// renderGitHub writes a workflow command a diagnostic.
func renderGitHub(w *bufio.Writer, l List) {
	levels := map[Severity]string{Error: "error", Warning: "warning"}
	for _, d := range l {
		level := levels[d.Severity]
		if level == "" {
			level = "notice"
		}
		fmt.Fprintf(w, "::%s %s::%s\n", level, gitHubPlace(d), escapeGitHub(withHint(d, "\n")))
	}
}

// gitHubPlace are the properties of a workflow command. GitHub drops columns,
// with a complaint, when a range has several lines; its end column is the last
// character, ours the one after.
func gitHubPlace(d Diagnostic) string {
	var b strings.Builder
	if d.File != "" {
		r := normal(d.Range)
		fmt.Fprintf(&b, "file=%s,line=%d", escapeGitHubProperty(filepath.ToSlash(d.File)), r.Line)
		if r.EndLine == r.Line {
			fmt.Fprintf(&b, ",col=%d,endLine=%d,endColumn=%d", r.Column, r.EndLine, max(r.EndColumn-1, r.Column))
		} else {
			fmt.Fprintf(&b, ",endLine=%d", r.EndLine)
		}
		b.WriteByte(',')
	}
	b.WriteString("title=" + escapeGitHubProperty(string(d.Code)))
	return b.String()
}

// escapeGitHub escapes the message of a workflow command.
func escapeGitHub(s string) string {
	return neutral(strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s))
}

// escapeGitHubProperty escapes a property of a workflow command.
func escapeGitHubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeGitHub(s))
}

// neutral makes control characters visible in a log.
func neutral(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 && r != '\t':
			return 0x2400 + r
		case r >= 0x7F && r < 0xA0:
			return '\uFFFD'
		}
		return r
	}, s)
}

// renderAzureDevOps writes a logging command a diagnostic. Azure Pipelines
// knows errors and warnings; the rest are plain lines.
func renderAzureDevOps(w *bufio.Writer, l List) {
	for _, d := range l {
		if d.Severity != Error && d.Severity != Warning {
			fmt.Fprintf(w, "%s: %s: %s\n", visible(d.Pos.String()), d.Severity, visible(withHint(d, "; ")))
			continue
		}
		fmt.Fprintf(w, "##vso[task.logissue type=%s;%scode=%s;]%s\n", d.Severity, azurePlace(d),
			escapeAzureProperty(string(d.Code)), escapeAzure(withHint(d, "; ")))
	}
}

// azurePlace are the properties that say where.
func azurePlace(d Diagnostic) string {
	if d.File == "" {
		return ""
	}
	r := normal(d.Range)
	return fmt.Sprintf("sourcepath=%s;linenumber=%d;columnnumber=%d;", escapeAzureProperty(d.File), r.Line, r.Column)
}

// escapeAzure escapes the message of a logging command.
func escapeAzure(s string) string {
	return neutral(strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A").Replace(s))
}

// escapeAzureProperty escapes a property of a logging command.
func escapeAzureProperty(s string) string {
	return strings.NewReplacer(";", "%3B", "]", "%5D").Replace(escapeAzure(s))
}
