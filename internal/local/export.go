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
// an empty dir it does nothing. A folder that is there already is refused.
func (l *Local) Export(ctx context.Context, scope workspace.Scope, outputs []workspace.Port, dir string) error {
	if dir == "" {
		return nil
	}
	blobs, err := l.Blobs()
	if err != nil {
		return err
	}
	src := source{l.ledger, blobs, scope}
	for _, out := range outputs {
		if out.Digest == "" {
			continue
		}
		dst := filepath.Join(dir, out.Name)
		found, err := src.Find(ctx, out.URI, true)
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
