package workspace_test

import (
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestRequestCancel(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a", "x")
	h.move(tree.Root, workspace.Running)
	asked := func(want bool) {
		t.Helper()
		if got, err := h.CancelRequested(t.Context(), here(), "a"); got != want || err != nil {
			t.Errorf("requested: %v, %v; want %v", got, err, want)
		}
	}
	asked(false)
	other := houseOn(t, h.store.Store) // another process asks
	expect(t, other.RequestCancel(t.Context(), here(), tree.Steps[0].Name), workspace.ErrInvalid)
	expect(t, other.RequestCancel(t.Context(), here(), "nobody"), workspace.ErrNotFound)
	asked(false)
	for range 2 { // the second time does nothing
		expect(t, other.RequestCancel(t.Context(), here(), "a"), nil)
	}
	asked(true)
	if got := h.state(tree.Root); got != workspace.CancelRequested {
		t.Errorf("root is %s", got)
	}
	// The runner has not seen it yet, nor has one that knows nothing of the job.
	h.move(tree.Root, workspace.Finalizing)
	houseOn(t, h.store.Store).move(tree.Root, workspace.Running)
	if got := h.state(tree.Root); got != workspace.CancelRequested {
		t.Errorf("root is %s", got)
	}
	h.move(tree.Steps[0], workspace.Canceled)
	h.move(tree.Root, workspace.Canceled)
	expect(t, other.RequestCancel(t.Context(), here(), "a"), nil)
	events, err := h.Events(t.Context(), here(), "a", 0, 0)
	expect(t, err, nil)
	asks := 0
	for _, e := range events {
		if e.Kind == "cancel-requested" {
			asks++
		}
	}
	if asks != 1 || h.state(tree.Root) != workspace.Canceled {
		t.Errorf("%d events, root is %s", asks, h.state(tree.Root))
	}
}
