package lease

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// ErrHeld says that another lease on the same path is alive. The error that
// carries it is a *HeldError.
var ErrHeld = errors.New("the lease is held")

// HeldError names the holder as far as its file tells: PID is 0 when the
// holder has not written it yet.
type HeldError struct {
	Path   string
	Holder Holder
}

func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("acquire lease %s: held by another process", e.Path)
	}
	return fmt.Sprintf("acquire lease %s: held by process %d", e.Path, e.Holder.PID)
}

// Is makes errors.Is(err, ErrHeld) true.
func (e *HeldError) Is(target error) bool { return target == ErrHeld }

// Lease is a held lease. Its methods may be called by several goroutines.
type Lease struct {
	path string
	lock *flock.Flock
}

// Acquiring gives up on strange company (see try) after so many rounds.
const (
	rounds = 400
	pause  = 5 * time.Millisecond
)

// Acquire takes the lease at path, whose folder must exist, and does not wait
// for a holder: the error is then a *HeldError. The lease lasts until Release
// or until the process ends, whichever way. Children do not inherit it.
func Acquire(path string) (*Lease, error) {
	for range rounds {
		lock, err := try(path)
		if err != nil {
			return nil, err
		}
		if lock == nil {
			time.Sleep(pause)
			continue
		}
		l := &Lease{path: path, lock: lock}
		if err := l.sign(); err != nil {
			_ = lock.Unlock()
			return nil, err
		}
		return l, nil
	}
	return nil, fmt.Errorf("acquire lease %s: the file is replaced or asked about again and again", path)
}

// try locks the file once. It returns nil and no error when another try may
// succeed at once: the path got a new file between opening and locking, or
// only askers (Held) were in the way.
func try(path string) (*flock.Flock, error) {
	if err := prepare(path); err != nil {
		return nil, fmt.Errorf("acquire lease: %w", err)
	}
	lock := newLock(path)
	ok, err := lock.TryLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("acquire lease %s: %w", path, err)
	case !ok:
		return nil, blocked(path)
	case !isCurrent(lock, path):
		return nil, ignoreGone(lock.Unlock())
	}
	return lock, nil
}

// blocked tells an owner, which is an error, from somebody who is only asking
// and holds the lock shared for a moment.
func blocked(path string) error {
	asker := newLock(path)
	shared, err := asker.TryRLock()
	if err != nil {
		return ignoreGone(err)
	}
	if shared {
		return asker.Unlock()
	}
	return &HeldError{Path: path, Holder: readHolder(path)}
}

func newLock(path string) *flock.Flock {
	// Never create here: prepare did, and an asker must not.
	return flock.New(path, flock.SetFlag(os.O_RDWR))
}

// isCurrent reports whether the locked file is still the one at path. Without
// this, two processes could hold locks on two files of the same name.
func isCurrent(lock *flock.Flock, path string) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Release gives the lease up. The file stays: removing it would race with the
// next owner. A second call does nothing.
func (l *Lease) Release() error {
	if err := l.lock.Unlock(); err != nil {
		return fmt.Errorf("release lease %s: %w", l.path, err)
	}
	return nil
}

// Intact reports whether the lease still protects its path: it is held, and
// nobody removed or replaced the file.
func (l *Lease) Intact() bool {
	return l.lock.Locked() && isCurrent(l.lock, l.path)
}

// linger is how long the lock of a process that has died may take to go. A
// child that it was just starting has a copy until it runs a program of its
// own, or ends as well; on a busy machine that is not at once.
const linger = 500 * time.Millisecond

// Held asks whether somebody holds the lease at path, and who. It creates
// nothing, and an Acquire at the same moment is not refused because of it.
// A missing file is free. When the process that took the lease has died, Held
// waits a moment for the lock to go too.
func Held(path string) (Holder, bool, error) {
	begun := time.Now()
	for {
		h, held, err := ask(path)
		if !held || err != nil || !gone(h.PID) || time.Since(begun) > linger {
			return h, held, err
		}
		time.Sleep(pause)
	}
}

// ask is Held, as things are now.
func ask(path string) (Holder, bool, error) {
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return Holder{}, false, nil
	}
	if err != nil {
		return Holder{}, false, fmt.Errorf("ask for lease %s: %w", path, err)
	}
	if !free {
		return readHolder(path), true, nil
	}
	if err := lock.Unlock(); err != nil {
		return Holder{}, false, fmt.Errorf("ask for lease %s: %w", path, err)
	}
	return Holder{}, false, nil
}
