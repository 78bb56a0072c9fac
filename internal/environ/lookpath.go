package environ

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// lookPath finds a program on the PATH of env. exec.LookPath looks on this
// process's PATH, which need not be the one that steps get.
func lookPath(env []string, program string) (string, error) {
	for _, dir := range filepath.SplitList(variable(env, "PATH")) {
		if !filepath.IsAbs(dir) {
			continue // as exec.LookPath: nothing from the current folder by accident
		}
		for _, ext := range extensions() {
			file := filepath.Join(dir, program+ext)
			if fi, err := os.Stat(file); err == nil && isProgram(fi) {
				return file, nil
			}
		}
	}
	return "", fmt.Errorf("find %s on the PATH: %w", program, fs.ErrNotExist)
}

func isProgram(fi fs.FileInfo) bool {
	return fi.Mode().IsRegular() && (runtime.GOOS == "windows" || fi.Mode()&0o111 != 0)
}

func extensions() []string {
	if runtime.GOOS == "windows" {
		return []string{".exe", ".cmd", ".bat", ".com"}
	}
	return []string{""}
}

// variable is the value of an environment variable; the last one counts.
func variable(env []string, name string) string {
	for _, pair := range slices.Backward(env) {
		key, value, _ := strings.Cut(pair, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
