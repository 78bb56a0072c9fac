package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// How long a runner has to let go of a job that has ended, and how often it is
// asked: it still closes files after the end is on record.
const (
	letGoAtMost = 5 * time.Second
	letGoPoll   = 20 * time.Millisecond
)

// Delete implements workspace.Runner: the record goes first and all at once, the
// folders after that. Whoever is killed in between leaves folders that nobody
// looks into, and that the next who opens the home removes.
func (l *Local) Delete(ctx context.Context, scope workspace.Scope, name string) error {
	j, err := l.ledger.Job(ctx, scope, name)
	if err != nil {
		return err
	}
	if j.Parent == "" && j.Status.Terminal() {
		if err := l.awaitLetGo(ctx, name); err != nil {
			return err
		}
	}
	if err := l.ledger.Delete(ctx, scope, name); err != nil {
		return err
	}
	// The job is gone; what is litter now, the next one tries again.
	_ = l.removeRemains(ctx)
	return nil
}

// awaitLetGo waits until nobody runs a job that has ended.
func (l *Local) awaitLetGo(ctx context.Context, root string) error {
	for until := time.Now().Add(letGoAtMost); l.Alive(root); {
		if time.Now().After(until) {
			return fmt.Errorf("delete job %s: its runner has not let go of it yet: %w", root, workspace.ErrConflict)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(letGoPoll):
		}
	}
	return nil
}

// removeRemains removes the folders of jobs that were deleted.
func (l *Local) removeRemains(ctx context.Context) error {
	list, err := l.ledger.Remains(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range list {
		if err := l.removeFolders(ctx, r); err != nil {
			faults = append(faults, fmt.Errorf("remove the folders of job %s, which was deleted: %w", r.Root, err))
		}
	}
	return errors.Join(faults...)
}

// removeFolders removes those of one job. It is noted last that they are gone.
func (l *Local) removeFolders(ctx context.Context, r workspace.Remains) error {
	if err := l.removeSteps(r); err != nil {
		return err
	}
	if gone, err := l.removeRoot(ctx, r.Root); err != nil || !gone {
		return err
	}
	return l.ledger.Gone(ctx, r)
}

// removeRoot removes the folder of a root job, under its lease: several
// processes may be at it, and once the folder is empty a job of another
// workspace may get the name. It reports false when somebody else is at it.
func (l *Local) removeRoot(ctx context.Context, root string) (gone bool, err error) {
	dir, err := l.JobDir(root)
	if err != nil {
		return false, err
	}
	held, err := lease.Acquire(filepath.Join(dir, leaseFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return true, nil // there is no folder
	case errors.Is(err, lease.ErrHeld):
		return false, nil
	case err != nil:
		return false, err
	}
	others, err := l.ledger.Jobs(ctx, workspace.Filter{AllScopes: true, Root: root, Archived: "all", Limit: 1})
	ours := err == nil && len(others) == 0
	if ours {
		err = emptyFolder(dir)
	}
	(&claimed{dir: dir, lease: held, made: ours && err == nil}).undo()
	return err == nil, err
}

// removeSteps removes the folders of the steps, whose names are theirs alone.
func (l *Local) removeSteps(r workspace.Remains) error {
	for _, name := range r.Jobs {
		if name == r.Root {
			continue
		}
		dir, err := l.JobDir(name)
		if err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// emptyFolder empties the folder of a root job, but for the lease.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == leaseFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
