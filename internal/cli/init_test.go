package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/cli"
)

// initProject runs `ischia init` and returns the folder.
func initProject(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	var out, errs bytes.Buffer
	if status := cli.Run(t.Context(), append([]string{"init", dir}, args...), cli.Streams{Out: &out, Err: &errs}, nil); status != 0 {
		t.Fatalf("status %d\n%s", status, errs.String())
	}
	return dir
}

// What is rendered for Go is formatted, however the module's name sorts.
func TestInitGoIsFormatted(t *testing.T) {
	t.Parallel()
	for _, module := range []string{"a.example/x", "zzz"} {
		cmd := exec.Command("gofmt", "-l", ".")
		cmd.Dir = initProject(t, "--module", module)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("gofmt -l: %v\n%s", err, out)
		}
	}
}

// A link in the folder does not lead the files out of it.
func TestInitStaysInItsFolder(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "steps")); err != nil {
		t.Skip("needs Unix: symbolic links")
	}
	var out, errs bytes.Buffer
	status := cli.Run(t.Context(), []string{"init", dir, "--lang", "python", "--force"}, cli.Streams{Out: &out, Err: &errs}, nil)
	if left, _ := os.ReadDir(outside); status != 1 || len(left) > 0 {
		t.Errorf("status %d, %d files outside\n%s", status, len(left), errs.String())
	}
}

// What is rendered for Python runs, where scikit-learn is installed.
func TestInitPythonRuns(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import sklearn").Run() != nil {
		t.Skip("needs scikit-learn for Python 3")
	}
	cmd := exec.Command(python, "driver.py", "--local")
	cmd.Dir = initProject(t, "--lang", "python")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "accuracy: 0.9") {
		t.Errorf("%v\n%s", err, out)
	}
}
