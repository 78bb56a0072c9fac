package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// The nodes of a cluster are lock files: whoever holds the lock of one runs
// something on it. So processes share them, and the system frees those of a
// process that dies.
const (
	slotEnd = ".lock"
	// upEnd is for the file whose time says since when the node is there; that
	// of the lock file says when the node was last taken or given back.
	upEnd = ".up"
	// slotsMutex is locked while somebody counts slots or takes some: a step
	// that needs several gets all at once, and two that count do not mistake
	// each other for work.
	slotsMutex = "mutex"
	mutexPause = 2 * time.Millisecond
)

// slotPoll is how often whoever waits for a slot looks whether another process
// has given one back, or the cluster has changed.
const slotPoll = 100 * time.Millisecond

// slots are the nodes of one cluster, in one folder.
type slots struct{ dir string }

// taken are slots that this process holds.
type taken struct {
	slots
	locks []*flock.Flock
	once  sync.Once
	// freed is called once they were given back; may be nil.
	freed func()
}

// release gives the slots back, if there are any; more than once does no harm.
func (t *taken) release() {
	if t == nil {
		return
	}
	t.once.Do(func() {
		for _, lock := range t.locks {
			// The time is for people: what cannot be written is not known.
			now := time.Now()
			_ = os.Chtimes(lock.Path(), now, now)
			_ = lock.Unlock()
		}
		if t.freed != nil {
			t.freed()
		}
	})
}

// alone runs f while nobody else counts or takes slots.
func (s slots) alone(ctx context.Context, f func() error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of a cluster: %w", err)
	}
	mutex := flock.New(filepath.Join(s.dir, slotsMutex), flock.SetPermissions(0o600))
	if _, err := mutex.TryLockContext(ctx, mutexPause); err != nil {
		return fmt.Errorf("look at the nodes of a cluster: %w", err)
	}
	defer func() { _ = mutex.Unlock() }()
	return f()
}

// numbers are those of the slots that were ever taken, in order.
func (s slots) numbers() ([]int, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list the nodes of a cluster: %w", err)
	}
	var out []int
	for _, e := range entries {
		text, ok := strings.CutSuffix(e.Name(), slotEnd)
		if n, err := strconv.Atoi(text); ok && err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (s slots) file(n int, end string) string {
	return filepath.Join(s.dir, strconv.Itoa(n)+end)
}

// lock takes slot n, or returns nil when somebody has it.
func (s slots) lock(n int) (*flock.Flock, error) {
	lock := flock.New(s.file(n, slotEnd), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("take a node of a cluster: %w", err)
	}
	if !ok {
		return nil, nil
	}
	return lock, nil
}

// busy are the slots that somebody holds.
func (s slots) busy() (map[int]bool, error) {
	numbers, err := s.numbers()
	if err != nil {
		return nil, err
	}
	out := map[int]bool{}
	for _, n := range numbers {
		lock, err := s.lock(n)
		switch {
		case err != nil:
			return nil, err
		case lock == nil:
			out[n] = true
		default:
			_ = lock.Unlock()
		}
	}
	return out, nil
}

// take takes need slots of a cluster of most, or returns nil when there are not
// that many. Slots beyond most, from when the cluster was larger, count while
// somebody holds them. idle is how long a node stays that nobody uses.
func (s slots) take(ctx context.Context, need, most int, idle time.Duration) (*taken, error) {
	var got *taken
	err := s.alone(ctx, func() error {
		busy, err := s.busy()
		if err != nil || len(busy)+need > most {
			return err
		}
		t := &taken{slots: s}
		for n := 0; len(t.locks) < need; n++ {
			if busy[n] {
				continue
			}
			if err := t.add(n, idle); err != nil {
				t.release()
				return err
			}
		}
		got = t
		return nil
	})
	return got, err
}

// add takes slot n, which is free.
func (t *taken) add(n int, idle time.Duration) error {
	now := time.Now()
	warm := t.warmUntil(n, idle).After(now)
	lock, err := t.lock(n)
	if err != nil {
		return err
	}
	if lock == nil {
		return errors.New("take a node of a cluster: somebody holds it who did not say so")
	}
	t.locks = append(t.locks, lock)
	_ = os.Chtimes(lock.Path(), now, now)
	if !warm {
		t.comesUp(n, now)
	}
	return nil
}

// comesUp notes that node n is there from now on. It is for people.
func (s slots) comesUp(n int, now time.Time) {
	file := s.file(n, upEnd)
	if f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
		_ = os.Chtimes(file, now, now)
	}
}

// warmUntil is when node n goes that nobody uses, or went.
func (s slots) warmUntil(n int, idle time.Duration) time.Time {
	at := fileTime(s.file(n, slotEnd))
	if at.IsZero() || fileTime(s.file(n, upEnd)).IsZero() {
		return time.Time{} // it never was
	}
	return at.Add(idle)
}

func fileTime(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// usage is what the nodes do that were ever taken.
type usage struct {
	busy, warm int
	// changed is when one came or went last.
	changed time.Time
}

// usage looks at all slots.
func (s slots) usage(ctx context.Context, idle time.Duration, now time.Time) (usage, error) {
	var u usage
	if _, err := os.Stat(s.dir); errors.Is(err, os.ErrNotExist) {
		return u, nil
	}
	err := s.alone(ctx, func() error {
		numbers, err := s.numbers()
		if err != nil {
			return err
		}
		busy, err := s.busy()
		if err != nil {
			return err
		}
		for _, n := range numbers {
			u.add(busy[n], fileTime(s.file(n, upEnd)), s.warmUntil(n, idle), now)
		}
		return nil
	})
	return u, err
}

// add counts one node.
func (u *usage) add(busy bool, up, until, now time.Time) {
	at := up
	switch {
	case busy:
		u.busy++
	case until.IsZero():
		return
	case until.After(now):
		u.warm++
	default:
		at = until
	}
	if at.After(u.changed) {
		u.changed = at
	}
}
