package workspace_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

func TestClusterOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want workspace.Cluster
		bad  bool
	}{
		"all": {
			body: `{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"STANDARD_DS3_V2","vmPriority":"LowPriority",
				"scaleSettings":{"maxNodeCount":2,"minNodeCount":1,"nodeIdleTimeBeforeScaleDown":"P1DT1H1M1.5S"}}}}`,
			want: workspace.Cluster{Size: "STANDARD_DS3_V2", Min: 1, Max: 2, Idle: 25*time.Hour + time.Minute + 1500*time.Millisecond, Tier: "low_priority"},
		},
		"defaults": {
			body: `{"properties":{"computeType":"amlcompute"}}`,
			want: workspace.Cluster{Max: 4, Idle: 2 * time.Minute, Tier: "dedicated"},
		},
		"seconds": {
			body: `{"properties":{"computeType":"AmlCompute","properties":{"vmPriority":"Dedicated","scaleSettings":{"maxNodeCount":0,"nodeIdleTimeBeforeScaleDown":"PT120S"}}}}`,
			want: workspace.Cluster{Idle: 2 * time.Minute, Tier: "dedicated"},
		},
		"for ever": {
			body: `{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{"nodeIdleTimeBeforeScaleDown":"P99999999999999W"}}}}`,
			want: workspace.Cluster{Max: 4, Idle: 100 * 365 * 24 * time.Hour, Tier: "dedicated"},
		},
		"another kind": {body: `{"properties":{"computeType":"ComputeInstance"}}`, bad: true},
		"no kind":      {body: `{}`, bad: true},
		"upside down": {
			body: `{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{"maxNodeCount":1,"minNodeCount":2}}}}`, bad: true,
		},
		"no duration": {
			body: `{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{"nodeIdleTimeBeforeScaleDown":"PT"}}}}`, bad: true,
		},
		"not an object": {body: `{"properties":[]}`, bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &workspace.Resource{ResourceKey: workspace.ResourceKey{Name: "cpu"}, Body: []byte(c.body)}
			got, err := workspace.ClusterOf(r)
			if c.bad {
				if !errors.Is(err, workspace.ErrInvalid) {
					t.Errorf("got %+v, %v, want it refused", got, err)
				}
				return
			}
			c.want.Name = "cpu"
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	store := workspacetest.NewMemory()
	w := workspace.New(workspace.Config{Store: store})
	scope := workspace.BuiltIn()
	if _, err := w.Cluster(t.Context(), scope, "cpu"); !errors.Is(err, workspace.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	err := w.Resources().PutResources(t.Context(), &workspace.Resource{
		ResourceKey: workspace.ResourceKey{Scope: scope, Collection: workspace.Computes, Name: "CPU"},
		Body:        []byte(`{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{"maxNodeCount":2}}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := w.Cluster(t.Context(), scope, "cpu"); err != nil || c.Name != "CPU" || c.Max != 2 {
		t.Errorf("got %+v, %v", c, err)
	}
}

// TestID fixes ids: clients keep them.
func TestID(t *testing.T) {
	t.Parallel()
	const want = "ec4491f7-3105-544a-ab06-afc976661434"
	s := workspace.BuiltIn()
	if got := workspace.ID(s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.ResourceGroup = "LOCAL"
	if got := workspace.ID(s); got != want {
		t.Errorf("got %s for another spelling, want %s", got, want)
	}
	s.Workspace = "other"
	if got := workspace.ID(s); got == want {
		t.Errorf("got %s for another workspace as well", got)
	}
}
