package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// shell is how a command line is run.
type shell struct{ path string }

func findShell() shell {
	if path := os.Getenv("ComSpec"); filepath.IsAbs(path) {
		return shell{path: path}
	}
	return shell{path: `C:\Windows\System32\cmd.exe`}
}

// command gives cmd the line as it is. /S makes it take off exactly the outer
// quotes; the usual quoting of arguments would change what is between them.
func (s shell) command(line string) *exec.Cmd {
	cmd := exec.Command(s.path)
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /S /C "` + line + `"`}
	return cmd
}
