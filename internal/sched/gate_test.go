package sched_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
)

// turnstile lets actions whose names begin with "g" pass, one at a time or all.
type turnstile struct {
	apart bool
	never error
	turn  chan struct{} // holds one token; nil: nobody ever passes

	mu   sync.Mutex
	left int
}

func (g *turnstile) Holds(n *plan.Node) bool { return strings.HasPrefix(n.Path, "g") }
func (g *turnstile) Apart() bool             { return g.apart }

func (g *turnstile) Pass(ctx context.Context, _ *plan.Node, queued func() error) (func(), error) {
	if g.never != nil {
		return nil, g.never
	}
	if err := queued(); err != nil {
		return nil, err
	}
	select {
	case <-g.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return func() {
		g.mu.Lock()
		g.left++
		g.mu.Unlock()
		g.turn <- struct{}{}
	}, nil
}

func oneAtATime() chan struct{} {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return turn
}

func TestGate(t *testing.T) {
	t.Parallel()
	for _, apart := range []bool{false, true} {
		g := &turnstile{apart: apart, turn: oneAtATime()}
		w := &world{t: t}
		out, err := sched.Run(t.Context(), graph("g1", "g2", "g3", "a", "b:g1", "c:g2,a"),
			sched.Options{Parallel: 1, Doer: w, Observer: w, Now: time.Now, Gate: g})
		if err != nil || out.State != sched.Completed {
			t.Errorf("apart %v: got %s, %v, want Completed", apart, out.State, err)
		}
		if g.left != 3 {
			t.Errorf("apart %v: %d have left the gate, want 3", apart, g.left)
		}
		if log := strings.Join(w.log, " "); !strings.Contains(log, "g2 Queued") {
			t.Errorf("apart %v: no word of waiting in %s", apart, log)
		}
		if most := w.most; most > 1 && !apart {
			t.Errorf("%d ran at once, want 1", most)
		}
	}
}

// TestGateTakesNoPlace: what waits at a gate keeps nobody else from running,
// and what runs keeps nobody from passing.
func TestGateTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &turnstile{apart: true, turn: make(chan struct{}, 1)}
		w := &world{t: t}
		w.do = func(_ context.Context, n *plan.Node) {
			switch n.Path {
			case "z": // it has the only place, and lets g1 pass
				g.turn <- struct{}{}
				synctest.Wait()
				if s := w.state("g1"); s != sched.Completed {
					t.Errorf("g1 is %s, want Completed while z runs", s)
				}
			}
		}
		out, err := sched.Run(t.Context(), graph("g1", "z"), sched.Options{Parallel: 1, Doer: w, Observer: w, Now: time.Now, Gate: g})
		if err != nil || out.State != sched.Completed {
			t.Errorf("got %s, %v, want Completed", out.State, err)
		}
	})
}

func TestGateNobodyPasses(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := &world{t: t, do: func(context.Context, *plan.Node) { cancel() }}
	out, err := sched.Run(ctx, graph("g1", "a", "b:g1"), sched.Options{Parallel: 1, Doer: w, Observer: w, Now: time.Now, Gate: &turnstile{}})
	if err != nil || out.State != sched.Canceled {
		t.Errorf("cancelled: got %s, %v", out.State, err)
	}
	w = &world{t: t}
	never := errors.New("never")
	out, err = sched.Run(t.Context(), graph("g1", "b:g1"), sched.Options{Parallel: 1, Doer: w, Observer: w, Now: time.Now, Gate: &turnstile{never: never}})
	if err != nil || out.State != sched.Failed || !errors.Is(out.Err, never) || w.state("b") != sched.Canceled {
		t.Errorf("refused: got %s, %v, %v; b is %s", out.State, out.Err, err, w.state("b"))
	}
}

func (w *world) state(name string) sched.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.states[name]
}
