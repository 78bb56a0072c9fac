package blob

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	return take(ctx, dir, TreeOptions{Filter: rules.skip, FollowLinks: true, SkipEmptyDirs: true})
}
