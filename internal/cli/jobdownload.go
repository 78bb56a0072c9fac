package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

type jobDownloadFlags struct {
	path, output string
	all          bool
}

func (a *app) jobDownloadCommand(r *resultFlags) *cobra.Command {
	var name nameFlag
	var f jobDownloadFlags
	cmd := &cobra.Command{
		Use: "download [NAME]", Short: "Fetch what an ended job wrote: its logs and files, or its outputs",
		Long: "Fetch what an ended job wrote: its logs and files to PATH/artifacts, an output to PATH/named-outputs/NAME.\n" +
			"Files that are there already are replaced.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, _, err := name.take(args, 0)
			if err != nil {
				return err
			}
			if _, err := a.options(r); err != nil {
				return err
			}
			ctx := cmd.Context()
			return a.inJobs(ctx, r, func(h *jobHome) error {
				job, err := h.find(ctx, ref)
				if err != nil {
					return err
				}
				if err := h.download(ctx, job, f); err != nil {
					return fmt.Errorf("download job %s: %w", ref, err)
				}
				return nil
			})
		},
	}
	name.add(cmd)
	cmd.Flags().StringVarP(&f.path, "download-path", "p", ".", "the folder to put it in")
	cmd.Flags().StringVar(&f.output, "output-name", "", "fetch only the output of this name")
	cmd.Flags().BoolVar(&f.all, "all", false, "fetch the outputs, and the logs and files")
	return cmd
}

// defaultOutput is az's name for the logs and files of a job.
const defaultOutput = "default"

// wants reports whether the flags ask for the output.
func (f jobDownloadFlags) wants(output string) bool {
	switch {
	case f.all:
		return true
	case f.output != "":
		return f.output == output
	}
	return output == defaultOutput
}

func (h *jobHome) download(ctx context.Context, job *workspace.Job, f jobDownloadFlags) error {
	if !job.Status.Terminal() {
		return &statusError{exitFailed, azText(fmt.Sprintf("This job is in state %s. Download is allowed only in states "+
			"['Completed', 'Failed', 'Canceled', 'NotResponding', 'Paused']", job.Status))}
	}
	if f.wants(defaultOutput) {
		if err := h.downloadArtifacts(job, filepath.Join(f.path, "artifacts")); err != nil {
			return err
		}
	}
	for _, out := range job.Spec.Outputs {
		if !f.wants(out.Name) || out.Name == defaultOutput {
			continue
		}
		if out.Digest == "" {
			fmt.Fprintf(h.Err, "WARNING: job %s made no output %s\n", job.Name, out.Name)
			continue
		}
		if err := h.downloadOutput(ctx, job, out, filepath.Join(f.path, "named-outputs")); err != nil {
			return fmt.Errorf("output %s: %w", out.Name, err)
		}
	}
	return nil
}

// artifactFolders are what a job leaves in its folder; the rest is ours.
func artifactFolders() []string {
	return []string{"outputs", "logs", "user_logs", "system_logs", "azureml-logs"}
}

// downloadArtifacts copies from the job's folder. A link that leads out of it
// is refused by the system and left out.
func (h *jobHome) downloadArtifacts(job *workspace.Job, dst string) error {
	dir, err := h.JobDir(job.Name)
	if err != nil {
		return err
	}
	names, err := filesBelow(dir, artifactFolders())
	if err != nil || len(names) == 0 {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range names {
		if err := replaceFile(filepath.Join(dst, filepath.FromSlash(name)), func(tmp string) error {
			return copyOut(root, name, tmp)
		}); err != nil {
			return err
		}
	}
	return nil
}

func copyOut(root *os.Root, name, dst string) error {
	in, err := root.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	mode := fs.FileMode(0o644)
	if info, err := in.Stat(); err == nil && info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	return errors.Join(err, out.Close())
}

// downloadOutput copies what the job made, whatever else lies at the output's
// place by now.
func (h *jobHome) downloadOutput(ctx context.Context, job *workspace.Job, out workspace.Port, dst string) error {
	if !filepath.IsLocal(out.Name) {
		return fmt.Errorf("the name %q leads out of the folder", out.Name)
	}
	tree, err := h.OutputTree(ctx, job.Scope, out)
	if err != nil {
		return err
	}
	blobs, err := h.Blobs()
	if err != nil {
		return err
	}
	for _, e := range tree.Entries {
		if !filepath.IsLocal(filepath.FromSlash(e.Path)) {
			return fmt.Errorf("file %q leads out of the folder", e.Path)
		}
		if err := materialize(ctx, blobs, e, filepath.Join(dst, out.Name, filepath.FromSlash(e.Path))); err != nil {
			return err
		}
	}
	return nil
}

func materialize(ctx context.Context, blobs *blob.Store, e blob.Entry, dst string) error {
	if e.Dir || e.Link != "" {
		return nil // outputs are stored without either
	}
	mode := fs.FileMode(0o644)
	if e.Executable {
		mode = 0o755
	}
	return replaceFile(dst, func(tmp string) error { return blobs.Materialize(ctx, e.Digest, tmp, mode) })
}

// replaceFile makes a file with what write puts under another name, so that
// nobody sees half of it.
func replaceFile(dst string, write func(tmp string) error) error {
	dir := filepath.Dir(dst)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// A folder of its own, because what write makes must not be there yet.
	tmpDir, err := os.MkdirTemp(dir, ".ischia-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmpDir) }() // what is left is an empty folder
	tmp := filepath.Join(tmpDir, "file")
	if err := write(tmp); err != nil {
		return err
	}
	return os.Rename(tmp, dst)
}
