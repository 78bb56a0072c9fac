package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// ContentFS is the file system of what is stored, under the names of [Content] and, in folders,
// below them. Nothing else is there: not the folders that the names begin with, and so no list of
// what is stored. It may be used by several goroutines, and reads a tree once.
func ContentFS(s *Store) fs.FS { return &contentFS{store: s, trees: map[Digest]Tree{}} }

type contentFS struct {
	store *Store
	mu    sync.Mutex // guards trees
	trees map[Digest]Tree
}

// maxLinks is how many links may lead from one to the next.
const maxLinks = 40

// Open opens a file or folder.
func (c *contentFS) Open(name string) (fs.File, error) {
	f, err := c.open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

func (c *contentFS) open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	content, rest, ok := cutContent(name)
	if !ok {
		return nil, fs.ErrNotExist
	}
	if content.File != "" {
		return c.openFile(Entry{Path: content.File, Digest: content.Digest, Size: -1, Executable: content.Executable})
	}
	tree, err := c.tree(content.Digest)
	if err != nil {
		return nil, err
	}
	for range maxLinks {
		e, ok := tree.Find(rest)
		switch {
		case rest == "" || !ok || e.Dir:
			return openDir(tree, rest, path.Base(name))
		case e.Link == "":
			return c.openFile(e)
		}
		if rest = path.Join(path.Dir(rest), e.Link); rest == "." {
			rest = ""
		}
	}
	return nil, errors.New("too many links")
}

func (c *contentFS) tree(d Digest) (Tree, error) {
	c.mu.Lock()
	known, ok := c.trees[d]
	c.mu.Unlock()
	if ok {
		return known, nil
	}
	// A file system knows no context; a tree is read in one piece.
	t, err := c.store.GetTree(context.Background(), d)
	if err != nil {
		return Tree{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trees[d] = t
	return t, nil
}

func (c *contentFS) openFile(e Entry) (fs.File, error) {
	f, err := c.store.Open(e.Digest)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && e.Size >= 0 && info.Size() != e.Size {
		err = ErrDamaged
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	e.Size = info.Size()
	return contentFile{f, contentInfo{path.Base(e.Path), e}}, nil
}

// contentFile is an open file. Of the blob's own it gives no more than the content.
type contentFile struct {
	io.ReadCloser
	info contentInfo
}

// Stat tells about the file, not about the blob.
func (f contentFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// contentInfo tells about one entry. Content knows no times.
type contentInfo struct {
	name  string
	entry Entry
}

func (i contentInfo) Name() string               { return i.name }
func (i contentInfo) Size() int64                { return i.entry.Size }
func (i contentInfo) ModTime() time.Time         { return time.Time{} }
func (i contentInfo) IsDir() bool                { return i.entry.Dir }
func (i contentInfo) Sys() any                   { return nil }
func (i contentInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i contentInfo) Info() (fs.FileInfo, error) { return i, nil }

func (i contentInfo) Mode() fs.FileMode {
	switch {
	case i.entry.Dir:
		return fs.ModeDir | Mode{ReadOnly: true}.file(true)
	case i.entry.Link != "":
		return fs.ModeSymlink | fs.ModePerm
	}
	return Mode{ReadOnly: true}.file(i.entry.Executable)
}

// contentDir is an open folder.
type contentDir struct {
	info    contentInfo
	entries []fs.DirEntry // those that were not read yet
}

// openDir opens the folder at path at of a tree; the tree's own is at "".
func openDir(t Tree, at, name string) (fs.File, error) {
	d := &contentDir{info: contentInfo{name, Entry{Dir: true}}}
	there, last := at == "", ""
	for _, e := range t.Entries {
		below, ok := strings.CutPrefix(e.Path, at+"/")
		if at == "" {
			below, ok = e.Path, true
		}
		if e.Path == at && e.Dir {
			there = true
		}
		if !ok {
			continue
		}
		there = true
		first, _, deeper := strings.Cut(below, "/")
		if first == last {
			continue
		}
		last = first
		if deeper {
			e = Entry{Dir: true}
		}
		d.entries = append(d.entries, contentInfo{first, e})
	}
	if !there {
		return nil, fs.ErrNotExist
	}
	// In a tree "a.b" stands before "a/c", so "a" comes second.
	slices.SortFunc(d.entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return d, nil
}

// Stat tells about the folder.
func (d *contentDir) Stat() (fs.FileInfo, error) { return d.info, nil }

// Read is refused.
func (d *contentDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: errors.New("is a directory")}
}

// Close does nothing.
func (d *contentDir) Close() error { return nil }

// ReadDir lists what is in the folder, as [fs.ReadDirFile] has it.
func (d *contentDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		out := d.entries
		d.entries = nil
		return out, nil
	}
	if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}
