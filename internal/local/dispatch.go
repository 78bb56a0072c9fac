package local

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// DispatchOptions say how a [Dispatcher] works.
type DispatchOptions struct {
	// Adopt also runs what other processes have accepted that are gone. The
	// server of a home does, which is its only one; another process runs what
	// it has accepted itself.
	Adopt bool
	// Environ is the environment of the process, Deny the names of variables
	// that no step gets.
	Environ, Deny []string
	// Parallel is how many steps run at once that need no cluster, of all jobs
	// together; 0 is one for each processor.
	Parallel int
	// MaxJobs is how many jobs run at once; 0 is 64.
	MaxJobs int
	// Log is told of faults that nobody else hears of; may be nil.
	Log *slog.Logger
	// Watch is told what happens to the jobs that run here, one thing of a job
	// at a time; may be nil. It must not block.
	Watch func(scope workspace.Scope, job string, e Event)
}

const defaultMaxJobs = 64

// ErrClosing says that a dispatcher accepts nothing any more.
var ErrClosing = errors.New("the workspace is closing")

// Dispatcher accepts jobs and runs them, in the order in which they were
// accepted, when there is room. It implements [workspace.Runner].
//
// A job that waits is a row of the ledger and a few words in memory: it has no
// goroutine, no folder and, in a process that adopts, no lease. When the
// process ends, it goes on waiting.
type Dispatcher struct {
	*Local
	o DispatchOptions
	// places are those of Parallel.
	places *semaphore.Weighted
	kick   chan struct{} // holds at most one: there may be something to start
	// life is that of the jobs that run, end ends it; stop ends the goroutines
	// that look after those that wait.
	life      context.Context
	end, stop context.CancelFunc
	loops     sync.WaitGroup
	jobs      sync.WaitGroup // that are being accepted or run

	mu sync.Mutex
	// The rest is guarded by mu.
	lanes map[*pool]*lane
	// names are those of jobs that are being accepted, wait or run: with what
	// waits, nil for the others.
	names map[string]*waitingJob
	// strays are those that could not be started; an adoption looks at them
	// again.
	strays  []workspace.Ticket
	waiting int // jobs in lanes
	active  int // jobs that run
	closed  bool
}

var _ workspace.Runner = (*Dispatcher)(nil)

// lane are the jobs that wait for a node of one cluster, or for nothing but
// their turn, by acceptance.
type lane struct{ line []*waitingJob }

// waitingJob is a job that was accepted and does not run yet.
type waitingJob struct {
	scope workspace.Scope
	name  string
	at    time.Time
	// pool is the cluster that its first step needs so many nodes of; nil when
	// it can start without.
	pool        *pool
	need, first int
	// claim is set in a process that does not adopt: nobody else shall take the
	// job for lost.
	claim *claimed
	// queued: it is on record as Queued. It belongs to the goroutine of loop.
	queued bool
}

// NewDispatcher starts a dispatcher. Close it before the home; the end of ctx
// does not end it.
func (l *Local) NewDispatcher(ctx context.Context, o DispatchOptions) (*Dispatcher, error) {
	if _, err := l.Blobs(); err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.NumCPU()
	}
	if o.MaxJobs <= 0 {
		o.MaxJobs = defaultMaxJobs
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	calm := context.WithoutCancel(ctx)
	d := &Dispatcher{
		Local: l, o: o, places: semaphore.NewWeighted(int64(o.Parallel)), kick: make(chan struct{}, 1),
		lanes: map[*pool]*lane{}, names: map[string]*waitingJob{},
	}
	d.life, d.end = context.WithCancel(calm)
	looking, stop := context.WithCancel(calm)
	d.stop = stop
	d.loops.Go(func() { d.loop(looking) })
	d.loops.Go(func() { d.watchCancels(looking) })
	d.loops.Go(func() { d.tendLedger(looking) })
	return d, nil
}

// tendLedger keeps the ledger's log short, so that who hands in a job does not
// wait for that.
func (d *Dispatcher) tendLedger(ctx context.Context) {
	if err := d.store.TendLog(ctx); err != nil && ctx.Err() == nil {
		d.o.Log.ErrorContext(ctx, "keep the log of the ledger short", "error", err)
	}
}

// Close starts nothing any more and waits for the jobs that run. When ctx ends
// they are cancelled, and recorded as that. Those that wait go on waiting, for
// the next dispatcher of the home.
func (d *Dispatcher) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.stop()
	d.loops.Wait()
	defer d.end()
	over := make(chan struct{})
	go func() { d.jobs.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
		d.end()
		<-over
	}
	return d.giveBack()
}

// giveBack releases the leases of what waits, so that somebody else may run it.
func (d *Dispatcher) giveBack() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, ln := range d.lanes {
		for _, w := range ln.line {
			if w.claim != nil {
				errs = append(errs, w.claim.lease.Release())
			}
		}
	}
	clear(d.lanes)
	return errors.Join(errs...)
}

// Nodes implements workspace.Runner.
func (d *Dispatcher) Nodes(ctx context.Context, scope workspace.Scope, compute string) (workspace.Nodes, error) {
	p := d.pool(scope, compute)
	n, err := p.nodes(ctx)
	if err != nil {
		return workspace.Nodes{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if ln := d.lanes[p]; ln != nil {
		n.Waiting += len(ln.line)
	}
	return n, nil
}

// enqueue takes in a job that is on record, at its place in the line.
func (d *Dispatcher) enqueue(w *waitingJob) {
	if w.pool != nil {
		w.pool.tell(d.kick)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lanes[w.pool] == nil {
		d.lanes[w.pool] = &lane{}
	}
	ln := d.lanes[w.pool]
	at := len(ln.line)
	for at > 0 && ln.line[at-1].at.After(w.at) {
		at--
	}
	ln.line = slices.Insert(ln.line, at, w)
	d.names[w.name] = w
	d.waiting++
	if at == 0 {
		poke(d.kick)
	}
}

// remove takes a job out of its line, and reports whether it was there. mu is
// held.
func (d *Dispatcher) remove(w *waitingJob) bool {
	ln := d.lanes[w.pool]
	if ln == nil || d.names[w.name] != w {
		return false
	}
	at := slices.Index(ln.line, w)
	if at < 0 {
		return false
	}
	if at == 0 {
		ln.line = ln.line[1:] // the rule, however many wait
	} else {
		ln.line = slices.Delete(ln.line, at, at+1)
	}
	if len(ln.line) == 0 {
		delete(d.lanes, w.pool)
	}
	d.names[w.name] = nil
	d.waiting--
	return true
}

// loop starts jobs when there is room for them.
func (d *Dispatcher) loop(ctx context.Context) {
	if d.o.Adopt {
		seen := &adoption{Dispatcher: d, held: map[string]workspace.Ticket{}}
		seen.look(ctx)
		d.loops.Go(func() { seen.keepLooking(ctx) })
	}
	for {
		var again <-chan time.Time
		if d.startAll(ctx) {
			again = time.After(slotPoll)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.kick:
		case <-again:
		}
	}
}

// startAll starts every job that there is room for, and reports whether some
// wait for a node, which another process may give back.
func (d *Dispatcher) startAll(ctx context.Context) bool {
	full := map[*pool]bool{}
	for ctx.Err() == nil {
		w := d.next(full)
		if w == nil {
			break
		}
		got, ok := d.nodesFor(ctx, w)
		switch {
		case !ok:
			full[w.pool] = true
			d.recordQueued(ctx, w)
		case !d.start(w, got): //nolint:contextcheck // a job outlives the look that started it
			got.release() // it was cancelled just now
		}
	}
	return len(full) > 0
}

// next is the job that was accepted first, of those that do not wait for a
// cluster that is full; nil when no other job may run.
func (d *Dispatcher) next(full map[*pool]bool) *waitingJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.active >= d.o.MaxJobs {
		return nil
	}
	var first *waitingJob
	for p, ln := range d.lanes {
		if !full[p] && (first == nil || ln.line[0].at.Before(first.at)) {
			first = ln.line[0]
		}
	}
	return first
}

// nodesFor are the nodes for the first step of a job; false when there are not
// enough.
func (d *Dispatcher) nodesFor(ctx context.Context, w *waitingJob) (*taken, bool) {
	if w.pool == nil {
		return nil, true
	}
	got, err := w.pool.tryNow(ctx, w.need)
	var never *step.Error
	switch {
	case errors.As(err, &never):
		return nil, true // the step fails for that reason
	case err != nil:
		d.o.Log.ErrorContext(ctx, "look for a node", "compute", w.pool.name, "error", err)
	}
	return got, got != nil
}

// recordQueued records that a job waits for a node, if it was not known when it
// was accepted.
func (d *Dispatcher) recordQueued(ctx context.Context, w *waitingJob) {
	if w.queued {
		return
	}
	w.queued = true
	// That it has ended by now is no fault.
	err := d.ledger.Advance(ctx, w.scope, workspace.Change{Job: w.name, Status: workspace.Queued})
	if err != nil && !errors.Is(err, workspace.ErrConflict) && ctx.Err() == nil {
		d.o.Log.ErrorContext(ctx, "record a job as Queued", "job", w.name, "error", err)
	}
}

// start starts a job with its nodes, unless it does not wait any more.
func (d *Dispatcher) start(w *waitingJob, got *taken) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || !d.remove(w) {
		return false
	}
	d.active++
	d.jobs.Go(func() {
		defer d.over(w)
		defer got.release()
		d.run(w, got)
	})
	return true
}

// over makes room for the next job.
func (d *Dispatcher) over(w *waitingJob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active--
	delete(d.names, w.name)
	poke(d.kick)
}

// watchCancels ends the jobs that wait and that somebody wants cancelled.
func (d *Dispatcher) watchCancels(ctx context.Context) {
	tick := time.NewTicker(cancelPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if d.countWaiting() > 0 {
			d.cancelAsked(ctx)
		}
	}
}

func (d *Dispatcher) countWaiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting
}

// count is how many jobs run here and wait.
func (d *Dispatcher) count() (running, waiting int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.active, d.waiting
}

// cancelAsked is one look at the ledger, for all that wait.
func (d *Dispatcher) cancelAsked(ctx context.Context) {
	asked, err := d.ledger.Jobs(ctx, workspace.Filter{
		AllScopes: true, Archived: "all", Statuses: []workspace.Status{workspace.CancelRequested},
	})
	if err != nil {
		return // a ledger that cannot be read now is asked again
	}
	for _, j := range asked {
		w := d.pick(j.Name)
		if w == nil {
			continue
		}
		if err := d.endWaiting(context.WithoutCancel(ctx), w, nil); err != nil {
			d.o.Log.ErrorContext(ctx, "cancel a job that waits", "job", w.name, "error", err)
			d.enqueue(w)
			continue
		}
		d.forget(w.name)
	}
}

// pick takes a job that waits out of its line; nil when it does not wait.
func (d *Dispatcher) pick(name string) *waitingJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.names[name]
	if w == nil || !d.remove(w) {
		return nil
	}
	return w
}

// forget gives the name of a job free.
func (d *Dispatcher) forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.names, name)
	poke(d.kick) // another one is the first of its line
}
