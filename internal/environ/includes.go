package environ

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
)

// IncludeError says why something cannot be put beside the code.
type IncludeError struct {
	// Path is the file or folder.
	Path string
	Err  error
}

// Error names what was to be put there.
func (e *IncludeError) Error() string {
	return fmt.Sprintf("additional_includes: put %s beside the code: %v", filepath.Base(e.Path), e.Err)
}

// Unwrap is the cause.
func (e *IncludeError) Unwrap() error { return e.Err }

// Folder is what a step starts in: its code, as [Coder.Code] makes it, with files
// and folders beside it under their own names. dir may be empty: then there is
// nothing else. An [*IncludeError] is about what is put beside the code.
func (c *Coder) Folder(ctx context.Context, dir string, includes []string, command string) (blob.Tree, blob.Digest, error) {
	if len(includes) == 0 {
		return c.Code(ctx, dir, command)
	}
	var tree blob.Tree
	if dir != "" {
		var err error
		if tree, _, err = c.Code(ctx, dir, command); err != nil {
			return blob.Tree{}, "", err
		}
	}
	key := strings.Join(append([]string{string(tree.Digest())}, includes...), "\x00")
	got, err := c.merged.do(ctx, key, func() (code, error) { return c.merge(ctx, tree, includes) })
	return got.tree, got.digest, err
}

// merge puts files and folders beside the code.
func (c *Coder) merge(ctx context.Context, tree blob.Tree, includes []string) (code, error) {
	tree.Entries = slices.Clone(tree.Entries)
	for _, include := range includes {
		more, err := c.include(ctx, include)
		if err != nil {
			return code{}, &IncludeError{include, err}
		}
		tree.Entries = append(tree.Entries, more...)
		slices.SortStableFunc(tree.Entries, func(a, b blob.Entry) int { return cmp.Compare(a.Path, b.Path) })
		// The same under the same name is no conflict.
		tree.Entries = slices.Compact(tree.Entries)
		if err := tree.Check(); err != nil {
			return code{}, &IncludeError{include, fmt.Errorf("%w: %w", errInTheWay, err)}
		}
	}
	digest, err := c.blobs.PutBytes(ctx, tree.Encode())
	if err != nil {
		return code{}, fmt.Errorf("store the code with what is beside it: %w", err)
	}
	return code{tree, digest}, nil
}

var errInTheWay = errors.New("something else has that name")

// include is a file or folder as it lies beside the code.
func (c *Coder) include(ctx context.Context, file string) ([]blob.Entry, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: %w", file, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	got, err := c.folders.do(ctx, file, func() (code, error) { return c.snapshot(ctx, file) })
	if err != nil || !info.IsDir() {
		return got.tree.Entries, err
	}
	out := slices.Clone(got.tree.Entries)
	for i := range out {
		out[i].Path = path.Join(filepath.Base(file), out[i].Path)
	}
	return out, nil
}
