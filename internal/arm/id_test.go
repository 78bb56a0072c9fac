package arm_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/load"
)

func TestParseID(t *testing.T) {
	t.Parallel()
	w := scope.String()
	for _, tt := range []struct {
		text, want string
		ok         bool
	}{
		{w + "/computes/cpu", "azureml:cpu", true},
		{"azureml:" + w + "/environments/e/versions/3", "azureml:e:3", true},
		{w + "/environments/e/labels/latest", "azureml:e@latest", true},
		{"/Subscriptions/s/resourcegroups/g/Providers/microsoft.machinelearningservices/Workspaces/w/codes/c/Versions/1", "azureml:c:1", true},
		{w, "", false},
		{w + "/computes/", "", false},
		{w + "/environments/e/other/3", "", false},
		{"azureml:e:3", "", false},
		{"", "", false},
	} {
		id, ok := arm.ParseID(tt.text)
		if ok != tt.ok || ok && id.Reference() != tt.want {
			t.Errorf("ParseID(%q) = %+v, %v; want %s", tt.text, id, ok, tt.want)
		}
		if ok && (id.Scope != scope) {
			t.Errorf("ParseID(%q) is of %+v", tt.text, id.Scope)
		}
	}
}

// TestComponents: a component that is registered under its own name comes back
// as it was, but for ids in the place of what it refers to.
func TestComponents(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"train.yml", "sub.yml", "flag.yml"} {
		c, errs := load.Component(os.DirFS("testdata/azureaiml"), name)
		if errs.HasErrors() {
			t.Fatal(errs.Err())
		}
		var texts [2]string
		s := newStore()
		for i := range texts {
			v, err := arm.EncodeComponent(t.Context(), c, arm.EncodeOptions{Scope: scope, Resolver: s})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text, err := json.Marshal(v.Properties)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(text)
			if c, err = arm.DecodeComponent(t.Context(), c.Name.Value, c.Version.Value, text, arm.DecodeOptions{Scope: scope, Lookup: lookup{s}}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
			t.Errorf("%s: it is another component (-before +after):\n%s", name, diff)
		}
	}
}
