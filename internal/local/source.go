package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/remote"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// source finds data by its address, for one workspace.
type source struct {
	ledger *workspace.Workspace
	blobs  *blob.Store
	scope  workspace.Scope
}

// Find is what lies at an address.
func (s source) Find(ctx context.Context, uri string, folder bool) (step.Found, error) {
	switch {
	case remote.IsHTTP(uri):
		return s.download(ctx, uri, folder)
	case strings.HasPrefix(uri, "azureml://jobs/"):
		return s.jobOutput(ctx, uri, folder)
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
	if !workspace.IsDatastore(p.Datastore) {
		return step.Found{}, fmt.Errorf("%s: the workspace has no datastore %q", uri, p.Datastore)
	}
	files := s.ledger.Files()
	if p.Path != "" {
		file, err := files.File(ctx, s.scope, p.Datastore, p.Path)
		if err == nil {
			return single(path.Base(p.Path), file)
		}
		if !errors.Is(err, workspace.ErrNotFound) {
			return step.Found{}, err
		}
	}
	list, err := files.List(ctx, s.scope, p.Datastore, p.Path, 0)
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
func (s source) jobOutput(ctx context.Context, uri string, folder bool) (step.Found, error) {
	parts := strings.SplitN(strings.TrimPrefix(uri, "azureml://jobs/"), "/", 5)
	if len(parts) < 3 || parts[1] != "outputs" {
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
		place, err := step.ParsePlace(out.URI)
		if err != nil {
			return step.Found{}, err
		}
		if len(parts) == 5 && parts[3] == "paths" {
			place.Path = path.Join(place.Path, parts[4])
		}
		return s.datastore(ctx, place, uri, folder)
	}
	return step.Found{}, fmt.Errorf("%s: job %s made no output %q", uri, parts[0], parts[2])
}

func (s source) download(ctx context.Context, uri string, folder bool) (step.Found, error) {
	if folder {
		return step.Found{}, fmt.Errorf("%s cannot be read as a folder: over http there are only files", uri)
	}
	body, err := remote.Open(ctx, uri)
	if err != nil {
		return step.Found{}, err
	}
	defer body.Close()
	digest, size, err := s.blobs.PutReader(ctx, body)
	if err != nil {
		return step.Found{}, err
	}
	name := remote.Name(uri)
	return step.Found{Tree: blob.Tree{Entries: []blob.Entry{{Path: name, Digest: digest, Size: size}}}, File: name}, nil
}
