//go:build unix

package process

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	// guardRest is the pause of the guardian between two looks at the pipe:
	// a thousand short steps shall not wake it two thousand times.
	guardRest = 50 * time.Millisecond
	// guardPoll is how often it looks whether the processes it ends are gone.
	guardPoll = 20 * time.Millisecond
	// guardPatience bounds the wait for killed groups to disappear. Where
	// zombies look alive and nobody reaps them, they never do.
	guardPatience = 2 * time.Second
)

// GuardianMain does a guardian's work if this process was started as one, and
// reports whether it was: then main returns at once, with status 0. Call it
// first in main.
func GuardianMain() bool {
	if os.Getenv(guardianVar) == "" || len(os.Args) != 4 || os.Args[1] != "guardian" {
		return false
	}
	grace, err := time.ParseDuration(os.Args[3])
	if err != nil || checkNonce(os.Args[2]) != nil {
		return false
	}
	// Only the end of the pipe ends a guardian: a SIGTERM meant for the whole
	// program must not take it away before the runner.
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGPIPE)
	w := ward{nonce: os.Args[2], grace: grace, groups: map[int]struct{}{}}
	if w.listen(os.Stdin); !w.bye {
		w.end()
	}
	return true
}

// ward is what a guardian watches over.
type ward struct {
	nonce  string
	grace  time.Duration
	groups map[int]struct{}
	bye    bool
	rest   []byte // of a line that was read in part
}

// listen takes in what the runner writes until it closes the pipe.
func (w *ward) listen(pipe io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := pipe.Read(buf)
		w.take(buf[:n])
		if err != nil {
			return
		}
		if n < len(buf) {
			time.Sleep(guardRest)
		}
	}
}

// take takes in a piece of the runner's lines.
func (w *ward) take(text []byte) {
	w.rest = append(w.rest, text...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			return
		}
		w.rest = rest
		w.line(string(line))
	}
}

func (w *ward) line(line string) {
	if line == "bye" {
		w.bye = true
		return
	}
	if line == "" {
		return
	}
	pid, err := strconv.Atoi(line[1:])
	if err != nil || pid <= 1 {
		return // -1 and 0 would be everybody and ourselves
	}
	switch line[0] {
	case '+':
		w.groups[pid] = struct{}{}
	case '-':
		delete(w.groups, pid)
	}
}

// end ends everything that the dead runner left: politely, then not.
func (w *ward) end() {
	w.terminate()
	if w.gone(w.grace) {
		return
	}
	for pid := range w.groups {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	for {
		// An error says that something does not die; there is nothing else
		// to do in this life than to go on trying.
		if _, err := KillMarked(w.nonce); err == nil {
			break
		}
	}
	w.gone(guardPatience)
}

// terminate asks every process once: those with the marker, and the groups
// where nobody has it. Many programs take a second SIGTERM for "at once".
func (w *ward) terminate() {
	asked := map[int]bool{}
	for _, pid := range (mark{nonce: w.nonce}).signal(syscall.SIGTERM) {
		if group, err := syscall.Getpgid(pid); err == nil {
			asked[group] = true
		}
	}
	for pid := range w.groups {
		if !asked[pid] {
			_ = syscall.Kill(-pid, syscall.SIGTERM)
		}
	}
}

// gone waits until nothing is left, at most for the given time, and reports
// whether that came true. A group that was seen empty is never looked at again:
// its number may soon be another's.
func (w *ward) gone(within time.Duration) bool {
	clean := 0 // see KillMarked
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(guardPoll) {
		living := livingGroups(w.groups)
		maps.DeleteFunc(w.groups, func(pid int, _ struct{}) bool { return !living[pid] })
		if clean++; len(w.groups) > 0 || len(mark{nonce: w.nonce}.signal(0)) > 0 {
			clean = 0
		}
		if clean == 2 {
			return true
		}
	}
	return false
}
