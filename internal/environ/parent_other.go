//go:build !linux

package environ

import (
	"os"
	"os/exec"
	"runtime"
)

// runWithParent runs a command. Only Linux can tie its life to this process's;
// elsewhere a build that is left alone ends by itself, within seconds.
func runWithParent(cmd *exec.Cmd) error { return cmd.Run() }

// interrupt asks a process to end; Windows knows only one way.
func interrupt(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(os.Interrupt)
}
