package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxRead is the largest file that is read from the disk; package yamlnode
// refuses larger ones.
const maxRead = 16<<20 + 1

// overlay is a volume with the texts of open editors over it. It notes what
// was asked for, so that a check is made again when that changes, and fails
// once its context has ended, so that a check does too.
type overlay struct {
	ctx  context.Context
	disk fs.FS
	open map[string]*text

	mu    sync.Mutex
	asked map[string]bool
}

func newOverlay(ctx context.Context, disk fs.FS, open map[string]*text) *overlay {
	return &overlay{ctx: ctx, disk: disk, open: open, asked: map[string]bool{}}
}

// note remembers that name was asked for.
func (o *overlay) note(op, name string) error {
	o.mu.Lock()
	o.asked[name] = true
	o.mu.Unlock()
	if err := o.ctx.Err(); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// Open opens an open text, or what lies on the disk.
func (o *overlay) Open(name string) (fs.File, error) {
	if err := o.note("open", name); err != nil {
		return nil, err
	}
	if t, ok := o.open[name]; ok {
		return &openFile{Reader: strings.NewReader(t.s), info: textInfo{path.Base(name), len(t.s)}}, nil
	}
	return o.disk.Open(name)
}

// Stat is about an open text, or what lies on the disk.
func (o *overlay) Stat(name string) (fs.FileInfo, error) {
	if err := o.note("stat", name); err != nil {
		return nil, err
	}
	if t, ok := o.open[name]; ok {
		return textInfo{path.Base(name), len(t.s)}, nil
	}
	return fs.Stat(o.disk, name)
}

// ReadFile reads an open text, or a regular file of bounded size: a pipe would
// never end.
func (o *overlay) ReadFile(name string) ([]byte, error) {
	if err := o.note("open", name); err != nil {
		return nil, err
	}
	if t, ok := o.open[name]; ok {
		return []byte(t.s), nil
	}
	info, err := fs.Stat(o.disk, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	if info.Size() > maxRead {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("it has more than %d MiB", maxRead>>20)}
	}
	return fs.ReadFile(o.disk, name)
}

// ReadDir lists a folder, with the texts in it that were never saved.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := o.note("readdir", name); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(o.disk, name)
	if err != nil {
		return entries, err
	}
	for file, t := range o.open {
		has := func(e fs.DirEntry) bool { return e.Name() == path.Base(file) }
		if path.Dir(file) == name && !slices.ContainsFunc(entries, has) {
			entries = append(entries, fs.FileInfoToDirEntry(textInfo{path.Base(file), len(t.s)}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// names are those that were asked for.
func (o *overlay) names() map[string]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked
}

// openFile is an open text as a file.
type openFile struct {
	io.Reader
	info textInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// textInfo is about an open text.
type textInfo struct {
	base string
	size int
}

func (i textInfo) Name() string       { return i.base }
func (i textInfo) Size() int64        { return int64(i.size) }
func (i textInfo) Mode() fs.FileMode  { return 0o644 }
func (i textInfo) ModTime() time.Time { return time.Time{} }
func (i textInfo) IsDir() bool        { return false }
func (i textInfo) Sys() any           { return nil }
