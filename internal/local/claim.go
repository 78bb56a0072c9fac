package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// claimed is a job's folder with its lease, before the job is on record.
type claimed struct {
	dir   string
	lease *lease.Lease
	// made: the folder was not there before.
	made bool
}

// claimTries is how often a claim is tried that another one, which is just
// being taken back, got in the way of.
const claimTries = 5

// claim makes a job's folder and takes its lease.
func (l *Local) claim(name string) (*claimed, error) {
	dir, err := l.JobDir(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of jobs: %w", err)
	}
	for range claimTries {
		var c *claimed
		if c, err = claimDir(dir); !errors.Is(err, os.ErrNotExist) {
			return c, err
		}
	}
	return nil, err
}

// errTaken: the name is taken, perhaps in another workspace of this home: all
// share one folder of jobs.
var errTaken = fmt.Errorf("%w: the name is taken in this home", workspace.ErrConflict)

func claimDir(dir string) (*claimed, error) {
	err := os.Mkdir(dir, 0o700)
	switch {
	case err == nil:
	case !errors.Is(err, os.ErrExist):
		return nil, fmt.Errorf("make the folder of the job: %w", err)
	case !onlyLease(dir):
		return nil, errTaken
	}
	held, leaseErr := lease.Acquire(filepath.Join(dir, leaseFile))
	if errors.Is(leaseErr, lease.ErrHeld) {
		return nil, errTaken
	}
	if leaseErr != nil {
		if err == nil {
			_ = os.Remove(dir) // only if it is empty
		}
		return nil, leaseErr
	}
	return &claimed{dir, held, err == nil}, nil
}

// onlyLease: a folder left by a submission that was never recorded, or by a
// runner that was killed at once.
func onlyLease(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && (len(entries) == 0 || len(entries) == 1 && entries[0].Name() == leaseFile)
}

// undo takes back a claim for a job that was not recorded. A folder that was
// there before stays: it may be that of a job on record.
func (c *claimed) undo() {
	if c.made {
		// While the lock is held, so that nobody else loses the file.
		_ = os.Remove(filepath.Join(c.dir, leaseFile))
	}
	_ = c.lease.Release()
	if c.made {
		_ = os.Remove(c.dir)
	}
}
