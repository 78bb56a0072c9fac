package cache_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/cache"
)

func TestRemoveUnused(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	e := entry("command", "echo")
	if err := c.Put(e); err != nil {
		t.Fatal(err)
	}
	now, err := c.Now()
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := c.RemoveUnused(e.Key, now.Add(-time.Minute)); gone || err != nil {
		t.Errorf("a used entry: %v, %v", gone, err)
	}
	if gone, err := c.RemoveUnused(e.Key, now.Add(time.Minute)); !gone || err != nil {
		t.Errorf("an unused entry: %v, %v", gone, err)
	}
	if gone, err := c.RemoveUnused(e.Key, now.Add(time.Minute)); gone || err != nil {
		t.Errorf("an entry that is gone: %v, %v", gone, err)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	old, young := filepath.Join(c.Dir(), "tmp", "entry-1"), filepath.Join(c.Dir(), "tmp", "entry-2")
	for _, name := range []string{old, young} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ago := time.Now().Add(-3 * time.Hour)
	if err := os.Chtimes(old, ago, ago); err != nil {
		t.Fatal(err)
	}
	c.Clean(time.Now().Add(-2 * time.Hour))
	if _, err := os.Stat(old); err == nil {
		t.Error("what a dead process left is there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("what is being written is gone: %v", err)
	}
	if !cache.Exists(c.Dir()) || cache.Exists(t.TempDir()) {
		t.Error("Exists is wrong")
	}
}
