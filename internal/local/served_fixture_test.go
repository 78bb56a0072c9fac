package local_test

import (
	"encoding/json"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// A home that was served opens for ever, with all that came through the doors:
// see testdata/homes/README.md.
func TestServedHomeOfOldVersion(t *testing.T) {
	t.Parallel()
	l := openCopy(t, "testdata/homes/served-1")
	ctx, ledger := t.Context(), l.Ledger()
	scope := workspace.Scope{Subscription: workspace.BuiltIn().Subscription, ResourceGroup: "demo", Workspace: "demo"}
	if last, ok, err := ledger.LastUsed(ctx); err != nil || !ok || last != scope {
		t.Errorf("used last: %v, %t, %v", last, ok, err)
	}
	const name = "honest_basil_zfo20z12rq"
	job, err := ledger.Job(ctx, scope, name)
	if err != nil || job.Status != workspace.Completed || job.Experiment != "demo-devbox" {
		t.Fatalf("job: %+v, %v", job, err)
	}
	if d, err := ledger.Queue().Definition(ctx, scope, name); err != nil || !json.Valid(d.Body) || !json.Valid(d.Plan) {
		t.Errorf("definition: %+v, %v", d, err)
	}
	for _, key := range []workspace.ResourceKey{
		{Collection: workspace.Workspaces, Name: "demo"},
		{Collection: workspace.Computes, Name: "DS3-v2-cluster"},
		{Collection: workspace.Models, Name: "words", Version: "1"},
		{Collection: workspace.Endpoints, Name: "demo-devbox"},
		{Collection: workspace.Deployments, Name: "demo-devbox/p-f506dd124a96407f"},
		{Collection: workspace.Pipelines, Name: "eb5412be-5d97-5d3f-81e2-2fcbb1637f95"},
	} {
		key.Scope = scope
		if r, err := ledger.Resources().Resource(ctx, key); err != nil || !json.Valid(r.Body) {
			t.Errorf("%s %s: %v", key.Collection, key.Name, err)
		}
	}
	for _, path := range []string{"folder/my.txt", "markers/demo-devbox.csv"} {
		if _, err := ledger.Files().File(ctx, scope, workspace.BlobStore, path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	cache, err := l.Cache()
	if err != nil {
		t.Fatal(err)
	}
	if found, err := cache.Verify(ctx, false); err != nil || !found.Sound() {
		t.Errorf("verify: %+v, %v", found, err)
	}
}
