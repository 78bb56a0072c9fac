package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"
)

// copyPiece is how much is copied between two looks at the context.
const copyPiece = 64 << 20

// Mode says how a tree is written out.
type Mode struct {
	// ReadOnly gives files 0444 or 0555 and directories 0555, instead of 0644, 0755 and 0755.
	ReadOnly bool
}

func (m Mode) file(executable bool) fs.FileMode {
	switch {
	case m.ReadOnly && executable:
		return 0o555
	case m.ReadOnly:
		return 0o444
	case executable:
		return 0o755
	default:
		return 0o644
	}
}

// Materialize writes a blob to a new file with exactly that mode. It is a private copy (sharing
// blocks where the file system can, never a hard link), so whoever writes to it, root included,
// cannot damage the blob. It fails with fs.ErrExist if dst exists; after a failure there is no dst.
func (s *Store) Materialize(ctx context.Context, d Digest, dst string, mode fs.FileMode) error {
	err := s.writeOut(ctx, d, -1, mode, func() (*os.File, error) {
		return os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}, func() error { return os.Remove(dst) })
	if err != nil {
		return fmt.Errorf("materialize %s: %w", dst, err)
	}
	return nil
}

// writeOut copies a blob into the file that create makes. want is the size it must have, or -1.
func (s *Store) writeOut(ctx context.Context, d Digest, want int64, mode fs.FileMode, create func() (*os.File, error), remove func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	src, err := s.Open(d)
	if err != nil {
		return err
	}
	defer src.Close()
	fi, err := src.Stat()
	if err != nil {
		return err
	}
	if want >= 0 && fi.Size() != want {
		return fmt.Errorf("blob %s: %w: %d bytes instead of %d", d, ErrDamaged, fi.Size(), want)
	}
	if mode&0o111 != 0 {
		// A process that is started while a program is still open for writing
		// inherits that for a moment, in which the program cannot be run.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
	}
	dst, err := create()
	if err != nil {
		return err
	}
	err = errors.Join(copyFile(ctx, dst, src, fi.Size()), dst.Chmod(mode), dst.Close())
	if err != nil {
		_ = remove()
	}
	return err
}

// copyFile clones, or lets the kernel copy piece by piece (io.Copy between files does).
func copyFile(ctx context.Context, dst, src *os.File, size int64) error {
	if size == 0 || cloneFile(dst, src) == nil {
		return nil
	}
	for left := size; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(dst, src, min(left, copyPiece))
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// MaterializeTree writes a tree into the directory dst, which is made if it is not there. Nothing
// is written outside dst, whatever the tree says and whatever links lie in dst, and nothing that
// exists is overwritten (fs.ErrExist). After a failure dst holds a part of the tree; clean up
// with [RemoveAll].
func (s *Store) MaterializeTree(ctx context.Context, t Tree, dst string, m Mode) error {
	if err := s.materializeTree(ctx, t, dst, m); err != nil {
		return fmt.Errorf("materialize folder %s: %w", dst, err)
	}
	return nil
}

func (s *Store) materializeTree(ctx context.Context, t Tree, dst string, m Mode) error {
	if err := t.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	dirs := directories(t)
	if err := makeDirs(root, dirs); err != nil {
		return err
	}
	err = parallel(ctx, len(t.Entries), func(ctx context.Context, i int) error {
		return s.materializeEntry(ctx, root, t.Entries[i], m)
	})
	if err != nil || !m.ReadOnly {
		return err
	}
	return lockDirs(root, dirs)
}

// directories lists every directory of a tree, parents first.
func directories(t Tree) []string {
	seen := map[string]bool{}
	for _, e := range t.Entries {
		dir := path.Dir(e.Path)
		if e.Dir {
			dir = e.Path
		}
		for ; dir != "." && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
		}
	}
	dirs := make([]string, 0, len(seen))
	for dir := range seen {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}

func makeDirs(root *os.Root, dirs []string) error {
	for _, dir := range dirs {
		name, err := filepath.Localize(dir)
		if err != nil {
			return fmt.Errorf("%q cannot be a file name on this system: %w", dir, err)
		}
		if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// lockDirs takes the permission to write away, children first, the root last.
func lockDirs(root *os.Root, dirs []string) error {
	for _, dir := range slices.Backward(dirs) {
		if err := root.Chmod(filepath.FromSlash(dir), 0o555); err != nil {
			return err
		}
	}
	return root.Chmod(".", 0o555)
}

func (s *Store) materializeEntry(ctx context.Context, root *os.Root, e Entry, m Mode) error {
	if e.Dir {
		return nil
	}
	name, err := filepath.Localize(e.Path)
	if err != nil {
		return fmt.Errorf("%q cannot be a file name on this system: %w", e.Path, err)
	}
	if e.Link != "" {
		return root.Symlink(filepath.FromSlash(e.Link), name)
	}
	return s.writeOut(ctx, e.Digest, e.Size, m.file(e.Executable), func() (*os.File, error) {
		return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}, func() error { return root.Remove(name) })
}

// RemoveAll removes a folder with all that is in it, read-only directories included. Links are
// removed, not followed. A folder that is not there is no error.
func RemoveAll(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	// Directories are made writable before they are read: WalkDir calls back in that order.
	_ = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
