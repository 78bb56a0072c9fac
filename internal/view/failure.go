package view

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Failure is a step that failed.
type Failure struct {
	// Step is its path, Display what else it is called.
	Step, Display string
	ExitCode      *int
	Error         string
	// LogPath is the file that its output went to; empty if there is none.
	LogPath string
	// Lines is how many lines of the log to show; 0 means 20.
	Lines int
}

const (
	defaultLines = 20
	// maxLine is where a line of a log is cut: what programs print on one
	// line beyond it is data, not a message.
	maxLine = 500
	// maxTail is how much of a log is read.
	maxTail = 256 << 10
)

// FailureReport writes which step failed and why, the last lines of its log,
// cleaned and indented, and where the whole log is. Errors in writing are
// ignored: there is nobody left to tell.
func FailureReport(w io.Writer, f Failure, color bool) {
	var b strings.Builder
	paint := painter(color)
	fmt.Fprintf(&b, "%s%s\n", paint.paint(red, "step "+f.name()+" failed"), f.because())
	if f.LogPath != "" {
		f.writeLog(&b, paint)
	}
	_, _ = io.WriteString(w, b.String())
}

func (f Failure) name() string {
	step, display := oneLine(f.Step), oneLine(f.Display)
	if display == "" || display == step || display == path.Base(step) {
		return step
	}
	return fmt.Sprintf("%s (%s)", step, display)
}

func (f Failure) because() string {
	if f.Error == "" && f.ExitCode != nil {
		return fmt.Sprintf(": the process exited with status %d", *f.ExitCode)
	}
	if why := reason(f.Error, f.ExitCode); why != "" {
		return ": " + why
	}
	return ""
}

func (f Failure) writeLog(b *strings.Builder, paint painter) {
	t, err := readTail(f.LogPath, maxTail)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(b, "  it has no log: there is no file %s\n", plainLine(f.LogPath))
		return
	case err != nil:
		fmt.Fprintf(b, "  its log cannot be read: %s\n", oneLine(err.Error()))
		return
	}
	lines := t.lines()
	if len(lines) == 0 {
		fmt.Fprintf(b, "  its log is empty: %s\n", plainLine(f.LogPath))
		return
	}
	bar := paint.paint(faint, "|")
	for _, line := range last(lines, f.Lines) {
		line = f.fit(line, paint)
		fmt.Fprintln(b, strings.TrimRight("  "+bar+" "+line, " "))
	}
	fmt.Fprintf(b, "  the whole log: %s\n", plainLine(f.LogPath))
}

// fit makes a line of the log short and harmless.
func (f Failure) fit(line string, paint painter) string {
	if paint {
		line = cleanLine(line)
	} else {
		line = plainLine(line)
	}
	if width := ansi.StringWidth(line); width > maxLine {
		line = ansi.Truncate(line, maxLine, "") + fmt.Sprintf(" ... (%d more)", width-maxLine)
	}
	return line
}

// last are the last n lines, of 0 the usual number.
func last(lines []string, n int) []string {
	if n <= 0 {
		n = defaultLines
	}
	return lines[max(len(lines)-n, 0):]
}
