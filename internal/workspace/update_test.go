package workspace_test

import (
	"errors"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := workspace.New(workspace.Config{Store: workspacetest.NewMemory()})
	ctx, scope := t.Context(), workspace.BuiltIn()
	tree, err := w.Submit(ctx, scope, workspace.Submission{
		Name: "a", Type: "pipeline", Tags: map[string]string{"x": "y"},
		Steps: []workspace.StepSubmission{{Path: "train", Type: "command"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	name, words, yes := "new", "words", true
	change := workspace.Update{DisplayName: &name, Description: &words, Experiment: &name, Tags: map[string]string{"a": "b"}, Archived: &yes}
	for range 2 {
		if err := w.Update(ctx, scope, "a", change); err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Job(ctx, scope, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got.DisplayName != name || got.Description != words || got.Experiment != name || len(got.Tags) != 1 || got.Tags["a"] != "b" || !got.Archived {
		t.Errorf("got %+v", got)
	}
	if err := w.Update(ctx, scope, "a", workspace.Update{}); err != nil {
		t.Error(err)
	}
	if got, err := w.Job(ctx, scope, "a"); err != nil || got.DisplayName != name || !got.Archived {
		t.Errorf("nothing was asked for: %+v %v", got, err)
	}
	if err := w.Update(ctx, scope, tree.Steps[0].Name, change); !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("a step: %v", err)
	}
	if err := w.Update(ctx, scope, "nothing", change); !errors.Is(err, workspace.ErrNotFound) {
		t.Errorf("no job: %v", err)
	}
}
