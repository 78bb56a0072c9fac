package blob_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ischia-ml/ischia/internal/blob"
)

func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	s, src := openAt(t, filepath.Join(dir, "blobs")), t.TempDir()
	write(t, filepath.Join(src, "big"), strings.Repeat("some", 1<<20))
	small := put(t, s, "small")

	_, _, err1 := s.PutFile(t.Context(), filepath.Join(src, "big"))
	_, _, err2 := s.PutReader(t.Context(), strings.NewReader(strings.Repeat("some", 1<<20)))
	_, _, err3 := s.PutTree(t.Context(), src, blob.TreeOptions{})
	_, _, err4 := s.Adopt(t.Context(), filepath.Join(src, "big"))
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), s.Dir()) {
			t.Errorf("%d: got %v, want ENOSPC at a path of the store", i, err)
		}
	}
	if _, err := os.Stat(filepath.Join(src, "big")); err != nil {
		t.Errorf("a file that could not be adopted is gone: %v", err)
	}
	if n := verifyAll(t, s); n != 1 || !s.Has(small) || leftovers(t, s) != 0 {
		t.Errorf("got %d blobs and %d temporary files", n, leftovers(t, s))
	}
}
