package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// runnerLost is JobError.Code of a job whose runner died.
const runnerLost = "RunnerLost"

// Recovered is one job that [Workspace.Recover] ended.
type Recovered struct {
	Scope Scope
	// Root and Job are names, equal for the root job; Step is the path.
	Root, Job, Step string
	// Before and After are its states.
	Before, After Status
}

// Recover ends what was left behind by runners that are gone: of each root job
// that has not ended and that alive says nobody runs. Steps in flight become
// Failed, with the code RunnerLost, or Canceled when cancellation had been
// requested; steps that had not started become Canceled; then the root job is
// Failed or Canceled likewise. Each root job is one transaction.
//
// A job that was accepted through a door and of which nothing has started is
// not lost, and is left alone: the next server runs it. If its cancellation was
// requested, it is ended: there is nothing to run.
//
// It may be called any time, by several processes at once: a job that another
// ends first is left alone. It returns what it changed, also with an error.
func (w *Workspace) Recover(
	ctx context.Context, alive func(scope Scope, root string) bool, now time.Time,
) ([]Recovered, error) {
	roots, err := w.store.Jobs(ctx, Filter{AllScopes: true, Statuses: live(), Archived: "all"})
	if err != nil {
		return nil, fmt.Errorf("recover: %w", err)
	}
	var all []Recovered
	for _, root := range roots {
		lost, err := w.lost(ctx, root, alive)
		if err != nil {
			return all, fmt.Errorf("recover job %s: %w", root.Name, err)
		}
		if !lost {
			continue
		}
		done, err := w.recoverRoot(ctx, root.Scope, root.Name, now)
		if err != nil {
			return all, fmt.Errorf("recover job %s: %w", root.Name, err)
		}
		all = append(all, done...)
	}
	return all, nil
}

// lost says whether nobody runs a root job that has not ended, or will.
func (w *Workspace) lost(ctx context.Context, root *Job, alive func(scope Scope, root string) bool) (bool, error) {
	if alive(root.Scope, root.Name) {
		return false, nil
	}
	if root.CancelRequested.IsZero() {
		waiting, err := w.store.Queue().Waiting(ctx, root.Scope, root.Name)
		if waiting || err != nil {
			return false, err
		}
	}
	// Asked again: whoever runs a job that has waited, has it leased before it
	// waits no longer.
	return !alive(root.Scope, root.Name), nil
}

// recoverTries is how often a root job is looked at again when somebody else
// changed it between the look and the write. Once is the rule: a second
// process that recovers ends the whole tree in one transaction.
const recoverTries = 5

// recoverRoot ends one root job and its steps.
func (w *Workspace) recoverRoot(ctx context.Context, scope Scope, name string, now time.Time) ([]Recovered, error) {
	var err error
	for range recoverTries {
		var t *Tree
		if t, err = w.tree(ctx, scope, name); err != nil {
			return nil, err
		}
		changes, done := t.abandon(now.UTC().Truncate(time.Microsecond))
		if len(changes) == 0 {
			return nil, nil // its runner, or another process, has ended it
		}
		err = w.store.Advance(ctx, scope, changes)
		if err == nil {
			w.forget(scope, changes)
			return done, nil
		}
		if !errors.Is(err, ErrConflict) {
			return nil, err
		}
	}
	return nil, err
}

// abandon says how the jobs of a tree end whose runner is gone. The root job
// comes last: it is what other processes look at.
func (t *Tree) abandon(now time.Time) (changes []Change, done []Recovered) {
	if t.Root.Status.Terminal() {
		return nil, nil
	}
	canceled := !t.Root.CancelRequested.IsZero() || t.Root.Status == CancelRequested
	add := func(j *Job, s Status, e *JobError) {
		changes = append(changes, Change{Job: j.Name, Time: now, Status: s, Error: e, Kind: "recovered"})
		done = append(done, Recovered{j.Scope, j.Root, j.Name, j.Step, j.Status, s})
	}
	for _, j := range t.Steps {
		if !j.Status.Terminal() {
			s, e := abandonStep(j, canceled)
			add(j, s, e)
		}
	}
	if canceled {
		add(t.Root, Canceled, nil)
		return changes, done
	}
	add(t.Root, Failed, &JobError{
		Code:       runnerLost,
		Message:    "the process that ran this job is gone",
		FailedStep: t.firstFailure(),
	})
	return changes, done
}

// abandonStep says how one step ends whose runner is gone.
func abandonStep(j *Job, canceled bool) (Status, *JobError) {
	switch {
	case canceled, j.Status == CancelRequested:
		return Canceled, nil
	case j.Status == NotStarted, j.Status == Queued:
		return Canceled, &JobError{Code: runnerLost, Message: "the process that ran this job is gone; the step had not started"}
	}
	return Failed, &JobError{Code: runnerLost, Message: "the process that ran this job is gone while the step was running"}
}

// firstFailure is the path of the step that failed first or, when none has,
// of the first that was in flight.
func (t *Tree) firstFailure() string {
	var failed *Job
	inFlight := ""
	for _, j := range t.Steps {
		if j.Status == Failed && (failed == nil || j.Ended.Before(failed.Ended)) {
			failed = j
		}
		busy := j.Status == Preparing || j.Status == Running || j.Status == Finalizing
		if busy && inFlight == "" {
			inFlight = j.Step
		}
	}
	if failed != nil {
		return failed.Step
	}
	return inFlight
}
