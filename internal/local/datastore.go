package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// errElsewhere: the files of a datastore are not in this home.
var errElsewhere = fmt.Errorf("its files are not in this home: %w", workspace.ErrNotFound)

// FiledUnder is what the files of a datastore are filed under in the index: of
// one that was registered that depends on its container. ErrNotFound when the
// workspace has no such datastore, or its files are elsewhere.
func (l *Local) FiledUnder(ctx context.Context, scope workspace.Scope, name string) (string, error) {
	return filedUnder(ctx, l.ledger, scope, name)
}

func filedUnder(ctx context.Context, w *workspace.Workspace, scope workspace.Scope, name string) (string, error) {
	if workspace.IsDatastore(name) {
		return name, nil
	}
	key := workspace.ResourceKey{Scope: scope, Collection: workspace.DataStores, Name: name}
	if err := key.Check(); err != nil {
		return "", fmt.Errorf("the workspace has no datastore %.100q: %w", name, workspace.ErrNotFound)
	}
	r, err := w.Resources().Resource(ctx, key)
	if errors.Is(err, workspace.ErrNotFound) {
		return "", fmt.Errorf("the workspace has no datastore %q: %w", name, workspace.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("datastore %s: %w", name, err)
	}
	var body struct {
		Properties struct{ DatastoreType, AccountName, ContainerName string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return "", fmt.Errorf("datastore %s: %w", name, err)
	}
	p := body.Properties
	if !strings.EqualFold(p.DatastoreType, "AzureBlob") || p.AccountName != accountName(scope) {
		return "", fmt.Errorf("datastore %s is container %s of account %s: %w", name, p.ContainerName, p.AccountName, errElsewhere)
	}
	return filedInContainer(ctx, w, scope, p.ContainerName)
}

// filedInContainer is what the files of a container are filed under. One that
// is not there has no files, and takes none.
func filedInContainer(ctx context.Context, w *workspace.Workspace, scope workspace.Scope, container string) (string, error) {
	for _, d := range workspace.Datastores() {
		if d.Type == "AzureBlob" && containerName(scope, d.Name) == container {
			return d.Name, nil
		}
	}
	c, err := w.Storage().Container(ctx, scope, container)
	if err != nil {
		return "", fmt.Errorf("container %s of the workspace's storage account: %w", container, err)
	}
	return c.Datastore, nil
}

// filing is what the files of the datastores are filed under that one job
// writes to. It may be asked by many goroutines.
type filing struct {
	find func(name string) (string, error)

	mu sync.Mutex // guards known
	// known are the answers so far: one job files all its files of a datastore
	// under the same.
	known map[string]string
}

func newFiling(ctx context.Context, w *workspace.Workspace, scope workspace.Scope) *filing {
	find := func(name string) (string, error) { return filedUnder(ctx, w, scope, name) }
	return &filing{find: find, known: map[string]string{}}
}

// has says whether steps can write to a datastore.
func (f *filing) has(name string) bool {
	_, err := f.of(name)
	return err == nil
}

// under is what the files of a datastore are filed under. The default one of a
// definition need not be there; then its name is it.
func (f *filing) under(name string) string {
	filed, err := f.of(name)
	if err != nil {
		return name
	}
	return filed
}

func (f *filing) of(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if filed, ok := f.known[name]; ok {
		return filed, nil
	}
	filed, err := f.find(name)
	if err == nil {
		f.known[name] = filed
	}
	return filed, err
}
