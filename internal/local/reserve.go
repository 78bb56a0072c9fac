package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// reserveFile, in a job's folder while it runs, keeps room on the disk: a step
// that fills it up with what it says or makes must not take away the place in
// which its end is recorded.
const (
	reserveFile = "reserve"
	reserveSize = 256 << 10
)

// makeReserve fills the reserve with noise, which no file system makes small.
func makeReserve(dir string) error {
	noise := make([]byte, reserveSize)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // it never fails
	if err := os.WriteFile(filepath.Join(dir, reserveFile), noise, 0o600); err != nil {
		return fmt.Errorf("keep room for the end of the job: %w", err)
	}
	return nil
}

// dropReserve gives the room back. One that stays is litter.
func dropReserve(dir string) { _ = os.Remove(filepath.Join(dir, reserveFile)) }

// patience is how long a write waits for room, in steps: what fills the disk may
// be a copy under way, which fails and is taken back in a moment.
func patience() []time.Duration {
	return []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, time.Second}
}

// record advances jobs.
func (j *running) record(ctx context.Context, room func(), changes ...workspace.Change) error {
	return j.insist(room, func() error { return j.ledger.Advance(ctx, j.req.Scope, changes...) })
}

// insist writes. When that fails, for want of space perhaps, room is made and
// the write tried again.
func (j *running) insist(room func(), write func() error) error {
	err := write()
	for _, pause := range patience() {
		if err == nil || errors.Is(err, workspace.ErrConflict) || errors.Is(err, workspace.ErrInvalid) || errors.Is(err, context.Canceled) {
			return err
		}
		j.pinned.giveUp()
		dropReserve(j.dir(&plan.Node{Index: -1}))
		room()
		time.Sleep(pause)
		err = write()
	}
	return err
}

// makeRoom gives up what dead runners have left, when there is no room even to
// say that they are dead.
func (l *Local) makeRoom(ctx context.Context) error {
	jobs, err := l.ledger.Jobs(ctx, workspace.Filter{AllScopes: true, Archived: "all", Statuses: []workspace.Status{
		workspace.NotStarted, workspace.Preparing, workspace.Running, workspace.CancelRequested,
	}})
	if err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	for _, root := range jobs {
		if l.Alive(root.Name) {
			continue
		}
		dir, err := l.JobDir(root.Name)
		if err != nil {
			return err
		}
		dropReserve(dir)
		if err := step.Discard(dir); err != nil {
			return fmt.Errorf("make room: %w", err)
		}
	}
	return nil
}
