package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

var _ workspace.Contents = (*Local)(nil)

// The metadata of blobs that counts for their content: what our client says of
// files that can be executed, and what marks a folder where the service has
// folders.
const (
	metaExecutable = "ischia_executable"
	metaFolder     = "hdi_isfolder"
)

// contentPage is how many files are listed at once.
const contentPage = 5000

// Snapshot implements workspace.Contents. digests are what the name refers to:
// a tree stands for all that is in it.
func (l *Local) Snapshot(ctx context.Context, scope workspace.Scope, datastore, p string) (name string, digests []string, err error) {
	blobs, err := l.Blobs()
	if err != nil {
		return "", nil, err
	}
	// What is stored here may not be collected before it is on record.
	release, err := l.holdBlobs(ctx, nil)
	if err != nil {
		return "", nil, err
	}
	defer release()
	if job := jobOfArtifact(datastore, p); job != "" {
		if _, err := l.fileArtifacts(ctx, scope, job); err != nil {
			return "", nil, err
		}
	}
	c, err := l.content(ctx, blobs, scope, datastore, p)
	if err != nil {
		return "", nil, fmt.Errorf("take %s of datastore %s: %w", p, datastore, err)
	}
	return c.Name(), []string{string(c.Digest)}, nil
}

func (l *Local) content(ctx context.Context, blobs *blob.Store, scope workspace.Scope, datastore, p string) (blob.Content, error) {
	folder := strings.TrimSuffix(p, "/")
	if folder == p && p != "" {
		b, err := l.ledger.Storage().Blob(ctx, scope, datastore, p)
		switch {
		case err == nil && !isFolder(b):
			return fileContent(b)
		case err != nil && !errors.Is(err, workspace.ErrNotFound):
			return blob.Content{}, err
		}
	}
	tree, err := l.tree(ctx, scope, datastore, folder)
	if err != nil {
		return blob.Content{}, err
	}
	digest, err := blobs.PutBytes(ctx, tree.Encode())
	return blob.TreeContent(digest), err
}

func isFolder(b *workspace.Blob) bool {
	return b.Size == 0 && strings.EqualFold(b.Properties.Metadata[metaFolder], "true")
}

// fileContent is the content of one file. A name that no file of this machine
// can have is not taken.
func fileContent(b *workspace.Blob) (blob.Content, error) {
	e, err := fileEntry(path.Base(b.Path), b)
	if err != nil {
		return blob.Content{}, err
	}
	c := blob.FileContent(e)
	if _, ok := blob.ParseContent(c.Name()); !ok {
		return blob.Content{}, fmt.Errorf("%.200q is no name for a file: %w", b.Path, workspace.ErrInvalid)
	}
	return c, nil
}

func fileEntry(name string, b *workspace.Blob) (blob.Entry, error) {
	e, err := entry(name, &b.File)
	if b.Properties.Metadata[metaExecutable] == "true" {
		e.Executable = true
	}
	return e, err
}

// tree is a folder of a datastore, "" for all of it. An object store has no
// folders: one without files is not there.
func (l *Local) tree(ctx context.Context, scope workspace.Scope, datastore, folder string) (blob.Tree, error) {
	prefix := folder + "/"
	if folder == "" {
		prefix = ""
	}
	var tree blob.Tree
	there := false
	q := workspace.BlobQuery{Prefix: prefix, Limit: contentPage}
	for {
		list, err := l.ledger.Storage().Blobs(ctx, scope, datastore, q)
		if err != nil {
			return blob.Tree{}, err
		}
		for i := range list {
			there = true
			if b := &list[i]; !isFolder(b) {
				e, err := fileEntry(strings.TrimPrefix(b.Path, prefix), b)
				if err != nil {
					return blob.Tree{}, err
				}
				tree.Entries = append(tree.Entries, e)
			}
		}
		if len(list) < contentPage {
			break
		}
		q.After = list[len(list)-1].Path
	}
	if !there {
		return blob.Tree{}, workspace.ErrNotFound
	}
	slices.SortFunc(tree.Entries, func(a, b blob.Entry) int { return strings.Compare(a.Path, b.Path) })
	if err := tree.Check(); err != nil {
		return blob.Tree{}, fmt.Errorf("it is no folder of files: %w: %w", err, workspace.ErrInvalid)
	}
	return tree, nil
}
