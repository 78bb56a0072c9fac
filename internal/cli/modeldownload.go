package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

func (n *assetNoun) downloadCommand() *cobra.Command {
	var f assetFlags
	var dir string
	cmd := &cobra.Command{
		Use: "download", Short: "Copy the files of a version to PATH/NAME",
		Long: "Copy the files of a version to PATH/NAME. Files that are there already are replaced.",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := n.options(&n.result); err != nil {
				return err
			}
			if f.version == "" {
				return required("--version/-v")
			}
			if err := f.check(); err != nil {
				return err
			}
			ctx := cmd.Context()
			return n.inJobs(ctx, &n.result, func(h *jobHome) error {
				r, err := n.find(ctx, h, &f)
				if err != nil {
					return err
				}
				if err := h.downloadAsset(ctx, r, filepath.Join(dir, r.Name)); err != nil {
					return fmt.Errorf("download %s %s: %w", n.noun, r.Name, err)
				}
				return nil
			})
		},
	}
	f.add(cmd, n.noun)
	cmd.Flags().StringVarP(&dir, "download-path", "p", ".", "the folder to put it in")
	return cmd
}

// downloadAsset copies the files that lie where a model says it lies.
func (h *jobHome) downloadAsset(ctx context.Context, r *workspace.Resource, dst string) error {
	b, err := bodyOf(r)
	if err != nil {
		return err
	}
	place, err := step.ParsePlace(b.Properties.ModelURI)
	if err != nil {
		return err
	}
	scope := scopeIn(b.Properties.ModelURI, h.scope)
	datastore, err := h.FiledUnder(ctx, scope, place.Datastore)
	if err != nil {
		return err
	}
	files, err := h.Ledger().Files().List(ctx, scope, datastore, place.Path, 0)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("nothing lies at %s any more: %w", b.Properties.ModelURI, workspace.ErrNotFound)
	}
	blobs, err := h.Blobs()
	if err != nil {
		return err
	}
	for _, f := range files {
		name := strings.TrimPrefix(strings.TrimPrefix(f.Path, place.Path), "/")
		if name == "" {
			name = path.Base(f.Path) // the model is one file
		}
		local, err := filepath.Localize(name)
		if err != nil {
			return fmt.Errorf("file %q: this system cannot have a file of that name: %w", name, err)
		}
		if err := fetch(ctx, blobs, f, filepath.Join(dst, local)); err != nil {
			return fmt.Errorf("file %s: %w", name, err)
		}
	}
	return nil
}

func fetch(ctx context.Context, blobs *blob.Store, f workspace.File, dst string) error {
	d, err := blob.ParseDigest(f.Digest)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if f.Mode&0o111 != 0 {
		mode = 0o755
	}
	err = replaceFile(dst, func(tmp string) error { return blobs.Materialize(ctx, d, tmp, mode) })
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("its content is gone: %w", err)
	}
	return err
}

// scopeIn is the workspace that a long azureml address names; other when it
// names none.
func scopeIn(uri string, other workspace.Scope) workspace.Scope {
	parts := strings.Split(strings.TrimPrefix(uri, "azureml://"), "/")
	if len(parts) < 6 || !strings.EqualFold(parts[0], "subscriptions") ||
		!strings.EqualFold(parts[2], "resourcegroups") || !strings.EqualFold(parts[4], "workspaces") {
		return other
	}
	return workspace.Scope{Subscription: parts[1], ResourceGroup: parts[3], Workspace: parts[5]}
}
