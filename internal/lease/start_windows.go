package lease

import (
	"time"

	"golang.org/x/sys/windows"
)

// processStart returns when this process started, or now if the system does
// not say.
func processStart() time.Time {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		return time.Now().UTC().Truncate(time.Second)
	}
	return time.Unix(0, created.Nanoseconds()).UTC()
}
