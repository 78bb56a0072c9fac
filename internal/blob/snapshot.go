package blob

import (
	"context"
	"fmt"
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
	return s.snapshot(ctx, dir, s.PutTree)
}

// DigestSnapshot is Snapshot without storing anything.
func (s *Store) DigestSnapshot(ctx context.Context, dir string) (Tree, Digest, error) {
	return s.snapshot(ctx, dir, s.DigestTree)
}

type treeFunc func(ctx context.Context, dir string, o TreeOptions) (Tree, Digest, error)

func (s *Store) snapshot(ctx context.Context, dir string, take treeFunc) (Tree, Digest, error) {
	fi, err := os.Stat(dir)
	if err != nil {
		return Tree{}, "", fmt.Errorf("snapshot: %w", err)
	}
	if fi.Mode().IsRegular() {
		name := filepath.Base(dir)
		only := func(p string, _ bool) bool { return p != name }
		return take(ctx, filepath.Dir(dir), TreeOptions{Filter: only, FollowLinks: true, SkipEmptyDirs: true})
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
