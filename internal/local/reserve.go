package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

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

// record advances jobs. When that fails, for want of space perhaps, room is
// made and the write tried again, if it is about the end of something.
func (j *running) record(ctx context.Context, room func(), changes ...workspace.Change) error {
	err := j.ledger.Advance(ctx, j.req.Scope, changes...)
	if err == nil || errors.Is(err, workspace.ErrConflict) || errors.Is(err, workspace.ErrInvalid) {
		return err
	}
	j.pinned.giveUp()
	if dir, dirErr := j.JobDir(j.tree.Root.Name); dirErr == nil {
		dropReserve(dir)
	}
	room()
	return j.ledger.Advance(ctx, j.req.Scope, changes...)
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
