package lease

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// processStart returns when this process started, or now if the system does
// not say.
func processStart() time.Time {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getpid())
	if err != nil {
		return time.Now().UTC().Truncate(time.Second)
	}
	return time.Unix(info.Proc.P_starttime.Unix()).UTC()
}
