package armapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// withGroup makes a group beside the built-in one, and takes h there.
func (h *harness) withGroup(workspaceName string) *harness {
	h.t.Helper()
	h.scope = workspace.Scope{Subscription: "11111111-2222-3333-4444-555555555555", ResourceGroup: "research", Workspace: workspaceName}
	h.ask("PUT", "/subscriptions/"+h.scope.Subscription+"/resourcegroups/research", `{"location":"westeurope"}`).want(h.t, http.StatusCreated)
	return h
}

func TestWorkspaceLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t).withGroup("Demo")
	client, group := h.factory().NewWorkspacesClient(), h.scope.ResourceGroup
	_, err := client.Get(t.Context(), group, "Demo", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")

	poller, err := client.BeginCreateOrUpdate(t.Context(), group, "Demo", armmachinelearning.Workspace{
		Location: to.Ptr("westeurope"), Tags: map[string]*string{"team": to.Ptr("a")},
		Properties: &armmachinelearning.WorkspaceProperties{Description: to.Ptr("for tests")},
	}, nil)
	made := poll(t, poller, err)
	if *made.Name != "Demo" || *made.Properties.ProvisioningState != armmachinelearning.ProvisioningStateSucceeded {
		t.Errorf("made %s, %s", *made.Name, *made.Properties.ProvisioningState)
	}
	// Names are compared as ARM compares them; the id has the request's.
	got := must(client.Get(t.Context(), group, "dEMO", nil))(t)
	if *got.Properties.WorkspaceID != workspace.ID(h.scope) || !strings.HasSuffix(*got.ID, "/dEMO") || *got.Name != "Demo" {
		t.Errorf("got the id %s, %s, name %s", *got.Properties.WorkspaceID, *got.ID, *got.Name)
	}
	update, err := client.BeginUpdate(t.Context(), group, "Demo", armmachinelearning.WorkspaceUpdateParameters{
		Tags:       map[string]*string{"team": to.Ptr("b")},
		Properties: &armmachinelearning.WorkspacePropertiesUpdateParameters{FriendlyName: to.Ptr("The Demo")},
	}, nil)
	updated := poll(t, update, err)
	if *updated.Tags["team"] != "b" || *updated.Properties.FriendlyName != "The Demo" || *updated.Properties.Description != "for tests" {
		t.Errorf("after the update: %v, %v", *updated.Tags["team"], *updated.Properties.Description)
	}
	pages := all(t, client.NewListByResourceGroupPager(group, nil))
	if len(pages) != 1 || len(pages[0].Value) != 1 || *pages[0].Value[0].Name != "Demo" {
		t.Errorf("of the group: %v", pages)
	}
	if pages := all(t, client.NewListBySubscriptionPager(nil)); len(pages[0].Value) != 1 {
		t.Errorf("of the subscription: %v", pages)
	}
	gone, err := client.BeginDelete(t.Context(), group, "Demo", nil)
	poll(t, gone, err)
	_, err = client.Get(t.Context(), group, "Demo", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
	gone, err = client.BeginDelete(t.Context(), group, "Demo", nil)
	poll(t, gone, err)
}

func TestWorkspaceOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHarness(t).withGroup("demo")
	ws := h.scope.ARMID()
	body := `{"id":"x","name":"y","location":"westeurope","properties":{"description":"d","keyVault":"/subscriptions/k"}}`
	a := h.ask("PUT", ws+"?api-version=2024-04-01", body).want(t, http.StatusAccepted)
	golden.Check(t, h.shape(a), "testdata/workspace_created.golden")
	a = h.ask("PUT", ws, body).want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/workspace_again.golden")
	h.ask("PUT", ws, `{"location":"eastus"}`).want(t, http.StatusConflict)
	h.ask("PUT", ws, `{"location":7}`).want(t, http.StatusBadRequest)
	h.ask("PUT", ws, `[]`).want(t, http.StatusBadRequest)
	h.ask("PUT", ws, ``).want(t, http.StatusBadRequest)
	a = h.ask("PUT", strings.Replace(ws, "research", "nowhere", 1), body).want(t, http.StatusNotFound)
	golden.Check(t, h.shape(a), "testdata/workspace_no_group.golden")
}

func TestWorkspaceKeys(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group, name := h.factory().NewWorkspacesClient(), h.scope.ResourceGroup, h.scope.Workspace
	keys := must(client.ListKeys(t.Context(), group, name, nil))(t)
	storage := must(client.ListStorageAccountKeys(t.Context(), group, name, nil))(t)
	ws := must(client.Get(t.Context(), group, name, nil))(t)
	if *keys.UserStorageKey != *storage.UserStorageKey || *keys.UserStorageResourceID != *ws.Properties.StorageAccount {
		t.Errorf("keys are %+v, the workspace's account %s", keys, *ws.Properties.StorageAccount)
	}
	poller, err := client.BeginResyncKeys(t.Context(), group, name, nil)
	poll(t, poller, err)
	if out := must(client.ListOutboundNetworkDependenciesEndpoints(t.Context(), group, name, nil))(t); len(out.Value) != 0 {
		t.Errorf("depends on %v", out.Value)
	}
	_, err = client.ListKeys(t.Context(), group, "nosuch", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}

// The built-in workspace is there before anybody made it, and stays.
func TestBuiltInWorkspace(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group := h.factory().NewWorkspacesClient(), h.scope.ResourceGroup
	if pages := all(t, client.NewListBySubscriptionPager(nil)); len(pages[0].Value) != 1 {
		t.Errorf("of the subscription: %v", pages[0].Value)
	}
	poller, err := client.BeginCreateOrUpdate(t.Context(), group, "local", armmachinelearning.Workspace{
		Location: to.Ptr("local"), Properties: &armmachinelearning.WorkspaceProperties{Description: to.Ptr("mine")},
	}, nil)
	if made := poll(t, poller, err); *made.Properties.Description != "mine" {
		t.Errorf("description %q", *made.Properties.Description)
	}
	if pages := all(t, client.NewListByResourceGroupPager(group, nil)); len(pages[0].Value) != 1 {
		t.Errorf("of the group: %v", pages[0].Value)
	}
	_, err = client.BeginDelete(t.Context(), group, "local", nil)
	fails(t, err, http.StatusConflict, "Conflict")
}

// A workspace with jobs stays; without, it takes what is registered with it.
func TestDeleteWorkspace(t *testing.T) {
	t.Parallel()
	h := newHarness(t).withGroup("demo")
	h.ask("PUT", h.scope.ARMID(), `{"location":"westeurope"}`).want(t, http.StatusAccepted)
	h.ask("PUT", "computes/cpu", clusterBody).want(t, http.StatusCreated)
	h.ask("DELETE", h.scope.ARMID(), "").want(t, http.StatusOK)
	h.ask("GET", "computes/cpu", "").want(t, http.StatusNotFound)
	h.ask("PUT", h.scope.ARMID(), `{"location":"westeurope"}`).want(t, http.StatusAccepted)
	h.ask("GET", "computes/cpu", "").want(t, http.StatusNotFound)

	_, err := h.ledger.Submit(t.Context(), h.scope, workspace.Submission{Name: "kept", Type: "command"})
	if err != nil {
		t.Fatal(err)
	}
	a := h.ask("DELETE", h.scope.ARMID(), "").want(t, http.StatusConflict)
	if !strings.Contains(a.text, "kept") {
		t.Errorf("the refusal does not name the job: %s", a.text)
	}
}

// TestWorkspaceOfARegistry: no workspace can be where a registry's assets are.
func TestWorkspaceOfARegistry(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, name := range []string{"registries", "Registries"} {
		group := "/subscriptions/" + name + "/resourcegroups/" + name
		h.ask("PUT", group, `{"location":"local"}`).want(t, http.StatusCreated)
		h.ask("PUT", group+"/providers/Microsoft.MachineLearningServices/workspaces/shared", `{"location":"local"}`).want(t, http.StatusBadRequest)
		h.ask("GET", group+"/providers/Microsoft.MachineLearningServices/workspaces/shared", "").want(t, http.StatusNotFound)
		h.ask("DELETE", group, "").want(t, http.StatusOK)
	}
}
