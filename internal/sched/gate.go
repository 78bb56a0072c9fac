package sched

import (
	"context"

	"github.com/ischia-ml/ischia/internal/plan"
)

// Gate holds actions back that need something which others use too, of this
// run or of another: a node of a cluster.
type Gate interface {
	// Holds reports whether an action has to pass the gate. It is asked once
	// for each action that no earlier result answers, and must not block.
	Holds(n *plan.Node) bool
	// Pass returns when the action may run. When it has to wait it calls
	// queued, once, which records that. leave is called when the action has
	// ended, whichever way. The error is why the action can never run, or ctx's.
	Pass(ctx context.Context, n *plan.Node, queued func() error) (leave func(), err error)
	// Apart reports whether actions that have passed run besides the places of
	// Options.Parallel instead of in one. Waiting takes none either way.
	Apart() bool
}

// miss takes in an action that is to be carried out.
func (r *run) miss(ctx context.Context, i int) {
	n := r.plan.Nodes[i]
	// One that comes when the run is over is cancelled with the rest.
	if r.o.Gate == nil || r.halted || ctx.Err() != nil || !r.o.Gate.Holds(n) {
		r.misses.push(i)
		return
	}
	r.apart++
	go r.pass(ctx, n)
}

// pass takes an action through the gate.
func (r *run) pass(ctx context.Context, n *plan.Node) {
	leave, err := r.o.Gate.Pass(ctx, n, func() error { return r.observe(Event{Node: n, State: Queued}) })
	if err == nil {
		r.mu.Lock()
		r.passed[n.Index] = leave
		r.mu.Unlock()
		r.done <- ended{apart: true, let: n}
		return
	}
	res := Result{State: Failed, Err: err}
	if ctx.Err() != nil {
		res = Result{State: Canceled}
	}
	r.finish(n, res)
	r.done <- ended{apart: true, nodes: []int{n.Index}}
}

// let carries out an action that has passed the gate, now or when there is a
// place.
func (r *run) let(ctx context.Context, n *plan.Node) {
	if !r.o.Gate.Apart() || r.halted || ctx.Err() != nil {
		r.misses.push(n.Index)
		return
	}
	r.apart++
	go func() {
		r.act(ctx, n.Index)
		r.leave(n.Index)
		r.done <- ended{apart: true, nodes: []int{n.Index}}
	}()
}

// leave gives back what an action got at the gate, if it passed one.
func (r *run) leave(i int) {
	r.mu.Lock()
	leave := r.passed[i]
	delete(r.passed, i)
	r.mu.Unlock()
	if leave != nil {
		leave()
	}
}
