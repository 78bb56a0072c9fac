package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/golden"
)

// recorder is a testing.TB that remembers failures instead of failing.
type recorder struct {
	testing.TB

	failures []string
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestCheckReadsTestdata(t *testing.T) {
	t.Parallel()
	golden.Check(t, []byte("one line\n"), "testdata/one.golden")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file     string // "" means: no file
		got      string
		updating bool
		want     []string // parts of the one failure; none means: passes
		after    string   // the file afterwards
	}{
		"same":            {file: "a\n", got: "a\n", after: "a\n"},
		"differs":         {file: "a\nb\n", got: "a\nc\n", want: []string{"-b", "+c", "UPDATE_GOLDEN=1"}, after: "a\nb\n"},
		"missing":         {got: "a\n", want: []string{"there is no golden file", "UPDATE_GOLDEN=1"}},
		"line ends count": {file: "a\n", got: "a\r\n", want: []string{"-a"}, after: "a\n"},
		"update":          {file: "a\n", got: "b\n", updating: true, after: "b\n"},
		"update missing":  {got: "b\n", updating: true, after: "b\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "x.golden")
			if test.file != "" {
				put(t, path, test.file)
			}
			r := &recorder{}
			golden.Compare(r, []byte(test.got), path, test.updating)
			expectFailure(t, r.failures, test.want)
			if after, _ := os.ReadFile(path); string(after) != test.after {
				t.Errorf("file afterwards: got %q, want %q", after, test.after)
			}
		})
	}
}

func TestCompareSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	golden.Compare(r, nil, t.TempDir(), true)
	expectFailure(t, r.failures, []string{"read golden file"})
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func expectFailure(t *testing.T, got, parts []string) {
	t.Helper()
	if len(parts) == 0 {
		if len(got) != 0 {
			t.Errorf("got failures %q, want none", got)
		}
		return
	}
	if len(got) != 1 {
		t.Fatalf("got failures %q, want one", got)
	}
	for _, part := range parts {
		if !strings.Contains(got[0], part) {
			t.Errorf("got failure %q, want it to say %q", got[0], part)
		}
	}
}
