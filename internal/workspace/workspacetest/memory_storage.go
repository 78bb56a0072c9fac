package workspacetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// memoryStorage is a Memory as the storage protocol sees it.
type memoryStorage struct{ m *Memory }

// Storage implements workspace.Store.
func (m *Memory) Storage() workspace.Storage { return memoryStorage{m} }

// version is one version of a file, which properties belong to.
type version struct {
	fileKey
	digest   string
	modified time.Time
}

func versionOf(f workspace.File) version {
	return version{fileKey{fold(f.Scope), f.Datastore, f.Path}, f.Digest, f.Modified}
}

// saidOf is what was said of a version of a file.
type saidOf struct {
	created    time.Time
	properties workspace.BlobProperties
	blocks     []workspace.Block
}

type containerKey struct {
	scope workspace.Scope
	name  string
}

func (l *ledger) blob(f workspace.File) workspace.Blob {
	b := workspace.Blob{File: f, Created: f.Modified}
	if s, ok := l.said[versionOf(f)]; ok {
		b.Created, b.Properties = s.created, s.properties
	}
	return b
}

func (s memoryStorage) Blob(
	_ context.Context, scope workspace.Scope, datastore, path string,
) (*workspace.Blob, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	f, ok := s.m.files[fileKey{fold(scope), datastore, path}]
	if !ok {
		return nil, fmt.Errorf("blob %s on datastore %s: %w", path, datastore, workspace.ErrNotFound)
	}
	b := s.m.blob(f)
	return &b, nil
}

func (s memoryStorage) Blobs(
	_ context.Context, scope workspace.Scope, datastore string, q workspace.BlobQuery,
) ([]workspace.Blob, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	var found []workspace.Blob
	for k, f := range s.m.files {
		if k.scope == fold(scope) && k.datastore == datastore &&
			strings.HasPrefix(f.Path, q.Prefix) && f.Path >= q.From && f.Path > q.After {
			found = append(found, s.m.blob(f))
		}
	}
	slices.SortFunc(found, func(a, b workspace.Blob) int { return strings.Compare(a.Path, b.Path) })
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found, nil
}

func (s memoryStorage) ChangeBlob(
	ctx context.Context, scope workspace.Scope, datastore, path string,
	change func(old *workspace.Blob) (workspace.BlobWrite, error),
) (now *workspace.Blob, dropped []string, err error) {
	at := fileKey{fold(scope), datastore, path}
	err = s.m.write(ctx, func(l *ledger) error {
		var old *workspace.Blob
		if f, ok := l.files[at]; ok {
			b := l.blob(f)
			old = &b
		}
		if err := (workspace.File{Datastore: datastore, Path: path}).Check(); err != nil {
			return err
		}
		w, err := change(old)
		if err != nil {
			return err
		}
		if w.Blob == nil || w.Content {
			for _, b := range l.staged[at] {
				dropped = append(dropped, b.Digest)
			}
			delete(l.staged, at)
		}
		if w.Blob == nil {
			if old != nil {
				delete(l.said, versionOf(old.File))
			}
			delete(l.files, at)
			return nil
		}
		now, err = l.putBlob(at, scope, *w.Blob, old, w)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return now, dropped, nil
}

func (l *ledger) putBlob(
	at fileKey, scope workspace.Scope, b workspace.Blob, old *workspace.Blob, w workspace.BlobWrite,
) (*workspace.Blob, error) {
	b.Scope, b.Datastore, b.Path = scope, at.datastore, at.path
	b.Modified = b.Modified.UTC().Truncate(time.Microsecond)
	said := saidOf{properties: b.Properties, blocks: w.Blocks}
	if old != nil {
		if !b.Modified.After(old.Modified) {
			b.Modified = old.Modified.Add(time.Microsecond)
		}
		if !w.Content {
			said.blocks = l.said[versionOf(old.File)].blocks
		}
	}
	if b.Created = b.Created.UTC().Truncate(time.Microsecond); b.Created.IsZero() {
		b.Created = b.Modified
	}
	if err := l.put(b.File); err != nil {
		return nil, err
	}
	said.created = b.Created
	l.said[versionOf(l.files[at])] = said
	return &b, nil
}

func (s memoryStorage) Blocks(
	_ context.Context, scope workspace.Scope, datastore, path string,
) (committed, staged []workspace.Block, err error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	at := fileKey{fold(scope), datastore, path}
	if f, ok := s.m.files[at]; ok {
		committed = s.m.said[versionOf(f)].blocks
	}
	return committed, s.m.staged[at], nil
}

func (s memoryStorage) StageBlock(
	ctx context.Context, scope workspace.Scope, datastore, path string, b workspace.Block,
) error {
	at := fileKey{fold(scope), datastore, path}
	return s.m.write(ctx, func(l *ledger) error {
		if err := (workspace.File{Datastore: datastore, Path: path}).Check(); err != nil {
			return err
		}
		b.Staged = b.Staged.UTC().Truncate(time.Microsecond)
		blocks := slices.DeleteFunc(slices.Clone(l.staged[at]), func(o workspace.Block) bool { return o.ID == b.ID })
		blocks = append(blocks, b)
		slices.SortFunc(blocks, func(a, b workspace.Block) int { return strings.Compare(a.ID, b.ID) })
		l.staged[at] = blocks
		return nil
	})
}

func (s memoryStorage) DropStaged(
	ctx context.Context, before time.Time, digests ...string,
) (unused []string, err error) {
	err = s.m.write(ctx, func(l *ledger) error {
		unused = slices.Clone(digests)
		used := map[string]bool{}
		for at, blocks := range l.staged {
			var kept []workspace.Block
			for _, b := range blocks {
				if b.Staged.Before(before) {
					unused = append(unused, b.Digest)
					continue
				}
				used[b.Digest] = true
				kept = append(kept, b)
			}
			l.staged[at] = kept
		}
		slices.Sort(unused)
		unused = slices.DeleteFunc(slices.Compact(unused), func(d string) bool { return used[d] })
		return nil
	})
	return unused, err
}

func (s memoryStorage) Container(
	_ context.Context, scope workspace.Scope, name string,
) (*workspace.Container, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	c, ok := s.m.containers[containerKey{fold(scope), name}]
	if !ok {
		return nil, fmt.Errorf("container %s: %w", name, workspace.ErrNotFound)
	}
	return &c, nil
}

func (s memoryStorage) Containers(
	_ context.Context, scope workspace.Scope, prefix, after string, limit int,
) ([]workspace.Container, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	var found []workspace.Container
	for k, c := range s.m.containers {
		if k.scope == fold(scope) && strings.HasPrefix(k.name, prefix) && k.name > after {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b workspace.Container) int { return strings.Compare(a.Name, b.Name) })
	if limit > 0 {
		found = found[:min(limit, len(found))]
	}
	return found, nil
}

func (s memoryStorage) ChangeContainer(
	ctx context.Context, scope workspace.Scope, name string,
	change func(old *workspace.Container) (*workspace.Container, error),
) (now *workspace.Container, err error) {
	at := containerKey{fold(scope), name}
	err = s.m.write(ctx, func(l *ledger) error {
		var old *workspace.Container
		if c, ok := l.containers[at]; ok {
			old = &c
		}
		changed, err := change(old)
		if err != nil {
			return err
		}
		if changed == nil {
			l.dropContainer(at, old)
			return nil
		}
		c := *changed
		c.Scope, c.Name = l.spell(scope), name
		c.Created = c.Created.UTC().Truncate(time.Microsecond)
		c.Modified = c.Modified.UTC().Truncate(time.Microsecond)
		if old != nil && !c.Modified.After(old.Modified) {
			c.Modified = old.Modified.Add(time.Microsecond)
		}
		l.containers[at], now = c, &c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return now, nil
}

func (l *ledger) dropContainer(at containerKey, c *workspace.Container) {
	if c == nil {
		return
	}
	inside := func(k fileKey) bool { return k.scope == at.scope && k.datastore == c.Datastore }
	maps.DeleteFunc(l.files, func(k fileKey, _ workspace.File) bool { return inside(k) })
	maps.DeleteFunc(l.staged, func(k fileKey, _ []workspace.Block) bool { return inside(k) })
	maps.DeleteFunc(l.said, func(v version, _ saidOf) bool { return inside(v.fileKey) })
	delete(l.containers, at)
}
