package starter_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The Go starter's two definitions are one model with one plan. The test has
// to stand in the starter's own package, which is a main, but compares with
// what users do not have (plans, go-cmp); so the go command is told that it
// stands there, and it is not rendered with the rest.
func TestGoDefinitionsAreOne(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs(filepath.Join("testdata", "equal_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := filepath.Abs(filepath.Join("go", "equal_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{target: source}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay="+file, "-count=1", "-v", "-run=^TestBothDefinitionsAreOne$", "./go")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestBothDefinitionsAreOne") {
		t.Errorf("%v\n%s", err, out)
	}
}
