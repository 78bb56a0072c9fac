package local

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// blobPrefix comes before an account in the path of a URL.
const blobPrefix = "/blob"

// accounts are the storage accounts of a home: one for each workspace and each
// registry. Nothing is kept about them: the name follows from the workspace,
// the key from the name and the home's secret.
type accounts struct {
	resources workspace.ResourceStore
	secret    []byte

	lock sync.Mutex // guards known
	// known are accounts that were asked for. Whether a workspace is still
	// there, the ledger says.
	known map[string]workspace.Scope
}

// newAccounts are the accounts of an open home.
func (l *Local) newAccounts() (*accounts, error) {
	secret, err := l.home.Secret()
	if err != nil {
		return nil, fmt.Errorf("prepare the keys of storage accounts: %w", err)
	}
	return &accounts{resources: l.ledger.Resources(), secret: []byte(secret), known: map[string]workspace.Scope{}}, nil
}

// Account is an account's name: as on Azure at most 24 lower-case letters and
// digits, so a hash of the scope, which ARM compares ignoring case.
func (a *accounts) Account(scope workspace.Scope) string { return accountName(scope) }

func accountName(scope workspace.Scope) string {
	sum := sha256.Sum256([]byte(strings.ToLower(scope.ARMID())))
	return "isch" + hex.EncodeToString(sum[:10])
}

// Container is where the files of a datastore lie that every workspace has.
// The names are shaped as Azure's, which clients do not look into.
func (a *accounts) Container(scope workspace.Scope, datastore string) string {
	return containerName(scope, datastore)
}

func containerName(scope workspace.Scope, datastore string) string {
	id := workspace.ID(scope)
	switch datastore {
	case workspace.BlobStore:
		return "azureml-blobstore-" + id
	case workspace.ArtifactStore:
		return "azureml"
	case workspace.FileShare:
		return "azureml-filestore-" + id
	case workspace.WorkingDirectory:
		return "code-" + id
	}
	return ""
}

// key is an account's key. It is as long as Azure's.
func (a *accounts) key(account string) blobapi.Key {
	h := hmac.New(sha512.New, a.secret)
	h.Write([]byte("storage account key 1\n" + account))
	return blobapi.Key(h.Sum(nil))
}

// Key is an account's key as clients are given it.
func (a *accounts) Key(_ context.Context, scope workspace.Scope) (string, error) {
	return a.key(a.Account(scope)).Base64(), nil
}

// SAS is the query of a link.
func (a *accounts) SAS(
	_ context.Context, scope workspace.Scope, container, blob, permissions string, expiry time.Time,
) (string, error) {
	return a.account(scope).SAS(blobapi.Link{Container: container, Blob: blob, Permissions: permissions, Expiry: expiry}), nil
}

// signed is where a datastore lies, and what opens its container until expiry.
func (a *accounts) signed(scope workspace.Scope, datastore string, expiry time.Time) (account, container, signature string) {
	container = a.Container(scope, datastore)
	link := blobapi.Link{Container: container, Permissions: "racwdl", Expiry: expiry}
	return a.Account(scope), container, a.account(scope).SAS(link)
}

// URL is an account's address for the client of r.
func (a *accounts) URL(r *http.Request, scope workspace.Scope) string {
	return hosts.Of(r).Account(a.Account(scope))
}

// account is a scope's account as the storage door wants it.
func (a *accounts) account(scope workspace.Scope) *blobapi.Account {
	name := a.Account(scope)
	account := &blobapi.Account{Name: name, Scope: scope, Keys: []blobapi.Key{a.key(name)}, Datastores: map[string]string{}}
	for _, d := range workspace.Datastores() {
		account.Datastores[a.Container(scope, d.Name)] = d.Name
	}
	return account
}

// Find is an account by name. ErrNotFound when no workspace and no registry has
// it.
func (a *accounts) Find(ctx context.Context, name string) (*blobapi.Account, error) {
	if builtIn := workspace.BuiltIn(); name == a.Account(builtIn) {
		return a.account(builtIn), nil // it is there before the ledger knows
	}
	a.lock.Lock()
	scope, ok := a.known[name]
	a.lock.Unlock()
	if ok {
		return a.check(ctx, scope)
	}
	for _, collection := range []workspace.Collection{workspace.Workspaces, workspace.Registries} {
		list, err := a.resources.Resources(ctx, workspace.ResourceQuery{Collection: collection, AllScopes: true, Archived: "all"})
		if err != nil {
			return nil, fmt.Errorf("find storage account %s: %w", name, err)
		}
		for _, r := range list {
			if a.Account(r.Scope) == name {
				a.remember(name, r.Scope)
				return a.since(r), nil
			}
		}
	}
	return nil, fmt.Errorf("storage account %s: %w", name, workspace.ErrNotFound)
}

func (a *accounts) remember(name string, scope workspace.Scope) {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.known[name] = scope
}

// check is the account of a scope that had one when it was asked for last.
func (a *accounts) check(ctx context.Context, scope workspace.Scope) (*blobapi.Account, error) {
	for _, collection := range []workspace.Collection{workspace.Workspaces, workspace.Registries} {
		r, err := a.resources.Resource(ctx, workspace.ResourceKey{Scope: scope, Collection: collection, Name: scope.Workspace})
		if err == nil {
			return a.since(r), nil
		}
		if !errors.Is(err, workspace.ErrNotFound) {
			return nil, fmt.Errorf("find the storage account of %s: %w", scope.ARMID(), err)
		}
	}
	return nil, fmt.Errorf("the storage account of %s: %w", scope.ARMID(), workspace.ErrNotFound)
}

// since is the account of a workspace, as old as that.
func (a *accounts) since(r *workspace.Resource) *blobapi.Account {
	account := a.account(r.Scope)
	account.Created = r.Created
	return account
}
