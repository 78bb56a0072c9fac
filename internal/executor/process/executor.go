package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
)

// pipeDelay is how long the output pipe may stay open after everything that
// is known to write to it has ended. Only a process that lost its marker can
// hold it that long.
const pipeDelay = 3 * time.Second

// codeNotStarted is the exit status of a task that was cancelled before it
// began: what a shell shows for one that was interrupted.
const codeNotStarted = 128 + 2

// Executor runs tasks as processes of this machine. It may be used by several
// goroutines at once. Construct it with New.
type Executor struct {
	guardian *Guardian
	shell    shell
	family   *family
}

// New returns an executor whose steps are watched by g. It makes this process
// a child subreaper on Linux. Without a guardian (nil) steps outlive a runner
// that is killed; that is for tests and for work that cannot matter.
func New(g *Guardian) *Executor {
	if g == nil {
		g = unguarded()
	}
	return &Executor{guardian: g, shell: findShell(), family: newFamily()}
}

// Run runs t to its end and then ends whatever it left behind. The error is
// about us: the process could not be started, or its output could not be
// written. How the process ended, also by our signal, is the Exit.
//
// When ctx ends or the timeout passes, the group gets an interrupt, SIGTERM
// after half of t.Grace and SIGKILL after all of it. The grace belongs to the
// whole group: a shell that dies first does not take it from the program that
// is still saving its work.
func (e *Executor) Run(ctx context.Context, t executor.Task) (executor.Exit, error) {
	if !filepath.IsAbs(t.Dir) {
		return executor.Exit{}, fmt.Errorf("start %s: working directory %q is not absolute", t.Name, t.Dir)
	}
	if ctx.Err() != nil {
		return executor.Exit{Code: codeNotStarted, Canceled: true}, nil
	}
	e.guardian.running.Add(1)
	defer e.guardian.running.Add(-1)
	guard := e.guardian.nextGuard()
	cmd, out := e.command(t, guard)
	g, err := e.start(cmd, guard)
	if err != nil {
		return executor.Exit{}, startError(t, err)
	}
	end := watch(ctx, g, t)
	g.wait()
	end.settle()
	g.sweep()
	e.guardian.forget(g.pid)
	g.release()
	err = cmd.Wait()
	g.drain()
	return exit(cmd, end), runError(t, cmd, out, err)
}

// command prepares the process of t. It reads nothing (the null device), and
// standard output and error are one: the caller's file, or a pipe to out.
func (e *Executor) command(t executor.Task, guard string) (cmd *exec.Cmd, out *output) {
	cmd = e.shell.command(t.Command)
	cmd.Dir = t.Dir
	cmd.Env = e.guardian.environ(t.Env, guard)
	cmd.WaitDelay = pipeDelay
	switch w := t.Output.(type) {
	case nil:
	case *os.File:
		cmd.Stdout, cmd.Stderr = w, w
	default:
		out = &output{w: w}
		cmd.Stdout, cmd.Stderr = out, out
	}
	return cmd, out
}

// output remembers why it could not be written: os/exec forgets that when the
// command fails too, as it does when nobody reads its pipe any more.
type output struct {
	w   io.Writer
	err error // of the first write that failed; read after cmd.Wait
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// startError says what could not be started. A missing directory is named:
// the system's own error would blame the shell.
func startError(t executor.Task, err error) error {
	if _, statErr := os.Stat(t.Dir); statErr != nil {
		return fmt.Errorf("start %s: working directory: %w", t.Name, statErr)
	}
	return fmt.Errorf("start %s: %w", t.Name, err)
}

// exit tells how the process ended.
func exit(cmd *exec.Cmd, end *ending) executor.Exit {
	x := executor.Exit{PID: cmd.Process.Pid, TimedOut: end.cause == timedOut, Canceled: end.cause == canceled}
	if cmd.ProcessState != nil {
		x.Code, x.Signal = status(cmd.ProcessState)
	}
	return x
}

// runError keeps what is about us: a status other than 0 is the step's, and a
// pipe that stays open is a stray's.
func runError(t executor.Task, cmd *exec.Cmd, out *output, err error) error {
	if cmd.ProcessState == nil {
		return fmt.Errorf("wait for %s: %w", t.Name, err)
	}
	if out == nil || out.err == nil {
		return nil
	}
	return fmt.Errorf("write the output of %s: %w", t.Name, out.err)
}
