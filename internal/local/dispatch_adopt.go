package local

import (
	"context"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// adoptEvery is how often a dispatcher that adopts looks for jobs whose process
// is gone.
const adoptEvery = 2 * time.Second

// adoptPage is how many tickets are read at once.
const adoptPage = 256

// adoption takes over the jobs that other processes have accepted and that are
// gone.
type adoption struct {
	*Dispatcher
	// last is the ticket that was seen last.
	last *workspace.Ticket
	// held are the jobs that some process held when they were looked at, without
	// their plans.
	held map[string]workspace.Ticket
}

func (a *adoption) keepLooking(ctx context.Context) {
	tick := time.NewTicker(adoptEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.look(ctx)
		}
	}
}

// look takes over what nobody holds now.
func (a *adoption) look(ctx context.Context) {
	lost, err := a.lookAll(ctx)
	if lost && err == nil {
		err = a.endLost(ctx)
	}
	if err != nil && ctx.Err() == nil {
		a.o.Log.ErrorContext(ctx, "look for jobs whose process is gone", "error", err)
	}
}

// lookAll reports whether there are jobs that were started by a process that is
// gone.
func (a *adoption) lookAll(ctx context.Context) (lost bool, err error) {
	a.takeStrays()
	for _, t := range a.held {
		gone, err := a.consider(ctx, t)
		if err != nil {
			return lost, err
		}
		lost = lost || gone
	}
	for {
		page, err := a.ledger.Queue().Tickets(ctx, a.last, adoptPage)
		if err != nil {
			return lost, err
		}
		for _, t := range page {
			gone, err := a.consider(ctx, t)
			if err != nil {
				return lost, err
			}
			lost = lost || gone
			t.Plan = nil
			a.last = &t
		}
		if len(page) < adoptPage {
			return lost, nil
		}
	}
}

// takeStrays puts what could not be started where it is looked at again.
func (a *adoption) takeStrays() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.strays {
		a.held[t.Job] = t
	}
	a.strays = nil
}

// consider takes over one job, if it waits and nobody has it.
func (a *adoption) consider(ctx context.Context, t workspace.Ticket) (lost bool, err error) {
	if a.knows(t.Job) {
		return false, nil
	}
	if a.Alive(t.Job) {
		t.Plan = nil
		a.held[t.Job] = t
		return false, nil
	}
	waits, err := a.ledger.Queue().Waiting(ctx, t.Scope, t.Job)
	if err != nil {
		return false, err
	}
	delete(a.held, t.Job)
	if !waits {
		return true, nil
	}
	if t.Plan == nil {
		def, err := a.ledger.Queue().Definition(ctx, t.Scope, t.Job)
		if err != nil {
			return false, err
		}
		t.Plan = def.Plan
	}
	return false, a.adopt(ctx, t)
}

func (a *adoption) adopt(ctx context.Context, t workspace.Ticket) error {
	w := &waitingJob{scope: t.Scope, name: t.Job, at: t.Accepted}
	p, err := decodePlan(t.Plan)
	if err != nil {
		return a.endWaiting(ctx, w, fmt.Errorf("read the plan: %w", err))
	}
	if err := a.place(ctx, w, p); err != nil {
		return err
	}
	a.enqueue(w)
	return nil
}

// knows reports whether a job is one of this process.
func (d *Dispatcher) knows(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.names[name]
	return ok
}

// endLost ends what was started by processes that are gone, and what they have
// left.
func (a *adoption) endLost(ctx context.Context) error {
	done, err := a.recover(ctx)
	if err != nil {
		return err
	}
	for _, r := range done {
		if r.Job == r.Root {
			a.o.Log.WarnContext(ctx, "ended a job whose process is gone", "job", r.Root, "status", string(r.After))
		}
	}
	return nil
}
