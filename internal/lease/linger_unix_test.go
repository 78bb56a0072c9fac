//go:build unix

package lease_test

import (
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// TestLockThatOutlivesItsProcess: a child that a runner was starting when it was
// killed has a copy of its lock. Whoever asks waits for that to go, and not for
// ever.
func TestLockThatOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	other := start(t, "holder", path)
	other.kill(t)
	left := flock.New(path)
	if ok, err := left.TryLock(); !ok || err != nil {
		t.Fatalf("got %v, %v", ok, err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = left.Unlock() })
	wantHeld(t, path, false)
	if ok, err := left.TryLock(); !ok || err != nil {
		t.Fatalf("got %v, %v", ok, err)
	}
	wantHeld(t, path, true)
	if err := left.Unlock(); err != nil {
		t.Error(err)
	}
}
