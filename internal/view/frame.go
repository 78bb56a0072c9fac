package view

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// look is how a board is drawn.
type look struct {
	paint painter
	ascii bool
}

func itoa(n int) string { return strconv.Itoa(n) }

// frame are the lines that fit on a screen of this size, the last column and
// the last row left free: some terminals scroll or wrap when they are used.
func (l look) frame(b *board, width, height int, now time.Time) []string {
	b.settle()
	lines := []string{l.header(b, now)}
	p := b.pick(max(height-2, 1))
	names := l.nameWidth(b, p.shown, width)
	for i, it := range b.items {
		if !p.shown[i] {
			continue
		}
		lines = append(lines, l.row(it, names, now))
		if p.logs[i] && it.line != "" {
			lines = append(lines, l.logLine(it))
		}
	}
	lines = append(lines, l.unlisted(b, p.shown)...)
	lines = lines[:min(len(lines), max(height-1, 1))]
	return l.cut(lines, width-1)
}

// cut makes lines no wider than the screen.
func (l look) cut(lines []string, width int) []string {
	for i, line := range lines {
		lines[i] = ansi.Truncate(line, max(width, 1), l.ellipsis())
	}
	return lines
}

func (l look) ellipsis() string {
	if l.ascii {
		return "..."
	}
	return "…"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}

// header is the job's line: name, state, elapsed, counts.
func (l look) header(b *board, now time.Time) string {
	c := b.count(everything)
	status := b.job.status
	if status == "" || status == notStarted || status == queued {
		status = "Starting"
	}
	elapsed := ticking(now.Sub(b.job.started))
	if terminal(status) {
		elapsed = Duration(b.job.elapsed)
	}
	text := l.paint.paint(bold, b.job.name) + "  " + l.paint.paint(colorOf(status), sentence(status)) + " " + elapsed
	if c.all > 0 {
		text += l.separator() + itoa(c.completed) + " of " + plural(c.all, "step")
	}
	if rest := c.parts(l.separator(), false); rest != "" {
		text += l.separator() + rest
	}
	return text
}

func (l look) separator() string {
	if l.ascii {
		return ", "
	}
	return " · "
}

func everything(int) bool { return true }

// sentence is a state at the beginning of a sentence.
func sentence(status string) string {
	text := words(oneLine(status))
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// row is a step's line: state, name, elapsed, and what else there is to say.
func (l look) row(it item, names int, now time.Time) string {
	name := ansi.Truncate(it.name, max(names-2*it.depth, 8), l.ellipsis())
	indent := strings.Repeat("  ", it.depth+1)
	color := ""
	if colorOf(it.status) == faint {
		color = faint
	}
	text := indent + l.glyph(it.status) + " " + l.paint.paint(color, name)
	elapsed, detail := it.timing(now), l.detail(it)
	if elapsed == "" && detail == "" {
		return text
	}
	text += strings.Repeat(" ", max(names-2*it.depth-ansi.StringWidth(name), 0))
	text += "  " + strings.Repeat(" ", max(9-len(elapsed), 0)) + elapsed
	if detail != "" {
		text += "  " + detail
	}
	return text
}

// timing is how long a step has taken; nothing if it did not run.
func (it item) timing(now time.Time) string {
	switch {
	case terminal(it.status) && it.elapsed > 0:
		return Duration(it.elapsed)
	case active(it.status) && !it.started.IsZero():
		return ticking(now.Sub(it.started))
	}
	return ""
}

// detail says what the glyph does not.
func (l look) detail(it item) string {
	switch {
	case it.status == failed && !it.group:
		return l.paint.paint(red, reason(it.err, it.exitCode))
	case it.status == canceled:
		return l.paint.paint(faint, reason(it.err, nil))
	case active(it.status) && it.status != running:
		return l.paint.paint(faint, words(it.status))
	}
	return l.paint.paint(faint, it.message)
}

// logLine is the current line of a step's log, below its row.
func (l look) logLine(it item) string {
	bar := "│ "
	if l.ascii {
		bar = "| "
	}
	return strings.Repeat("  ", it.depth+2) + l.paint.paint(faint, bar+it.line)
}

// glyph is a state in one column.
func (l look) glyph(status string) string {
	marks := [...]string{"✓", "✗", "⊘", "●", "○"}
	if l.ascii {
		marks = [...]string{"+", "x", "-", "*", "."}
	}
	mark := marks[4]
	switch {
	case status == completed:
		mark = marks[0]
	case status == failed:
		mark = marks[1]
	case status == canceled:
		mark = marks[2]
	case active(status):
		mark = marks[3]
	}
	return l.paint.paint(colorOf(status), mark)
}

// nameWidth is the width of the column of names, indentation included.
func (l look) nameWidth(b *board, shown []bool, width int) int {
	widest := 0
	for i, it := range b.items {
		if shown[i] {
			widest = max(widest, 2*it.depth+ansi.StringWidth(it.name))
		}
	}
	return min(widest, max(width/2, 12))
}
