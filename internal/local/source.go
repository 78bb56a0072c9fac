package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/remote"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// source finds data by its address, for one workspace.
type source struct {
	ledger *workspace.Workspace
	blobs  *blob.Store
	scope  workspace.Scope
	// foreign: addresses came over the network.
	foreign bool
	// downloads, by address: all steps of a run get the same bytes.
	downloads *downloads
}

func newSource(w *workspace.Workspace, b *blob.Store, s workspace.Scope) source {
	return source{ledger: w, blobs: b, scope: s, downloads: &downloads{}}
}

// downloads are the files that were downloaded.
type downloads struct {
	mu    sync.Mutex // guards files
	files map[string]*download
}

type download struct {
	mu    sync.Mutex // held while it is under way; guards found
	found *step.Found
}

func (d *downloads) of(uri string) *download {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files == nil {
		d.files = map[string]*download{}
	}
	if d.files[uri] == nil {
		d.files[uri] = &download{}
	}
	return d.files[uri]
}

// Find is what lies at an address.
func (s source) Find(ctx context.Context, uri string, folder bool) (step.Found, error) {
	switch {
	case remote.IsHTTP(uri):
		return s.download(ctx, uri, folder)
	case strings.HasPrefix(uri, "azureml://jobs/"):
		return s.jobOutput(ctx, uri)
	case strings.HasPrefix(uri, "azureml://registries/"), !strings.HasPrefix(uri, "azureml:"), !strings.HasPrefix(uri, "azureml://"):
		return step.Found{}, fmt.Errorf("%s cannot be read on this machine yet: supported are local paths, "+
			"azureml://datastores/..., azureml://jobs/... and https://", uri)
	}
	place, err := step.ParsePlace(uri)
	if err != nil {
		return step.Found{}, err
	}
	return s.datastore(ctx, place, uri, folder)
}

func (s source) datastore(ctx context.Context, p step.Place, uri string, folder bool) (step.Found, error) {
	datastore, err := filedUnder(ctx, s.ledger, s.scope, p.Datastore)
	if err != nil {
		return step.Found{}, fmt.Errorf("%s: %w", uri, err)
	}
	files := s.ledger.Files()
	if p.Path != "" {
		file, err := files.File(ctx, s.scope, datastore, p.Path)
		if err == nil {
			return single(path.Base(p.Path), file)
		}
		if !errors.Is(err, workspace.ErrNotFound) {
			return step.Found{}, err
		}
	}
	list, err := files.List(ctx, s.scope, datastore, p.Path, 0)
	if err != nil {
		return step.Found{}, err
	}
	if len(list) == 0 && !folder {
		return step.Found{}, fmt.Errorf("there is no file at %s", uri)
	}
	// An object store has no folders: one without files is an empty folder.
	var tree blob.Tree
	for _, f := range list {
		e, err := entry(strings.TrimPrefix(strings.TrimPrefix(f.Path, p.Path), "/"), &f)
		if err != nil {
			return step.Found{}, err
		}
		tree.Entries = append(tree.Entries, e)
	}
	return step.Found{Tree: tree}, nil
}

func single(name string, f *workspace.File) (step.Found, error) {
	e, err := entry(name, f)
	return step.Found{Tree: blob.Tree{Entries: []blob.Entry{e}}, File: name}, err
}

func entry(name string, f *workspace.File) (blob.Entry, error) {
	d, err := blob.ParseDigest(f.Digest)
	if err != nil {
		return blob.Entry{}, fmt.Errorf("file %s on %s: %w", f.Path, f.Datastore, err)
	}
	return blob.Entry{Path: name, Digest: d, Size: f.Size, Executable: f.Mode&0o111 != 0}, nil
}

// jobOutput is azureml://jobs/JOB/outputs/NAME[/paths/PATH].
func (s source) jobOutput(ctx context.Context, uri string) (step.Found, error) {
	parts := strings.SplitN(strings.TrimPrefix(uri, "azureml://jobs/"), "/", 5)
	if len(parts) < 3 || parts[1] != "outputs" || len(parts) > 3 && parts[3] != "paths" && parts[3] != "" {
		return step.Found{}, fmt.Errorf("%s is not an output of a job: write azureml://jobs/JOB/outputs/NAME", uri)
	}
	job, err := s.ledger.Job(ctx, s.scope, parts[0])
	if err != nil {
		return step.Found{}, fmt.Errorf("%s: job %s: %w", uri, parts[0], err)
	}
	for _, out := range job.Spec.Outputs {
		if out.Name != parts[2] || out.Digest == "" {
			continue
		}
		found, err := s.made(ctx, out)
		if err == nil && len(parts) == 5 {
			found, err = below(found, strings.Trim(parts[4], "/"))
		}
		if err != nil {
			return step.Found{}, fmt.Errorf("%s: %w", uri, err)
		}
		return found, nil
	}
	return step.Found{}, fmt.Errorf("%s: job %s made no output %q", uri, parts[0], parts[2])
}

// made is what an output held when its job ended. The place on the datastore
// may have been written to since, by another job or another run of this one.
func (s source) made(ctx context.Context, out workspace.Port) (step.Found, error) {
	digest, err := blob.ParseDigest(out.Digest)
	if err != nil {
		return step.Found{}, err
	}
	if pipeline.Type(out.Type) != pipeline.URIFile {
		tree, err := s.blobs.GetTree(ctx, digest)
		return step.Found{Tree: tree}, err
	}
	place, err := step.ParsePlace(out.URI)
	if err != nil {
		return step.Found{}, err
	}
	info, err := s.blobs.Stat(digest)
	if err != nil {
		return step.Found{}, err
	}
	e := blob.Entry{Path: path.Base(place.Path), Digest: digest, Size: info.Size}
	datastore, err := filedUnder(ctx, s.ledger, s.scope, place.Datastore)
	if err != nil {
		datastore = place.Datastore // it may be gone since; the content is not
	}
	if f, err := s.ledger.Files().File(ctx, s.scope, datastore, place.Path); err == nil && f.Digest == out.Digest {
		e.Executable = f.Mode&0o111 != 0
	}
	return step.Found{Tree: blob.Tree{Entries: []blob.Entry{e}}, File: e.Path}, nil
}

// below is the file or folder at a path of what was found.
func below(f step.Found, p string) (step.Found, error) {
	var out step.Found
	for _, e := range f.Tree.Entries {
		switch rest, ok := strings.CutPrefix(e.Path, p+"/"); {
		case p == "":
			return f, nil
		case e.Path == p:
			e.Path = path.Base(p)
			return step.Found{Tree: blob.Tree{Entries: []blob.Entry{e}}, File: e.Path}, nil
		case ok:
			e.Path = rest
			out.Tree.Entries = append(out.Tree.Entries, e)
		}
	}
	if len(out.Tree.Entries) == 0 && p != "" {
		return step.Found{}, fmt.Errorf("it holds no %q", p)
	}
	return out, nil
}

func (s source) download(ctx context.Context, uri string, folder bool) (step.Found, error) {
	if folder {
		return step.Found{}, fmt.Errorf("%s cannot be read as a folder: over http there are only files", uri)
	}
	d := s.downloads.of(uri)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found != nil {
		return *d.found, nil
	}
	open := remote.Open
	if s.foreign {
		open = remote.OpenForeign
	}
	body, err := open(ctx, uri)
	if err != nil {
		return step.Found{}, err
	}
	defer body.Close()
	digest, size, err := s.blobs.PutReader(ctx, body)
	if err != nil {
		return step.Found{}, err
	}
	name := remote.Name(uri)
	d.found = &step.Found{Tree: blob.Tree{Entries: []blob.Entry{{Path: name, Digest: digest, Size: size}}}, File: name}
	return *d.found, nil
}
