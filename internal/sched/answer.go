package sched

import (
	"context"
	"slices"

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

// answer looks for answers to a batch of actions, and records those it finds.
func (r *run) answer(ctx context.Context, a Answerer, batch []int) {
	var misses []int
	var events []Event
	results := map[int]Result{}
	now := r.o.Now()
	for _, i := range batch {
		if ctx.Err() != nil {
			break // what is left over is cancelled with the rest
		}
		n := r.plan.Nodes[i]
		res, started, ok := a.Answer(ctx, n, r.made)
		if !ok || r.openGroups(n) != nil {
			misses = append(misses, i)
			continue
		}
		results[i] = res
		events = append(events,
			Event{Node: n, State: Running, Time: now, Detail: started},
			Event{Node: n, State: res.State, Time: now, Err: res.Err, Result: &res})
	}
	r.done <- ended{looked: true, misses: misses}
	var out ended
	if err := r.observeAll(events); err != nil {
		for i := range results {
			results[i] = Result{State: Failed, Err: err}
		}
	}
	for i, res := range results {
		r.settle(i, res)
		out.nodes = append(out.nodes, i)
	}
	slices.Sort(out.nodes)
	r.done <- out
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
