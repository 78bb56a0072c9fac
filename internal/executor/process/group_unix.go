//go:build unix

package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// group is the process group of one step. Its leader is our child and stays
// unreaped, hence the number ours, until release.
type group struct {
	pid    int // of the leader; also the number of group and session
	guard  string
	family *family
}

// start starts cmd as the leader of a new session and registers its group.
func (e *Executor) start(cmd *exec.Cmd, guard string) (*group, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	open, err := e.shell.gate(cmd)
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		open(false)
		return nil, err
	}
	g := &group{pid: cmd.Process.Pid, guard: guard, family: e.family}
	e.family.add(g.pid)
	e.guardian.register(g.pid)
	open(true)
	return g, nil
}

// gate gives a gated command the pipe that it waits on. The function returned
// lets it go, or with false just closes the pipe.
func (s shell) gate(cmd *exec.Cmd) (open func(bool), err error) {
	if !s.gated {
		return func(bool) {}, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the gate of a step: %w", err)
	}
	cmd.ExtraFiles = []*os.File{r}
	return func(letGo bool) {
		_ = r.Close()
		if letGo {
			// It fails when the process is gone, which Wait will tell.
			_, _ = w.WriteString("go\n")
		}
		_ = w.Close()
	}, nil
}

func (g *group) interrupt() { g.signal(syscall.SIGINT) }
func (g *group) terminate() { g.signal(syscall.SIGTERM) }
func (g *group) kill()      { g.signal(syscall.SIGKILL) }

// signal sends sig to the group. The only errors are that nobody is left to
// receive it, or that all who are belong to another user.
func (g *group) signal(sig syscall.Signal) { _ = syscall.Kill(-g.pid, sig) }

// release says that the leader is about to be reaped: from now on its number
// means nothing.
func (g *group) release() { g.family.remove(g.pid) }

// status translates the way a process ended as a shell does.
func status(state *os.ProcessState) (code int, signal string) {
	ws, ok := state.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return 128 + int(ws.Signal()), ws.Signal().String()
	}
	return state.ExitCode(), ""
}
