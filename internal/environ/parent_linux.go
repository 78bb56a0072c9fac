package environ

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// runWithParent runs a command that does not outlive this process. The kernel
// watches the thread that started it, so the goroutine keeps to that thread.
func runWithParent(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	return cmd.Run()
}

func interrupt(p *os.Process) error { return p.Signal(os.Interrupt) }
