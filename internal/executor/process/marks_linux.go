package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Fields of /proc/PID/stat as stat returns them; see proc(5).
const (
	statState  = 0
	statParent = 1
	statGroup  = 2
	statEnvEnd = 48
)

// killPatience is how long KillMarked waits for processes that do not die.
const killPatience = 10 * time.Second

// mark is what to look for in an environment: the processes of one step, or
// with an empty guard those of a whole run.
type mark struct {
	nonce string
	guard string
}

// on reports whether the process carries the mark.
func (m mark) on(pid int) bool { return m.in(environ(pid)) }

// in reports whether the environment carries the mark.
func (m mark) in(environ []byte) bool {
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := bytes.Cut(entry, []byte("="))
		switch string(name) {
		case runVar:
			if m.guard == "" && string(value) == m.nonce {
				return true
			}
		case stepVar, outerVar:
			if m.among(string(value)) {
				return true
			}
		}
	}
	return false
}

// among reports whether one of the step guards is of the step or the run.
func (m mark) among(guards string) bool {
	for guard := range strings.FieldsSeq(guards) {
		if m.guard != "" && guard == m.guard {
			return true
		}
		if dot := strings.LastIndexByte(guard, '.'); m.guard == "" && dot >= 0 && guard[:dot] == m.nonce {
			return true
		}
	}
	return false
}

// environ reads the environment with which a process was started. While a
// process becomes another program its environment looks empty for some
// microseconds: then it is read again. Nil when it cannot be read.
func environ(pid int) []byte {
	name := "/proc/" + strconv.Itoa(pid) + "/environ"
	for range 100 {
		text, err := os.ReadFile(name)
		if err != nil || len(text) > 0 {
			return text
		}
		fields := stat(pid)
		if len(fields) <= statEnvEnd || fields[statState] == "Z" || fields[statEnvEnd] != "0" {
			return nil
		}
		time.Sleep(100 * time.Microsecond)
	}
	return nil
}

// stat returns the fields of /proc/PID/stat after the name, which may itself
// hold anything.
func stat(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// processes lists the processes of this machine.
func processes() []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// livingGroups tells which of the groups have a member that is running.
// Signal 0 would not do: in a container whose first process does not reap, and
// under a runner that is a subreaper, dead members stay for long.
func livingGroups(groups map[int]struct{}) map[int]bool {
	living := map[int]bool{}
	if len(groups) == 0 {
		return living
	}
	for _, pid := range processes() {
		fields := stat(pid)
		if len(fields) <= statGroup || fields[statState] == "Z" {
			continue
		}
		if group, err := strconv.Atoi(fields[statGroup]); err == nil {
			living[group] = true
		}
	}
	return living
}

// KillMarked kills every process that a run with this nonce left behind and
// returns how many they were. It is for a run whose runner and guardian are
// both dead. On systems other than Linux it does nothing.
func KillMarked(nonce string) (int, error) {
	if err := checkNonce(nonce); err != nil {
		return 0, err
	}
	m := mark{nonce: nonce}
	killed := map[int]struct{}{}
	deadline := time.Now().Add(killPatience)
	// A process can start another between being listed and being killed, with
	// a number that was already passed: only a second empty pass is proof.
	for clean := 0; clean < 2; time.Sleep(2 * time.Millisecond) {
		pids := m.signal(syscall.SIGKILL)
		if clean++; len(pids) > 0 {
			clean = 0
		}
		for _, pid := range pids {
			killed[pid] = struct{}{}
		}
		if len(pids) > 0 && time.Now().After(deadline) {
			return len(killed), fmt.Errorf("kill what run %s left behind: processes %v do not end", nonce, pids)
		}
	}
	return len(killed), nil
}

// signal sends sig to all processes with the mark but this one, and returns
// those that could be signalled. Signal 0 only finds them.
func (m mark) signal(sig syscall.Signal) []int {
	var pids []int
	for _, pid := range processes() {
		if pid != os.Getpid() && m.on(pid) && m.signalOne(pid, sig) == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// signalOne holds on to the process, looks at it again and only then sends:
// its number may have gone to another since it was looked at.
func (m mark) signalOne(pid int, sig syscall.Signal) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) {
		return syscall.Kill(pid, sig) // a kernel before 5.3, or a filter
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if !m.on(pid) {
		return unix.ESRCH
	}
	return unix.PidfdSendSignal(fd, sig, nil, 0)
}
