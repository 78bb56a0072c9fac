package armapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for name, a := range map[string]answer{
		"not_implemented": h.ask("GET", "onlineEndpoints", "").want(t, http.StatusNotImplemented),
		"no_workspace":    h.ask("GET", strings.Replace(h.scope.ARMID(), "workspaces/local", "workspaces/other", 1)+"/computes", "").want(t, http.StatusNotFound),
		"no_resource":     h.ask("GET", "computes/nosuch", "").want(t, http.StatusNotFound),
		"no_path":         h.ask("GET", "/subscriptions/s/nothing", "").want(t, http.StatusNotFound),
		"bad_name":        h.ask("GET", "computes/a%20b", "").want(t, http.StatusBadRequest),
		"bad_method":      h.ask("PUT", "computes", "{}").want(t, http.StatusMethodNotAllowed),
	} {
		golden.Check(t, h.shape(a), "testdata/error_"+name+".golden")
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	ids := map[string]bool{}
	for _, path := range []string{"computes", "computes", "computes/nosuch", "onlineEndpoints"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+h.scope.ARMID()+"/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-ms-client-request-id", "mine")
		res, err := h.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("x-ms-client-request-id"); got != "mine" {
			t.Errorf("%s: the client's id came back as %q", path, got)
		}
		ids[res.Header.Get("x-ms-request-id")] = true
	}
	if len(ids) != 4 || ids[""] {
		t.Errorf("ids of the requests: %v", ids)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.handler.MaxBody = 100
	a := h.ask("PUT", "computes/c", `{"x":"`+strings.Repeat("x", 100)+`"}`).want(t, http.StatusRequestEntityTooLarge)
	if a.header.Get("x-ms-error-code") != "RequestContentTooLarge" {
		t.Errorf("got %s", a.text)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	if a := h.ask("HEAD", "datastores/workspaceblobstore", "").want(t, http.StatusOK); a.text != "" {
		t.Errorf("a body: %s", a.text)
	}
	h.ask("HEAD", "datastores/nosuch", "").want(t, http.StatusNotFound)
}

// A list longer than a page is read to its end, by the links of its pages.
func TestPages(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const most = 205
	var computes []*workspace.Resource
	for i := range most {
		computes = append(computes, &workspace.Resource{Body: []byte(clusterBody), ResourceKey: workspace.ResourceKey{
			Scope: h.scope, Collection: workspace.Computes, Name: fmt.Sprintf("c%03d", i),
		}})
	}
	if err := h.ledger.Resources().PutResources(t.Context(), computes...); err != nil {
		t.Fatal(err)
	}
	client := h.factory().NewComputeClient()
	pages := all(t, client.NewListPager(h.scope.ResourceGroup, h.scope.Workspace, nil))
	n := 0
	for _, page := range pages {
		for _, c := range page.Value {
			if want := fmt.Sprintf("c%03d", n); *c.Name != want {
				t.Fatalf("at %d stands %s", n, *c.Name)
			}
			n++
		}
	}
	if len(pages) != 3 || n != most {
		t.Errorf("got %d in %d pages, want %d in 3", n, len(pages), most)
	}
}

// The address of an operation tells of nothing but resources.
func TestOperationStatusOfNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ask("GET", "operationStatuses/secrets/x", "").want(t, http.StatusBadRequest)
	a := h.ask("GET", "operationStatuses/computes/x", "").want(t, http.StatusOK)
	if !strings.Contains(a.text, `"status":"Failed"`) {
		t.Errorf("of a compute that is not there: %s", a.text)
	}
}
