package environ

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Python makes `python x.py` work where only `python3` is installed, as on
// many Linux systems; Azure ML's images have both. It looks on the PATH of env,
// and when `python` has to be made puts it into the folder dir, which several
// processes may share. It returns the folder to put at the front of the steps'
// PATH, and one line to tell the user; both are empty when nothing is needed,
// or nothing can be done.
func Python(env []string, dir string) (shimDir, note string, err error) {
	if _, err := lookPath(env, "python"); err == nil {
		return "", "", nil
	}
	found, args := findPython3(env)
	if found == "" {
		return "", "", nil
	}
	name, text := shim(found, args)
	if err := writeProgram(filepath.Join(dir, name), []byte(text)); err != nil {
		return "", "", fmt.Errorf("make the command python out of %s: %w", found, err)
	}
	return dir, fmt.Sprintf("there is no command python on the PATH: for the steps it is %s", found+args), nil
}

// findPython3 returns a Python 3 and the arguments that make it one.
func findPython3(env []string) (program, args string) {
	if file, err := lookPath(env, "python3"); err == nil {
		return file, ""
	}
	if runtime.GOOS == "windows" {
		if file, err := lookPath(env, "py"); err == nil { // Python's own launcher
			return file, " -3"
		}
	}
	return "", ""
}

// shim is the file that stands for python: a script rather than a link,
// because a virtual environment's Python finds its packages by the name it is
// called by, and pyenv's picks the program by it.
func shim(program, args string) (name, text string) {
	if runtime.GOOS == "windows" {
		return "python.cmd", "@\"" + program + "\"" + args + " %*\r\n"
	}
	return "python", "#!/bin/sh\nexec '" + strings.ReplaceAll(program, "'", `'\''`) + "'" + args + " \"$@\"\n"
}

// writeProgram writes an executable file unless it has that content already:
// a script that a shell is reading must not change under it.
func writeProgram(file string, text []byte) error {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone, once it is renamed
	if _, err := tmp.Write(text); err != nil {
		_ = tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Name(), 0o755); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}
