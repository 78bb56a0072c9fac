package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// Accept implements workspace.Runner.
func (d *Dispatcher) Accept(ctx context.Context, scope workspace.Scope, o workspace.Order) (*workspace.Job, error) {
	if !d.enter() {
		return nil, ErrClosing
	}
	defer d.jobs.Done()
	// What the plan refers to may not be collected before it is on record.
	release, err := d.holdBlobs(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer release()
	p, err := d.planOf(ctx, scope, o)
	if err != nil {
		return nil, err
	}
	w := &waitingJob{scope: scope}
	if err := d.place(ctx, w, p); err != nil {
		return nil, err
	}
	s, err := d.order(scope, o, p, w)
	if err != nil {
		return nil, err
	}
	job, err := d.putOnRecord(ctx, s, w)
	if err != nil {
		return nil, fmt.Errorf("record the job: %w", err)
	}
	d.enqueue(w)
	return job, nil
}

// enter keeps the dispatcher open until jobs.Done is called.
func (d *Dispatcher) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.jobs.Add(1)
	return true
}

// planOf checks an order and plans it.
func (d *Dispatcher) planOf(ctx context.Context, scope workspace.Scope, o workspace.Order) (*plan.Plan, error) {
	blobs, err := d.Blobs()
	if err != nil {
		return nil, err
	}
	faults := validate(o.Job, blob.ContentFS(blobs))
	if faults.Err() != nil {
		return nil, &workspace.Refused{Faults: faults}
	}
	p, faults := plan.Build(o.Job)
	if faults.Err() != nil {
		return nil, &workspace.Refused{Faults: faults}
	}
	return d.pinOrder(ctx, scope, p)
}

// validate says what is wrong with a definition.
func validate(job pipeline.Job, fsys fs.FS) diag.List {
	if j, ok := job.(interface{ Validate(fs.FS) diag.List }); ok {
		return j.Validate(fsys)
	}
	return nil // plan.Build refuses what it does not know
}

// order is what is recorded of an order.
func (d *Dispatcher) order(scope workspace.Scope, o workspace.Order, p *plan.Plan, w *waitingJob) (workspace.Submission, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return workspace.Submission{}, fmt.Errorf("print the plan: %w", err)
	}
	r := Request{Scope: scope, Job: o.Job, Plan: p, Name: o.Name, Experiment: o.Experiment}
	s := d.submission(r, func(name string) (func(), error) { return d.claimNew(name, w) })
	maps.Copy(s.Properties, o.Properties)
	if o.CreatedBy != "" {
		s.CreatedBy = o.CreatedBy
	}
	s.Definition = &workspace.Definition{Body: o.Body, Plan: text}
	return s, nil
}

// claimNew takes a name for a job, and in a process that does not adopt its
// lease.
func (d *Dispatcher) claimNew(name string, w *waitingJob) (undo func(), err error) {
	d.mu.Lock()
	_, known := d.names[name]
	if !known {
		d.names[name] = nil
	}
	d.mu.Unlock()
	if known {
		return nil, errTaken
	}
	w.name, w.claim = name, nil
	if d.o.Adopt {
		err = d.isFreeName(name)
	} else {
		w.claim, err = d.claim(name)
	}
	if err != nil {
		d.forget(name)
		return nil, err
	}
	return func() {
		if w.claim != nil {
			w.claim.undo()
		}
		d.forget(name)
	}, nil
}

// isFreeName: no job of the home has the folder of that name.
func (l *Local) isFreeName(name string) error {
	dir, err := l.JobDir(name)
	if err != nil {
		return err
	}
	switch _, err = os.Lstat(dir); {
	case errors.Is(err, os.ErrNotExist), err == nil && onlyLease(dir) && !l.Alive(name):
		return nil
	case err == nil:
		return errTaken
	}
	return err
}

// putOnRecord records a job, as Queued when it has to wait for a node.
func (d *Dispatcher) putOnRecord(ctx context.Context, s workspace.Submission, w *waitingJob) (*workspace.Job, error) {
	draft, err := d.ledger.Draft(ctx, w.scope, s)
	if err != nil {
		return nil, err
	}
	job := *draft.Root
	job.Definition = nil
	w.at = job.Created
	var changes []workspace.Change
	if !d.isRoom(ctx, w) {
		job.Status, w.queued = workspace.Queued, true
		changes = append(changes, workspace.Change{Job: job.Name, Status: job.Status})
	}
	// Whoever gave the order may have gone; a job that is on record is run all
	// the same.
	if err := d.ledger.Record(context.WithoutCancel(ctx), draft, changes...); err != nil {
		draft.Undo()
		return nil, err
	}
	return &job, nil
}

// isRoom: the job need not wait for a node, as far as can be told now.
func (d *Dispatcher) isRoom(ctx context.Context, w *waitingJob) bool {
	if w.pool == nil {
		return true
	}
	d.mu.Lock()
	first := d.lanes[w.pool] == nil
	d.mu.Unlock()
	return first && w.pool.isFree(ctx, w.need)
}

// place finds out which cluster a job waits for: that of its first step, unless
// one of those that come first needs none.
func (d *Dispatcher) place(ctx context.Context, w *waitingJob, p *plan.Plan) error {
	w.pool, w.need, w.first = nil, 0, -1
	known := map[string]*pool{}
	for _, n := range p.Nodes {
		if !n.IsAction() || len(n.Needs) > 0 {
			continue
		}
		at, seen := known[n.Compute]
		if !seen {
			var err error
			if at, err = d.clusterOf(ctx, w.scope, n.Compute); err != nil {
				return err
			}
			known[n.Compute] = at
		}
		if at == nil {
			w.pool = nil
			return nil
		}
		if w.pool == nil {
			w.pool, w.need, w.first = at, nodesOf(n), n.Index
		}
	}
	return nil
}

func decodePlan(text []byte) (*plan.Plan, error) {
	p := &plan.Plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return p, nil
}
