package main

import (
	"fmt"
	"slices"
	"strings"
)

// goal is what ischia wants to reach with one line of the tables.
type goal struct {
	text string
	key  key
	// limit is the goal, stretch a better one (0: none), value what was
	// measured.
	limit, stretch float64
	value          func(s *sitting, k key) float64
	format         string
}

// wanted are the goals. They are about the full workloads, so a quick sitting
// has none.
func wanted() []goal {
	wall := func(s *sitting, k key) float64 {
		return median(each(s.samples[k], func(x sample) float64 { return milliseconds(x.wall) }))
	}
	return []goal{{
		text: "1,000 steps over the floor", key: key{"wide1000", "ischia", cold}, limit: 1.5, stretch: 1.25, format: "%.2f",
		value: func(s *sitting, k key) float64 { return median(s.overFloor(k)) },
	}, {
		text: "chain of 40 steps, ms", key: key{"chain40", "ischia", cold}, limit: 250, format: "%.0f", value: wall,
	}, {
		text: "1,000 steps unchanged, ms", key: key{"wide1000", "ischia", unchanged}, limit: 80, stretch: 50, format: "%.0f", value: wall,
	}, {
		text: "1,000 steps unchanged, steps that ran", key: key{"wide1000", "ischia", unchanged}, limit: 0, format: "%.0f", value: mostRan,
	}, {
		text: "layers, one input changed, steps that ran", key: key{"layers20x50", "ischia", changed}, limit: 39, format: "%.0f", value: mostRan,
	}}
}

func mostRan(s *sitting, k key) float64 {
	return slices.Max(each(s.samples[k], func(x sample) float64 { return float64(x.ran) }))
}

// goals is the table of those that this sitting says something about.
func goals(s *sitting) string {
	if s.o.quick {
		return ""
	}
	var rows []string
	for _, g := range wanted() {
		if len(s.samples[g.key]) > 0 && !s.broken[g.key] {
			rows = append(rows, g.row(g.value(s, g.key)))
		}
	}
	rows = append(rows, historyRows(s)...)
	if len(rows) == 0 {
		return ""
	}
	return "## Goals\n\n| goal | limit | stretch | measured | |\n|---|--:|--:|--:|---|\n" + strings.Join(rows, "") + "\n"
}

func (g goal) row(value float64) string {
	stretch := ""
	if g.stretch > 0 {
		stretch = fmt.Sprintf(g.format, g.stretch)
	}
	verdict := "met"
	switch {
	case value > g.limit && g.limit > 0:
		verdict = fmt.Sprintf("missed by %.0f %%", (value/g.limit-1)*100)
	case value > g.limit:
		verdict = "missed"
	case value <= g.stretch && g.stretch > 0:
		verdict = "met, and the stretch"
	}
	return fmt.Sprintf("| %s | "+g.format+" | %s | "+g.format+" | %s |\n", g.text, g.limit, stretch, value, verdict)
}

// historyRows hold the home with many jobs against the empty one, run by run.
func historyRows(s *sitting) []string {
	var rows []string
	for _, t := range s.tools {
		old, ok := t.(*ischia)
		if !ok || old.history == "" {
			continue
		}
		for _, w := range s.workloads {
			for _, how := range cases() {
				pairs := overPlain(s.samples[key{w.name, old.name(), how}], s.samples[key{w.name, "ischia", how}])
				if len(pairs) == 0 {
					continue
				}
				g := goal{text: fmt.Sprintf("%s, %s, with %d jobs over without", w.name, how, old.jobs), limit: 1.2, format: "%.2f"}
				rows = append(rows, g.row(median(pairs)))
			}
		}
	}
	return rows
}

// overPlain divides the samples of the same round.
func overPlain(old, plain []sample) []float64 {
	var pairs []float64
	for _, a := range old {
		for _, b := range plain {
			if a.round == b.round {
				pairs = append(pairs, float64(a.wall)/float64(b.wall))
			}
		}
	}
	return pairs
}
