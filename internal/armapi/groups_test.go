package armapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/golden"
)

const someGroup = "/subscriptions/s/resourcegroups/Research"

func TestResourceGroups(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ask("HEAD", someGroup, "").want(t, http.StatusNotFound)
	a := h.ask("GET", someGroup, "").want(t, http.StatusNotFound)
	golden.Check(t, h.shape(a), "testdata/group_missing.golden")
	h.ask("PUT", someGroup, `{}`).want(t, http.StatusBadRequest)
	a = h.ask("PUT", someGroup, `{"location":"westeurope","tags":{"a":"1"}}`).want(t, http.StatusCreated)
	golden.Check(t, h.shape(a), "testdata/group_created.golden")
	h.ask("PUT", someGroup, `{"location":"West Europe"}`).want(t, http.StatusOK)
	h.ask("PUT", someGroup, `{"location":"eastus"}`).want(t, http.StatusConflict)
	h.ask("HEAD", strings.ToLower(someGroup), "").want(t, http.StatusNoContent)
	a = h.ask("PATCH", someGroup, `{"tags":{"b":"2"}}`).want(t, http.StatusOK)
	if !strings.Contains(a.text, `"tags":{"b":"2"}`) {
		t.Errorf("after the change of its tags: %s", a.text)
	}
	a = h.ask("GET", "/subscriptions/S/resourcegroups", "").want(t, http.StatusOK)
	if strings.Count(a.text, `"id":`) != 1 || !strings.Contains(a.text, "/subscriptions/s/resourceGroups/Research") {
		t.Errorf("groups of the subscription: %s", a.text)
	}
	h.ask("DELETE", someGroup, "").want(t, http.StatusOK)
	h.ask("DELETE", someGroup, "").want(t, http.StatusNotFound)
}

// The group of the built-in workspace is always there, and stays.
func TestBuiltInGroup(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group := "/subscriptions/" + h.scope.Subscription + "/resourceGroups/LOCAL"
	h.ask("HEAD", group, "").want(t, http.StatusNoContent)
	h.ask("DELETE", group, "").want(t, http.StatusConflict)
	h.ask("PATCH", group, `{"tags":{"b":"2"}}`).want(t, http.StatusOK)
	a := h.ask("GET", "/subscriptions/"+h.scope.Subscription+"/resourceGroups", "").want(t, http.StatusOK)
	if strings.Count(a.text, `"id":`) != 1 || !strings.Contains(a.text, `"b":"2"`) {
		t.Errorf("groups of the subscription: %s", a.text)
	}
}

func TestGroupWithWorkspaceStays(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ask("PUT", someGroup, `{"location":"westeurope"}`).want(t, http.StatusCreated)
	h.ask("PUT", someGroup+"/providers/Microsoft.MachineLearningServices/workspaces/w", `{"location":"westeurope"}`).want(t, http.StatusAccepted)
	a := h.ask("DELETE", someGroup, "").want(t, http.StatusConflict)
	if !strings.Contains(a.text, "workspace w") {
		t.Errorf("the refusal does not name the workspace: %s", a.text)
	}
}
