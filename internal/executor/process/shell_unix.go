//go:build unix

package process

import (
	"os/exec"
	"runtime"
)

// gateScript waits for one line on descriptor 3 and becomes the real shell.
const gateScript = `read -r go <&3 || exit 125; exec 3<&-; exec "$0" -c "$1"`

// shell is how a command line is run.
type shell struct {
	path string
	// gated: the process holds still until it has been registered with the
	// guardian. Linux needs no gate, since a process that was started but not
	// registered when the runner died is found by its marker; elsewhere it
	// would be lost, and one more exec is the price.
	gated bool
}

// findShell looks for bash, which Azure ML uses, and takes sh where it is not.
func findShell() shell {
	s := shell{path: "/bin/sh", gated: runtime.GOOS != "linux"}
	for _, name := range []string{"bash", "sh"} {
		if path, err := exec.LookPath(name); err == nil {
			s.path = path
			break
		}
	}
	return s
}

func (s shell) command(line string) *exec.Cmd {
	if s.gated {
		return exec.Command("/bin/sh", "-c", gateScript, s.path, line)
	}
	return exec.Command(s.path, "-c", line)
}
