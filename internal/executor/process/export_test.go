package process

import "github.com/ischia-ml/ischia/internal/executor"

// NewGated returns an executor that starts steps behind a gate, as on a system
// where a step that is not registered would be lost.
func NewGated(g *Guardian) *Executor {
	e := New(g)
	e.shell = gatedShell(e.shell)
	return e
}

// GuardianPID is the process that watches over g's steps.
func GuardianPID(g *Guardian) int { return guardianPID(g) }

// EnvironOf is what a step of g with this environment gets.
func EnvironOf(g *Guardian, t executor.Task) []string { return g.environ(t.Env, g.nextGuard()) }

// NewGuardian returns a guardian without a process.
func NewGuardian(nonce, outer string) *Guardian { return &Guardian{nonce: nonce, outer: outer} }
