//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package process

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// family is for the orphans of a step, which become ours on Linux only.
type family struct{}

func newFamily() *family   { return &family{} }
func (*family) add(int)    {}
func (*family) remove(int) {}

// wait blocks until the leader has ended, without reaping it. waitid with
// WNOWAIT would do, but on macOS it also returns for a process that stopped.
func (g *group) wait() {
	for !g.ended() {
		// No descriptor or no memory left: a passing state.
		time.Sleep(10 * time.Millisecond)
	}
}

// ended blocks until the leader has ended. It returns false when there was no
// way to find out.
func (g *group) ended() bool {
	queue, err := unix.Kqueue()
	if err != nil {
		return false
	}
	defer unix.Close(queue)
	for {
		var change, event [1]unix.Kevent_t
		unix.SetKevent(&change[0], g.pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
		change[0].Fflags = unix.NOTE_EXIT
		_, err := unix.Kevent(queue, change[:], event[:], nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && event[0].Flags&unix.EV_ERROR != 0 {
			err = syscall.Errno(event[0].Data)
		}
		return err == nil || errors.Is(err, unix.ESRCH) // ESRCH: it is a zombie already
	}
}

// sweep kills what is left of the group while the leader, not yet reaped,
// keeps its number ours. A member that became another user's is not ours to end.
func (g *group) sweep() {
	g.kill()
	for wait := time.Millisecond; g.alive(); wait = min(2*wait, 50*time.Millisecond) {
		time.Sleep(wait)
		if errors.Is(syscall.Kill(-g.pid, syscall.SIGKILL), syscall.EPERM) {
			return
		}
	}
}
