package blob_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

// unused makes a blob look as if nobody used it for a day.
func unused(t *testing.T, s *blob.Store, d blob.Digest) {
	t.Helper()
	ago := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(filepath.Join(s.Dir(), "sha256", d.Hex()[:2], d.Hex()[2:]), ago, ago); err != nil {
		t.Fatal(err)
	}
}

func TestRemoveUnused(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := put(t, s, "some text")
	limit := time.Now().Add(-time.Hour)
	want := func(what string, want bool) {
		t.Helper()
		if got, err := s.RemoveUnused(d, limit); got != want || err != nil {
			t.Errorf("%s: removed %v, %v", what, got, err)
		}
	}
	want("just stored", false)
	unused(t, s, d)
	if err := s.Use(d); err != nil {
		t.Fatal(err)
	}
	want("just used", false)
	unused(t, s, d)
	want("unused", true)
	want("gone", false)
	if err := s.Use(d); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("use of what is gone: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(s.Dir(), "tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
	if _, err := s.RemoveUnused("../x", limit); err == nil {
		t.Error("a false digest is taken")
	}
}

// TestUseAgainstRemove: what Use said is there stays there.
func TestUseAgainstRemove(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	limit := time.Now().Add(-time.Hour)
	for range 300 {
		d := put(t, s, "contended")
		unused(t, s, d)
		var used error
		var wg sync.WaitGroup
		wg.Go(func() { used = s.Use(d) })
		wg.Go(func() {
			if _, err := s.RemoveUnused(d, limit); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if used == nil && !s.Has(d) {
			t.Fatal("a blob in use was removed")
		}
	}
}

func TestPeekTree(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "text")
	tree, root, err := s.PutTree(t.Context(), dir, blob.TreeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	unused(t, s, root)
	got, ok, err := s.PeekTree(t.Context(), root)
	if !ok || err != nil || len(got.Entries) != 1 || got.Entries[0] != tree.Entries[0] {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if info, err := s.Stat(root); err != nil || time.Since(info.Used) < time.Hour {
		t.Errorf("a look counts as use: %v, %v", info.Used, err)
	}
	for _, text := range []string{"", "ischia-tree", "text", "ischia-tree 1\nbut not really"} {
		if _, ok, err := s.PeekTree(t.Context(), put(t, s, text)); ok || err != nil {
			t.Errorf("%q: a tree %v, %v", text, ok, err)
		}
	}
	if _, _, err := s.PeekTree(t.Context(), blob.DigestBytes([]byte("none"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	name := filepath.Join(s.Dir(), "sha256", root.Hex()[:2], root.Hex()[2:])
	if err := errors.Join(os.Chmod(name, 0o644), os.WriteFile(name, []byte("ischia-tree 1\nd x\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.PeekTree(t.Context(), root); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
}

// TestRemoveAgainstOpen: processes open the store, and clean it, while another
// collects.
func TestRemoveAgainstOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	limit := time.Now().Add(-time.Hour)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					s.CleanTmp(limit)
				}
			}
		})
	}
	for range 2000 {
		d := put(t, s, "some text")
		unused(t, s, d)
		if gone, err := s.RemoveUnused(d, limit); !gone || err != nil {
			t.Errorf("removed %v, %v", gone, err)
			break
		}
	}
	close(done)
	wg.Wait()
}
