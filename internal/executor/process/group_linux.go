package process

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// wait blocks until the leader has ended, without reaping it: while it is a
// zombie no other process or group can get its number.
func (g *group) wait() {
	for {
		err := unix.Waitid(unix.P_PID, g.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// sweep kills whatever is left of the step and reaps it. Each round may free
// orphans that then become our children, so it goes on until a round finds
// none. A process in an uninterruptible sleep holds it up: it is still running.
func (g *group) sweep() {
	g.kill()
	strays := g.family.strays(g)
	for pids := strays.find(); len(pids) > 0; pids = strays.find() {
		for _, pid := range pids {
			// Our child, which nobody else reaps: the number is still its own.
			if errors.Is(syscall.Kill(pid, syscall.SIGKILL), syscall.EPERM) {
				strays.foreign[pid] = struct{}{}
			}
		}
		g.kill()
		for _, pid := range pids {
			if _, foreign := strays.foreign[pid]; !foreign {
				reap(pid, 0)
			}
		}
	}
}

// alive reports whether a process of the session other than the leader is
// left, and reaps those that have ended. Who left the session does not count:
// it gets no signal but the kill, so there is nothing to wait for.
func (g *group) alive() bool {
	left := false
	for _, pid := range g.family.orphans() {
		if sid, err := unix.Getsid(pid); err == nil && sid == g.pid && !reap(pid, syscall.WNOHANG) {
			left = true
		}
	}
	return left
}

// drain has nothing to do: sweep left the group empty.
func (g *group) drain() {}

// reap waits for an adopted child and reports whether it has ended.
func reap(pid, options int) bool {
	for {
		reaped, err := syscall.Wait4(pid, nil, options, nil)
		if !errors.Is(err, syscall.EINTR) {
			return reaped == pid || err != nil
		}
	}
}
