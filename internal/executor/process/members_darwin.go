package process

import "golang.org/x/sys/unix"

// zombie is SZOMB of <sys/proc.h>.
const zombie = 5

// alive reports whether a process of the group is running. A dead leader that
// waits to be reaped does not count.
func (g *group) alive() bool {
	members, err := unix.SysctlKinfoProcSlice("kern.proc.pgrp", g.pid)
	if err != nil {
		return false
	}
	for i := range members {
		if members[i].Proc.P_stat != zombie {
			return true
		}
	}
	return false
}

// drain has nothing to do: sweep left nobody running.
func (g *group) drain() {}
