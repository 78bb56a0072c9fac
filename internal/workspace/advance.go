package workspace

import (
	"context"
	"fmt"
)

// Advance records steps forward, all or none of them; a change without a Time
// happens now. ErrInvalid when a state may not follow the one before it,
// ErrConflict when somebody else ended one of the jobs already.
func (w *Workspace) Advance(ctx context.Context, scope Scope, changes ...Change) error {
	w.stamp(changes)
	after, err := w.check(ctx, scope, changes)
	if err != nil {
		return err
	}
	if err := w.store.Advance(ctx, scope, changes); err != nil {
		w.forget(scope, changes)
		return err
	}
	w.know(scope, after)
	return nil
}

// stamp gives changes without a time the present one.
func (w *Workspace) stamp(changes []Change) {
	for i := range changes {
		if changes[i].Time.IsZero() {
			changes[i].Time = w.time()
		}
	}
}

// know notes where jobs are after a call that changed them.
func (w *Workspace) know(scope Scope, after map[string]Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for job, s := range after {
		if s.Terminal() {
			delete(w.states, key(scope, job))
		} else {
			w.states[key(scope, job)] = s
		}
	}
}

// check walks the changes through the table of states and returns where each
// job is after them.
func (w *Workspace) check(ctx context.Context, scope Scope, changes []Change) (map[string]Status, error) {
	after := make(map[string]Status, len(changes))
	for _, c := range changes {
		from, ok := after[c.Job]
		if !ok {
			var err error
			if from, err = w.state(ctx, scope, c); err != nil {
				return nil, err
			}
		}
		to := c.Status
		if to == "" {
			to = from
		}
		// A job that is on record as ended is the store's to refuse: between
		// two processes it is the only one who knows, and it says ErrConflict.
		if !from.Terminal() || ok {
			if err := checkStep(c.Job, from, to); err != nil && !answered(c, from) {
				return nil, err
			}
		}
		after[c.Job] = to
	}
	return after, nil
}

// KindReused is the kind of the event of a step that an earlier execution
// answers. Such a step starts and completes in one change.
const KindReused = "reused"

func answered(c Change, from Status) bool {
	return c.Kind == KindReused && from == NotStarted && c.Status == Completed
}

// state is where the job of a change is: as this process left it, or as the
// store says.
func (w *Workspace) state(ctx context.Context, scope Scope, c Change) (Status, error) {
	w.mu.Lock()
	s, ok := w.states[key(scope, c.Job)]
	w.mu.Unlock()
	if ok {
		return s, nil
	}
	j, err := w.store.Job(ctx, scope, c.Job)
	if err != nil {
		return "", fmt.Errorf("advance job %s: %w", c.Job, err)
	}
	if j.Status == CancelRequested && c.Status != "" && !c.Status.Terminal() {
		// Somebody asked for cancellation and the runner does not know yet.
		// What it says is no mistake; the store leaves the job as it is.
		return c.Status, nil
	}
	return j.Status, nil
}

// forget drops what was known of the jobs of a call that failed: the next call
// asks the store.
func (w *Workspace) forget(scope Scope, changes []Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range changes {
		delete(w.states, key(scope, c.Job))
	}
}
