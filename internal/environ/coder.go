package environ

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
)

// Options say how code is made ready.
type Options struct {
	// Env is the environment in which the go command runs, as os.Environ
	// gives it; its PATH is where go is looked for.
	Env []string
	// GOOS and GOARCH are the system that Go programs are built for; empty is
	// this machine's.
	GOOS, GOARCH string
	// Dir keeps notes of which sources gave which binary, so that unchanged
	// programs are not linked again. It is made when needed; several processes
	// may share it. Without it every Coder builds anew.
	Dir string
}

// Coder makes the code of steps. It is meant for one run: a folder is taken
// once, and what changes in it later is not seen.
type Coder struct {
	blobs   *blob.Store
	o       Options
	folders flights[code]
	steps   flights[code]
	merged  flights[code]
}

// code is a tree that is stored, and its digest.
type code struct {
	tree   blob.Tree
	digest blob.Digest
}

// NewCoder returns a Coder that stores into blobs.
func NewCoder(blobs *blob.Store, o Options) *Coder {
	if o.GOOS == "" {
		o.GOOS = runtime.GOOS
	}
	if o.GOARCH == "" {
		o.GOARCH = runtime.GOARCH
	}
	return &Coder{blobs: blobs, o: o}
}

// Code returns the tree that a step with that code folder and command gets,
// stored, and its digest. Many steps may ask at once; the same question is
// answered once. An error is of this call: the next call tries again. When a Go
// program cannot be built it is a [*BuildError].
func (c *Coder) Code(ctx context.Context, dir, command string) (blob.Tree, blob.Digest, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return blob.Tree{}, "", fmt.Errorf("find the code folder: %w", err)
	}
	got, err := c.folders.do(ctx, dir, func() (code, error) { return c.snapshot(ctx, dir) })
	if err != nil {
		return blob.Tree{}, "", err
	}
	if name, ok := goProgram(dir, command); ok {
		folder := got
		got, err = c.steps.do(ctx, dir+"\x00"+name, func() (code, error) { return c.withBinary(ctx, dir, name, folder.tree) })
		if err != nil {
			return blob.Tree{}, "", err
		}
	}
	return got.tree, got.digest, nil
}

func (c *Coder) snapshot(ctx context.Context, dir string) (code, error) {
	tree, digest, err := c.blobs.Snapshot(ctx, dir)
	if err != nil {
		return code{}, err
	}
	return code{tree, digest}, nil
}

// withBinary puts the binary of the Go program in folder name into a tree, in
// place of the sources.
func (c *Coder) withBinary(ctx context.Context, dir, name string, tree blob.Tree) (code, error) {
	binary, size, err := c.binary(ctx, dir, name)
	if err != nil {
		return code{}, err
	}
	file := name
	if c.o.GOOS == "windows" {
		file += ".exe"
	}
	out := blob.Tree{Entries: []blob.Entry{{Path: file, Digest: binary, Size: size, Executable: true}}}
	for _, e := range tree.Entries {
		if !isSource(e.Path, name) && e.Path != file {
			out.Entries = append(out.Entries, e)
		}
	}
	slices.SortFunc(out.Entries, func(a, b blob.Entry) int { return strings.Compare(a.Path, b.Path) })
	if err := out.Check(); err != nil {
		return code{}, fmt.Errorf("put the binary of %s into the code: %w", name, err)
	}
	digest, err := c.blobs.PutBytes(ctx, out.Encode())
	if err != nil {
		return code{}, fmt.Errorf("store the code of %s: %w", name, err)
	}
	return code{out, digest}, nil
}

// isSource: what went into the binary of the program in folder name, and
// would make its digest depend on a comment.
func isSource(file, name string) bool {
	switch base := path.Base(file); {
	case file == name || strings.HasPrefix(file, name+"/"), path.Ext(base) == ".go":
		return true
	default:
		return slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum"}, base)
	}
}

// goProgram is the folder, relative to dir and with slashes, of the Go program
// that a command begins with.
func goProgram(dir, command string) (string, bool) {
	words := strings.Fields(command)
	if len(words) == 0 || !strings.Contains(words[0], "/") {
		return "", false // a word without a slash is looked for on the PATH
	}
	name := path.Clean(words[0])
	if name == "." || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", false
	}
	folder := filepath.Join(dir, filepath.FromSlash(name))
	if fi, err := os.Stat(folder); err != nil || !fi.IsDir() {
		return "", false
	}
	return name, holdsMain(folder)
}

// BuildError says why a Go program could not be built. It is the user's to
// mend.
type BuildError struct {
	// Program is the program's folder, relative to Dir, the code folder.
	Program, Dir string
	// Text is what the go command says, or what we say if there is none.
	Text string
}

// Error names the program, and then gives Text: several lines, often.
func (e *BuildError) Error() string {
	if strings.Contains(e.Text, "\n") {
		return fmt.Sprintf("build the Go program %s:\n%s", e.Program, e.Text)
	}
	return fmt.Sprintf("build the Go program %s: %s", e.Program, e.Text)
}

// gone reports whether err says that whoever asked no longer wants to know.
func gone(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
