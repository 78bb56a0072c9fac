package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// row is what one measurement belongs to.
type row struct {
	where          string // the file system
	history, round int
	// busy is the share of the machine's time that was used right before,
	// others what others have used of it meanwhile.
	busy, others float64
}

// mostOthers is the share of the machine's time from which on a measurement
// counts as disturbed. It is told, done again, and not part of the medians.
const mostOthers = 0.1

func (r row) disturbed() bool { return r.others >= mostOthers }

// tries is how often a measurement is done until one is not disturbed.
const tries = 3

// noise are the last columns.
func (r row) noise() string {
	mark := ""
	if r.disturbed() {
		mark = " *"
	}
	return fmt.Sprintf("%.0f%% | %.0f%%%s |", 100*r.busy, 100*r.others, mark)
}

type submitted struct {
	row
	accepted, failed, ids, queued int
	waits                         []time.Duration // sorted
}

// at is the wait that a share of the submissions did not exceed, in ms.
func (s submitted) at(share float64) float64 {
	return float64(s.waits[int(share*float64(len(s.waits)-1))].Microseconds()) / 1000
}

type uploaded struct {
	row
	to   string
	took time.Duration
}

// report gathers what was measured.
type report struct {
	o       options
	machine string
	begun   time.Time
	submits []submitted
	uploads []uploaded
}

// write prints the report.
func (r *report) write() error {
	var b strings.Builder
	fmt.Fprintf(&b, "# The server: one sitting of `go run ./bench/doors`\n\n%s. Began %s, took %s.\n\n",
		r.machine, r.begun.UTC().Format("15:04 MST"), time.Since(r.begun).Round(time.Second))
	r.writeGoals(&b)
	r.writeSubmissions(&b)
	r.writeUploads(&b)
	if _, err := io.WriteString(os.Stdout, b.String()); err != nil || r.o.out == "" {
		return err
	}
	return os.WriteFile(r.o.out, []byte(b.String()), 0o644)
}

func (r *report) writeSubmissions(w io.Writer) {
	fmt.Fprintf(w, "## PipelineSubmit\n\nA pipeline of %d steps, %d a second for %d s, the only node of its cluster busy. "+
		"A wait is counted from when a submission was due.\n\n", r.o.steps, r.o.rate, r.o.seconds)
	fmt.Fprintf(w, "| disk | jobs before | round | accepted | failed | distinct ids | left Queued | p50 ms | p90 ms | p99 ms | max ms | busy before | others meanwhile |\n"+
		"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range r.submits {
		fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %d | %.1f | %.1f | %.1f | %.1f | %s\n", s.where, s.history, s.round,
			s.accepted, s.failed, s.ids, s.queued, s.at(.5), s.at(.9), s.at(.99), s.at(1), s.noise())
	}
	fmt.Fprintln(w)
}

func (r *report) writeUploads(w io.Writer) {
	fmt.Fprintf(w, "## Upload\n\n%d MB in %d files, %d at once, each with one Put Blob.\n\n", r.o.megabytes, r.o.files, r.o.workers)
	fmt.Fprintf(w, "| disk | to | jobs before | round | s | MB/s | busy before | others meanwhile |\n|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, u := range r.uploads {
		fmt.Fprintf(w, "| %s | %s | %d | %d | %.2f | %.0f | %s\n", u.where, u.to, u.history, u.round, u.took.Seconds(),
			float64(r.o.megabytes)/u.took.Seconds(), u.noise())
	}
	fmt.Fprintln(w)
}

// writeGoals compares medians over the rounds with the goals.
func (r *report) writeGoals(w io.Writer) {
	fmt.Fprintf(w, "Medians over %d rounds. Where others used %.0f%% of the machine or more meanwhile (*), it was measured again, up to "+
		"%d times, and the disturbed figure left out; without any other it says \"none\".\n\n| disk | what | is | goal | |\n|---|---|--:|--:|---|\n", r.o.rounds, 100*mostOthers, tries)
	goal := func(where, what string, is, want float64, unit string) {
		verdict := "met"
		switch {
		case math.IsNaN(is):
			verdict = "none"
		case is > want:
			verdict = "missed"
		}
		fmt.Fprintf(w, "| %s | %s | %.2f%s | <= %g%s | %s |\n", where, what, is, unit, want, unit, verdict)
	}
	for _, where := range r.places() {
		p99 := r.wait(where, 0, .99)
		goal(where, "PipelineSubmit, p99", p99, 20, " ms")
		ours, theirs := r.upload(where, "ischia", 0), r.upload(where, "Azurite", 0)
		if slices.ContainsFunc(r.uploads, func(u uploaded) bool { return u.to == "Azurite" }) {
			goal(where, "upload, of Azurite's time", ours/theirs, 1, "")
		}
		if r.o.history > 0 {
			goal(where, fmt.Sprintf("PipelineSubmit, p99, %d jobs before", r.o.history), r.wait(where, r.o.history, .99), 20, " ms")
			goal(where, "the same, p50, of that without", r.wait(where, r.o.history, .5)/r.wait(where, 0, .5), 1.2, "")
			goal(where, "the same, p99, of that without", r.wait(where, r.o.history, .99)/p99, 1.2, "")
			goal(where, "upload, of that without", r.upload(where, "ischia", r.o.history)/ours, 1.2, "")
		}
	}
	fmt.Fprintln(w)
}

func (r *report) places() []string {
	var all []string
	for _, s := range r.submits {
		if !slices.Contains(all, s.where) {
			all = append(all, s.where)
		}
	}
	return all
}

func (r *report) wait(where string, history int, share float64) float64 {
	var all []float64
	for _, s := range r.submits {
		if s.where == where && s.history == history && !s.disturbed() {
			all = append(all, s.at(share))
		}
	}
	return median(all)
}

func (r *report) upload(where, to string, history int) float64 {
	var all []float64
	for _, u := range r.uploads {
		if u.where == where && u.to == to && u.history == history && !u.disturbed() {
			all = append(all, u.took.Seconds())
		}
	}
	return median(all)
}

// median is not a number for none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}
