//go:build unix

package process

import (
	"maps"
	"os/exec"
)

func gatedShell(s shell) shell {
	s.gated = true
	return s
}

func guardianPID(g *Guardian) int { return g.watcher.cmd.Process.Pid }

// Heard returns the groups that a guardian knows after reading the pieces, and
// whether it was dismissed.
func Heard(pieces ...string) (groups map[int]struct{}, bye bool) {
	w := ward{groups: map[int]struct{}{}}
	for _, piece := range pieces {
		w.take([]byte(piece))
	}
	return maps.Clone(w.groups), w.bye
}

// AbandonedAtGate starts a command behind a gate, as if the runner died before
// it could register it.
func AbandonedAtGate(line string) *exec.Cmd {
	s := gatedShell(findShell())
	cmd := s.command(line)
	open, err := s.gate(cmd)
	if err == nil {
		err = cmd.Start()
		open(false)
	}
	cmd.Err = err
	return cmd
}
