package asset_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// FuzzDefinition: whatever the YAML, reading it as a definition and checking it
// does not fail, every fault has a place in a file, and what is printed reads
// as the same model.
func FuzzDefinition(f *testing.F) {
	var kinds []string
	for _, k := range asset.Kinds() {
		if asset.New(k) != nil {
			kinds = append(kinds, k)
		}
	}
	for _, list := range [][]rule{assetRules(), storeRules(), computeRules(), scheduleRules(), endpointRules(), deploymentRules()} {
		for _, r := range list {
			f.Add(r.text)
		}
	}
	fsys := project()
	f.Fuzz(func(t *testing.T, text string) {
		if _, errs := yamlnode.Parse("p/a.yml", []byte(text)); errs.HasErrors() {
			return
		}
		for _, kind := range kinds {
			def, errs := read(fsys, kind, "p/a.yml", []byte(text))
			if def == nil {
				continue
			}
			for _, d := range errs {
				if d.File == "" || d.Line < 1 {
					t.Fatalf("%s: a fault without a place: %v", kind, d)
				}
			}
			got, _ := read(nil, kind, "p/a.yml", printed(t, def))
			if diff := cmp.Diff(def, got, cmpopts.IgnoreTypes(diag.Range{}, []diag.Range{})); diff != "" {
				t.Fatalf("%s: model after printing (-want +got):\n%s", kind, diff)
			}
		}
	})
}
