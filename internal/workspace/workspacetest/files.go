package workspacetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// memoryFiles is the datastores' index of a Memory.
type memoryFiles struct{ m *Memory }

// Files implements workspace.Store.
func (m *Memory) Files() workspace.FileStore { return memoryFiles{m} }

func (l *ledger) put(f workspace.File) error {
	if err := f.Check(); err != nil {
		return err
	}
	f.Scope = l.spell(f.Scope)
	f.Modified = f.Modified.UTC().Truncate(time.Microsecond)
	l.files[fileKey{fold(f.Scope), f.Datastore, f.Path}] = f
	return nil
}

func (s memoryFiles) Put(ctx context.Context, files []workspace.File) error {
	return s.m.write(ctx, func(l *ledger) error {
		for _, f := range files {
			if err := l.put(f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s memoryFiles) File(
	_ context.Context, scope workspace.Scope, datastore, path string,
) (*workspace.File, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	f, ok := s.m.files[fileKey{fold(scope), datastore, path}]
	if !ok {
		return nil, fmt.Errorf("file %s on datastore %s: %w", path, datastore, workspace.ErrNotFound)
	}
	return &f, nil
}

// under says whether a file lies at or below a prefix.
func under(f workspace.File, scope workspace.Scope, datastore, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	return fold(f.Scope) == fold(scope) && f.Datastore == datastore &&
		(prefix == "" || f.Path == prefix || strings.HasPrefix(f.Path, prefix+"/"))
}

func (s memoryFiles) List(
	_ context.Context, scope workspace.Scope, datastore, prefix string, limit int,
) ([]workspace.File, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	var found []workspace.File
	for _, f := range s.m.files {
		if under(f, scope, datastore, prefix) {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b workspace.File) int { return strings.Compare(a.Path, b.Path) })
	if limit > 0 {
		found = found[:min(limit, len(found))]
	}
	return found, nil
}

func (s memoryFiles) Delete(
	ctx context.Context, scope workspace.Scope, datastore, prefix string,
) (n int, err error) {
	err = s.m.write(ctx, func(l *ledger) error {
		for k, f := range l.files {
			if under(f, scope, datastore, prefix) {
				delete(l.files, k)
				delete(l.said, versionOf(f))
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s memoryFiles) Digests(_ context.Context, yield func(digest string) error) error {
	s.m.mu.Lock()
	var digests []string
	for _, f := range s.m.files {
		digests = append(digests, f.Digest)
	}
	s.m.mu.Unlock()
	slices.Sort(digests)
	for _, d := range slices.Compact(digests) {
		if err := yield(d); err != nil {
			return err
		}
	}
	return nil
}
