package load_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
)

// shape makes definitions of any size.
type shape struct {
	name string
	make func(n int) fstest.MapFS
	// nodes are those of the plan, faults the errors.
	nodes, faults func(n int) int
}

func same(n int) int { return n }
func none(int) int   { return 0 }
func plus(n int) int { return n + 1 }

func shapes() []shape {
	return []shape{
		{"chain", chain, same, none},
		{"fan out and in", fan, func(n int) int { return n + 2 }, none},
		{"one step with many inputs", wide, plus, none},
		{"misspelt names", misspelt, nil, same},
		{"a circle with all chords back", chords, nil, func(n int) int { return n - 1 }},
	}
}

const leafYAML = `
type: command
inputs: {x: {type: uri_folder, optional: true}}
outputs: {o: {type: uri_folder}}
command: run $[[${{inputs.x}}]] ${{outputs.o}}
environment: azureml:base:1
`

func jobs(write func(b *strings.Builder)) fstest.MapFS {
	var b strings.Builder
	b.WriteString("$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\njobs:\n")
	write(&b)
	return fstest.MapFS{"pipeline.yml": {Data: []byte(b.String())}, "leaf.yml": {Data: []byte(leafYAML)}}
}

// chain: each step needs the next, so that the order has to be found.
func chain(n int) fstest.MapFS {
	return jobs(func(b *strings.Builder) {
		for i := range n - 1 {
			fmt.Fprintf(b, "  s%d: {component: leaf.yml, inputs: {x: \"${{parent.jobs.s%d.outputs.o}}\"}}\n", i, i+1)
		}
		fmt.Fprintf(b, "  s%d: {component: leaf.yml}\n", n-1)
	})
}

// fan: one step feeds n, and all of them feed one.
func fan(n int) fstest.MapFS {
	return jobs(func(b *strings.Builder) {
		b.WriteString("  first: {component: leaf.yml}\n")
		for i := range n {
			fmt.Fprintf(b, "  s%d: {component: leaf.yml, inputs: {x: \"${{parent.jobs.first.outputs.o}}\"}}\n", i)
		}
		b.WriteString("  last:\n    command: run\n    environment: azureml:base:1\n    inputs:\n")
		for i := range n {
			fmt.Fprintf(b, "      x%d: ${{parent.jobs.s%d.outputs.o}}\n", i, i)
		}
	})
}

// wide: a pipeline component of n inputs, bound one by one.
func wide(n int) fstest.MapFS {
	files := jobs(func(b *strings.Builder) {
		b.WriteString("  sub:\n    type: pipeline\n    component: sub.yml\n    inputs:\n")
		for i := range n {
			fmt.Fprintf(b, "      i%d: %d\n", i, i)
		}
	})
	var b strings.Builder
	b.WriteString("type: pipeline\ninputs:\n")
	for i := range n {
		fmt.Fprintf(&b, "  i%d: {type: integer}\n", i)
	}
	b.WriteString("jobs:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d: {command: \"run ${{inputs.i}}\", environment: azureml:base:1, inputs: {i: \"${{parent.inputs.i%d}}\"}}\n", i, i)
	}
	files["sub.yml"] = &fstest.MapFile{Data: []byte(b.String())}
	return files
}

func misspelt(n int) fstest.MapFS {
	return jobs(func(b *strings.Builder) {
		for i := range n {
			fmt.Fprintf(b, "  s%d: {component: leaf.yml, inputs: {x: \"${{parent.jobs.t%d.outputs.o}}\"}}\n", i, i)
		}
	})
}

// chords: every step needs the first, and the first the last by way of all.
func chords(n int) fstest.MapFS {
	return jobs(func(b *strings.Builder) {
		for i := range n {
			fmt.Fprintf(b, "  s%d: {command: run, environment: azureml:base:1, inputs: {x: \"${{parent.jobs.s%d.outputs.artifacts}}\"", i, (i+1)%n)
			if i > 0 && i < n-1 {
				b.WriteString(", y: \"${{parent.jobs.s0.outputs.artifacts}}\"")
			}
			b.WriteString("}}\n")
		}
	})
}

// TestScale: work grows with the definition and not with its square. Counting
// allocated bytes tells, and unlike a clock it says the same on every machine.
func TestScale(t *testing.T) {
	// Not parallel: the count is of the whole process.
	const small, large = 1000, 4000
	for _, s := range shapes() {
		few, many := allocated(t, s, small), allocated(t, s, large)
		ratio := float64(many) / float64(few)
		t.Logf("%-30s %d steps: %4d MB, %d steps: %4d MB, %.1f times", s.name, small, few>>20, large, many>>20, ratio)
		if ratio > 2*large/small {
			t.Errorf("%s: four times the steps take %.1f times the memory", s.name, ratio)
		}
		if many > 1<<30 {
			t.Errorf("%s: %d MB for %d steps", s.name, many>>20, large)
		}
	}
}

// allocated is how much reading, checking and planning n steps allocates.
func allocated(t *testing.T, s shape, n int) uint64 {
	t.Helper()
	files := s.make(n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, errs := readAll(files, "pipeline.yml", load.Options{})
	runtime.ReadMemStats(&after)
	if got := countErrors(errs); got != s.faults(n) {
		t.Fatalf("%s: %d errors, want %d: %v", s.name, got, s.faults(n), show(errs[:min(3, len(errs))]))
	}
	if s.nodes != nil && (p == nil || len(p.Nodes) != s.nodes(n)) {
		t.Fatalf("%s: not all %d steps were planned", s.name, n)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// TestDoubling: pipelines within pipelines that double at each level are
// refused before they fill the memory.
func TestDoubling(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"l0.yml": {Data: []byte(leafYAML)}}
	for i := 1; i <= 40; i++ {
		text := fmt.Sprintf("type: pipeline\njobs:\n  a: {component: l%d.yml}\n  b: {component: l%d.yml}\n", i-1, i-1)
		files[fmt.Sprintf("l%d.yml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	files["pipeline.yml"] = &fstest.MapFile{Data: []byte("$schema: pipelineJob.schema.json\n" + string(files["l40.yml"].Data))}
	p, errs := readAll(files, "pipeline.yml", load.Options{})
	if p != nil || len(errs) != 1 || errs[0].Code != diag.CodeOutOfRange {
		t.Errorf("got a plan %v and %s, want it refused for more than %d steps", p != nil, show(errs), plan.MaxNodes)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, s := range shapes() {
		for _, n := range []int{5000, 10000} {
			files := s.make(n)
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(s.name, " ", "_"), n), func(b *testing.B) {
				for b.Loop() {
					readAll(files, "pipeline.yml", load.Options{})
				}
			})
		}
	}
}
