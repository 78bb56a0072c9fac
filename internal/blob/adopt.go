package blob

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Adopt hashes a regular file and moves it into the store; afterwards the path is gone. It is the
// fast way for outputs of a step that has ended. The file is copied and removed instead where
// moving would be wrong: on another file system, when it has a second name (a hard link), when
// somebody still has it open for writing (noticed on Linux only), and when it is a symbolic link.
func (s *Store) Adopt(ctx context.Context, path string) (Digest, int64, error) {
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	fi, err := os.Lstat(path)
	if err != nil {
		return "", 0, fmt.Errorf("adopt: %w", err)
	}
	if fi.Mode().IsRegular() && linkCount(fi) <= 1 {
		d, n, err := s.adoptMove(ctx, path, fi)
		if err == nil || ctx.Err() != nil {
			return d, n, err
		}
	}
	d, n, err := s.putFile(ctx, path, nil)
	if err != nil {
		return "", 0, fmt.Errorf("adopt: %w", err)
	}
	if err := removeOwned(path); err != nil {
		return "", 0, fmt.Errorf("adopt: %w", err)
	}
	return d, n, nil
}

// adoptMove hashes and renames. Any failure leaves the file where it was, to be copied.
func (s *Store) adoptMove(ctx context.Context, path string, fi fs.FileInfo) (Digest, int64, error) {
	d, ok := s.hashQuick(path, fi)
	if !ok {
		var err error
		if d, fi, err = s.readStable(ctx, path, s.hashFile); err != nil {
			return "", 0, err
		}
	}
	if s.holds(ctx, d, fi.Size()) {
		return d, fi.Size(), removeOwned(path)
	}
	if err := soleOwner(path); err != nil {
		return "", 0, err
	}
	if err := os.Chmod(path, 0o444); err != nil {
		return "", 0, err
	}
	if err := s.unchanged(path, fi); err != nil {
		return "", 0, err
	}
	if err := s.rename(ctx, path, d); err != nil {
		_ = os.Chmod(path, fi.Mode().Perm())
		return "", 0, err
	}
	s.used(d) // The file may bring an old time with it.
	return d, fi.Size(), nil
}

// unchanged compares size and time of content; the change of mode has moved the ctime.
func (s *Store) unchanged(path string, before fs.FileInfo) error {
	now, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) || !os.SameFile(now, before) {
		return fmt.Errorf("adopt %s: %w", path, ErrChanged)
	}
	return nil
}

// removeOwned removes a file even from a directory that is read-only for its owner.
func removeOwned(path string) error {
	err := os.Remove(path)
	if err == nil || !os.IsPermission(err) {
		return err
	}
	dir := filepath.Dir(path)
	fi, serr := os.Stat(dir)
	if serr != nil || os.Chmod(dir, fi.Mode().Perm()|0o700) != nil {
		return err
	}
	return os.Remove(path)
}
