package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Filter tells what to leave out of a tree: path is relative, with slashes; dir says that it is a
// directory. A directory left out is not read. It is called from one goroutine, parents first.
type Filter func(path string, dir bool) (skip bool)

// TreeOptions say how a folder on disk becomes a tree.
type TreeOptions struct {
	// Filter leaves files and directories out; nil leaves nothing out.
	Filter Filter
	// FollowLinks puts the content that a symbolic link leads to in its place, as Azure ML's
	// upload does. Without it, a link that stays inside the folder stays a link (its target is
	// relative, clean, and has ".." at the front only), even if nothing is there; any other link
	// is replaced by what it leads to. A link that leads nowhere, or round in a circle, is an
	// error where it has to be followed.
	FollowLinks bool
	// SkipEmptyDirs leaves directories out in which nothing is left.
	SkipEmptyDirs bool
}

// found is one entry of a folder before its content has been looked at.
type found struct {
	entry Entry
	file  string // where the content lies, "" for a link or an empty directory
	info  fs.FileInfo
	own   bool // reached without following a link, so it may be moved
}

// lister lists a folder. It lives as long as one call, hence the context in it.
type lister struct {
	ctx   context.Context
	opts  TreeOptions
	found []found
	trail []fs.FileInfo // the directories above the current one, to notice circles
}

func listFolder(ctx context.Context, dir string, o TreeOptions) ([]found, error) {
	l := &lister{ctx: ctx, opts: o}
	fi, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return nil, fmt.Errorf("%s is a %s, not a directory", dir, kind(fi.Mode()))
	}
	if err := l.dir("", dir, fi, true); err != nil {
		return nil, err
	}
	return l.found, nil
}

func (l *lister) skip(rel string, dir bool) bool {
	return l.opts.Filter != nil && l.opts.Filter(rel, dir)
}

// dir lists the directory at name, which stands at rel in the tree. own is false below a link.
func (l *lister) dir(rel, name string, fi fs.FileInfo, own bool) error {
	for _, above := range l.trail {
		if os.SameFile(above, fi) {
			return fmt.Errorf("%s: symbolic links lead round in a circle", name)
		}
	}
	l.trail = append(l.trail, fi)
	defer func() { l.trail = l.trail[:len(l.trail)-1] }()
	entries, err := os.ReadDir(name)
	if err != nil {
		return err
	}
	before := len(l.found)
	for _, e := range entries {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if err := l.entry(path.Join(rel, e.Name()), filepath.Join(name, e.Name()), e, own); err != nil {
			return err
		}
	}
	if len(l.found) == before && rel != "" && !l.opts.SkipEmptyDirs {
		l.found = append(l.found, found{entry: Entry{Path: rel, Dir: true}})
	}
	return nil
}

func (l *lister) entry(rel, name string, e fs.DirEntry, own bool) error {
	if l.skip(rel, e.IsDir()) {
		return nil
	}
	if e.Type()&fs.ModeSymlink != 0 {
		return l.link(rel, name, own)
	}
	fi, err := e.Info()
	if err != nil {
		return err
	}
	return l.content(rel, name, fi, own)
}

// content lists what is no link: a directory or a regular file.
func (l *lister) content(rel, name string, fi fs.FileInfo, own bool) error {
	switch {
	case fi.IsDir():
		return l.dir(rel, name, fi, own)
	case fi.Mode().IsRegular():
		e := Entry{Path: rel, Size: fi.Size(), Executable: fi.Mode()&0o111 != 0}
		l.found = append(l.found, found{entry: e, file: name, info: fi, own: own})
		return nil
	default:
		return fmt.Errorf("%s is a %s: only files, directories and links can be kept", name, kind(fi.Mode()))
	}
}

// link keeps a link or follows it. Below a followed link nothing is kept: there, the text of a
// relative target means another place than it would mean in the tree.
func (l *lister) link(rel, name string, own bool) error {
	target, err := os.Readlink(name)
	if err != nil {
		return err
	}
	fi, err := os.Stat(name)
	missing := errors.Is(err, fs.ErrNotExist)
	keep := own && !l.opts.FollowLinks && linkInside(rel, filepath.ToSlash(target))
	switch {
	case keep && (err == nil || missing):
		l.found = append(l.found, found{entry: Entry{Path: rel, Link: filepath.ToSlash(target)}})
		return nil
	case missing:
		return fmt.Errorf("%s: symbolic link to %s, where nothing is: %w", name, target, fs.ErrNotExist)
	case err != nil:
		return fmt.Errorf("follow symbolic link: %w", err)
	case fi.IsDir() && l.skip(rel, true):
		return nil
	}
	return l.content(rel, name, fi, false)
}
