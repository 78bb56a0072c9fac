package main

import (
	"fmt"
	"slices"
	"strings"
)

// source is what a step reads: an input file, or another step's output.
type source struct {
	step bool
	at   int
}

// step is one command, which reads files and writes one.
type step struct {
	name  string
	reads []source
	// script is the command, the same for every tool: {in} is the first file
	// it reads, {out} the one it writes. It contains the step's number, so
	// that no two commands of a workload are equal.
	script string
	// constant steps write the same whatever they read.
	constant bool
}

// workload is a graph of steps, sources before the steps that read them.
type workload struct {
	name, title string
	inputs      int
	steps       []step
	// changed is the input that is touched and changed between runs, final a
	// step that passes its content on: by its output a run is judged.
	changed, final int
	// floorJobs is how many of the commands can run side by side in order
	// without reading what is not written yet.
	floorJobs int
}

// command is the step's command with paths filled in.
func (s step) command(in, out string) string {
	return strings.NewReplacer("{in}", in, "{out}", out).Replace(s.script)
}

// path is where a peer finds a source, relative to the workload's folder.
func (w workload) path(s source) string {
	if s.step {
		return "out/" + w.steps[s.at].name
	}
	return fmt.Sprintf("in/%d", s.at)
}

// paths are all that a step reads.
func (w workload) paths(s step) []string {
	var all []string
	for _, r := range s.reads {
		all = append(all, w.path(r))
	}
	return all
}

// shell is a step's command as peers run it.
func (w workload) shell(i int) string {
	s := w.steps[i]
	return s.command(w.path(s.reads[0]), w.path(source{step: true, at: i}))
}

// chain passes one file along n steps.
func chain(n int) workload {
	w := workload{name: fmt.Sprintf("chain%d", n), title: fmt.Sprintf("Chain of %d copies", n), inputs: 1, final: n - 1, floorJobs: 1}
	for i := range n {
		from := source{}
		if i > 0 {
			from = source{step: true, at: i - 1}
		}
		w.steps = append(w.steps, step{
			name: fmt.Sprintf("s%04d", i), reads: []source{from}, script: fmt.Sprintf("STEP=%d cp {in} {out}", i),
		})
	}
	return w
}

// wide is n steps, each with an input of its own, and one step that waits for
// all of them. The commands are built into the shell, so each step is one
// process.
func wide(n int) workload {
	w := workload{name: fmt.Sprintf("wide%d", n), title: fmt.Sprintf("%d independent steps and a join", n), inputs: n, floorJobs: 2}
	w.changed, w.final = n/2, n/2
	join := step{name: "join", script: ": join > {out}", constant: true}
	for i := range n {
		w.steps = append(w.steps, step{
			name: fmt.Sprintf("s%04d", i), reads: []source{{at: i}}, script: fmt.Sprintf(": %d; read x < {in} && echo $x > {out}", i),
		})
		join.reads = append(join.reads, source{step: true, at: i})
	}
	w.steps = append(w.steps, join)
	return w
}

// layered is depth layers of width copies. Each depends on two of the layer
// before and copies the first; those of the first layer read one input each.
func layered(depth, width int) workload {
	w := workload{
		name: fmt.Sprintf("layers%dx%d", depth, width), title: fmt.Sprintf("%d layers of %d copies", depth, width),
		inputs: width, changed: width / 2, final: (depth-1)*width + width/2, floorJobs: 2,
	}
	for l := range depth {
		for j := range width {
			reads := []source{{at: j}}
			if l > 0 {
				before := (l - 1) * width
				reads = []source{{step: true, at: before + j}, {step: true, at: before + (j+1)%width}}
			}
			w.steps = append(w.steps, step{
				name: fmt.Sprintf("n%02d_%02d", l, j), reads: reads, script: fmt.Sprintf("STEP=%d cp {in} {out}", l*width+j),
			})
		}
	}
	return w
}

// affected is what a change of one input means: how many steps read something
// that has another content, and how many lie downstream of the input at all.
func (w workload) affected() (reads, cone int) {
	differs, below := make([]bool, len(w.steps)), make([]bool, len(w.steps))
	hit := func(marks []bool) func(source) bool {
		return func(s source) bool {
			if s.step {
				return marks[s.at]
			}
			return s.at == w.changed
		}
	}
	for i, s := range w.steps {
		if slices.ContainsFunc(s.reads, hit(differs)) {
			reads++
		}
		if slices.ContainsFunc(s.reads, hit(below)) {
			cone++
			below[i] = true
		}
		differs[i] = hit(differs)(s.reads[0]) && !s.constant
	}
	return reads, cone
}

// workloads are the ones to run. They are checked by simulation against what
// their definition promises, before anything is measured.
func workloads(quick bool, names []string) ([]workload, error) {
	depth, width := 20, 50
	all := []workload{chain(40), chain(200), wide(1000)}
	if quick {
		depth, width = 4, 10
		all = []workload{chain(4), chain(8), wide(20)}
	}
	grid := layered(depth, width)
	reads, cone := grid.affected()
	if reads != 2*depth-1 || cone != depth*(depth+1)/2 {
		return nil, fmt.Errorf("%s: a change reaches %d steps of a cone of %d, expected %d of %d",
			grid.name, reads, cone, 2*depth-1, depth*(depth+1)/2)
	}
	all = append(all, grid)
	for _, name := range names {
		if !slices.ContainsFunc(all, func(w workload) bool { return w.name == name }) {
			return nil, fmt.Errorf("there is no workload %q", name)
		}
	}
	return slices.DeleteFunc(all, func(w workload) bool { return len(names) > 0 && !slices.Contains(names, w.name) }), nil
}
