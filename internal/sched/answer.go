package sched

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ischia-ml/ischia/internal/plan"
)

// Answerer is a Doer that knows the results of some actions without running
// them. Answer is asked of every action once, when all that it needs has
// completed; with ok the action is done, otherwise Do follows.
type Answerer interface {
	Answer(ctx context.Context, n *plan.Node, made Made) (res Result, started any, ok bool)
}

// BatchObserver is an Observer that takes many events at once, in order, as
// cheaply as one. All of them come on record, or none.
type BatchObserver interface {
	ObserveAll(ctx context.Context, events []Event) error
}

// maxBatch is how many answers are recorded at once: many, because each record
// costs as much as a hundred answers, but not so many that nobody sees them.
const maxBatch = 256

// found is what became of looking for one answer.
type found struct {
	res     Result
	started any
	ok      bool
}

// answer looks for answers to a batch of actions, and records those it finds.
func (r *run) answer(ctx context.Context, a Answerer, batch []int) {
	answers, looked := r.look(ctx, a, batch)
	var misses []int
	var out ended
	events := make([]Event, 0, 2*looked)
	now := r.o.Now()
	for at, i := range batch[:looked] { // what is left over is cancelled with the rest
		n, f := r.plan.Nodes[i], &answers[at]
		if f.ok = f.ok && r.openGroups(n) == nil; !f.ok {
			misses = append(misses, i)
			continue
		}
		out.nodes = append(out.nodes, i)
		events = append(events,
			Event{Node: n, State: Running, Time: now, Detail: f.started},
			Event{Node: n, State: f.res.State, Time: now, Err: f.res.Err, Result: &f.res})
	}
	r.done <- ended{looked: true, misses: misses}
	err := r.observeAll(events)
	for at, i := range batch[:looked] {
		switch f := answers[at]; {
		case f.ok && err != nil:
			r.settle(i, Result{State: Failed, Err: err})
		case f.ok:
			r.settle(i, f.res)
		}
	}
	slices.Sort(out.nodes)
	r.done <- out
}

// alone is how many answers one goroutine looks for before another helps.
const alone = 16

// look looks for the answers to a batch, with as many goroutines as there are
// processors: it is nothing but work. It returns those to the first so many.
func (r *run) look(ctx context.Context, a Answerer, batch []int) ([]found, int) {
	answers := make([]found, len(batch))
	var next, looked atomic.Int64
	ask := func() {
		for ctx.Err() == nil {
			at := int(next.Add(1)) - 1
			if at >= len(batch) {
				return
			}
			f := &answers[at]
			f.res, f.started, f.ok = a.Answer(ctx, r.plan.Nodes[batch[at]], r.made)
			looked.Add(1)
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batch)/alone+1) - 1 {
		others.Go(ask)
	}
	ask()
	others.Wait()
	// Places are given out in order, and whoever has taken one looks.
	return answers, int(looked.Load())
}

// observeAll records events, at once where the Observer can.
func (r *run) observeAll(events []Event) error {
	batch, ok := r.o.Observer.(BatchObserver)
	if !ok {
		for _, e := range events {
			if err := r.observe(e); err != nil {
				return err
			}
		}
		return nil
	}
	if len(events) == 0 {
		return nil
	}
	return r.note(batch.ObserveAll(r.calm, events), events)
}
