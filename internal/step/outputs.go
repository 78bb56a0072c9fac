package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/pipeline"
)

// placeOutputs makes the folders that the outputs are written to: scripts
// rely on them.
func (t *task) placeOutputs() error {
	for _, out := range t.node.Outputs {
		if out.Name == pipeline.ArtifactsOutput {
			t.outputs[out.Name] = t.wd
			continue
		}
		dir := filepath.Join(t.dir, runFolder, "outputs", out.Name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
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
	for _, f := range []string{outputsFolder, logsFolder} {
		src, dst := filepath.Join(t.wd, f), filepath.Join(t.dir, f)
		if info, err := os.Lstat(src); err != nil || !info.IsDir() {
			continue
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
	place, err := t.Place(t.node, out)
	if err != nil {
		return sched.Artifact{}, nil, err
	}
	a := sched.Artifact{Type: out.Type, URI: place.URI()}
	switch {
	case out.Name == pipeline.ArtifactsOutput:
		tree, digest, err := t.artifacts(ctx)
		a.Digest, a.Folder = string(digest), true
		return a, place.files(tree), err
	case pipeline.Type(out.Type) == pipeline.URIFile:
		return t.collectFile(ctx, out, place, a)
	}
	dir := t.outputs[out.Name]
	tree, digest, err := t.Blobs.AdoptTree(ctx, dir, blob.TreeOptions{FollowLinks: true, SkipEmptyDirs: true})
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil, nil // the step removed the folder: nothing was made
	}
	a.Digest, a.Folder = string(digest), true
	return a, place.files(tree), err
}

func (t *task) collectFile(ctx context.Context, out plan.Output, place Place, a sched.Artifact) (sched.Artifact, []File, error) {
	name := t.outputs[out.Name]
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a, nil, nil // not made; a step that needs it says so
	case err != nil:
		return a, nil, err
	case info.IsDir():
		return a, nil, userError("output %s is a uri_file, but the step made a folder of it", out.Name)
	}
	digest, size, err := t.Blobs.Adopt(ctx, name)
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

// Place is a path on a datastore.
type Place struct {
	Datastore string
	// Path has no slash at its end; Folder says which of the two it is.
	Path   string
	Folder bool
}

// URI is the place as an address.
func (p Place) URI() string {
	uri := "azureml://datastores/" + p.Datastore + "/paths/" + p.Path
	if p.Folder {
		uri += "/"
	}
	return uri
}

func (p Place) files(tree blob.Tree) []File {
	files := make([]File, 0, len(tree.Entries))
	for _, e := range tree.Entries {
		if e.Dir || e.Link != "" {
			continue
		}
		files = append(files, File{
			Datastore: p.Datastore, Path: path.Join(p.Path, e.Path), Digest: string(e.Digest), Size: e.Size, Executable: e.Executable,
		})
	}
	return files
}

// Place is where an output of node n goes. Its default is, as on Azure ML,
// azureml/JOB/NAME of the default datastore, or the run's artifacts.
func (c Config) Place(n *plan.Node, out plan.Output) (Place, error) {
	folder := pipeline.Type(out.Type) != pipeline.URIFile
	uri := out.URI
	switch {
	case uri == "" && out.Name == pipeline.ArtifactsOutput:
		return Place{"workspaceartifactstore", "ExperimentRun/dcid." + c.Job(n), true}, nil
	case uri == "":
		owner := "azureml/" + c.ownerJob(n, out) + "/" + out.OwnerName
		if !folder {
			owner += "/" + fileName(out)
		}
		return Place{c.DefaultDatastore, owner, folder}, nil
	}
	uri = macros(uri, map[string]string{
		"name": c.Job(n), "output_name": out.Name, "default_datastore": c.DefaultDatastore,
	})
	p, err := ParsePlace(uri)
	if err != nil {
		return Place{}, userError("output %s: %w", out.Name, err)
	}
	if !c.IsDatastore(p.Datastore) {
		return Place{}, userError("output %s: the workspace has no datastore %q", out.Name, p.Datastore)
	}
	if !folder && (strings.HasSuffix(uri, "/") || p.Path == "") {
		p.Path = path.Join(p.Path, fileName(out))
	}
	if folder && p.Path == "" {
		return Place{}, userError("output %s: %s names no folder of the datastore", out.Name, uri)
	}
	p.Folder = folder
	return p, nil
}

// ownerJob is the job whose folder an output lies in: the step's, or that of
// the pipeline that the output is bound to.
func (c Config) ownerJob(n *plan.Node, out plan.Output) string {
	if out.Owner == n.Index {
		return c.Job(n)
	}
	return c.Job(&plan.Node{Index: out.Owner})
}

// macros replaces ${{name}} and the like in a path.
func macros(s string, values map[string]string) string {
	for name, value := range values {
		for _, form := range []string{"${{" + name + "}}", "${{ " + name + " }}"} {
			s = strings.ReplaceAll(s, form, value)
		}
	}
	return s
}

// ParsePlace reads azureml://datastores/NAME/paths/PATH, in its short and its
// long form.
func ParsePlace(uri string) (Place, error) {
	rest, ok := strings.CutPrefix(uri, "azureml://")
	if !ok {
		return Place{}, fmt.Errorf("%s is not a place on a datastore of the workspace", uri)
	}
	if strings.HasPrefix(strings.ToLower(rest), "subscriptions/") {
		if i := strings.Index(rest, "/datastores/"); i >= 0 {
			rest = rest[i+1:]
		}
	}
	rest, ok = strings.CutPrefix(rest, "datastores/")
	name, after, _ := strings.Cut(rest, "/")
	p := strings.TrimPrefix(strings.TrimPrefix(after, "paths"), "/")
	clean := strings.Trim(p, "/")
	if !ok || name == "" || clean != "" && path.Clean(clean) != clean || strings.HasPrefix(clean, "..") {
		return Place{}, fmt.Errorf("%s is not a place on a datastore: write azureml://datastores/NAME/paths/PATH", uri)
	}
	return Place{Datastore: name, Path: clean, Folder: strings.HasSuffix(p, "/")}, nil
}
