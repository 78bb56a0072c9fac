package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/step"
)

// refuse says why a file or folder may not be taken as code or as an input:
// the home lies in it, and no ignore file leaves the home out. Taking it would
// take all that was ever run here, the server's token too, and change it while
// it is being read.
func (j *running) refuse(ctx context.Context, dir string) error {
	rel, ok := within(dir, j.home.Dir())
	if !ok {
		return nil
	}
	ignored, err := j.ignored(ctx, dir, rel)
	if err != nil || ignored {
		return err
	}
	return &step.Error{Code: step.UserError, Exit: -1, Err: fmt.Errorf(
		"%s holds the home of ischia, %s: add /%s/ to its .amlignore, or choose another home with --home or ISCHIA_HOME",
		dir, j.home.Dir(), filepath.ToSlash(rel))}
}

// within is the path of name within dir; false when it is not in it.
func within(dir, name string) (string, bool) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	rel, err := filepath.Rel(dir, name)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// ignored asks the ignore file of dir about the folder at rel: a copy of the
// file is laid beside an example of what the folder holds.
func (j *running) ignored(ctx context.Context, dir, rel string) (bool, error) {
	model, err := os.MkdirTemp(j.home.CacheDir(), "ignore-")
	if err != nil {
		return false, fmt.Errorf("look at the ignore file of %s: %w", dir, err)
	}
	defer func() { _ = os.RemoveAll(model) }()
	for _, name := range []string{".amlignore", ".gitignore"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(model, name), text, 0o600)
		}
		if err != nil {
			return false, fmt.Errorf("look at the ignore file of %s: %w", dir, err)
		}
	}
	example := filepath.Join(model, rel, "ledger.db")
	err = os.MkdirAll(filepath.Dir(example), 0o700)
	if err == nil {
		err = os.WriteFile(example, nil, 0o600)
	}
	if err != nil {
		return false, fmt.Errorf("look at the ignore file of %s: %w", dir, err)
	}
	tree, _, err := j.blobs.DigestSnapshot(ctx, model)
	if err != nil {
		return false, err
	}
	_, found := tree.Find(filepath.ToSlash(filepath.Join(rel, "ledger.db")))
	return !found, nil
}
