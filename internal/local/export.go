package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Export copies a job's outputs to dir, each into a folder of its name. With
// an empty dir it does nothing. When one of the folders is there already and
// holds something, nothing is copied.
func (l *Local) Export(ctx context.Context, scope workspace.Scope, outputs []workspace.Port, dir string) error {
	if dir == "" {
		return nil
	}
	blobs, err := l.Blobs()
	if err != nil {
		return err
	}
	for _, out := range outputs {
		if out.Digest == "" {
			continue
		}
		dst := filepath.Join(dir, out.Name)
		if entries, err := os.ReadDir(dst); err == nil && len(entries) > 0 {
			return fmt.Errorf("copy output %s: the folder %s is not empty", out.Name, dst)
		}
	}
	src := newSource(l.ledger, blobs, scope)
	for _, out := range outputs {
		if out.Digest == "" {
			continue
		}
		dst := filepath.Join(dir, out.Name)
		found, err := src.made(ctx, out)
		if err != nil {
			return fmt.Errorf("copy output %s: %w", out.Name, err)
		}
		if err := os.MkdirAll(dst, 0o755); err != nil {
			return fmt.Errorf("copy output %s: %w", out.Name, err)
		}
		if err := blobs.MaterializeTree(ctx, found.Tree, dst, blob.Mode{}); err != nil {
			return fmt.Errorf("copy output %s to %s: %w", out.Name, dst, err)
		}
	}
	return nil
}

// OutputTree is what a job made as one of its outputs; an output that was not
// made is an empty tree.
func (l *Local) OutputTree(ctx context.Context, scope workspace.Scope, out workspace.Port) (blob.Tree, error) {
	if out.Digest == "" {
		return blob.Tree{}, nil
	}
	blobs, err := l.Blobs()
	if err != nil {
		return blob.Tree{}, err
	}
	found, err := newSource(l.ledger, blobs, scope).made(ctx, out)
	return found.Tree, err
}
