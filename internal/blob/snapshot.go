package blob

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Snapshot stores a code folder as Azure ML would upload it: without what its ignore file leaves
// out (.amlignore, else .gitignore, in its root), links replaced by what they lead to, without empty directories, so that a
// clone of a checkout gives the same digest. Executable bits are kept (where the system has any).
// A path to a single file gives a tree of that file.
//
// Patterns see a linked file under its name in the folder. There is no limit on size.
func (s *Store) Snapshot(ctx context.Context, dir string) (Tree, Digest, error) {
	fi, err := os.Stat(dir)
	if err != nil {
		return Tree{}, "", fmt.Errorf("snapshot: %w", err)
	}
	if fi.Mode().IsRegular() {
		return s.SnapshotFile(ctx, dir, fi)
	}
	return s.snapshot(ctx, dir, s.PutTree, s.putFile)
}

// SnapshotFile is Snapshot of a regular file, of which stat has told fi.
func (s *Store) SnapshotFile(ctx context.Context, file string, fi fs.FileInfo) (Tree, Digest, error) {
	t, err := s.fileTree(ctx, file, fi, s.putFile)
	if err != nil {
		return t, "", err
	}
	d, err := s.PutBytes(ctx, t.Encode())
	return t, d, err
}

// fileTree is the tree of a single file. The folder that it lies in may hold
// thousands of others: it is not read.
func (s *Store) fileTree(ctx context.Context, file string, fi fs.FileInfo, take fileFunc) (Tree, error) {
	d, size, err := take(ctx, file, fi)
	if err != nil {
		return Tree{}, fmt.Errorf("snapshot: %w", err)
	}
	t := Tree{Entries: []Entry{{Path: filepath.Base(file), Digest: d, Size: size, Executable: fi.Mode()&0o111 != 0}}}
	return t, t.Check()
}

// DigestSnapshot is Snapshot without storing anything.
func (s *Store) DigestSnapshot(ctx context.Context, dir string) (Tree, Digest, error) {
	return s.snapshot(ctx, dir, s.DigestTree, s.digestFile)
}

type (
	treeFunc func(ctx context.Context, dir string, o TreeOptions) (Tree, Digest, error)
	fileFunc func(ctx context.Context, path string, fi fs.FileInfo) (Digest, int64, error)
)

func (s *Store) snapshot(ctx context.Context, dir string, take treeFunc, takeFile fileFunc) (Tree, Digest, error) {
	fi, err := os.Stat(dir)
	if err != nil {
		return Tree{}, "", fmt.Errorf("snapshot: %w", err)
	}
	if fi.Mode().IsRegular() {
		t, err := s.fileTree(ctx, dir, fi, takeFile)
		return t, t.Digest(), err
	}
	rules, err := loadIgnore(dir)
	if err != nil {
		return Tree{}, "", fmt.Errorf("snapshot %s: %w", dir, err)
	}
	return take(ctx, dir, TreeOptions{Filter: s.without(dir, rules.skip), FollowLinks: true, SkipEmptyDirs: true})
}

// LeaveOut makes snapshots pass over a folder, whatever ignore files say. Call it before the store
// is used.
func (s *Store) LeaveOut(dir string) { s.leaveOut = append(s.leaveOut, realPath(dir)) }

// without is f, and leaves out what [Store.LeaveOut] named within dir.
func (s *Store) without(dir string, f Filter) Filter {
	for _, out := range s.leaveOut {
		rel, err := filepath.Rel(realPath(dir), out)
		rel = filepath.ToSlash(rel)
		if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
			continue
		}
		inner := f
		f = func(p string, dir bool) bool { return p == rel || inner(p, dir) }
	}
	return f
}

// realPath is an absolute path without symbolic links, as far as that can be told.
func realPath(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	return name
}
