package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sync/singleflight"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// artifactsOf is the folder of a job's artifacts in the artifact store, before
// its name.
const artifactsOf = "ExperimentRun/dcid."

// logFolder is where every step that began has its log.
const logFolder = "user_logs"

// artifacts puts the files that jobs leave in their folders (logs, outputs/ and
// logs/) into the artifact store, where clients of Azure fetch them. That is
// done when somebody asks for those of a job, so that jobs nobody asks about
// cost nothing.
type artifacts struct {
	local *Local
	// filed are jobs that need not be looked at again, filing those that are
	// being looked at: what one left may take long to store.
	filed  sync.Map
	filing singleflight.Group
}

func (l *Local) newArtifacts() *artifacts { return &artifacts{local: l} }

// file puts the files of a job into the artifact store, if it has ended and left
// any, and has no logs there. No such job is no fault.
func (a *artifacts) file(ctx context.Context, scope workspace.Scope, job string) error {
	key := strings.ToLower(scope.ARMID()) + "/" + job
	if _, ok := a.filed.Load(key); ok || workspace.CheckName(job) != nil {
		return nil
	}
	look := func() (any, error) {
		// Others wait for it, even if who asked first goes away.
		done, err := a.local.fileArtifacts(context.WithoutCancel(ctx), scope, job)
		if done {
			a.filed.Store(key, true)
		}
		return done, err
	}
	done, err, shared := a.filing.Do(key, look)
	if err == nil && shared && done == false {
		_, err = look() // the job may have ended since the other looked
	}
	return err
}

// fileArtifacts reports whether the job needs no more looking at.
func (l *Local) fileArtifacts(ctx context.Context, scope workspace.Scope, name string) (done bool, err error) {
	j, err := l.ledger.Job(ctx, scope, name)
	if errors.Is(err, workspace.ErrNotFound) || err == nil && !j.Status.Terminal() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	// Other files may be there: a step can upload some itself while it runs.
	there, err := l.ledger.Files().List(ctx, scope, workspace.ArtifactStore, artifactsOf+name+"/"+logFolder, 1)
	if err != nil || len(there) > 0 {
		return err == nil, err
	}
	if err := l.putArtifacts(ctx, j); err != nil {
		return false, fmt.Errorf("store the artifacts of job %s: %w", name, err)
	}
	// Whoever deletes a job meanwhile does not know of these files.
	if _, err := l.ledger.Job(ctx, scope, name); errors.Is(err, workspace.ErrNotFound) {
		_, err := l.ledger.Files().Delete(ctx, scope, workspace.ArtifactStore, artifactsOf+name)
		return false, err
	}
	return true, nil
}

func (l *Local) putArtifacts(ctx context.Context, j *workspace.Job) error {
	dir, err := l.JobDir(j.Name)
	if err != nil {
		return err
	}
	blobs, err := l.Blobs()
	if err != nil {
		return err
	}
	release, err := l.holdBlobs(ctx, nil)
	if err != nil {
		return err
	}
	defer release()
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // a step that was canceled before it began
	}
	tree, err := artifactTree(ctx, blobs, dir)
	if err != nil {
		return err
	}
	var files []workspace.File
	for _, e := range tree.Entries {
		if e.Dir || e.Link != "" {
			continue
		}
		files = append(files, workspace.File{
			Scope: j.Scope, Datastore: workspace.ArtifactStore, Path: artifactsOf + j.Name + "/" + e.Path,
			Digest: string(e.Digest), Size: e.Size, Mode: 0o644, Modified: j.Ended,
		})
	}
	if len(files) == 0 {
		return nil
	}
	return l.ledger.Files().Put(ctx, files)
}

// artifactTree stores the files that a job left in its folder. Links are
// followed, unless they lead in circles: then they are left out, as what they
// lead to is there anyway.
func artifactTree(ctx context.Context, blobs *blob.Store, dir string) (blob.Tree, error) {
	o := blob.TreeOptions{Filter: noArtifact(dir, os.Stat), FollowLinks: true, SkipEmptyDirs: true}
	tree, _, err := blobs.PutTree(ctx, dir, o)
	if err == nil || ctx.Err() != nil {
		return tree, err
	}
	o.Filter = noArtifact(dir, os.Lstat)
	tree, _, err = blobs.PutTree(ctx, dir, o)
	return tree, err
}

// noArtifact leaves out of a job's folder what is ours, and what has no content,
// as look sees it: links that lead nowhere, pipes, sockets.
func noArtifact(dir string, look func(string) (fs.FileInfo, error)) blob.Filter {
	return func(p string, _ bool) bool {
		switch top, _, _ := strings.Cut(p, "/"); top {
		case logFolder, "azureml-logs", "system_logs", "outputs", "logs":
		default:
			return true
		}
		fi, err := look(filepath.Join(dir, filepath.FromSlash(p)))
		if err != nil { // other faults are told when the content is read
			return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP)
		}
		return !fi.IsDir() && !fi.Mode().IsRegular()
	}
}

// jobOfArtifact is the job that a path of the artifact store, or the beginning
// of one, belongs to; "" for none.
func jobOfArtifact(datastore, path string) string {
	rest, ok := strings.CutPrefix(path, artifactsOf)
	if datastore != workspace.ArtifactStore || !ok {
		return ""
	}
	job, _, _ := strings.Cut(rest, "/")
	return job
}

// artifactIndex is the index of the datastores in which artifacts are, as soon
// as they are asked for.
type artifactIndex struct {
	workspace.Storage
	artifacts *artifacts
}

// Blob implements workspace.BlobIndex.
func (i artifactIndex) Blob(ctx context.Context, scope workspace.Scope, datastore, path string) (*workspace.Blob, error) {
	if job := jobOfArtifact(datastore, path); job != "" {
		if err := i.artifacts.file(ctx, scope, job); err != nil {
			return nil, err
		}
	}
	return i.Storage.Blob(ctx, scope, datastore, path)
}

// Blobs implements workspace.BlobIndex.
func (i artifactIndex) Blobs(ctx context.Context, scope workspace.Scope, datastore string, q workspace.BlobQuery) ([]workspace.Blob, error) {
	if job := jobOfArtifact(datastore, q.Prefix); job != "" {
		if err := i.artifacts.file(ctx, scope, job); err != nil {
			return nil, err
		}
	}
	return i.Storage.Blobs(ctx, scope, datastore, q)
}
