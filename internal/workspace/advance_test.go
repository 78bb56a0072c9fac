package workspace_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// states in the order of a job's life, with those that may come next.
func table() map[workspace.Status]string {
	return map[workspace.Status]string{
		workspace.NotStarted:      "NotStarted Queued Preparing Running CancelRequested Failed Canceled",
		workspace.Queued:          "Queued Preparing Running CancelRequested Failed Canceled",
		workspace.Preparing:       "Queued Preparing Running CancelRequested Failed Canceled",
		workspace.Running:         "Running Finalizing CancelRequested Completed Failed Canceled",
		workspace.Finalizing:      "Finalizing CancelRequested Completed Failed Canceled",
		workspace.CancelRequested: "CancelRequested Completed Failed Canceled",
	}
}

// reach takes a step to a state.
func reach(h *house, j *workspace.Job, s workspace.Status) {
	switch s {
	case workspace.NotStarted:
	case workspace.Finalizing, workspace.Completed:
		h.move(j, workspace.Running, s)
	default:
		h.move(j, s)
	}
}

func TestWhichStateMayFollow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var all []workspace.Status
	for s := range table() {
		all = append(all, s)
	}
	all = append(all, workspace.Completed, workspace.Failed, workspace.Canceled)
	for _, from := range all {
		for _, to := range all {
			j := h.submit("", "x").Steps[0]
			reach(h, j, from)
			err := h.Advance(t.Context(), here(), workspace.Change{Job: j.Name, Status: to})
			want := from
			switch {
			case from.Terminal():
				if !errors.Is(err, workspace.ErrConflict) {
					t.Errorf("%s after %s: %v, want a conflict", to, from, err)
				}
			case strings.Contains(" "+table()[from]+" ", " "+string(to)+" "):
				want = to
				if err != nil {
					t.Errorf("%s after %s: %v", to, from, err)
				}
			case !errors.Is(err, workspace.ErrInvalid) ||
				!strings.Contains(err.Error(), string(from)) || !strings.Contains(err.Error(), string(to)):
				t.Errorf("%s after %s: %v, want it refused", to, from, err)
			}
			if got := h.state(j); got != want {
				t.Errorf("%s after %s: is %s", to, from, got)
			}
		}
	}
}

func TestAdvanceReadsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a", "x", "y")
	for _, j := range tree.Steps {
		h.move(j, workspace.Preparing, workspace.Running, workspace.Completed)
	}
	h.move(tree.Root, workspace.Running, workspace.Completed)
	if h.store.reads != 0 {
		t.Errorf("%d reads", h.store.reads)
	}
}

func TestAdvanceSeveral(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a", "x", "y")
	x, y := tree.Steps[0], tree.Steps[1]
	change := func(j *workspace.Job, s workspace.Status) workspace.Change {
		return workspace.Change{Job: j.Name, Status: s}
	}
	// Each change follows the one before it, of the same call.
	expect(t, h.Advance(t.Context(), here(), change(x, workspace.Running), change(x, workspace.Completed),
		change(y, workspace.Running)), nil)
	expect(t, h.Advance(t.Context(), here(), change(y, workspace.Completed), change(y, workspace.Running)),
		workspace.ErrInvalid)
	expect(t, h.Advance(t.Context(), here(), change(y, workspace.Finalizing), change(x, workspace.Failed)),
		workspace.ErrConflict)
	if got := h.state(y); got != workspace.Running {
		t.Errorf("y is %s", got)
	}
	// What was refused is not remembered either.
	expect(t, h.Advance(t.Context(), here(), change(y, workspace.Queued)), workspace.ErrInvalid)
	expect(t, h.Advance(t.Context(), here(), workspace.Change{Job: y.Name}), nil)
	expect(t, h.Advance(t.Context(), here(), workspace.Change{Job: "nobody"}), workspace.ErrNotFound)
	got, err := h.Job(t.Context(), here(), x.Name)
	if err != nil || !got.Started.Equal(at(0)) || !got.Ended.Equal(at(0)) {
		t.Errorf("x is %+v, %v", got, err)
	}
}

// TestAdvanceElsewhere advances what another process submitted, under another
// spelling of the scope.
func TestAdvanceElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a")
	other := houseOn(t, h.store.Store)
	scope := here()
	scope.Workspace = strings.ToUpper(scope.Workspace)
	expect(t, other.Advance(t.Context(), scope, workspace.Change{Job: "a", Status: workspace.Running}), nil)
	expect(t, other.Advance(t.Context(), here(), workspace.Change{Job: "a", Status: workspace.Queued}), workspace.ErrInvalid)
	h.move(tree.Root, workspace.Running, workspace.Failed)
	expect(t, other.Advance(t.Context(), here(), workspace.Change{Job: "a", Status: workspace.Completed}), workspace.ErrConflict)
}
