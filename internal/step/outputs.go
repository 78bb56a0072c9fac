package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/pipeline"
)

// placeOutputs makes the folders that the outputs are written to: scripts
// rely on them. Where they go later is decided here, so that a bad address is
// known before the step runs.
func (t *task) placeOutputs() error {
	for _, out := range t.node.Outputs {
		place, err := t.Place(t.node, out)
		if err != nil {
			return err
		}
		t.places[out.Name] = place
		if out.Name == pipeline.ArtifactsOutput {
			t.outputs[out.Name] = t.wd
			continue
		}
		dir := t.outputDir(out)
		if err := makeFolder(dir); err != nil {
			return fmt.Errorf("make the folder of output %s: %w", out.Name, err)
		}
		t.outputs[out.Name] = dir
		if pipeline.Type(out.Type) == pipeline.URIFile {
			t.outputs[out.Name] = filepath.Join(dir, fileName(out))
		}
	}
	// ${{outputs.default}} is the run's own outputs folder.
	if _, ok := t.outputs["default"]; !ok {
		t.outputs["default"] = filepath.Join(t.wd, outputsFolder)
	}
	return nil
}

// outputDir is the folder that an output is written to.
func (t *task) outputDir(out plan.Output) string {
	return filepath.Join(t.dir, runFolder, "outputs", out.Name)
}

// owned reports whether the folder of an output is still the one that we made.
// A step may have put a link in its place, or in that of a folder above: then
// what it leads to belongs to somebody else and must not be moved away.
func (t *task) owned(out plan.Output) bool {
	run := filepath.Join(t.dir, runFolder)
	for _, dir := range []string{run, filepath.Join(run, "outputs"), t.outputDir(out)} {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// fileName is the name of an output that is one file: that of its address, or
// the output's own.
func fileName(out plan.Output) string {
	base := out.URI[strings.LastIndex(out.URI, "/")+1:]
	if base == "" || strings.Contains(base, "${{") || strings.ContainsAny(base, `\`) {
		return out.OwnerName
	}
	return base
}

// keepFolders moves outputs/ and logs/ from the working copy to the job.
func (t *task) keepFolders() error {
	info, err := os.Lstat(t.wd)
	if err != nil || !info.IsDir() {
		return nil // the step removed its folder, or put a link in its place
	}
	if info.Mode()&0o700 != 0o700 {
		_ = os.Chmod(t.wd, 0o700) // what follows says if that was not enough
	}
	for _, f := range []string{outputsFolder, logsFolder} {
		src, dst := filepath.Join(t.wd, f), filepath.Join(t.dir, f)
		if info, err := os.Lstat(src); err != nil || !info.IsDir() {
			continue
		}
		if os.Remove(src) == nil {
			continue // it was empty, as the job's is
		}
		if err := blob.RemoveAll(dst); err != nil {
			return fmt.Errorf("keep the step's %s: %w", f, err)
		}
		if err := os.Rename(src, dst); err != nil {
			return fmt.Errorf("keep the step's %s: %w", f, err)
		}
	}
	return nil
}

// collect stores all outputs.
func (t *task) collect(ctx context.Context) (map[string]sched.Artifact, Ended, error) {
	if err := t.keepFolders(); err != nil {
		return nil, Ended{}, err
	}
	made := map[string]sched.Artifact{}
	var ended Ended
	for _, out := range t.node.Outputs {
		a, files, err := t.collectOne(ctx, out)
		if err != nil {
			return nil, Ended{}, fmt.Errorf("store output %s: %w", out.Name, err)
		}
		port := Port{Name: out.Name, Type: out.Type, Mode: out.Mode, URI: a.URI, Binding: out.Binding, Digest: a.Digest}
		ended.Outputs = append(ended.Outputs, port)
		if a.Digest != "" {
			made[out.Name] = a
		}
		ended.Files = append(ended.Files, files...)
	}
	return made, ended, nil
}

func (t *task) collectOne(ctx context.Context, out plan.Output) (sched.Artifact, []File, error) {
	place := t.places[out.Name]
	a := sched.Artifact{Type: out.Type, URI: place.URI()}
	switch {
	case out.Name == pipeline.ArtifactsOutput:
		tree, digest, err := t.artifacts(ctx)
		a.Digest, a.Folder = string(digest), true
		return a, place.files(tree), err
	case pipeline.Type(out.Type) == pipeline.URIFile:
		return t.collectFile(ctx, out, place, a)
	}
	return t.collectFolder(ctx, out, place, a)
}

func (t *task) collectFolder(ctx context.Context, out plan.Output, place Place, a sched.Artifact) (sched.Artifact, []File, error) {
	dir := t.outputs[out.Name]
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && missing(dir):
		return a, nil, nil // the step removed the folder: nothing was made
	case err != nil:
		return a, nil, err
	case !info.IsDir():
		return a, nil, userError("output %s is a %s, but the step made a file of it", out.Name, out.Type)
	}
	store := t.Blobs.PutTree
	if t.owned(out) {
		store = t.Blobs.AdoptTree
	}
	tree, digest, err := store(ctx, dir, blob.TreeOptions{FollowLinks: true, SkipEmptyDirs: true})
	a.Digest, a.Folder = string(digest), true
	return a, place.files(tree), err
}

// missing reports whether nothing has that name, not even a link to nowhere.
func missing(name string) bool {
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

func (t *task) collectFile(ctx context.Context, out plan.Output, place Place, a sched.Artifact) (sched.Artifact, []File, error) {
	name := t.outputs[out.Name]
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && missing(name):
		return a, nil, nil // not made; a step that needs it says so
	case err != nil:
		return a, nil, err
	case info.IsDir():
		return a, nil, userError("output %s is a uri_file, but the step made a folder of it", out.Name)
	}
	store := t.Blobs.PutFile
	if t.owned(out) {
		store = t.Blobs.Adopt
	}
	digest, size, err := store(ctx, name)
	if err != nil {
		return a, nil, err
	}
	a.Digest, a.File = string(digest), fileName(out)
	return a, []File{{Datastore: place.Datastore, Path: place.Path, Digest: a.Digest, Size: size, Executable: info.Mode()&0o111 != 0}}, nil
}

// artifacts stores what every run leaves: outputs/, logs/ and user_logs/.
func (t *task) artifacts(ctx context.Context) (blob.Tree, blob.Digest, error) {
	filter := func(p string, _ bool) bool {
		top, _, _ := strings.Cut(p, "/")
		return top != outputsFolder && top != logsFolder && top != userLogs
	}
	return t.Blobs.PutTree(ctx, t.dir, blob.TreeOptions{Filter: filter, FollowLinks: true, SkipEmptyDirs: true})
}
