package executortest

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
)

// host: what can be seen only where a task's processes are this machine's.
func (s Suite) host(t *testing.T) {
	t.Parallel()
	t.Run("environment is whole", s.wholeEnvironment)
	t.Run("working directory", s.workingDirectory)
	t.Run("no terminal", s.noTerminal)
	t.Run("nothing is left", s.nothingLeft)
}

// wholeEnvironment: nothing of ours is added to Task.Env but markers.
func (s Suite) wholeEnvironment(t *testing.T) {
	t.Parallel()
	k := s.task(t, `echo "${HOME-no home}"`)
	s.run(t.Context(), t, k)
	expect(t, k.out.String(), "no home\n")
}

func (s Suite) workingDirectory(t *testing.T) {
	t.Parallel()
	k := s.task(t, "pwd -P")
	s.run(t.Context(), t, k)
	want, err := filepath.EvalSymlinks(k.Dir)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, k.out.String(), want+"\n")
}

// noTerminal: asking the terminal fails; stopping for ever would be worse.
func (s Suite) noTerminal(t *testing.T) {
	t.Parallel()
	k := s.task(t, "(: < /dev/tty) 2> /dev/null || echo none")
	s.run(t.Context(), t, k)
	expect(t, k.out.String(), "none\n")
}

// nothingLeft: processes write their numbers to the file pids, and none of
// them lives when Run returns.
func (s Suite) nothingLeft(t *testing.T) {
	t.Parallel()
	const note = "echo $$ >> pids; "
	// stray runs a script in a session of its own, and the step waits for it.
	stray := func(script string) string {
		return "setsid sh -c '" + note + script + "' & until [ -s pids ]; do sleep 0.01; done; "
	}
	for _, c := range []struct {
		name, command string
		linux         bool
		ending        executor.Exit // Timeout is set when it says so
	}{
		{name: "in the group", command: "sh -c '" + note + "exec sleep 60' & until [ -s pids ]; do sleep 0.01; done"},
		{name: "own group", command: "set -m; sh -c '" + note + "exec sleep 60' & until [ -s pids ]; do sleep 0.01; done", linux: true},
		{name: "own session", command: stray("exec sleep 60"), linux: true},
		{name: "own session, step fails", command: stray("exec sleep 60") + "exit 3", linux: true},
		{name: "own session, deaf", command: stray(`trap "" HUP INT TERM; ` + loop), linux: true},
		{name: "own session, twice", command: stray("setsid sh -c \"echo \\$\\$ >> pids; exec sleep 60\" & sleep 60"), linux: true},
		{name: "own session, forking", command: stray("while :; do (sleep 0.01; sleep 60) & sleep 0.005; done") + "sleep 0.1", linux: true},
		{name: "own session, as the step ends", command: "(" + note + "exec setsid sleep 60) &", linux: true},
		{name: "own session, timeout", command: stray("exec sleep 60") + "sleep 60", linux: true, ending: executor.Exit{TimedOut: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.linux && runtime.GOOS != "linux" {
				t.Skip("only Linux gives us orphans that left the group")
			}
			k := s.task(t, c.command)
			if c.ending.TimedOut {
				k.Timeout, k.Grace = 500*time.Millisecond, 200*time.Millisecond
			}
			exit := s.run(t.Context(), t, k)
			for _, pid := range append(pidsIn(t, k.Dir), exit.PID) {
				if Alive(pid) {
					t.Errorf("process %d is alive", pid)
				}
			}
		})
	}
}

// pidsIn reads the numbers that processes left in the file pids.
func pidsIn(t *testing.T, dir string) []int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pids"))
	if os.IsNotExist(err) {
		return nil // killed before it could say so
	}
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, field := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
