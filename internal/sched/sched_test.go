package sched_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
)

// graph makes a plan of commands: "b:a" needs a; "g/x" is in pipeline step g,
// which is named before ("g/").
func graph(specs ...string) *plan.Plan {
	p := &plan.Plan{Type: "pipeline"}
	index := map[string]int{}
	for i, spec := range specs {
		name, needs := spec, ""
		for j := range spec {
			if spec[j] == ':' {
				name, needs = spec[:j], spec[j+1:]
				break
			}
		}
		n := &plan.Node{Index: i, Path: name, Parent: -1, Type: "command"}
		if name[len(name)-1] == '/' {
			n.Path, n.Type = name[:len(name)-1], "pipeline"
		}
		for j := len(n.Path) - 1; j >= 0; j-- {
			if n.Path[j] == '/' {
				n.Parent = index[n.Path[:j]]
				break
			}
		}
		for _, need := range split(needs) {
			n.Needs = append(n.Needs, index[need])
		}
		index[n.Path] = i
		p.Nodes = append(p.Nodes, n)
	}
	return p
}

func split(s string) []string {
	var out []string
	for i, start := 0, 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ',' {
			if i > start {
				out = append(out, s[start:i])
			}
			start = i + 1
		}
	}
	return out
}

// world is a doer and an observer that remember.
type world struct {
	t    *testing.T
	fail map[string]error
	do   func(ctx context.Context, n *plan.Node) // may be nil
	// refuse is what the observer answers for a node.
	refuse map[string]error

	mu      sync.Mutex
	log     []string
	states  map[string]sched.State
	reasons map[string]error // why a node ended, if not nil
	running int
	most    int
}

func (w *world) Do(ctx context.Context, n *plan.Node, made sched.Made, started func(any) error) sched.Result {
	for _, need := range n.Needs {
		if _, ok := made(plan.From{Node: need, Output: "o"}); !ok {
			w.t.Errorf("%s started before the output of node %d was there", n.Path, need)
		}
	}
	if err := started(nil); err != nil {
		return sched.Result{State: sched.Failed, Err: err}
	}
	w.mu.Lock()
	w.running++
	w.most = max(w.most, w.running)
	w.mu.Unlock()
	if w.do != nil {
		w.do(ctx, n)
	}
	w.mu.Lock()
	w.running--
	w.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return sched.Result{State: sched.Canceled}
	case w.fail[n.Path] != nil:
		return sched.Result{State: sched.Failed, Err: w.fail[n.Path]}
	}
	return sched.Result{State: sched.Completed, Outputs: map[string]sched.Artifact{"o": {URI: n.Path}}}
}

func (w *world) Observe(_ context.Context, e sched.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refuse[e.Node.Path]; err != nil {
		return err
	}
	if old := w.states[e.Node.Path]; old.Final() {
		w.t.Errorf("%s was %s and became %s", e.Node.Path, old, e.State)
	}
	if w.states == nil {
		w.states = map[string]sched.State{}
	}
	w.states[e.Node.Path] = e.State
	if w.reasons != nil {
		w.reasons[e.Node.Path] = e.Err
	}
	w.log = append(w.log, e.Node.Path+" "+string(e.State))
	return nil
}

func (w *world) run(ctx context.Context, p *plan.Plan, parallel int) (sched.Outcome, error) {
	return sched.Run(ctx, p, sched.Options{Parallel: parallel, Doer: w, Observer: w, Now: time.Now})
}

func TestOrderOfOneAtATime(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	out, err := w.run(t.Context(), graph("a", "g/", "g/x:a", "g/y:g/x", "b:g/y", "c"), 1)
	if err != nil || out.State != sched.Completed {
		t.Fatalf("%v %v", out, err)
	}
	want := []string{
		"a Running", "a Completed", "g Running", "g/x Running", "g/x Completed", "g/y Running", "g/y Completed",
		"g Completed", "b Running", "b Completed", "c Running", "c Completed",
	}
	if !slices.Equal(w.log, want) {
		t.Errorf("got  %q\nwant %q", w.log, want)
	}
}

func TestNoStageBarriers(t *testing.T) {
	t.Parallel()
	// b needs a; slow runs beside both. b must not wait for slow.
	release := make(chan struct{})
	w := &world{t: t}
	w.do = func(_ context.Context, n *plan.Node) {
		switch n.Path {
		case "slow":
			<-release
		case "b":
			close(release)
		}
	}
	if out, err := w.run(t.Context(), graph("slow", "a", "b:a"), 2); err != nil || out.State != sched.Completed {
		t.Fatalf("%v %v", out, err)
	}
}

func TestParallelIsBounded(t *testing.T) {
	t.Parallel()
	w := &world{t: t, do: func(context.Context, *plan.Node) { time.Sleep(time.Millisecond) }}
	if _, err := w.run(t.Context(), graph("a", "b", "c", "d", "e", "f"), 3); err != nil {
		t.Fatal(err)
	}
	if w.most > 3 {
		t.Errorf("%d ran at once, want 3 at most", w.most)
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, tt := range []struct {
		keepOn bool
		want   map[string]sched.State
	}{
		{false, map[string]sched.State{"a": sched.Failed, "b": sched.Canceled, "c": sched.Canceled, "g": sched.Canceled, "g/d": sched.Canceled}},
		{true, map[string]sched.State{"a": sched.Failed, "b": sched.Canceled, "c": sched.Completed, "g": sched.Canceled, "g/d": sched.Canceled}},
	} {
		p := graph("a", "b:a", "c", "g/", "g/d:b")
		p.ContinueOnStepFailure = tt.keepOn
		w := &world{t: t, fail: map[string]error{"a": boom}}
		out, err := w.run(t.Context(), p, 1)
		if err != nil || out.State != sched.Failed || out.First != p.Nodes[0] || !errors.Is(out.Err, boom) {
			t.Fatalf("continue %v: %+v %v", tt.keepOn, out, err)
		}
		for path, want := range tt.want {
			if w.states[path] != want {
				t.Errorf("continue %v: %s is %s, want %s", tt.keepOn, path, w.states[path], want)
			}
		}
	}
}

func TestFailureCancelsWhatRuns(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	w := &world{t: t, fail: map[string]error{"bad": errors.New("boom")}}
	w.do = func(ctx context.Context, n *plan.Node) {
		if n.Path == "long" {
			close(started)
			<-ctx.Done()
			return
		}
		<-started
	}
	out, err := w.run(t.Context(), graph("long", "bad"), 2)
	if err != nil || out.State != sched.Failed || out.First.Path != "bad" {
		t.Fatalf("%+v %v", out, err)
	}
	if w.states["long"] != sched.Canceled {
		t.Errorf("long is %s, want Canceled", w.states["long"])
	}
}

func TestCancelByTheUser(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{t: t, do: func(ctx context.Context, _ *plan.Node) { cancel(); <-ctx.Done() }}
	out, err := w.run(ctx, graph("a", "b:a", "c"), 1)
	if err != nil || out.State != sched.Canceled || out.First != nil {
		t.Fatalf("%+v %v", out, err)
	}
	for path, s := range w.states {
		if s != sched.Canceled {
			t.Errorf("%s is %s, want Canceled", path, s)
		}
	}
	if len(w.states) != 3 {
		t.Errorf("%d nodes have a state, want 3", len(w.states))
	}
}

func TestWhatCannotBeRecordedEndsTheRun(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	w := &world{t: t, refuse: map[string]error{"b": full}}
	_, err := w.run(t.Context(), graph("a", "b:a", "c:b"), 1)
	if !errors.Is(err, full) {
		t.Fatalf("error %v, want %v", err, full)
	}
	if w.states["c"] == sched.Completed || w.states["c"] == sched.Running {
		t.Errorf("c is %s, though b is not on record", w.states["c"])
	}
}

// TestRandomGraphs: whatever the graph and the failures, every node ends in
// one final state, and a node completes only if all it needs did.
func TestRandomGraphs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var specs []string
		fail := map[string]error{}
		for i := range 40 {
			spec := fmt.Sprintf("n%d:", i)
			for j := range i {
				if rng.IntN(12) == 0 {
					spec += fmt.Sprintf("n%d,", j)
				}
			}
			if rng.IntN(30) == 0 {
				fail[fmt.Sprintf("n%d", i)] = errors.New("boom")
			}
			specs = append(specs, spec)
		}
		p := graph(specs...)
		p.ContinueOnStepFailure = seed%2 == 0
		w := &world{t: t, fail: fail}
		out, err := w.run(t.Context(), p, 1+rng.IntN(4))
		if err != nil {
			t.Fatal(err)
		}
		if (out.State == sched.Completed) != (len(fail) == 0) {
			t.Errorf("seed %d: %s with %d failing steps", seed, out.State, len(fail))
		}
		for _, n := range p.Nodes {
			checkNode(t, w, p, n)
		}
	}
}

func checkNode(t *testing.T, w *world, p *plan.Plan, n *plan.Node) {
	t.Helper()
	if !w.states[n.Path].Final() {
		t.Errorf("%s ended as %s", n.Path, w.states[n.Path])
	}
	for _, need := range n.Needs {
		if w.states[n.Path] == sched.Completed && w.states[p.Nodes[need].Path] != sched.Completed {
			t.Errorf("%s completed, though %s is %s", n.Path, p.Nodes[need].Path, w.states[p.Nodes[need].Path])
		}
	}
}

func BenchmarkThousandSteps(b *testing.B) {
	specs := make([]string, 1000)
	for i := range specs {
		specs[i] = fmt.Sprintf("n%d", i)
	}
	p := graph(specs...)
	for b.Loop() {
		if _, err := sched.Run(b.Context(), p, sched.Options{Parallel: 2, Doer: quick{}, Observer: quick{}, Now: time.Now}); err != nil {
			b.Fatal(err)
		}
	}
}

// quick does nothing.
type quick struct{}

func (quick) Do(_ context.Context, _ *plan.Node, _ sched.Made, started func(any) error) sched.Result {
	if err := started(nil); err != nil {
		return sched.Result{State: sched.Failed, Err: err}
	}
	return sched.Result{State: sched.Completed}
}

func (quick) Observe(context.Context, sched.Event) error { return nil }

// TestEmptyGroups: a pipeline step without steps completes, and so do those
// around it.
func TestEmptyGroups(t *testing.T) {
	t.Parallel()
	w := &world{t: t}
	out, err := w.run(t.Context(), graph("g/", "g/h/", "g/h/i/", "k/", "k/e/", "k/a"), 1)
	if err != nil || out.State != sched.Completed {
		t.Fatalf("%v %v", out, err)
	}
	want := []string{
		"k Running", "k/e Running", "k/e Completed",
		"g Running", "g/h Running", "g/h/i Running", "g/h/i Completed", "g/h Completed", "g Completed",
		"k/a Running", "k/a Completed", "k Completed",
	}
	if !slices.Equal(w.log, want) {
		t.Errorf("got  %q\nwant %q", w.log, want)
	}
}

// TestWhyCanceled: what the user cancels has no other reason.
func TestWhyCanceled(t *testing.T) {
	t.Parallel()
	for _, byUser := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		w := &world{t: t, fail: map[string]error{"a": errors.New("broken")}, reasons: map[string]error{}}
		if byUser {
			w.do = func(context.Context, *plan.Node) { cancel() }
		}
		out, err := w.run(ctx, graph("a", "b:a", "c:b"), 1)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"b", "c"} {
			if why := w.reasons[path]; byUser != (why == nil) || !byUser && !errors.Is(why, sched.ErrUpstream) {
				t.Errorf("by the user: %v; %s was cancelled because %v (%v)", byUser, path, why, out.State)
			}
		}
	}
}

// TestOutputsOfThePlan are those that its steps made.
func TestOutputsOfThePlan(t *testing.T) {
	t.Parallel()
	p := graph("a", "b")
	p.Outputs = []plan.Output{
		{Name: "x", From: &plan.From{Node: 1, Output: "o"}}, {Name: "y", From: &plan.From{Node: 0, Output: "nosuch"}}, {Name: "z"},
	}
	out, err := (&world{t: t}).run(t.Context(), p, 2)
	if err != nil || len(out.Outputs) != 1 || out.Outputs["x"].URI != "b" {
		t.Errorf("got %v, %v", out.Outputs, err)
	}
}
