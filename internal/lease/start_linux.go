package lease

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit of /proc: USER_HZ, which is 100 on every
// architecture that Go knows.
const ticksPerSecond = 100

// processStart returns when this process started; where /proc is closed, now.
func processStart() time.Time {
	boot, ok := bootTime()
	ticks, known := startTicks()
	if !ok || !known {
		return time.Now().UTC().Truncate(time.Second)
	}
	return boot.Add(time.Duration(ticks) * time.Second / ticksPerSecond)
}

func bootTime() (time.Time, bool) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, false
	}
	for line := range strings.Lines(string(data)) {
		if text, ok := strings.CutPrefix(line, "btime "); ok {
			seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
			return time.Unix(seconds, 0).UTC(), err == nil
		}
	}
	return time.Time{}, false
}

// startTicks is the 22nd field; counting starts behind the program's name,
// which may hold blanks and brackets.
func startTicks() (int64, bool) {
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	const startField = 22 - 3
	if len(fields) <= startField {
		return 0, false
	}
	ticks, err := strconv.ParseInt(fields[startField], 10, 64)
	return ticks, err == nil
}
