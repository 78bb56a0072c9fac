package step_test

import (
	"slices"
	"testing"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
)

func config() step.Config {
	return step.Config{
		DefaultDatastore: "workspaceblobstore",
		Job: func(n *plan.Node) string {
			if n.Index < 0 {
				return "root"
			}
			return "child"
		},
		IsDatastore: func(name string) bool { return name == "workspaceblobstore" || name == "workspacefilestore" },
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	n := &plan.Node{Index: 3, Path: "train"}
	for _, tt := range []struct {
		out  plan.Output
		want string
		err  bool
	}{
		{plan.Output{Name: "o", Type: "uri_folder", Owner: 3, OwnerName: "o"}, "azureml://datastores/workspaceblobstore/paths/azureml/child/o/", false},
		{plan.Output{Name: "o", Type: "uri_folder", Owner: -1, OwnerName: "model"}, "azureml://datastores/workspaceblobstore/paths/azureml/root/model/", false},
		{plan.Output{Name: "o", Type: "uri_file", Owner: 3, OwnerName: "o"}, "azureml://datastores/workspaceblobstore/paths/azureml/child/o/o", false},
		{plan.Output{Name: "artifacts", Type: "uri_folder", Owner: 3}, "azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.child/", false},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "azureml://datastores/workspacefilestore/paths/${{name}}/${{ output_name }}/"}, "azureml://datastores/workspacefilestore/paths/child/o/", false},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "azureml://datastores/${{default_datastore}}/paths/x"}, "azureml://datastores/workspaceblobstore/paths/x/", false},
		{plan.Output{Name: "o", Type: "uri_file", URI: "azureml://datastores/workspaceblobstore/paths/d/f.txt"}, "azureml://datastores/workspaceblobstore/paths/d/f.txt", false},
		{plan.Output{Name: "o", Type: "uri_file", OwnerName: "o", URI: "azureml://datastores/workspaceblobstore/paths/d/"}, "azureml://datastores/workspaceblobstore/paths/d/o", false},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "azureml://datastores/nosuch/paths/x"}, "", true},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "azureml://datastores/workspaceblobstore/paths/../x"}, "", true},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "azureml://datastores/workspaceblobstore"}, "", true},
		{plan.Output{Name: "o", Type: "uri_folder", URI: "https://example.org/x"}, "", true},
	} {
		got, err := config().Place(n, tt.out)
		if (err != nil) != tt.err || err == nil && got.URI() != tt.want {
			t.Errorf("Place(%+v) = %s, %v; want %s", tt.out, got.URI(), err, tt.want)
		}
	}
}

func TestParsePlace(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]step.Place{
		"azureml://datastores/d/paths/a/b":  {Datastore: "d", Path: "a/b"},
		"azureml://datastores/d/paths/a/b/": {Datastore: "d", Path: "a/b", Folder: true},
		"azureml://datastores/d/paths/":     {Datastore: "d"},
		"azureml://datastores/d":            {Datastore: "d"},
		"azureml://datastores/d/pathsfoo":   {Datastore: "d", Path: "pathsfoo"},
		"azureml://datastores/d/..foo":      {Datastore: "d", Path: "..foo"},
		"azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/a": {Datastore: "d", Path: "a"},
		"azureml://subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/datastores/d/paths/a": {
			Datastore: "d", Path: "a"},
	} {
		if got, err := step.ParsePlace(uri); err != nil || got != want {
			t.Errorf("ParsePlace(%s) = %+v, %v; want %+v", uri, got, err, want)
		}
	}
	for _, uri := range []string{"", "azureml:d", "azureml://datastores/", "azureml://datastores/d/paths/a/../b", "azureml://datastores/d/paths/a//b", "https://x/y",
		"azureml://datastores/d/paths/.", "azureml://datastores/d/paths/..", "azureml://datastores/d/paths/../../x", "azureml://datastores/d/./paths/x",
	} {
		if got, err := step.ParsePlace(uri); err == nil {
			t.Errorf("ParsePlace(%q) = %+v, want an error", uri, got)
		}
	}
}

func FuzzParsePlace(f *testing.F) {
	f.Add("azureml://datastores/d/paths/a/b/")
	f.Add("azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/a")
	f.Fuzz(func(t *testing.T, uri string) {
		p, err := step.ParsePlace(uri)
		if err != nil {
			return
		}
		again, err := step.ParsePlace(p.URI())
		if err != nil || again.Datastore != p.Datastore || again.Path != p.Path {
			t.Fatalf("%q is %+v, whose address reads as %+v, %v", uri, p, again, err)
		}
	})
}

func TestInherit(t *testing.T) {
	t.Parallel()
	environ := []string{
		"PATH=/bin", "HOME=/h", "AWS_SECRET_ACCESS_KEY=no", "LC_ALL=C", "CONDA_PREFIX=/c", "MY_TOKEN=yes", "CLIENT_SECRET=no",
		"https_proxy=p", "AZURE_CLIENT_SECRET=no", "ISCHIA_HOME=no", "LCX=no",
	}
	got := step.Inherit(environ, []string{"MY_TOKEN", "CLIENT_SECRET"}, []string{"CLIENT_SECRET"})
	want := []string{"PATH=/bin", "HOME=/h", "LC_ALL=C", "CONDA_PREFIX=/c", "MY_TOKEN=yes", "https_proxy=p", "PYTHONUNBUFFERED=1"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
