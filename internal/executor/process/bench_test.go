//go:build unix

package process_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

// The two benchmarks run the same line by the same shell into a file; their
// ratio is what a group, a marker, a guardian and a sweep cost.
const benchLine = "true"

func BenchmarkRun(b *testing.B) {
	x := process.New(guardian(b))
	task := executor.Task{Name: "bench", Command: benchLine, Dir: b.TempDir(), Env: os.Environ(), Output: logFile(b)}
	for b.Loop() {
		if exit, err := x.Run(b.Context(), task); err != nil || exit.Code != 0 {
			b.Fatal(exit, err)
		}
	}
}

func BenchmarkPlainCommand(b *testing.B) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		shell = "/bin/sh"
	}
	dir, env, log := b.TempDir(), os.Environ(), logFile(b)
	for b.Loop() {
		cmd := exec.Command(shell, "-c", benchLine)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, log, log
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func logFile(b *testing.B) *os.File {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}
