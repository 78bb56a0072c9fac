//go:build unix

package process

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// watcher is the runner's side of a guardian: the process and the pipe to it.
//
// The protocol is lines: "+PGID" when a group starts, "-PGID" when it has
// ended, "bye" when the runner needs no guardian any more. The end of the pipe
// without "bye" is the runner's death.
type watcher struct {
	cmd  *exec.Cmd
	pipe *os.File // the only writing end; closed on exec, so no step has it
}

// startWatcher starts this program again as a guardian.
func startWatcher(c Config) (*watcher, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd, err := guardianCommand(c)
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	cmd.Stdin = r
	if err := cmd.Start(); err != nil {
		_ = w.Close()
		return nil, err
	}
	return &watcher{cmd: cmd, pipe: w}, nil
}

// guardianCommand is this program, in a session of its own so that neither a
// Ctrl-C nor the end of the terminal reaches it, holding neither our directory
// nor our streams nor our secrets. It keeps the marker of a run around us: it
// belongs to that run's step and ends with it.
func guardianCommand(c Config) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" {
		if _, err := os.Stat("/proc/self/exe"); err == nil {
			program = "/proc/self/exe" // true also when the file was replaced
		}
	}
	cmd := exec.Command(program)
	cmd.Args = []string{"ischia", "guardian", c.Nonce, c.Grace.String()}
	cmd.Dir = "/"
	cmd.Env = []string{guardianVar + "=1"}
	for _, entry := range os.Environ() {
		if isMarker(entry) {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

func (w *watcher) register(pid int) { w.write('+', pid) }
func (w *watcher) forget(pid int)   { w.write('-', pid) }

// write sends one line. Lines of several goroutines do not mix: the kernel
// writes so little at once.
func (w *watcher) write(sign byte, pid int) {
	line := make([]byte, 0, 16)
	line = strconv.AppendInt(append(line, sign), int64(pid), 10)
	_, _ = w.pipe.Write(append(line, '\n'))
}

// close ends the guardian. When all is done there is nothing that it could
// leave undone, so it is killed: it may not even have begun, and waiting for
// that would cost more than most steps. Otherwise it gets no "bye" and does
// its work now.
func (w *watcher) close(done bool) {
	if done {
		_, _ = w.pipe.WriteString("bye\n")
	}
	_ = w.pipe.Close()
	if done {
		_ = w.cmd.Process.Kill()
	}
	_ = w.cmd.Wait() // its status says nothing: killed by us, or ended before
}
