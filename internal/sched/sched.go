package sched

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/plan"
)

// State is where a node stands. The words are Azure ML's.
type State string

// The states of a node.
const (
	NotStarted State = "NotStarted"
	Queued     State = "Queued"
	Running    State = "Running"
	Completed  State = "Completed"
	Failed     State = "Failed"
	Canceled   State = "Canceled"
)

// Final reports whether a node in state s will never change again.
func (s State) Final() bool { return s == Completed || s == Failed || s == Canceled }

// Artifact is an output that an action has made.
type Artifact struct {
	Type string
	// URI is where it lies on its datastore.
	URI string
	// Digest is the content's: of a file, or of a tree when Folder.
	Digest string
	Folder bool
	// File is the base name of a file.
	File string
}

// Result is how an action ended.
type Result struct {
	State State
	// Err says why State is Failed, or Canceled by a limit.
	Err error
	// Outputs are the action's outputs by name; those it did not make are
	// missing.
	Outputs map[string]Artifact
	// Detail is for the Observer: whatever the Doer wants recorded.
	Detail any
}

// Doer carries out one action and says how it ended. started is called once,
// when the action's own work begins; a fault it returns ends the action.
// When ctx ends, Do winds up what is running and returns Canceled.
type Doer interface {
	Do(ctx context.Context, n *plan.Node, made Made, started func(detail any) error) Result
}

// Made finds the output of an action that has completed; ok is false when it
// was not made.
type Made func(plan.From) (a Artifact, ok bool)

// Event is a change of one node.
type Event struct {
	Node  *plan.Node
	State State
	Time  time.Time
	Err   error
	// Result is set when an action ended; Detail is what the Doer gave when
	// it started.
	Result *Result
	Detail any
}

// Observer is told of every change, one call at a time for one node, several
// nodes at once. It may record them a little later, in that order; a fault,
// also of an earlier change, ends the run.
type Observer interface {
	Observe(ctx context.Context, e Event) error
}

// Options say how a plan is walked.
type Options struct {
	// Parallel is how many actions run at once; at least 1.
	Parallel int
	Doer     Doer
	Observer Observer
	Now      func() time.Time
	// Gate holds back actions that wait for something else; may be nil.
	Gate Gate
}

// Outcome is how a plan ended.
type Outcome struct {
	State State
	// First is the node that failed first, with its fault.
	First *plan.Node
	Err   error
	// Outputs are the plan's own outputs by name; those that were not made
	// are missing.
	Outputs map[string]Artifact
}

// Run walks p until every node is in a final state. The error is a fault of
// ours (the Observer could not record); failures of steps are in the Outcome.
func Run(ctx context.Context, p *plan.Plan, o Options) (Outcome, error) {
	runCtx, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{
		plan: p, o: o, stop: stop, user: ctx, calm: context.WithoutCancel(ctx),
		state: make([]State, len(p.Nodes)), results: make([]Result, len(p.Nodes)),
		waits: make([]int, len(p.Nodes)), users: make([][]int, len(p.Nodes)), open: make([]int, len(p.Nodes)),
		sum: make([]State, len(p.Nodes)), done: make(chan ended), work: make(chan int, max(1, o.Parallel)),
		passed: map[int]func(){},
	}
	defer close(r.work)
	r.prepare()
	r.loop(runCtx)
	return r.outcome()
}

// run is the state of one walk. What mu does not guard belongs to the
// goroutine of Run.
type run struct {
	plan *plan.Plan
	o    Options
	user context.Context // the caller's: ended means the user cancelled
	calm context.Context // the same, without its end
	stop context.CancelFunc

	// mu guards state, results and fault, which workers share.
	mu      sync.Mutex
	state   []State
	results []Result
	fault   error

	waits []int   // actions still needed, by node
	users [][]int // nodes that need a node
	open  []int   // steps of a pipeline step that are not final yet
	sum   []State // what those that are final add up to
	// ready are the actions whose needs have completed; those that no earlier
	// result answers move on to misses, which a worker carries out.
	ready, misses intHeap
	// answering: a goroutine looks for answers. One does at a time.
	answering bool
	done      chan ended
	// work takes actions to the workers, of which there are as many as have
	// been of use.
	work    chan int
	workers int
	// running is how many goroutines have a place of Parallel, apart how many
	// actions wait at the Gate or run apart from the others.
	running, apart int
	// passed, guarded by mu, is what is to be called when an action ends that
	// the Gate has let pass.
	passed map[int]func()
	first  *plan.Node
	// halted: no further action starts.
	halted bool
}

func (r *run) prepare() {
	for i, n := range r.plan.Nodes {
		r.state[i], r.sum[i] = NotStarted, Completed
		if n.Parent >= 0 {
			r.open[n.Parent]++
		}
		if !n.IsAction() {
			continue
		}
		r.waits[i] = len(n.Needs)
		for _, need := range n.Needs {
			r.users[need] = append(r.users[need], i)
		}
		if len(n.Needs) == 0 {
			r.ready.push(i)
		}
	}
}

// ended is what a goroutine of a walk hands back: the nodes that are done, and
// those that are still to be carried out.
type ended struct {
	nodes, misses []int
	// looked: answers have been looked for, and somebody else may look for
	// more. The goroutine goes on to record those it found.
	looked bool
	// apart: it had no place of Parallel. let is a node that the Gate has let
	// pass.
	apart bool
	let   *plan.Node
}

// loop starts what is ready, and waits for one end at a time.
func (r *run) loop(ctx context.Context) {
	r.emptyGroups()
	for {
		for !r.halted && ctx.Err() == nil && r.startOne(ctx) {
		}
		if r.running+r.apart == 0 {
			break
		}
		r.take(ctx, <-r.done)
	}
	r.cancelRest()
}

// take does what a goroutine that has handed something back brings about.
func (r *run) take(ctx context.Context, e ended) {
	switch {
	case e.looked:
		r.answering = false
	case e.apart:
		r.apart--
	default:
		r.running--
	}
	for _, i := range e.misses {
		r.miss(ctx, i)
	}
	if e.let != nil {
		r.let(ctx, e.let)
	}
	for _, i := range e.nodes {
		r.ended(i)
	}
}

// startOne starts one goroutine: to look for answers if nobody does, else to
// carry out an action. It reports whether there was anything to start.
func (r *run) startOne(ctx context.Context) bool {
	_, ok := r.o.Doer.(Answerer)
	place := r.running < max(1, r.o.Parallel)
	switch {
	case !ok && r.ready.len() > 0:
		r.miss(ctx, r.ready.pop())
	// What waits at a gate waits for no place, and is looked for without one.
	case ok && r.ready.len() > 0 && !r.answering && (place || r.o.Gate != nil):
		r.startAnswer(ctx)
	case place && r.misses.len() > 0:
		r.running++
		r.start(ctx, r.misses.pop())
	default:
		return false
	}
	return true
}

// startAnswer looks for answers to what is ready.
func (r *run) startAnswer(ctx context.Context) {
	var batch []int
	for len(batch) < maxBatch && r.ready.len() > 0 {
		batch = append(batch, r.ready.pop())
	}
	r.answering = true
	r.running++
	go r.answer(ctx, r.o.Doer.(Answerer), batch)
}

// start hands action i to a worker. Workers stay: a goroutine of its own for
// each action would grow its stack anew.
func (r *run) start(ctx context.Context, i int) {
	if r.workers < max(1, r.o.Parallel) {
		r.workers++
		go func() {
			for i := range r.work {
				r.act(ctx, i)
				r.leave(i)
				r.done <- ended{nodes: []int{i}}
			}
		}()
	}
	r.work <- i
}

// emptyGroups completes pipeline steps without steps: nothing else would.
func (r *run) emptyGroups() {
	for i := len(r.plan.Nodes) - 1; i >= 0; i-- {
		if n := r.plan.Nodes[i]; !n.IsAction() && !r.stateOf(i).Final() && r.open[i] == 0 {
			_ = r.openGroups(n)
			r.closeGroup(n)
			r.childEnded(n)
		}
	}
}

// act carries out action i, and records its start and end.
func (r *run) act(ctx context.Context, i int) {
	n := r.plan.Nodes[i]
	started := func(detail any) error {
		if err := r.openGroups(n); err != nil {
			return err
		}
		return r.observe(Event{Node: n, State: Running, Detail: detail})
	}
	res := r.o.Doer.Do(ctx, n, r.made, started)
	if !res.State.Final() {
		res = Result{State: Failed, Err: fmt.Errorf("step %s ended in state %q", n.Path, res.State)}
	}
	r.finish(n, res)
}

// finish records and keeps how an action ended.
func (r *run) finish(n *plan.Node, res Result) {
	if err := r.observe(Event{Node: n, State: res.State, Err: res.Err, Result: &res}); err != nil {
		res.State, res.Err = Failed, err
	}
	r.settle(n.Index, res)
}

// settle keeps how node i ended, without what was for the Observer only: the
// files of ten thousand steps would add up.
func (r *run) settle(i int, res Result) {
	res.Detail = nil
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[i], r.state[i] = res, res.State
}

func (r *run) result(i int) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.results[i]
}

func (r *run) stateOf(i int) State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state[i]
}

// observe records an event; a fault stops the run.
func (r *run) observe(e Event) error {
	e.Time = r.o.Now()
	// What has happened is recorded even when the run is being cancelled.
	return r.note(r.o.Observer.Observe(r.calm, e), []Event{e})
}

// note keeps what has become of recording events.
func (r *run) note(err error, events []Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.fault == nil {
			r.fault = err
		}
		r.stop()
		return err
	}
	for _, e := range events {
		r.state[e.Node.Index] = e.State
	}
	return nil
}

// openGroups marks the pipeline steps around n as running.
func (r *run) openGroups(n *plan.Node) error {
	var chain []*plan.Node
	r.mu.Lock()
	for p := n.Parent; p >= 0 && r.state[p] == NotStarted; p = r.plan.Nodes[p].Parent {
		// Claimed here, so that of two steps that start at once only one
		// reports it.
		r.state[p] = Running
		chain = append(chain, r.plan.Nodes[p])
	}
	r.mu.Unlock()
	for i := len(chain) - 1; i >= 0; i-- {
		if err := r.observe(Event{Node: chain[i], State: Running}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) made(f plan.From) (Artifact, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.results[f.Node].Outputs[f.Output]
	return a, ok
}

// ended does what the end of action i brings about.
func (r *run) ended(i int) {
	n, res := r.plan.Nodes[i], r.result(i)
	switch res.State {
	case Completed:
		for _, u := range r.users[i] {
			if r.waits[u]--; r.waits[u] == 0 && !r.stateOf(u).Final() {
				r.ready.push(u)
			}
		}
	default:
		if r.first == nil && r.user.Err() == nil {
			r.first = n
		}
		r.cancelUsers(i, r.user.Err() == nil)
		if !r.plan.ContinueOnStepFailure && !r.halted {
			r.halted = true
			r.stop()
		}
	}
	r.childEnded(n)
}

// ErrUpstream is why a step was cancelled that needed one that did not
// complete.
var ErrUpstream = errors.New("a step it needs did not complete")

// cancelUsers cancels, transitively, the actions that need node i. When the
// user has cancelled the run, that is the reason, and needs no other.
func (r *run) cancelUsers(i int, blame bool) {
	for _, u := range r.users[i] {
		if r.stateOf(u).Final() {
			continue
		}
		var why error
		if blame {
			why = fmt.Errorf("%w: %s", ErrUpstream, r.plan.Nodes[i].Path)
		}
		r.cancel(u, why)
		r.cancelUsers(u, blame)
	}
}

// cancel ends an action that was never started.
func (r *run) cancel(i int, why error) {
	n := r.plan.Nodes[i]
	r.ready.remove(i)
	r.misses.remove(i)
	// A fault of observe is kept by it, and ends the run.
	_ = r.observe(Event{Node: n, State: Canceled, Err: why})
	r.settle(i, Result{State: Canceled, Err: why})
	r.leave(i)
	r.childEnded(n)
}

// cancelRest cancels what was never started, when a run ends early.
func (r *run) cancelRest() {
	for i, n := range r.plan.Nodes {
		if n.IsAction() && !r.stateOf(i).Final() {
			r.cancel(i, nil)
		}
	}
}

// childEnded closes the pipeline steps around n that have nothing left to do.
func (r *run) childEnded(n *plan.Node) {
	for n.Parent >= 0 {
		p := n.Parent
		r.sum[p] = worse(r.sum[p], r.stateOf(n.Index))
		if r.open[p]--; r.open[p] > 0 {
			return
		}
		n = r.plan.Nodes[p]
		r.closeGroup(n)
	}
}

// closeGroup gives a pipeline step the state that its steps add up to.
func (r *run) closeGroup(n *plan.Node) {
	if r.stateOf(n.Index) == NotStarted && r.sum[n.Index] == Completed {
		_ = r.observe(Event{Node: n, State: Running})
	}
	res := Result{State: r.sum[n.Index], Outputs: r.bound(n.Outputs)}
	_ = r.observe(Event{Node: n, State: res.State, Result: &res})
	r.settle(n.Index, res)
}

// bound are the outputs of a pipeline, as its steps made them.
func (r *run) bound(list []plan.Output) map[string]Artifact {
	outputs := map[string]Artifact{}
	for _, out := range list {
		if out.From == nil {
			continue
		}
		if a, ok := r.made(*out.From); ok {
			outputs[out.Name] = a
		}
	}
	return outputs
}

// worse is the state of a whole of which one part is in state a, another in b.
func worse(a, b State) State {
	for _, s := range []State{Failed, Canceled, NotStarted} {
		if a == s || b == s {
			if s == NotStarted {
				return Canceled
			}
			return s
		}
	}
	return Completed
}

func (r *run) outcome() (Outcome, error) {
	out := Outcome{State: Completed, Outputs: r.bound(r.plan.Outputs)}
	for i, n := range r.plan.Nodes {
		if n.Parent < 0 {
			out.State = worse(out.State, r.stateOf(i))
		}
	}
	if r.user.Err() != nil && out.State != Completed {
		out.State = Canceled
	}
	if r.first != nil {
		out.First, out.Err = r.first, r.result(r.first.Index).Err
		if out.State == Canceled && r.user.Err() == nil {
			out.State = Failed
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return out, r.fault
}
