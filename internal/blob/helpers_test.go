package blob_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

func openStore(t testing.TB) *blob.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "blobs"))
}

func openAt(t testing.TB, dir string) *blob.Store {
	t.Helper()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, name, text string) {
	t.Helper()
	mkdir(t, filepath.Dir(name))
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t testing.TB, name string) {
	t.Helper()
	if err := os.MkdirAll(name, 0o755); err != nil {
		t.Fatal(err)
	}
}

func symlink(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
}

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func put(t testing.TB, s *blob.Store, text string) blob.Digest {
	t.Helper()
	d, err := s.PutBytes(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func paths(tree blob.Tree) []string {
	var out []string
	for _, e := range tree.Entries {
		out = append(out, e.Path)
	}
	return out
}

// verifyAll reads every blob of a store and returns how many there are.
func verifyAll(t testing.TB, s *blob.Store) int {
	t.Helper()
	n := 0
	err := s.Walk(t.Context(), func(i blob.Info) error {
		n++
		return s.Verify(t.Context(), i.Digest)
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

// leftovers counts the temporary files of a store.
func leftovers(t testing.TB, s *blob.Store) int {
	t.Helper()
	e, err := os.ReadDir(filepath.Join(s.Dir(), "tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return len(e)
}

// TestMain lets the test binary play the process that is killed in the middle of writing.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BLOB_TEST_WRITE_INTO"); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver stores ever new content by every way there is, until somebody kills the process.
func writeForEver(dir string) error {
	s, err := blob.Open(dir)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "work")
	if err != nil {
		return err
	}
	ctx := context.Background()
	for i := 0; ; i++ {
		big := make([]byte, 1<<20+i)
		copy(big, fmt.Sprint(os.Getpid(), time.Now(), i))
		tree := filepath.Join(work, fmt.Sprint(i))
		err := errors.Join(
			os.MkdirAll(tree, 0o755),
			os.WriteFile(filepath.Join(tree, "big"), big, 0o644),
			os.WriteFile(filepath.Join(tree, "small"), big[:100+i], 0o644),
			os.WriteFile(filepath.Join(work, "adopt"), big[:2000+i], 0o644))
		if err != nil {
			return err
		}
		_, _, err1 := s.PutTree(ctx, tree, blob.TreeOptions{})
		_, _, err2 := s.Adopt(ctx, filepath.Join(work, "adopt"))
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
	}
}
