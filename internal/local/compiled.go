package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/pipeline"
)

// Compiled is what reading, checking and planning a definition came to. It is
// kept in the home, so that a definition nobody touched need not be read again.
type Compiled struct {
	// Job is the definition's head; of the rest there is only the plan.
	Job  pipeline.Job
	Plan *plan.Plan
	// Notes are plan.Parity of the plan.
	Notes []plan.Note
	// Said are the warnings as they were shown: plain, and in colour.
	Said [2]string
	// Uses are all that was looked at on the way. While they are what they
	// were, so is everything else.
	Uses []Use
	// planText and notesText are the plan and the notes as a job's folder holds
	// them, the plan with holes for the content that it names.
	planText, notesText string
	holes               []hole
}

// Use is one look at the file system.
type Use struct {
	Kind UseKind
	// Name is that of an fs.FS.
	Name string
	// Saw is the digest of a file or of a listing, or the mode; empty when
	// there was nothing.
	Saw string
}

// UseKind is what was looked at.
type UseKind int

// The kinds of a Use: the content of a file, the names in a folder, and whether
// something is there, and what.
const (
	UseFile UseKind = iota
	UseFolder
	UseStat
)

// Describe makes the texts of a compiled plan that a job's folder gets.
func (c *Compiled) Describe(ctx context.Context) error {
	text, holes, err := template(ctx, c.Plan)
	if err != nil {
		return err
	}
	n, err := json.MarshalIndent(c.Notes, "", "  ")
	if err != nil {
		return fmt.Errorf("print what this machine does not do: %w", err)
	}
	c.planText, c.holes, c.notesText = text, holes, string(n)
	return nil
}

// SawInfo is what a Use of kind UseStat saw.
func SawInfo(info fs.FileInfo) string { return info.Mode().String() }

// SawFolder is what a Use of kind UseFolder saw.
func SawFolder(entries []fs.DirEntry) string {
	var text strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&text, "%s %q\n", e.Type(), e.Name())
	}
	return string(blob.DigestBytes([]byte(text.String())))
}

const compiledDir = "plans"

// HasCompiled reports whether a home may have a compiled plan. It opens
// nothing.
func HasCompiled(homeDir, key string) bool {
	_, err := os.Stat(compiledFile(homeDir, key))
	return err == nil
}

func compiledFile(homeDir, key string) string {
	return filepath.Join(homeDir, "cache", compiledDir, key)
}

// ReadCompiled is the compiled plan that a home has under a key, nil when it has
// none. Whether it still holds, [Local.Holds] says.
func ReadCompiled(homeDir, key string) *Compiled {
	text, err := readText(compiledFile(homeDir, key))
	if err != nil {
		return nil
	}
	c, err := decodeCompiled(text)
	if err != nil {
		return nil
	}
	return c
}

// Holds reports whether everything that was looked at in fsys, which is the
// folder root of this machine, is as it was. On any doubt it does not hold.
func (l *Local) Holds(ctx context.Context, c *Compiled, root string, fsys fs.FS) bool {
	blobs, err := l.Blobs()
	return err == nil && l.unchanged(ctx, blobs, c.Uses, root, fsys) == nil
}

// Warm reads what the home knows of files, which a run will ask for.
func (l *Local) Warm() {
	if blobs, err := l.Blobs(); err == nil {
		blobs.Memory().Refresh()
	}
}

// readText reads a file that is kept as text, without a copy on the way.
func readText(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(int(info.Size()))
	_, err = io.Copy(&text, struct{ io.Reader }{f})
	return text.String(), err
}

// errChanged says that a file is not what it was.
var errChanged = errors.New("it has changed")

func (l *Local) unchanged(ctx context.Context, blobs *blob.Store, uses []Use, root string, fsys fs.FS) error {
	group, ctx := errgroup.WithContext(ctx)
	parts := runtime.GOMAXPROCS(0)
	for i := range parts {
		group.Go(func() error {
			for _, u := range uses[len(uses)*i/parts : len(uses)*(i+1)/parts] {
				if saw, err := look(ctx, blobs, u, root, fsys); err != nil || saw != u.Saw {
					return errors.Join(errChanged, err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// look is what is to be seen now where u looked.
func look(ctx context.Context, blobs *blob.Store, u Use, root string, fsys fs.FS) (string, error) {
	switch u.Kind {
	case UseFile:
		d, _, err := blobs.DigestFile(ctx, filepath.Join(root, filepath.FromSlash(u.Name)))
		return sawNothing(string(d), err)
	case UseFolder:
		entries, err := fs.ReadDir(fsys, u.Name)
		return sawNothing(SawFolder(entries), err)
	}
	info, err := fs.Stat(fsys, u.Name)
	if err != nil {
		return sawNothing("", err)
	}
	return SawInfo(info), nil
}

// sawNothing: that nothing is there is something to see too.
func sawNothing(saw string, err error) (string, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return saw, err
}

// KeepCompiled keeps a compiled plan under a key. That is for speed only: one
// that cannot be kept is made again.
func (l *Local) KeepCompiled(key string, c *Compiled) {
	dir := filepath.Dir(compiledFile(l.home.Dir(), key))
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(dir, "new-")
	if err != nil {
		return
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone once it is renamed
	_, err = tmp.Write(encodeCompiled(c))
	if err = errors.Join(err, tmp.Close()); err == nil {
		_ = os.Rename(tmp.Name(), filepath.Join(dir, key))
	}
	pruneCompiled(dir)
}

// mostCompiled is how many compiled plans are kept.
const mostCompiled = 64

// pruneCompiled removes the oldest compiled plans when there are many.
func pruneCompiled(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) <= mostCompiled {
		return
	}
	age := func(e fs.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return int((age(a) - age(b)) >> 32) })
	for _, e := range entries[:len(entries)-mostCompiled/2] {
		_ = os.Remove(filepath.Join(dir, e.Name()))
	}
}
