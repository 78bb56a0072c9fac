//go:build unix

package executortest

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// Alive reports whether the process is running. A zombie is not; without a
// /proc it cannot be told from a living one.
func Alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		_, statErr := os.Stat("/proc/self/stat")
		return statErr != nil
	}
	return !bytes.HasPrefix(text[bytes.LastIndexByte(text, ')')+1:], []byte(" Z"))
}
