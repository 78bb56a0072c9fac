//go:build unix

package process

import "maps"

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
