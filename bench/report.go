package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is what is printed of a sitting.
type report struct {
	machine, load string
	missing       []string
	sitting       *sitting
}

// markdown is the whole document.
func (r report) markdown() string {
	var b strings.Builder
	b.WriteString("# Results\n\nWritten by `go run ./bench`; [README.md](README.md) says what the figures mean.\n\n")
	fmt.Fprintf(&b, "%s before, %s after the sitting.\n\n", r.machine, r.load)
	fmt.Fprintf(&b, "Versions: %s.", strings.Join(r.versions(), ", "))
	if len(r.missing) > 0 {
		fmt.Fprintf(&b, " Not installed: %s.", strings.Join(r.missing, ", "))
	}
	b.WriteString("\n\n")
	b.WriteString(goals(r.sitting))
	for _, w := range r.sitting.workloads {
		b.WriteString(r.table(w))
	}
	if len(r.sitting.faults) > 0 {
		b.WriteString("## Runs that failed\n\n")
		for _, f := range r.sitting.faults {
			fmt.Fprintf(&b, "- %s\n", strings.ReplaceAll(strings.TrimSpace(f), "\n", "\n  "))
		}
	}
	return b.String()
}

func (r report) versions() []string {
	var all []string
	for _, t := range r.sitting.tools {
		all = append(all, t.name()+" ("+t.version()+")")
	}
	return all
}

// table is one workload.
func (r report) table(w workload) string {
	var b strings.Builder
	reads, cone := w.affected()
	fmt.Fprintf(&b, "## %s (`%s`)\n\n", w.title, w.name)
	fmt.Fprintf(&b, "%d steps. A change of one input gives %d of them another input; %d lie downstream.\n\n", len(w.steps), reads, cone)
	b.WriteString("| case | tool | n | wall ms, median | min | max | x floor | CPU s | peak MB | ran | reused | processes | programs | probe us |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, how := range cases() {
		for _, t := range r.sitting.tools {
			if how == cold || t.reuses() {
				b.WriteString(r.line(key{w.name, t.name(), how}))
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

// line is one case of one tool.
func (r report) line(k key) string {
	all := r.sitting.samples[k]
	if len(all) == 0 || r.sitting.broken[k] {
		return fmt.Sprintf("| %s | %s | %d | failed |%s\n", k.how, k.tool, len(all), strings.Repeat(" |", 10))
	}
	walls := each(all, func(s sample) float64 { return milliseconds(s.wall) })
	against := "1"
	if k.tool != floorName {
		against = ratio(r.sitting.overFloor(k))
	}
	cells := []string{
		k.how, k.tool, strconv.Itoa(len(all)),
		fmt.Sprintf("%.1f", median(walls)), fmt.Sprintf("%.1f", slices.Min(walls)), fmt.Sprintf("%.1f", slices.Max(walls)), against,
		fmt.Sprintf("%.3f", median(each(all, func(s sample) float64 { return s.cpu.Seconds() }))),
		fmt.Sprintf("%.0f", median(each(all, func(s sample) float64 { return float64(s.rss) / 1024 }))),
		span(all, func(s sample) int { return s.ran }), span(all, func(s sample) int { return s.reused }),
	}
	cells = append(cells, r.made(k, all)...)
	cells = append(cells, fmt.Sprintf("%.0f", median(each(all, func(s sample) float64 { return float64(s.probe) / float64(time.Microsecond) }))))
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// made is how many processes were made and programs executed: counted, or at
// most so many.
func (r report) made(k key, all []sample) []string {
	if r.sitting.rig.count {
		u := r.sitting.counts[k]
		return []string{strconv.Itoa(u.processes), strconv.Itoa(u.execs)}
	}
	least := slices.MinFunc(all, func(a, b sample) int { return a.processes - b.processes })
	return []string{"at most " + strconv.Itoa(least.processes), "?"}
}

// overFloor is the wall time over that of the floor just before, per round.
func (s *sitting) overFloor(k key) []float64 {
	return each(s.samples[k], func(x sample) float64 { return float64(x.wall) / float64(x.floor) })
}

// each is one figure of every sample.
func each(all []sample, figure func(sample) float64) []float64 {
	var out []float64
	for _, s := range all {
		out = append(out, figure(s))
	}
	return out
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	if len(v)%2 == 0 {
		return (v[mid-1] + v[mid]) / 2
	}
	return v[mid]
}

// span is the number that all samples agree on, or the range.
func span(all []sample, number func(sample) int) string {
	low, high := number(all[0]), number(all[0])
	for _, s := range all {
		low, high = min(low, number(s)), max(high, number(s))
	}
	if low == high {
		return strconv.Itoa(low)
	}
	return fmt.Sprintf("%d-%d", low, high)
}

// ratio is a median with the digits that it is worth.
func ratio(values []float64) string {
	m := median(values)
	if m < 0.1 {
		return fmt.Sprintf("%.3f", m)
	}
	return fmt.Sprintf("%.2f", m)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
