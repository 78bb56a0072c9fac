//go:build !linux && !darwin && !windows

package lease

import "time"

// processStart is now: this system has no portable way to say more.
func processStart() time.Time {
	return time.Now().UTC().Truncate(time.Second)
}
