package process

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultGrace is the time that a dead runner's steps have between SIGTERM and
// SIGKILL when Config says nothing else.
const DefaultGrace = 2 * time.Second

// The marker: what every process of a step inherits in its environment.
const (
	runVar   = "ISCHIA_GUARD"        // the run's nonce
	stepVar  = "ISCHIA_STEP_GUARD"   // the nonce and the step's number
	outerVar = "ISCHIA_OUTER_GUARDS" // step guards of the runs around this one
)

// guardianVar tells a program that it was started as a guardian.
const guardianVar = "ISCHIA_GUARDIAN"

// Config describes the guardian of one run.
type Config struct {
	// Nonce names the run in the environment of its processes. It must be
	// unique on this machine and known later to whoever may have to call
	// KillMarked: letters, digits, '.', '_' and '-'.
	Nonce string
	// Grace is the time between SIGTERM and SIGKILL for the steps of a
	// runner that died; DefaultGrace when it is zero.
	Grace time.Duration
}

// Guardian ends the steps of one run when this process dies. It also numbers
// and marks them.
type Guardian struct {
	nonce   string
	outer   string // value of outerVar for our steps, or empty
	steps   atomic.Int64
	running atomic.Int64 // calls of Run under way
	watcher *watcher     // nil when nobody watches
	closing sync.Once
}

// StartGuardian starts the guardian of a run and returns without waiting for
// it to be ready: what is written to it in the meantime stays in the pipe. It
// starts this very program again, so the program's main must call GuardianMain
// first. The guardian does not end with ctx; Close ends it.
func StartGuardian(ctx context.Context, c Config) (*Guardian, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start the guardian of %s: %w", c.Nonce, err)
	}
	if err := checkNonce(c.Nonce); err != nil {
		return nil, err
	}
	// Without this a program that forgot GuardianMain would start itself
	// again, and again.
	if os.Getenv(guardianVar) != "" {
		return nil, errors.New("start a guardian: this program was started as one and does not call process.GuardianMain first")
	}
	if c.Grace <= 0 {
		c.Grace = DefaultGrace
	}
	w, err := startWatcher(c)
	if err != nil {
		return nil, fmt.Errorf("start the guardian of %s: %w", c.Nonce, err)
	}
	return &Guardian{nonce: c.Nonce, outer: outerGuards(os.Getenv), watcher: w}, nil
}

// Close dismisses the guardian. Call it when no Run is under way; the steps of
// one that is are ended as if this process had died. It may be called twice.
func (g *Guardian) Close() error {
	if g.watcher != nil {
		g.closing.Do(func() { g.watcher.close(g.running.Load() == 0) })
	}
	return nil
}

// unguarded numbers and marks steps without watching over them.
func unguarded() *Guardian {
	return &Guardian{nonce: rand.Text(), outer: outerGuards(os.Getenv)}
}

// register tells the guardian about a group, forget that it has ended. Errors
// are of no use: a guardian that is gone cannot be told anything, and what it
// would have done is done by KillMarked when the home is opened next.
func (g *Guardian) register(pid int) {
	if g.watcher != nil {
		g.watcher.register(pid)
	}
}

func (g *Guardian) forget(pid int) {
	if g.watcher != nil {
		g.watcher.forget(pid)
	}
}

// nextGuard returns the marker of the next step.
func (g *Guardian) nextGuard() string {
	return g.nonce + "." + strconv.FormatInt(g.steps.Add(1), 10)
}

// environ returns env with our marker in place of any other.
func (g *Guardian) environ(env []string, guard string) []string {
	marked := make([]string, 0, len(env)+3)
	for _, entry := range env {
		if !isMarker(entry) {
			marked = append(marked, entry)
		}
	}
	if g.outer != "" {
		marked = append(marked, outerVar+"="+g.outer)
	}
	return append(marked, runVar+"="+g.nonce, stepVar+"="+guard)
}

func isMarker(entry string) bool {
	name, _, _ := strings.Cut(entry, "=")
	return name == runVar || name == stepVar || name == outerVar
}

// outerGuards returns the step guards of the runs inside which this process
// itself is a step. Our steps carry them on, so that a run inside a step does
// not hide its processes from the step.
func outerGuards(getenv func(string) string) string {
	return strings.TrimSpace(getenv(stepVar) + " " + getenv(outerVar))
}

func checkNonce(nonce string) error {
	if nonce == "" {
		return errors.New("the nonce of a run is empty")
	}
	for _, r := range nonce {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return fmt.Errorf("the nonce of a run, %q, holds %q", nonce, r)
		}
	}
	return nil
}
