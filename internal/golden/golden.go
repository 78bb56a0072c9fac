package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// A flag has to be registered before the test binary parses its arguments,
// which leaves no place but the package level.
//
//nolint:gochecknoglobals // see above
var update = flag.Bool("update", false, "rewrite golden files with what the tests got")

// Check compares got with the file at path, which is relative to the package
// under test: "testdata/plan.golden". A difference fails the test and is shown
// as a diff; the test goes on. When updating, Check writes the file instead,
// and the folders above it.
func Check(t testing.TB, got []byte, path string) {
	t.Helper()
	compare(t, got, path, Updating())
}

// Updating reports whether golden files are to be rewritten. It is exported
// for tests that keep golden text elsewhere, such as inside a txtar archive.
func Updating() bool {
	return *update || os.Getenv("UPDATE_GOLDEN") == "1"
}

func compare(t testing.TB, got []byte, path string, updating bool) {
	t.Helper()
	want, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		t.Errorf("read golden file: %v", err)
		return
	}
	if !missing && bytes.Equal(got, want) {
		return
	}
	if updating {
		write(t, got, path)
		return
	}
	if missing {
		t.Errorf("there is no golden file %s; UPDATE_GOLDEN=1 writes it. Got:\n%s", path, got)
		return
	}
	t.Errorf("differs from the golden file (UPDATE_GOLDEN=1 rewrites it, git diff shows what changed):\n%s",
		diff.Diff(path, want, "got", got))
}

func write(t testing.TB, got []byte, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Errorf("make folder for golden file: %v", err)
		return
	}
	if err := os.WriteFile(path, got, 0o666); err != nil {
		t.Errorf("write golden file: %v", err)
		return
	}
	t.Logf("wrote golden file %s", path)
}
