package workspace

import (
	"context"
	"errors"
	"fmt"
)

// RequestCancel asks whoever runs a root job to cancel it: it leaves a row that
// the runner sees when it next asks [Workspace.CancelRequested]. For a job that
// has ended, or was asked before, it does nothing. One step cannot be cancelled
// alone: ErrInvalid.
func (w *Workspace) RequestCancel(ctx context.Context, scope Scope, name string) error {
	j, err := w.store.Job(ctx, scope, name)
	if err != nil {
		return err
	}
	if j.Parent != "" {
		return fmt.Errorf("job %s is step %s: one step cannot be cancelled alone, cancel job %s: %w",
			name, j.Step, j.Root, ErrInvalid)
	}
	if j.Status.Terminal() || !j.CancelRequested.IsZero() {
		return nil
	}
	now := w.time()
	err = w.store.Edit(ctx, scope, name, Edit{Kind: "cancel-requested", Time: now, CancelRequested: &now})
	if errors.Is(err, ErrConflict) {
		return nil // it ended between the two calls
	}
	return err
}

// CancelRequested says whether somebody asked to cancel the job. It costs one
// look into an index.
func (w *Workspace) CancelRequested(ctx context.Context, scope Scope, name string) (bool, error) {
	return w.store.CancelRequested(ctx, scope, name)
}
