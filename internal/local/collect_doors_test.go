package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestCollectKeepsWhatDoorsHold: what is registered, and what a job needs that
// waits or can be retried, stays with all that it consists of; and no longer.
func TestCollectKeepsWhatDoorsHold(t *testing.T) {
	t.Parallel()
	p := newProject(t, nil)
	store, err := p.l.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) blob.Digest {
		t.Helper()
		d, err := store.PutBytes(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tree := func(file blob.Digest) blob.Digest {
		t.Helper()
		return put(string(blob.Tree{Entries: []blob.Entry{{Path: "f", Digest: file, Size: 1}}}.Encode()))
	}
	model, code, file, garbage := put("model"), put("code"), put("file"), put("garbage")
	models, codes := tree(model), tree(code)
	ledger, scope := p.l.Ledger(), workspace.BuiltIn()
	key := workspace.ResourceKey{Scope: scope, Collection: workspace.Models, Name: "m", Version: "1"}
	if err := ledger.Resources().PutResources(t.Context(), &workspace.Resource{ResourceKey: key, Digests: []string{string(models)}}); err != nil {
		t.Fatal(err)
	}
	plan := fmt.Sprintf(`{"nodes":[{"code":".tree/%s/src"},{"includes":[".file/%s/a.txt"]}]}`, codes, file)
	_, err = ledger.Submit(t.Context(), scope, workspace.Submission{
		Name: "waits", Type: "command", Definition: &workspace.Definition{Plan: []byte(plan)},
	})
	if err != nil {
		t.Fatal(err)
	}
	collect := func() {
		t.Helper()
		age(t, filepath.Join(p.l.Dir(), "blobs"))
		folder, err := p.l.Cache()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := folder.Collect(t.Context(), local.CollectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(want bool, digests ...blob.Digest) {
		t.Helper()
		for _, d := range digests {
			if store.Has(d) != want {
				t.Errorf("blob %s is there: %v, want %v", d, !want, want)
			}
		}
	}
	collect()
	expect(true, model, models, code, codes, file)
	expect(false, garbage)
	if err := ledger.Advance(t.Context(), scope, workspace.Change{Job: "waits", Status: workspace.Failed}); err != nil {
		t.Fatal(err)
	}
	remove := func(*workspace.Resource) (*workspace.Resource, error) { return nil, nil }
	if _, _, err := ledger.Resources().ChangeResource(t.Context(), key, remove); err != nil {
		t.Fatal(err)
	}
	// The plan in the folder of a job tells what a retry would need.
	dir, err := p.l.JobDir("waits")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plan.json"), []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	collect()
	expect(false, model, models)
	expect(true, code, codes, file)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	collect()
	expect(false, code, codes, file)
}
