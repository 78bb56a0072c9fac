package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Tree is a folder: its files, links and empty directories, sorted by path, byte by byte. Owners,
// times and permissions other than "executable" are not part of it: the same checkout gives the
// same tree everywhere.
type Tree struct{ Entries []Entry }

// Entry is one file, one symbolic link, or one empty directory of a tree.
type Entry struct {
	// Path is relative, with slashes, clean: no "..", no ".", no empty part.
	Path string
	// Digest and Size describe the content of a file.
	Digest     Digest
	Size       int64
	Executable bool
	// Link is a symbolic link's target, with slashes, clean, relative to the link's directory,
	// and inside the tree.
	Link string
	// Dir marks an empty directory.
	Dir bool
}

// Size is the sum of the sizes of the files.
func (t Tree) Size() int64 {
	var n int64
	for _, e := range t.Entries {
		n += e.Size
	}
	return n
}

// Digest is the digest of the tree's text, under which the text is stored.
func (t Tree) Digest() Digest { return DigestBytes(t.Encode()) }

// Find returns the entry with that path.
func (t Tree) Find(p string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(t.Entries, p, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return Entry{}, false
	}
	return t.Entries[i], true
}

// Check tells what is wrong with a tree: entries out of order or twice, a path that leads out of
// the tree, something below what is no directory. A tree that passes is safe to materialize.
func (t Tree) Check() error {
	leaves := make(map[string]bool, len(t.Entries))
	for i, e := range t.Entries {
		if err := e.check(); err != nil {
			return err
		}
		if i > 0 && e.Path <= t.Entries[i-1].Path {
			return fmt.Errorf("tree entry %q: not in order after %q", e.Path, t.Entries[i-1].Path)
		}
		leaves[e.Path] = true
	}
	for _, e := range t.Entries {
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if leaves[dir] {
				return fmt.Errorf("tree entry %q: lies below the entry %q", e.Path, dir)
			}
		}
	}
	return nil
}

func (e Entry) check() error {
	if err := checkPath(e.Path); err != nil {
		return err
	}
	var zero Entry
	zero.Path = e.Path
	switch {
	case e.Dir:
		zero.Dir = true
		if e != zero {
			return fmt.Errorf("tree entry %q: an empty directory has no content", e.Path)
		}
	case e.Link != "":
		zero.Link = e.Link
		if e != zero {
			return fmt.Errorf("tree entry %q: a link has no content", e.Path)
		}
		if !linkInside(e.Path, e.Link) {
			return fmt.Errorf("tree entry %q: link target %q leads out of the tree", e.Path, e.Link)
		}
	default:
		if _, err := ParseDigest(string(e.Digest)); err != nil {
			return fmt.Errorf("tree entry %q: %w", e.Path, err)
		}
		if e.Size < 0 {
			return fmt.Errorf("tree entry %q: negative size", e.Path)
		}
	}
	return nil
}

func checkPath(p string) error {
	switch {
	case p == "" || p == ".":
		return errors.New("tree entry: empty path")
	case strings.ContainsRune(p, 0):
		return fmt.Errorf("tree entry %q: path has a NUL", p)
	case path.IsAbs(p):
		return fmt.Errorf("tree entry %q: path is absolute", p)
	case p == ".." || strings.HasPrefix(p, "../") || path.Clean(p) != p:
		return fmt.Errorf("tree entry %q: path is not clean", p)
	}
	return nil
}

// linkInside tells whether a link at p to target can only lead to a place inside the tree. Such a
// target has its ".." at the front only: one behind a name could pass through another link and
// climb from where that one leads, which the text of the target does not show.
func linkInside(p, target string) bool {
	if target == "" || path.IsAbs(target) || path.Clean(target) != target || strings.ContainsRune(target, 0) {
		return false
	}
	to := path.Join(path.Dir(p), target)
	return to != ".." && !strings.HasPrefix(to, "../")
}

// GetTree reads a stored tree and compares it with its digest.
func (s *Store) GetTree(ctx context.Context, d Digest) (Tree, error) {
	f, err := s.Open(d)
	if err != nil {
		return Tree{}, fmt.Errorf("read tree: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(ctxReader{ctx, f})
	if err != nil {
		return Tree{}, fmt.Errorf("read tree %s: %w", d, err)
	}
	if DigestBytes(text) != d {
		return Tree{}, fmt.Errorf("read tree %s: %w", d, ErrDamaged)
	}
	return ParseTree(text)
}
