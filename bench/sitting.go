package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// The cases, in the order in which they are run: each starts from what the one
// before it left.
const (
	cold      = "cold"
	unchanged = "unchanged"
	touched   = "one touched"
	changed   = "one changed"
)

func cases() []string { return []string{cold, unchanged, touched, changed} }

// key names one line of the tables.
type key struct{ workload, tool, how string }

// sample is one timed run.
type sample struct {
	round int
	usage
	outcome
	// floor is what the floor took for the whole workload just before, probe
	// what one process took just after.
	floor, probe time.Duration
}

// sitting is all runs on one machine, one after the other.
type sitting struct {
	rig       *rig
	o         options
	workloads []workload
	tools     []contender // the floor first
	samples   map[key][]sample
	counts    map[key]usage
	// faults are runs that did not do what they had to.
	faults []string
	broken map[key]bool
	// spent is what a tool took for all workloads when it was counted.
	spent map[string]time.Duration
}

func newSitting(r *rig, o options, all []workload, tools []contender) *sitting {
	return &sitting{
		rig: r, o: o, workloads: all, tools: tools, samples: map[key][]sample{}, counts: map[key]usage{},
		broken: map[key]bool{}, spent: map[string]time.Duration{},
	}
}

// play runs everything: once to count processes, which also warms the machine
// up, then in rounds. Within a round the tools take turns, the floor before
// each, and each round begins with another tool.
func (s *sitting) play(ctx context.Context) error {
	start, began := time.Now(), time.Now()
	for round := 0; round <= s.o.rounds; round++ {
		if took := time.Since(began); round > 1 && time.Since(start)+took > s.o.budget {
			fmt.Fprintf(s.rig.log, "no time is left for round %d of %d: give a longer --budget\n", round, s.o.rounds)
			return nil
		}
		began = time.Now()
		for _, w := range s.workloads {
			for i := range s.tools {
				t := s.tools[(i+round)%len(s.tools)]
				if err := s.turn(ctx, round, w, t); err != nil {
					return err
				}
			}
		}
		fmt.Fprintf(s.rig.log, "round %d of %d\n", round, s.o.rounds)
	}
	return nil
}

// turn is one tool with one workload. In round 0 processes are counted.
func (s *sitting) turn(ctx context.Context, round int, w workload, t contender) error {
	if round == 0 {
		start := time.Now()
		err := s.lap(ctx, 0, w, t, 0)
		s.spent[t.name()] += time.Since(start)
		return err
	}
	slow := round > 1 && s.spent[t.name()] > s.o.slow
	if t.name() == floorName || slow || s.gaveUp(w, t) {
		return nil
	}
	if err := s.lap(ctx, round, w, s.tools[0], 0); err != nil {
		return err
	}
	pair := s.samples[key{w.name, floorName, cold}]
	if len(pair) == 0 {
		return nil // the floor failed, which is on record
	}
	return s.lap(ctx, round, w, t, pair[len(pair)-1].wall)
}

// gaveUp reports whether a tool failed with a workload before.
func (s *sitting) gaveUp(w workload, t contender) bool {
	return slices.ContainsFunc(cases(), func(how string) bool { return s.broken[key{w.name, t.name(), how}] })
}

// lap runs all cases of a workload with one tool, from scratch. A tool that
// fails is put on record and does not run the cases that are left.
func (s *sitting) lap(ctx context.Context, round int, w workload, t contender, floor time.Duration) error {
	dir := s.rig.path("lap")
	if err := s.prepare(w, t, dir); err != nil {
		return err
	}
	for _, how := range cases() {
		if how != cold && !t.reuses() {
			break
		}
		k := key{w.name, t.name(), how}
		err := s.one(ctx, k, sample{round: round, floor: floor}, w, t, dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.faults = append(s.faults, fmt.Sprintf("%s, %s, %s: %v", w.name, t.name(), how, err))
			s.broken[k] = true
			break
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear the work folder: %w", err)
	}
	return nil
}

func (s *sitting) prepare(w workload, t contender, dir string) error {
	for _, sub := range []string{"in", "out"} {
		if err := os.MkdirAll(dir+"/"+sub, 0o755); err != nil {
			return fmt.Errorf("make the work folder: %w", err)
		}
	}
	for i := range w.inputs {
		if err := os.WriteFile(inputFile(dir, i), []byte(content(i, cold)), 0o644); err != nil {
			return fmt.Errorf("write an input: %w", err)
		}
	}
	return t.prepare(w, dir)
}

// content is what input i holds, in the same length before and after the
// change.
func content(i int, how string) string {
	if how == changed {
		return fmt.Sprintf("input %d, after\n", i)
	}
	return fmt.Sprintf("input %d, first\n", i)
}

// one is one run: it changes what the case is about, runs, looks at the result
// and keeps the figures.
func (s *sitting) one(ctx context.Context, k key, got sample, w workload, t contender, dir string) error {
	if err := edit(w, dir, k.how); err != nil {
		return err
	}
	before, err := stamps(w, dir)
	if err != nil {
		return err
	}
	mode := "time"
	if got.round == 0 && s.rig.count {
		mode = "count"
	}
	if got.usage, err = s.rig.measure(ctx, mode, t.command(w, dir)); err != nil {
		return err
	}
	if got.outcome, err = t.outcome(ctx, w, dir, before, content(w.changed, k.how)); err != nil {
		return err
	}
	if got.round == 0 {
		s.counts[k] = got.usage
		return nil
	}
	if got.probe, err = s.rig.probe(ctx); err != nil {
		return err
	}
	s.samples[k] = append(s.samples[k], got)
	return nil
}

// edit does to one input what the case says.
func edit(w workload, dir, how string) error {
	name := inputFile(dir, w.changed)
	var err error
	switch how {
	case touched:
		now := time.Now()
		err = os.Chtimes(name, now, now)
	case changed:
		err = os.WriteFile(name, []byte(content(w.changed, changed)), 0o644)
	}
	if err != nil {
		return fmt.Errorf("edit an input: %w", err)
	}
	return nil
}
