package environ_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/environ"
)

// venv makes a virtual environment without pip, and returns its environment
// and its folder of packages.
func venv(t *testing.T) (env []string, packages string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("expected: there is no Python on this machine")
	}
	dir := filepath.Join(t.TempDir(), "venv")
	if out, err := exec.Command(python, "-m", "venv", "--without-pip", dir).CombinedOutput(); err != nil {
		t.Skipf("expected: there is no Python on this machine that makes virtual environments: %s", out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "lib", "python3*", "site-packages"))
	if err != nil || len(found) != 1 {
		t.Skip("expected: there is no Python on this machine with the usual folders")
	}
	return []string{"PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin", "HOME=" + t.TempDir()}, found[0]
}

// install puts a distribution into a folder of packages, long ago.
func install(t *testing.T, packages, name, version string) {
	t.Helper()
	old, _ := filepath.Glob(filepath.Join(packages, name+"-*.dist-info"))
	for _, d := range old {
		if err := os.RemoveAll(d); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(packages, name+"-"+version+".dist-info")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"
	if err := os.WriteFile(filepath.Join(dir, "METADATA"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPythonAndItsPackages(t *testing.T) {
	t.Parallel()
	env, packages := venv(t)
	install(t, packages, "penguin_kit", "1.0")
	ago := time.Now().Add(-time.Hour)
	if err := os.Chtimes(packages, ago, ago); err != nil {
		t.Fatal(err)
	}
	notes := t.TempDir()
	first, err := environ.NewInterpreters(notes).Python(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first.Version, "3.") || !slices.Contains(first.Distributions, environ.Distribution{Name: "penguin-kit", Version: "1.0"}) {
		t.Fatalf("got %+v", first)
	}
	install(t, packages, "penguin_kit", "1.1")
	second, err := environ.NewInterpreters(notes).Python(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(second.Distributions, environ.Distribution{Name: "penguin-kit", Version: "1.1"}) {
		t.Errorf("an upgrade went unnoticed: %+v", second)
	}
}

func TestNoPython(t *testing.T) {
	t.Parallel()
	got, err := environ.NewInterpreters(t.TempDir()).Python(t.Context(), []string{"PATH=" + t.TempDir()})
	if got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMayRunPython(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		command string
		files   []string
		want    bool
	}{
		{"echo hi", nil, false},
		{"python train.py", nil, true},
		{"bash run.sh", []string{"run.sh"}, true},
		{"./step", []string{"step", "data.csv"}, false},
		{"make", []string{"Makefile", "src/a.py"}, true},
	} {
		if got := environ.MayRunPython(tt.command, tt.files); got != tt.want {
			t.Errorf("MayRunPython(%q, %q) = %v", tt.command, tt.files, got)
		}
	}
}
