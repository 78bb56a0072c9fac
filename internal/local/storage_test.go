package local_test

import (
	"errors"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func openHome(t *testing.T, dir string) *local.Local {
	t.Helper()
	l, err := local.Open(t.Context(), local.Options{Home: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestStorageAccounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	accounts, err := openHome(t, dir).Accounts()
	if err != nil {
		t.Fatal(err)
	}
	scope := workspace.Scope{Subscription: "S", ResourceGroup: "G", Workspace: "W"}
	lower := workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}
	name := accounts.Account(scope)
	if !regexp.MustCompile(`^[a-z0-9]{3,24}$`).MatchString(name) || name != accounts.Account(lower) {
		t.Errorf("got %q and %q, want one name of an account", name, accounts.Account(lower))
	}
	if name == accounts.Account(workspace.BuiltIn()) || name == accounts.Account(workspace.RegistryScope("W")) {
		t.Error("two workspaces have the same account")
	}
	for _, d := range workspace.Datastores() {
		container := accounts.Container(scope, d.Name)
		if err := blobapi.CheckContainer(container); err != nil || container != accounts.Container(lower, d.Name) {
			t.Errorf("%s: got container %q: %v", d.Name, container, err)
		}
	}
	key, err := accounts.Key(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openHome(t, dir).Accounts()
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := again.Key(t.Context(), lower); same != key {
		t.Error("the key of an account is another when the home is opened again")
	}
	if other, _ := accounts.Key(t.Context(), workspace.BuiltIn()); other == key {
		t.Error("two accounts have the same key")
	}
	elsewhere, err := openHome(t, t.TempDir()).Accounts()
	if err != nil {
		t.Fatal(err)
	}
	if other, _ := elsewhere.Key(t.Context(), scope); other == key {
		t.Error("two homes have the same key")
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost:1234/x", nil)
	if got := accounts.URL(r, scope); got != "http://localhost:1234/blob/"+name {
		t.Errorf("got URL %s", got)
	}
}

// An account is there as long as its workspace or registry is.
func TestAccountsAreFound(t *testing.T) {
	t.Parallel()
	l := openHome(t, t.TempDir())
	accounts, err := l.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	builtIn := workspace.BuiltIn()
	if got, err := accounts.Find(t.Context(), accounts.Account(builtIn)); err != nil || got.Scope != builtIn || len(got.Datastores) != 4 {
		t.Errorf("the built-in workspace: got %+v %v", got, err)
	}
	for _, c := range []struct {
		collection workspace.Collection
		scope      workspace.Scope
	}{
		{workspace.Workspaces, workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "demo"}},
		{workspace.Registries, workspace.RegistryScope("shared")},
	} {
		name := accounts.Account(c.scope)
		for range 2 {
			if got, err := accounts.Find(t.Context(), name); !errors.Is(err, workspace.ErrNotFound) {
				t.Errorf("before there is a workspace: got %+v %v, want ErrNotFound", got, err)
			}
			key := workspace.ResourceKey{Scope: c.scope, Collection: c.collection, Name: c.scope.Workspace}
			if err := l.Ledger().Resources().PutResources(t.Context(), &workspace.Resource{ResourceKey: key, Body: []byte(`{}`)}); err != nil {
				t.Fatal(err)
			}
			for range 2 { // looked up, and known
				got, err := accounts.Find(t.Context(), name)
				if err != nil || !strings.EqualFold(got.Scope.ARMID(), c.scope.ARMID()) || got.Created.IsZero() {
					t.Errorf("got %+v %v", got, err)
				}
			}
			_, _, err := l.Ledger().Resources().ChangeResource(t.Context(), key, func(*workspace.Resource) (*workspace.Resource, error) { return nil, nil })
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
