package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/executor/process"
	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Options say which home to open.
type Options struct {
	// Home is the folder; see [home.Locate].
	Home string
	// Now is the time; time.Now when nil.
	Now func() time.Time
}

// Local is an open home.
type Local struct {
	home   *home.Home
	ledger *workspace.Workspace
	store  *sqlite.Store
	now    func() time.Time
	// Recovered are the jobs that opening the home ended, because whoever ran
	// them is gone.
	Recovered []workspace.Recovered

	opening sync.Mutex // guards blobs
	blobs   *blob.Store

	clusters clusters
}

// Open opens a home, makes it if it is not there, and ends the jobs whose
// runner is gone. Close it.
func Open(ctx context.Context, o Options) (*Local, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	h, err := home.Open(o.Home)
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, h.LedgerPath())
	if err != nil {
		return nil, err
	}
	l := &Local{home: h, store: store, now: o.Now}
	l.ledger = workspace.New(workspace.Config{Store: store, Now: o.Now})
	if l.Recovered, err = l.recover(ctx); err != nil {
		_ = store.Close()
		return nil, err
	}
	return l, nil
}

// Close closes the home. Jobs that run must have ended.
func (l *Local) Close() error { return l.store.Close() }

// Ledger is the workspace's record.
func (l *Local) Ledger() *workspace.Workspace { return l.ledger }

// Dir is the home's folder.
func (l *Local) Dir() string { return l.home.Dir() }

// Blobs opens the home's blob store; commands that only read the ledger do
// without.
func (l *Local) Blobs() (*blob.Store, error) {
	l.opening.Lock()
	defer l.opening.Unlock()
	if l.blobs != nil {
		return l.blobs, nil
	}
	b, err := blob.Open(l.home.BlobsDir())
	if err != nil {
		return nil, err
	}
	// A home that lies in the folder of the code, or of an input, is no part
	// of it: it holds all that was ever run, and changes while it is read.
	b.LeaveOut(l.home.Dir())
	l.blobs = b
	return b, nil
}

// JobDir is the folder of a job: jobs/NAME of the home.
func (l *Local) JobDir(name string) (string, error) { return l.home.JobDir(name) }

// leaseFile is the file in a job's folder whose lock its runner holds.
const leaseFile = "lease"

// Alive reports whether some process runs a root job.
func (l *Local) Alive(root string) bool {
	dir, err := l.JobDir(root)
	if err != nil {
		return false
	}
	_, held, err := lease.Held(filepath.Join(dir, leaseFile))
	// When in doubt the job is alive: ending a job that runs would be a lie.
	return held || err != nil && !errors.Is(err, os.ErrNotExist)
}

// nonce marks the processes of one root job of this home.
func (l *Local) nonce(root string) string {
	sum := sha256.Sum256([]byte(l.home.Dir()))
	return root + "." + hex.EncodeToString(sum[:6])
}

// recover ends the jobs whose runner is gone, and what is left of their
// processes. It says which those are.
func (l *Local) recover(ctx context.Context) ([]workspace.Recovered, error) {
	alive := func(_ workspace.Scope, root string) bool { return l.Alive(root) }
	done, err := l.ledger.Recover(ctx, alive, l.now())
	if err != nil && l.makeRoom(ctx) == nil {
		var more []workspace.Recovered
		more, err = l.ledger.Recover(ctx, alive, l.now())
		done = append(done, more...)
	}
	if err != nil {
		return nil, fmt.Errorf("end the jobs whose runner is gone: %w", err)
	}
	for _, r := range done {
		if r.Job != r.Root {
			continue
		}
		if _, err := process.KillMarked(l.nonce(r.Root)); err != nil {
			return nil, fmt.Errorf("end the processes of job %s: %w", r.Root, err)
		}
	}
	for _, r := range done {
		// What was private to a process that is gone; litter if it stays.
		if dir, err := l.JobDir(r.Job); err == nil {
			_ = step.Discard(dir)
			dropReserve(dir)
		}
	}
	_ = l.removeRemains(ctx) // litter, which the next tries again
	return done, nil
}
