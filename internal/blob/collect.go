package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Use marks a blob as used, so that collectors spare it. The error matches fs.ErrNotExist when it
// is not stored.
func (s *Store) Use(d Digest) error {
	name, err := s.path(d)
	if err != nil {
		return err
	}
	now := time.Now()
	if err := os.Chtimes(name, now, now); err != nil {
		return fmt.Errorf("mark blob %s as used: %w", d, err)
	}
	// The mark may have come to a file that was being set aside, after a
	// collector's last look at it. Then its name is gone by now.
	if _, err := os.Stat(name); err != nil {
		return fmt.Errorf("mark blob %s as used: %w", d, err)
	}
	return nil
}

// PeekTree is GetTree for collectors: it does not mark the tree as used. ok is false when the
// blob is whole, but no tree; of that only the beginning was read.
func (s *Store) PeekTree(ctx context.Context, d Digest) (t Tree, ok bool, err error) {
	name, err := s.path(d)
	if err != nil {
		return Tree{}, false, err
	}
	f, err := os.Open(name)
	if err != nil {
		return Tree{}, false, fmt.Errorf("read tree: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(treeHeader)+1)
	if _, err := io.ReadFull(f, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Tree{}, false, nil
	} else if err != nil {
		return Tree{}, false, fmt.Errorf("read tree %s: %w", d, err)
	}
	if string(head) != treeHeader+"\n" {
		return Tree{}, false, nil
	}
	rest, err := io.ReadAll(ctxReader{ctx, f})
	if err != nil {
		return Tree{}, false, fmt.Errorf("read tree %s: %w", d, err)
	}
	text := append(head, rest...)
	if DigestBytes(text) != d {
		return Tree{}, false, fmt.Errorf("read tree %s: %w", d, ErrDamaged)
	}
	t, err = ParseTree(text)
	return t, err == nil, nil //nolint:nilerr // some file that begins like a tree
}

// RemoveUnused deletes a blob that nobody used since a point in time, and says whether it did.
// One that is used at this very moment stays: it is set aside, looked at again, and put back.
// Whoever marks it as used meanwhile is told that it is not there, and stores it again.
func (s *Store) RemoveUnused(d Digest, since time.Time) (bool, error) {
	name, err := s.path(d)
	if err != nil {
		return false, err
	}
	fi, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && fi.ModTime().After(since) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove blob %s: %w", d, err)
	}
	removed, err := s.setAside(name, since)
	if err != nil {
		return false, fmt.Errorf("remove blob %s: %w", d, err)
	}
	return removed, nil
}

// setAside moves a blob to the temporary files and removes it there.
func (s *Store) setAside(name string, since time.Time) (bool, error) {
	aside := filepath.Join(s.tmp(), "unused-"+filepath.Base(filepath.Dir(name))+filepath.Base(name))
	err := os.Rename(name, aside)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // another collector was faster
	}
	if err != nil {
		return false, err
	}
	if fi, err := os.Stat(aside); err == nil && fi.ModTime().After(since) {
		return false, os.Rename(aside, name)
	}
	// Old as it is, whoever opens the store takes it for what a dead process
	// has left: then it is gone already.
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, nil
}

// CleanTmp removes what dying processes have left half-written and nobody has touched since limit.
func (s *Store) CleanTmp(limit time.Time) {
	s.cleanTmp(limit)
	left, err := filepath.Glob(filepath.Join(s.dir, "stat-index-*"))
	if err != nil {
		return
	}
	for _, name := range left {
		if fi, err := os.Stat(name); err == nil && fi.ModTime().Before(limit) {
			_ = os.Remove(name)
		}
	}
}
