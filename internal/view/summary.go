package view

import "time"

// maxSummary is up to how many steps a summary lists all.
const maxSummary = 200

// summary are the lines that stay on the screen when a run is over.
func (l look) summary(b *board, width int, now time.Time) []string {
	b.settle()
	shown := b.listed()
	lines := []string{l.paint.paint(bold, b.job.name)}
	names := l.nameWidth(b, shown, max(width, 40))
	for i, it := range b.items {
		if shown[i] {
			lines = append(lines, l.row(it, names, now))
		}
	}
	lines = append(lines, l.unlisted(b, shown)...)
	return append(lines, l.verdict(b, now)...)
}

// listed are the steps of a summary: all, or of very many those that failed or
// were stopped, and the groups that they are in.
func (b *board) listed() []bool {
	shown := make([]bool, len(b.items))
	all := len(b.items) <= maxSummary
	left := maxSummary
	for i, it := range b.items {
		wanted := !it.group && (it.status == failed || it.status == canceled && !it.started.IsZero())
		if !all && (!wanted || left == 0) {
			continue
		}
		left--
		for at := i; at >= 0 && !shown[at]; at = b.items[at].parent {
			shown[at] = true
		}
	}
	return shown
}

// unlisted says how much a summary leaves out; nothing if it lists all.
func (l look) unlisted(b *board, shown []bool) []string {
	rest := b.count(func(i int) bool { return !shown[i] })
	if rest.all == 0 {
		return nil
	}
	return []string{l.paint.paint(faint, "  "+l.ellipsis()+" and "+rest.parts(", ", true))}
}

// verdict are the last lines: how the job ended, the counts, and why it failed.
func (l look) verdict(b *board, now time.Time) []string {
	status, elapsed := b.job.status, b.job.elapsed
	if !terminal(status) {
		elapsed = now.Sub(b.job.started)
	}
	text := l.paint.paint(colorOf(status), sentence(status)) + " in " + Duration(elapsed)
	if status == "" || !terminal(status) {
		text = "Stopped watching after " + Duration(elapsed)
	}
	if c := b.count(everything); c.all > 0 {
		text += l.separator() + plural(c.all, "step") + ": " + c.parts(", ", true)
	}
	lines := []string{text}
	if why := reason(b.job.err, nil); why != "" && status != completed {
		lines = append(lines, l.paint.paint(colorOf(status), why))
	}
	return lines
}
