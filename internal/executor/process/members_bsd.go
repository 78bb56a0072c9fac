//go:build dragonfly || freebsd || netbsd || openbsd

package process

import (
	"syscall"
	"time"
)

// alive cannot tell a dead leader from a living member and says no: here the
// grace ends with the leader.
func (g *group) alive() bool { return false }

// drain waits, after the leader was reaped, until the group that sweep killed
// is empty. Signal 0 harms nobody, whoever the number belongs to.
func (g *group) drain() {
	for wait := time.Millisecond; syscall.Kill(-g.pid, 0) == nil; wait = min(2*wait, 50*time.Millisecond) {
		time.Sleep(wait)
	}
}
