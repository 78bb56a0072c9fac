package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// gcLock is the file of the cache folder that whoever uses blobs holds shared,
// and a collection holds alone. The system gives it up for a process that dies.
const gcLock = "gc.lock"

// How often somebody who waits for a collection looks again, and how long
// before it is said.
const (
	gcPoll = 50 * time.Millisecond
	gcSay  = time.Second
)

func (l *Local) gcLock() *flock.Flock {
	return flock.New(filepath.Join(l.home.CacheDir(), gcLock), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
}

// holdBlobs keeps the blobs of the home where they are until release is
// called. While a collection is under way it waits, and tells watch so.
func (l *Local) holdBlobs(ctx context.Context, watch func(Event)) (release func(), err error) {
	lock := l.gcLock()
	begun, said := time.Now(), watch == nil
	for {
		held, err := lock.TryRLock()
		if err != nil {
			return nil, fmt.Errorf("hold the home's blobs: %w", err)
		}
		if held {
			return func() { _ = lock.Unlock() }, nil
		}
		if !said && time.Since(begun) > gcSay {
			said = true
			watch(Event{Time: l.now(), Warning: "waiting for 'ischia cache gc' to end"})
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("hold the home's blobs: %w", ctx.Err())
		case <-time.After(gcPoll):
		}
	}
}

// BusyError says that jobs run, so that nothing can be collected.
type BusyError struct {
	// Jobs are those that run; none when it is another command.
	Jobs []string
}

func (e *BusyError) Error() string {
	switch len(e.Jobs) {
	case 0:
		return "another command uses the step cache: try again when it has ended"
	case 1:
		return "job " + e.Jobs[0] + " runs: try again when it has ended"
	}
	return "jobs " + strings.Join(e.Jobs, ", ") + " run: try again when they have ended"
}

// lockBlobs keeps everybody else from using the home's blobs. It does not
// wait: the error is then a [BusyError].
func (l *Local) lockBlobs(ctx context.Context) (release func(), err error) {
	lock := l.gcLock()
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the home's blobs: %w", err)
	}
	if held {
		return func() { _ = lock.Unlock() }, nil
	}
	jobs, err := l.ledger.Jobs(ctx, workspace.Filter{AllScopes: true, Archived: "all", Statuses: []workspace.Status{
		workspace.NotStarted, workspace.Preparing, workspace.Queued, workspace.Running, workspace.Finalizing, workspace.CancelRequested,
	}})
	if err != nil {
		return nil, err
	}
	busy := &BusyError{}
	for _, j := range jobs {
		if l.Alive(j.Name) {
			busy.Jobs = append(busy.Jobs, j.Name)
		}
	}
	return nil, busy
}
