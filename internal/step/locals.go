package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/plan"
)

// locals takes what a plan names: files and folders of this machine, and
// content that is stored. As on Azure ML, where they are uploaded once, all
// steps of a run see the same content, whatever changes meanwhile; and a folder
// that fifty steps read is looked at once.
type locals struct {
	blobs *blob.Store
	coder Coder
	root  string

	mu sync.Mutex // guards taken
	// taken is what has been taken, by name.
	taken map[string]*local
}

// local is one of them.
type local struct {
	mu    sync.Mutex // held while it is being taken; guards the rest
	found *taken
	// conda is the text of a conda file, once it has been read.
	conda *string
}

// taken is a file or folder whose digest is known.
type taken struct {
	Found
	digest blob.Digest
}

// content is what was taken.
func (t *taken) content() blob.Content {
	if t.File != "" {
		return blob.FileContent(t.Tree.Entries[0])
	}
	return blob.TreeContent(t.digest)
}

// data is the file or folder of that name. A failure is not kept: it may be the
// end of one step's context.
func (l *locals) data(ctx context.Context, name string) (*taken, error) {
	one := l.one(name)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.found != nil {
		return one.found, nil
	}
	found, err := l.take(ctx, name)
	if err != nil {
		return nil, err
	}
	one.found = found
	return found, nil
}

func (l *locals) one(name string) *local {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == nil {
		l.taken = map[string]*local{}
	}
	one, ok := l.taken[name]
	if !ok {
		one = &local{}
		l.taken[name] = one
	}
	return one
}

func (l *locals) take(ctx context.Context, name string) (*taken, error) {
	if c, ok := blob.ParseContent(name); ok {
		return l.takeContent(ctx, c)
	}
	path, err := l.path(name)
	if err != nil {
		return nil, err
	}
	return l.takeLocal(ctx, path)
}

// path is the path of a name of the plan's file system.
func (l *locals) path(name string) (string, error) {
	if l.root == "" {
		return "", userError("%s is a file of another machine", name)
	}
	return filepath.Join(l.root, filepath.FromSlash(name)), nil
}

// takeContent finds what is stored.
func (l *locals) takeContent(ctx context.Context, c blob.Content) (*taken, error) {
	if c.File == "" {
		tree, err := l.blobs.GetTree(ctx, c.Digest)
		return &taken{Found{Tree: tree}, c.Digest}, err
	}
	info, err := l.blobs.Stat(c.Digest)
	if err != nil {
		return nil, err
	}
	tree := blob.Tree{Entries: []blob.Entry{{Path: c.File, Digest: c.Digest, Size: info.Size, Executable: c.Executable}}}
	if err := tree.Check(); err != nil {
		return nil, err
	}
	// Stored as for a file of this machine: who refers to the tree keeps the file.
	digest, err := l.blobs.PutBytes(ctx, tree.Encode())
	return &taken{Found{tree, c.File}, digest}, err
}

// takeLocal stores a file or folder of this machine as Azure ML would upload
// it: ignore files count.
func (l *locals) takeLocal(ctx context.Context, name string) (*taken, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, userError("%s is not there", name)
	}
	if err != nil {
		return nil, blame(err, name)
	}
	found := &taken{}
	switch {
	case info.IsDir():
		found.Tree, found.digest, err = l.blobs.Snapshot(ctx, name)
	case info.Mode().IsRegular():
		found.File = filepath.Base(name)
		found.Tree, found.digest, err = l.blobs.SnapshotFile(ctx, name, info)
	default:
		return nil, userError("%s is neither a file nor a folder", name)
	}
	if err != nil {
		return nil, blame(err, name)
	}
	return found, nil
}

// code is the folder that a step with that command starts in.
func (l *locals) code(ctx context.Context, code string, includes []string, command string) (*taken, error) {
	if _, ok := blob.ParseContent(code); ok && len(includes) == 0 {
		return l.data(ctx, code)
	}
	var dir string
	var err error
	if code != "" {
		if dir, err = l.path(code); err != nil {
			return nil, err
		}
	}
	beside := make([]string, len(includes))
	for i, name := range includes {
		if beside[i], err = l.path(name); err != nil {
			return nil, err
		}
	}
	tree, digest, err := l.coder.Folder(ctx, dir, beside, command)
	var include *environ.IncludeError
	switch {
	case errors.As(err, &include):
		// Whose fault it is depends on where it lies.
		return nil, rewrap(blame(include.Err, include.Path), err)
	case err != nil:
		return nil, fmt.Errorf("take the code %s: %w", code, blame(err, dir))
	}
	return &taken{Found{Tree: tree}, digest}, nil
}

// rewrap is a fault in other words.
func rewrap(fault, words error) error {
	var e *Error
	if errors.As(fault, &e) {
		return &Error{Code: e.Code, Exit: e.Exit, Err: words}
	}
	return words
}

// condaText is the text of a conda file.
func (l *locals) condaText(ctx context.Context, name string) (string, error) {
	found, err := l.data(ctx, name)
	if err != nil {
		return "", err
	}
	one := l.one(name)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.conda != nil {
		return *one.conda, nil
	}
	if found.File == "" {
		return "", userError("%s is a folder: a conda file is a file", name)
	}
	text, err := fs.ReadFile(blob.ContentFS(l.blobs), found.content().Name())
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	conda := plan.Conda(string(text))
	one.conda = &conda
	return conda, nil
}
