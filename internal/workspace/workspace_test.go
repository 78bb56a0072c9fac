package workspace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

// counting is a store that counts how often single jobs are read.
type counting struct {
	workspace.Store
	reads int
}

func (c *counting) Job(ctx context.Context, scope workspace.Scope, name string) (*workspace.Job, error) {
	c.reads++
	return c.Store.Job(ctx, scope, name)
}

// house is a workspace on a store in memory, with a clock that stands still.
type house struct {
	*workspace.Workspace
	store *counting
	t     *testing.T
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return houseOn(t, workspacetest.NewMemory())
}

func houseOn(t *testing.T, s workspace.Store) *house {
	t.Helper()
	c := &counting{Store: s}
	return &house{workspace.New(workspace.Config{Store: c, Now: func() time.Time { return at(0) }}), c, t}
}

func at(seconds int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

func here() workspace.Scope { return workspace.BuiltIn() }

// submit records a pipeline with steps at these paths.
func (h *house) submit(name string, paths ...string) *workspace.Tree {
	h.t.Helper()
	s := workspace.Submission{Name: name, Type: "pipeline"}
	for _, p := range paths {
		s.Steps = append(s.Steps, workspace.StepSubmission{Path: p, Type: "command"})
	}
	t, err := h.Submit(h.t.Context(), here(), s)
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

// move takes a job through states, one call each.
func (h *house) move(j *workspace.Job, states ...workspace.Status) {
	h.t.Helper()
	for _, s := range states {
		if err := h.Advance(h.t.Context(), here(), workspace.Change{Job: j.Name, Status: s}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// state is where a job is, according to the store.
func (h *house) state(j *workspace.Job) workspace.Status {
	h.t.Helper()
	got, err := h.Job(h.t.Context(), here(), j.Name)
	if err != nil {
		h.t.Fatal(err)
	}
	return got.Status
}

func expect(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.submit("a", "x")
	for range 2 { // the second time does nothing
		expect(t, h.Archive(t.Context(), here(), "a"), nil)
	}
	expect(t, h.Archive(t.Context(), here(), a.Steps[0].Name), workspace.ErrInvalid)
	expect(t, h.Archive(t.Context(), here(), "nobody"), workspace.ErrNotFound)
	jobs, err := h.Jobs(t.Context(), workspace.Filter{Scope: here()})
	if err != nil || len(jobs) != 0 {
		t.Errorf("jobs: %v, %v", jobs, err)
	}
	steps, err := h.Steps(t.Context(), here(), "a")
	if err != nil || len(steps) != 1 {
		t.Errorf("steps of an archived job: %v, %v", steps, err)
	}
	expect(t, h.Restore(t.Context(), here(), "a"), nil)
	events, err := h.Events(t.Context(), here(), "a", 2, 0)
	if err != nil || len(events) != 2 || events[0].Kind != "archived" || events[1].Kind != "restored" {
		t.Errorf("events: %v, %v", events, err)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a", "x", "y")
	steps, err := h.Steps(t.Context(), here(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree.Steps, steps); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"nobody", tree.Steps[0].Name} {
		_, err := h.Steps(t.Context(), here(), name)
		expect(t, err, workspace.ErrNotFound)
	}
}

func TestExperimentID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.submit("a")
	id, err := h.ExperimentID(t.Context(), here(), "Default")
	if err != nil || id != "1" {
		t.Errorf("id is %q, %v", id, err)
	}
	_, err = h.ExperimentID(t.Context(), here(), "none")
	expect(t, err, workspace.ErrNotFound)
}

func TestLastUsed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, ok, err := h.LastUsed(t.Context()); ok || err != nil {
		t.Errorf("in a new home: %v, %v", ok, err)
	}
	expect(t, h.SetLastUsed(t.Context(), workspace.Scope{Subscription: "s", ResourceGroup: "../g", Workspace: "w"}),
		workspace.ErrInvalid)
	want := workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}
	expect(t, h.SetLastUsed(t.Context(), want), nil)
	if got, ok, err := h.LastUsed(t.Context()); got != want || !ok || err != nil {
		t.Errorf("used last: %v, %v, %v", got, ok, err)
	}
}

func TestDatastores(t *testing.T) {
	t.Parallel()
	all := workspace.Datastores()
	if len(all) != 4 || all[0].Name != "workspaceblobstore" || !all[0].Default {
		t.Errorf("datastores: %v", all)
	}
	for _, d := range all {
		if !workspace.IsDatastore(d.Name) || d.Type == "" || d.Default != (d.Name == workspace.BlobStore) {
			t.Errorf("datastore %v", d)
		}
	}
	if workspace.IsDatastore("mine") || workspace.IsDatastore("WorkspaceBlobStore") || workspace.IsDatastore("") {
		t.Error("an unknown datastore is known")
	}
}
