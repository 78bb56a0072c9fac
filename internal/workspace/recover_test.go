package workspace_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func nobody(workspace.Scope, string) bool { return false }

// recovered is what Recover changed, as "step before after".
func (h *house) recovered(alive func(workspace.Scope, string) bool) []string {
	h.t.Helper()
	all, err := h.Recover(h.t.Context(), alive, at(9))
	if err != nil {
		h.t.Fatal(err)
	}
	var lines []string
	for _, r := range all {
		lines = append(lines, fmt.Sprintf("%s:%s %s %s", r.Root, r.Step, r.Before, r.After))
	}
	return lines
}

func compare(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// halfDone is a job in the middle: a step in each state.
func (h *house) halfDone(name string) *workspace.Tree {
	tree := h.submit(name, "done", "failed", "running", "preparing", "queued", "waiting")
	h.move(tree.Root, workspace.Running)
	h.move(tree.Steps[0], workspace.Running, workspace.Completed)
	h.move(tree.Steps[1], workspace.Running, workspace.Failed)
	h.move(tree.Steps[2], workspace.Running)
	h.move(tree.Steps[3], workspace.Preparing)
	h.move(tree.Steps[4], workspace.Queued)
	return tree
}

func TestRecover(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.halfDone("a")
	h.move(h.submit("ended").Root, workspace.Failed)
	h.submit("alive")
	alive := func(scope workspace.Scope, root string) bool { return scope == here() && root == "alive" }
	compare(t, "recovered", h.recovered(alive), []string{
		"a:running Running Failed", "a:preparing Preparing Failed",
		"a:queued Queued Canceled", "a:waiting NotStarted Canceled", "a: Running Failed",
	})
	compare(t, "again", h.recovered(alive), []string(nil))
	codes := map[string]string{}
	for _, j := range append(tree.Steps, tree.Root) {
		got, err := h.Job(t.Context(), here(), j.Name)
		expect(t, err, nil)
		if got.Error != nil {
			codes[got.Step] = got.Error.Code + " " + got.Error.FailedStep
		}
		if !got.Ended.Equal(at(9)) && got.Step != "done" && got.Step != "failed" {
			t.Errorf("step %q ended %v", got.Step, got.Ended)
		}
	}
	compare(t, "errors", codes, map[string]string{
		"": "RunnerLost failed", "running": "RunnerLost ", "preparing": "RunnerLost ",
		"queued": "RunnerLost ", "waiting": "RunnerLost ",
	})
	events, err := h.Events(t.Context(), here(), "a", 0, 0)
	expect(t, err, nil)
	if last := events[len(events)-1]; last.Kind != "recovered" || last.Step != "" || last.Status != workspace.Failed {
		t.Errorf("last event: %+v", last)
	}
	// The process that believed it was running it hears of it.
	expect(t, h.Advance(t.Context(), here(), workspace.Change{Job: "a", Status: workspace.Completed}), workspace.ErrConflict)
}

func TestRecoverNamesTheStepInFlight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.submit("a", "x", "y")
	h.move(tree.Steps[1], workspace.Running)
	h.recovered(nobody)
	got, err := h.Job(t.Context(), here(), "a")
	if err != nil || got.Error.FailedStep != "y" {
		t.Errorf("root: %+v, %v", got.Error, err)
	}
}

func TestRecoverCanceled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tree := h.halfDone("a")
	expect(t, h.RequestCancel(t.Context(), here(), "a"), nil)
	compare(t, "recovered", h.recovered(nobody), []string{
		"a:running Running Canceled", "a:preparing Preparing Canceled",
		"a:queued Queued Canceled", "a:waiting NotStarted Canceled", "a: CancelRequested Canceled",
	})
	for _, j := range append(tree.Steps, tree.Root) {
		if got, err := h.Job(t.Context(), here(), j.Name); err != nil || got.Error != nil {
			t.Errorf("step %q: %+v, %v", j.Step, got.Error, err)
		}
	}
}

// TestRecoverAtOnce has several processes recover the same home.
func TestRecoverAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const jobs, processes = 10, 4
	for i := range jobs {
		h.halfDone(fmt.Sprint("job", i))
	}
	found := make([][]workspace.Recovered, processes)
	var wg sync.WaitGroup
	for p := range processes {
		other := houseOn(t, h.store.Store)
		wg.Go(func() {
			var err error
			if found[p], err = other.Recover(t.Context(), nobody, at(9)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	times := map[string]int{}
	for _, f := range found {
		for _, r := range f {
			times[r.Job]++
		}
	}
	for job, n := range times {
		if n != 1 {
			t.Errorf("job %s was recovered %d times", job, n)
		}
	}
	if len(times) != jobs*5 {
		t.Errorf("%d jobs recovered, want %d", len(times), jobs*5)
	}
}

// accept records a job with one step as a door does.
func (h *house) accept(name string) *workspace.Tree {
	h.t.Helper()
	t, err := h.Submit(h.t.Context(), here(), workspace.Submission{
		Name: name, Type: "pipeline", Steps: []workspace.StepSubmission{{Path: "x", Type: "command"}},
		Definition: &workspace.Definition{Plan: []byte("{}")},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

func TestRecoverLeavesAloneWhatWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.accept("waiting")
	queued := h.accept("queued")
	h.move(queued.Root, workspace.Preparing)
	h.move(queued.Steps[0], workspace.Queued)
	started := h.accept("started")
	h.move(started.Root, workspace.Running)
	h.move(started.Steps[0], workspace.Running)
	h.accept("canceled")
	if err := h.RequestCancel(t.Context(), here(), "canceled"); err != nil {
		t.Fatal(err)
	}
	compare(t, "recovered", h.recovered(nobody), []string{
		"canceled:x NotStarted Canceled", "canceled: CancelRequested Canceled",
		"started:x Running Failed", "started: Running Failed",
	})
	compare(t, "again", h.recovered(nobody), []string(nil))
}

// TestRecoverAsksAgain: a job may be taken up by a process between the two
// looks at it.
func TestRecoverAsksAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.move(h.accept("a").Root, workspace.Running)
	looks := 0
	alive := func(workspace.Scope, string) bool {
		looks++
		return looks > 1
	}
	compare(t, "recovered", h.recovered(alive), []string(nil))
}
