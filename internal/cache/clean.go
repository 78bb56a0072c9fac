package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Exists reports whether there is a cache in a folder.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, entriesDir))
	return err == nil && info.IsDir()
}

// Now is the time as the cache's file system tells it, which is what the times
// of entries and blobs come from: the clocks of machines that share a folder
// may differ.
func (c *Cache) Now() (time.Time, error) {
	f, err := os.CreateTemp(filepath.Join(c.dir, tmpDir), "entry-*")
	if err != nil {
		return time.Time{}, fmt.Errorf("ask the step cache for the time: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return time.Time{}, fmt.Errorf("ask the step cache for the time: %w", err)
	}
	return info.ModTime(), nil
}

// Clean removes what processes that died left half-written before limit. What
// cannot be removed is tried again the next time.
func (c *Cache) Clean(limit time.Time) {
	dir := filepath.Join(c.dir, tmpDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(limit) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// RemoveUnused deletes an entry that was not used after since, and says
// whether it did.
func (c *Cache) RemoveUnused(k Key, since time.Time) (bool, error) {
	if _, err := ParseKey(string(k)); err != nil {
		return false, err
	}
	info, err := os.Stat(c.path(k))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(since) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove cache entry %.12s: %w", k, err)
	}
	return true, c.Remove(k)
}
