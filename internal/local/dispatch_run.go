package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// run runs one job, with the nodes for its first step.
func (d *Dispatcher) run(w *waitingJob, got *taken) {
	err := d.tryRun(w, got)
	switch {
	case err == nil, errors.Is(err, workspace.ErrConflict):
		// It has ended, or somebody else ended it while it waited.
		return
	case errors.Is(err, lease.ErrHeld):
		d.o.Log.Warn("another process has the job, or one of its name", "job", w.name)
	default:
		d.o.Log.Error("run a job", "job", w.name, "error", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strays = append(d.strays, workspace.Ticket{Scope: w.scope, Job: w.name, Accepted: w.at})
}

func (d *Dispatcher) tryRun(w *waitingJob, got *taken) error {
	calm := context.WithoutCancel(d.life)
	held, err := d.hold(calm, w)
	if errors.Is(err, errTaken) {
		return d.endWaiting(calm, w, err)
	}
	if err != nil {
		return err
	}
	defer func() { _ = held.Release() }()
	tree, p, err := d.read(calm, w)
	switch {
	case err != nil:
		return d.endWaiting(calm, w, err)
	case !tree.Root.CancelRequested.IsZero():
		return d.endWaiting(calm, w, nil)
	}
	g, err := d.gateOf(calm, w.scope, p)
	if err != nil {
		return d.endWaiting(calm, w, err)
	}
	if g == nil {
		g = &gate{}
	}
	g.places = d.places
	g.reserve(got, w.first)
	defer g.close()
	_, err = d.runRecorded(d.life, d.request(w, tree, p), tree, g)
	return err
}

// hold takes the lease of a job that is on record, and makes its folder.
func (d *Dispatcher) hold(ctx context.Context, w *waitingJob) (*lease.Lease, error) {
	if w.claim != nil {
		return w.claim.lease, nil
	}
	dir, err := d.JobDir(w.name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the job: %w", err)
	}
	held, err := lease.Acquire(filepath.Join(dir, leaseFile))
	if err != nil {
		return nil, err
	}
	// A folder that holds more is that of an earlier attempt, which ended before
	// its first process started; or of a job of that name in another workspace.
	if !onlyLease(dir) {
		err = d.isOnlyJob(ctx, w)
	}
	if err != nil {
		_ = held.Release()
		return nil, err
	}
	return held, nil
}

// isOnlyJob: no other workspace has a job of that name.
func (d *Dispatcher) isOnlyJob(ctx context.Context, w *waitingJob) error {
	jobs, err := d.ledger.Jobs(ctx, workspace.Filter{AllScopes: true, Root: w.name, Archived: "all"})
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.Scope.ARMID() != w.scope.ARMID() {
			return errTaken
		}
	}
	return nil
}

// read reads a job and its plan from the ledger.
func (d *Dispatcher) read(ctx context.Context, w *waitingJob) (*workspace.Tree, *plan.Plan, error) {
	tree, err := d.tree(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	def, err := d.ledger.Queue().Definition(ctx, w.scope, w.name)
	if err != nil {
		return nil, nil, err
	}
	p, err := decodePlan(def.Plan)
	if err == nil {
		remember(p, tree.Root, tree.Steps)
	}
	return tree, p, err
}

func (d *Dispatcher) tree(ctx context.Context, w *waitingJob) (*workspace.Tree, error) {
	root, err := d.ledger.Job(ctx, w.scope, w.name)
	if err != nil {
		return nil, err
	}
	steps, err := d.ledger.Steps(ctx, w.scope, w.name)
	if err != nil {
		return nil, err
	}
	return &workspace.Tree{Root: root, Steps: steps}, nil
}

// request is what is run of a job that is on record.
func (d *Dispatcher) request(w *waitingJob, tree *workspace.Tree, p *plan.Plan) Request {
	r := Request{
		Scope: w.scope, Job: headOf(tree.Root), Plan: p, Name: w.name, Experiment: tree.Root.Experiment,
		Parallel: d.o.Parallel, Environ: d.o.Environ, Deny: d.o.Deny,
	}
	if d.o.Watch != nil {
		r.Watch = func(e Event) { d.o.Watch(w.scope, w.name, e) }
	}
	return r
}

// endWaiting ends a job of which nothing has started: as Failed for a reason,
// as Canceled without. That somebody else has ended it is no fault.
func (d *Dispatcher) endWaiting(ctx context.Context, w *waitingJob, why error) error {
	tree, err := d.tree(ctx, w)
	if err != nil {
		return errors.Join(why, err)
	}
	last := workspace.Change{Job: w.name, Status: workspace.Canceled}
	if why != nil {
		last.Status = workspace.Failed
		last.Error = &workspace.JobError{Code: step.SystemError, Message: why.Error()}
	}
	var changes []workspace.Change
	for i := len(tree.Steps) - 1; i >= 0; i-- {
		if s := tree.Steps[i]; !s.Status.Terminal() {
			changes = append(changes, workspace.Change{Job: s.Name, Status: workspace.Canceled})
		}
	}
	err = d.ledger.Advance(ctx, w.scope, append(changes, last)...)
	if err != nil && !errors.Is(err, workspace.ErrConflict) {
		return errors.Join(why, err)
	}
	if w.claim != nil {
		w.claim.undo()
	}
	if d.o.Watch != nil && err == nil {
		d.o.Watch(w.scope, w.name, Event{Time: d.now(), Status: last.Status})
	}
	return why
}
