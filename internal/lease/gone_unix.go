//go:build unix

package lease

import (
	"errors"
	"syscall"
)

// gone reports whether there is certainly no process of that number here.
func gone(pid int) bool { return pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
