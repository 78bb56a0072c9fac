package workspace_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got, err := h.Submit(t.Context(), here(), workspace.Submission{
		Name: "a", Type: "pipeline", CreatedBy: "Ada", Tags: map[string]string{"k": "v"},
		Spec: workspace.Spec{Compute: "local"},
		Steps: []workspace.StepSubmission{
			{Path: "sub", Type: "pipeline"},
			{Path: "sub/train", ParentPath: "sub", Type: "command", DisplayName: "Train"},
			{Path: "sub/test", ParentPath: "sub", Type: "command", Spec: workspace.Spec{Command: "c"}},
		},
	})
	expect(t, err, nil)
	job := func(j workspace.Job) *workspace.Job {
		j.Scope, j.Root, j.Experiment, j.Status = here(), "a", "Default", workspace.NotStarted
		j.Created, j.CreatedBy = at(0), "Ada"
		return &j
	}
	ids := []string{got.Steps[0].Name, got.Steps[1].Name, got.Steps[2].Name}
	want := &workspace.Tree{
		Root: job(workspace.Job{
			Name: "a", Type: "pipeline", DisplayName: "a", Tags: map[string]string{"k": "v"},
			Spec: workspace.Spec{Compute: "local"},
		}),
		Steps: []*workspace.Job{
			job(workspace.Job{Name: ids[0], Parent: "a", Step: "sub", Index: 0, Type: "pipeline", DisplayName: "sub"}),
			job(workspace.Job{Name: ids[1], Parent: ids[0], Step: "sub/train", Index: 1, Type: "command", DisplayName: "Train"}),
			job(workspace.Job{
				Name: ids[2], Parent: ids[0], Step: "sub/test", Index: 2, Type: "command", DisplayName: "test",
				Spec: workspace.Spec{Command: "c"},
			}),
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("submitted (-want +got):\n%s", diff)
	}
	for _, id := range ids {
		if uuid.Validate(id) != nil {
			t.Errorf("name of a step: %s", id)
		}
	}
	stored, err := h.Jobs(t.Context(), workspace.Filter{Scope: here(), Root: "a"})
	expect(t, err, nil)
	if diff := cmp.Diff(append([]*workspace.Job{got.Root}, got.Steps...), stored, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("stored (-returned +stored):\n%s", diff)
	}
	if got.Step("sub/train") != got.Steps[1] || got.Step("train") != nil {
		t.Error("steps are not found by their path")
	}
}

func TestSubmitRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.submit("taken")
	steps := func(s ...workspace.StepSubmission) []workspace.StepSubmission { return s }
	step := workspace.StepSubmission{Path: "x", Type: "command"}
	for _, c := range []struct {
		name string
		s    workspace.Submission
		want error
	}{
		{"taken", workspace.Submission{Name: "taken", Type: "pipeline"}, workspace.ErrConflict},
		{"name", workspace.Submission{Name: "../a", Type: "pipeline"}, workspace.ErrInvalid},
		{"type", workspace.Submission{Name: "a"}, workspace.ErrInvalid},
		{"no path", workspace.Submission{Type: "p", Steps: steps(workspace.StepSubmission{Type: "c"})}, workspace.ErrInvalid},
		{"no step type", workspace.Submission{Type: "p", Steps: steps(workspace.StepSubmission{Path: "x"})}, workspace.ErrInvalid},
		{"twice", workspace.Submission{Type: "p", Steps: steps(step, step)}, workspace.ErrInvalid},
		{"parent", workspace.Submission{Type: "p", Steps: steps(
			workspace.StepSubmission{Path: "y/x", ParentPath: "y", Type: "c"})}, workspace.ErrInvalid},
		{"not below", workspace.Submission{Type: "p", Steps: steps(
			step, workspace.StepSubmission{Path: "xy", ParentPath: "x", Type: "c"})}, workspace.ErrInvalid},
		{"too far below", workspace.Submission{Type: "p", Steps: steps(
			step, workspace.StepSubmission{Path: "x/y/z", ParentPath: "x", Type: "c"})}, workspace.ErrInvalid},
		{"deep at the top", workspace.Submission{Type: "p", Steps: steps(
			workspace.StepSubmission{Path: "x/y", Type: "c"})}, workspace.ErrInvalid},
	} {
		if _, err := h.Submit(t.Context(), here(), c.s); !errors.Is(err, c.want) {
			t.Errorf("%s: error is %v, want %v", c.name, err, c.want)
		}
	}
	_, err := h.Submit(t.Context(), workspace.Scope{Subscription: "s", Workspace: "w"}, workspace.Submission{Type: "p"})
	expect(t, err, workspace.ErrInvalid)
	jobs, err := h.Jobs(t.Context(), workspace.Filter{AllScopes: true})
	if err != nil || len(jobs) != 1 {
		t.Errorf("jobs: %v, %v", jobs, err)
	}
}

func TestSubmitClaims(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var log []string
	s := workspace.Submission{Name: "a", Type: "pipeline", Claim: func(name string) (func(), error) {
		if _, err := h.Job(t.Context(), here(), name); !errors.Is(err, workspace.ErrNotFound) && len(log) == 0 {
			t.Error("claimed after it was recorded")
		}
		log = append(log, "claim "+name)
		return func() { log = append(log, "undo "+name) }, nil
	}}
	_, err := h.Submit(t.Context(), here(), s)
	expect(t, err, nil)
	_, err = h.Submit(t.Context(), here(), s)
	expect(t, err, workspace.ErrConflict)
	if diff := cmp.Diff([]string{"claim a", "claim a", "undo a"}, log); diff != "" {
		t.Error(diff)
	}
	held := errors.New("held")
	s.Name = "b"
	s.Claim = func(string) (func(), error) { return nil, held }
	_, err = h.Submit(t.Context(), here(), s)
	expect(t, err, held)
}
