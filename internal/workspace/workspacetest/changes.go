package workspacetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func advance(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x"))
	must(t, s.Advance(t.Context(), scope(), nil))
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{
		{Job: "a", Status: workspace.Running, Time: at(1)},
		{Job: "a.x", Status: workspace.Running, Time: at(1)},
	}))
	must(t, move(t.Context(), s, "a.x", workspace.Running, at(2)))
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{
		{Job: "a.x", Status: workspace.Failed, Time: at(3), ExitCode: ptr(3),
			Error: &workspace.JobError{Code: "UserError", Message: "m"}, Kind: "recovered", Data: []byte(`{"k":1}`)},
	}))
	j := read(t, s, "a.x")
	if j.Status != workspace.Failed || !j.Started.Equal(at(1)) || !j.Ended.Equal(at(3)) || *j.ExitCode != 3 {
		t.Errorf("step is %+v", j)
	}
	same(t, "error", j.Error, &workspace.JobError{Code: "UserError", Message: "m"})
	if j := read(t, s, "a"); j.Status != workspace.Running || !j.Ended.IsZero() || j.ExitCode != nil || j.Error != nil {
		t.Errorf("root is %+v", j)
	}
	events, err := s.Events(t.Context(), scope(), "a", 0, 0)
	must(t, err)
	last := events[len(events)-1]
	last.Seq = 0
	same(t, "last event", last, workspace.Event{
		Time: at(3), Root: "a", Job: "a.x", Step: "x", Kind: "recovered", Status: workspace.Failed, Data: []byte(`{"k":1}`),
	})
}

func advanceFillsIn(t *testing.T, s workspace.Store) {
	jobs := run("a", at(0), "x")
	jobs[1].Properties = map[string]string{"kept": "1", "replaced <&>": "1"}
	jobs[1].Spec = workspace.Spec{
		Environment: "env", Outputs: []workspace.Port{{Name: "o"}, {Name: "p"}}, Inputs: []workspace.Port{{Name: "i"}},
	}
	create(t, s, jobs)
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{{
		Job: "a.x", Status: workspace.Running, Time: at(1), Command: "run <this>", Code: "c0de",
		Properties: map[string]string{"replaced <&>": "2", "added": "3"},
		Inputs:     []workspace.Port{{Name: "i", Digest: "d", Value: ptr("")}},
		Files:      []workspace.File{{Datastore: "store", Path: "a/b", Digest: "d", Size: 1, Modified: at(1)}},
	}}))
	// Without a state: the job stays in the one it is in.
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{{
		Job: "a.x", Time: at(2), Outputs: []workspace.Port{{Name: "o", Digest: "e"}},
	}}))
	j := read(t, s, "a.x")
	same(t, "status", j.Status, workspace.Running)
	same(t, "spec", j.Spec, workspace.Spec{
		Environment: "env", Command: "run <this>", Code: "c0de",
		Inputs:  []workspace.Port{{Name: "i", Digest: "d", Value: ptr("")}},
		Outputs: []workspace.Port{{Name: "o", Digest: "e"}},
	})
	same(t, "properties", j.Properties, map[string]string{"kept": "1", "replaced <&>": "2", "added": "3"})
	f, err := s.Files().File(t.Context(), scope(), "store", "a/b")
	must(t, err)
	same(t, "file", f, &workspace.File{
		Scope: scope(), Datastore: "store", Path: "a/b", Digest: "d", Size: 1, Modified: at(1),
	})
	same(t, "events", eventsOf(t, s, "a")[2:], []string{"a.x status Running", "a.x status Running"})
}

// begunAndEnded: a start and an end in one call leave what they leave in two,
// with an event each.
func begunAndEnded(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x", "y"))
	inputs, outputs := []workspace.Port{{Name: "i", Digest: "d"}}, []workspace.Port{{Name: "o", Digest: "e"}}
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{
		{Job: "a", Status: workspace.Running, Time: at(1)},
		{Job: "a.x", Status: workspace.Running, Time: at(2), Command: "run", Code: "c0de", Inputs: inputs},
		{Job: "a.y", Status: workspace.Running, Time: at(3), Command: "walk"},
		{Job: "a.x", Status: workspace.Completed, Time: at(4), ExitCode: ptr(0), Outputs: outputs, Data: []byte(`{"k":1}`),
			Properties: map[string]string{"p": "1"}},
	}))
	j := read(t, s, "a.x")
	same(t, "spec", j.Spec, workspace.Spec{Command: "run", Code: "c0de", Inputs: inputs, Outputs: outputs})
	if j.Status != workspace.Completed || !j.Started.Equal(at(2)) || !j.Ended.Equal(at(4)) || *j.ExitCode != 0 {
		t.Errorf("step is %+v", j)
	}
	if j := read(t, s, "a.y"); j.Status != workspace.Running || !j.Started.Equal(at(3)) || j.Spec.Command != "walk" {
		t.Errorf("the other step is %+v", j)
	}
	events, err := s.Events(t.Context(), scope(), "a", 0, 0)
	must(t, err)
	var of []workspace.Event
	for _, e := range events {
		if e.Job == "a.x" && e.Kind == "status" {
			e.Seq = 0
			of = append(of, e)
		}
	}
	same(t, "events", of, []workspace.Event{
		{Time: at(2), Root: "a", Job: "a.x", Step: "x", Kind: "status", Status: workspace.Running},
		{Time: at(4), Root: "a", Job: "a.x", Step: "x", Kind: "status", Status: workspace.Completed, Data: []byte(`{"k":1}`)},
	})
}

// createdAndChanged: changes that come with the jobs leave what they leave when
// they come later.
func createdAndChanged(t *testing.T, s workspace.Store) {
	changes := func(root string) []workspace.Change {
		return []workspace.Change{
			{Job: root, Status: workspace.Running, Time: at(1)},
			{Job: root + ".x", Status: workspace.Completed, Time: at(2), Kind: workspace.KindReused, Command: "run <this>", Code: "c0de",
				Inputs: []workspace.Port{{Name: "i", Digest: "d"}}, Outputs: []workspace.Port{{Name: "o", Digest: "e"}},
				Properties: map[string]string{"p <&>": "1"}, Data: []byte(`{"k":1}`),
				Files: []workspace.File{{Datastore: "store", Path: root + "/b", Digest: "d", Size: 1, Modified: at(1)}}},
			{Job: root + ".y", Status: workspace.Running, Time: at(3), Command: "walk"},
			{Job: root + ".y", Status: workspace.Failed, Time: at(4), ExitCode: ptr(3), Error: &workspace.JobError{Code: "c", Message: "m"}},
			{Job: root + ".z", Status: workspace.CancelRequested, Time: at(5)},
			{Job: root + ".z", Status: workspace.Running, Time: at(6)},
			{Job: root, Status: workspace.Failed, Time: at(7), Outputs: []workspace.Port{{Name: "o"}}},
		}
	}
	create(t, s, run("a", at(0), "w", "x", "y", "z"))
	must(t, s.Advance(t.Context(), scope(), changes("a")))
	jobs := run("b", at(0), "w", "x", "y", "z")
	must(t, s.Create(t.Context(), jobs, changes("b")...))
	if jobs[2].Status != workspace.NotStarted || len(jobs[2].Properties) > 0 {
		t.Errorf("the caller's own job was changed: %+v", jobs[2])
	}
	for _, step := range []string{"", ".w", ".x", ".y", ".z"} {
		want, got := read(t, s, "a"+step), read(t, s, "b"+step)
		want.Name, want.Root = got.Name, got.Root
		if want.Parent != "" {
			want.Parent = "b"
		}
		if want.DisplayName == "a" {
			want.DisplayName = "b"
		}
		same(t, "job b"+step, got, want)
	}
	var want []string
	for _, e := range eventsOf(t, s, "a") {
		want = append(want, "b"+e[1:])
	}
	same(t, "events", eventsOf(t, s, "b"), want)
	if _, err := s.Files().File(t.Context(), scope(), "store", "b/b"); err != nil {
		t.Error(err)
	}
	ended := workspace.Change{Job: "c", Status: workspace.Completed, Time: at(8)}
	expect(t, s.Create(t.Context(), run("c", at(0)), ended, ended), workspace.ErrConflict)
	expect(t, s.Create(t.Context(), run("c", at(0)), workspace.Change{Job: "d", Time: at(8)}), workspace.ErrNotFound)
	_, err := s.Job(t.Context(), scope(), "c")
	expect(t, err, workspace.ErrNotFound)
}

func advanceAtomic(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x", "y"))
	must(t, move(t.Context(), s, "a.y", workspace.Canceled, at(1)))
	before := eventsOf(t, s, "a")
	good := workspace.Change{
		Job: "a.x", Status: workspace.Running, Time: at(2), Command: "c",
		Files: []workspace.File{{Datastore: "store", Path: "a", Digest: "d"}},
	}
	for _, c := range []struct {
		name string
		bad  workspace.Change
		want error
	}{
		{"ended", workspace.Change{Job: "a.y", Status: workspace.Running, Time: at(2)}, workspace.ErrConflict},
		{"missing", workspace.Change{Job: "a.z", Status: workspace.Running, Time: at(2)}, workspace.ErrNotFound},
		{"path", workspace.Change{Job: "a.x", Time: at(2), Files: []workspace.File{{Datastore: "s", Path: "../a"}}}, workspace.ErrInvalid},
	} {
		expect(t, s.Advance(t.Context(), scope(), []workspace.Change{good, c.bad}), c.want)
		same(t, c.name+": status", read(t, s, "a.x").Status, workspace.NotStarted)
		same(t, c.name+": events", eventsOf(t, s, "a"), before)
		_, err := s.Files().File(t.Context(), scope(), "store", "a")
		expect(t, err, workspace.ErrNotFound)
	}
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{good}))
}

func advanceMissing(t *testing.T, s workspace.Store) {
	expect(t, move(t.Context(), s, "a", workspace.Running, at(0)), workspace.ErrNotFound)
	create(t, s, run("a", at(0)))
	expect(t, move(t.Context(), s, "b", workspace.Running, at(0)), workspace.ErrNotFound)
}

func endIsTheEnd(t *testing.T, s workspace.Store) {
	for _, end := range []workspace.Status{workspace.Completed, workspace.Failed, workspace.Canceled} {
		name := string(end)
		create(t, s, run(name, at(0)))
		must(t, move(t.Context(), s, name, end, at(1)))
		for _, to := range []workspace.Status{workspace.Running, workspace.Completed, workspace.Failed, ""} {
			expect(t, move(t.Context(), s, name, to, at(2)), workspace.ErrConflict)
		}
		// Twice in one call: the second finds it ended.
		twice := "twice-" + name
		create(t, s, run(twice, at(0)))
		c := workspace.Change{Job: twice, Status: end, Time: at(1)}
		expect(t, s.Advance(t.Context(), scope(), []workspace.Change{c, c}), workspace.ErrConflict)
		same(t, "status", read(t, s, twice).Status, workspace.NotStarted)
	}
}

func oneEndsIt(t *testing.T, s workspace.Store) {
	const jobs, writers = 20, 4
	for i := range jobs {
		create(t, s, run(fmt.Sprint("job", i), at(0), "x"))
	}
	ends := []workspace.Status{workspace.Completed, workspace.Failed, workspace.Canceled}
	won := make([][]workspace.Status, writers)
	var wg sync.WaitGroup
	for w := range writers {
		won[w] = make([]workspace.Status, jobs)
		wg.Go(func() {
			for i := range jobs {
				end := ends[(w+i)%len(ends)]
				err := move(t.Context(), s, fmt.Sprint("job", i), end, at(w))
				if err == nil {
					won[w][i] = end
				} else if !errors.Is(err, workspace.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i := range jobs {
		var winners []workspace.Status
		for w := range writers {
			if won[w][i] != "" {
				winners = append(winners, won[w][i])
			}
		}
		name := fmt.Sprint("job", i)
		same(t, "who ended "+name, winners, []workspace.Status{read(t, s, name).Status})
		same(t, "events", len(eventsOf(t, s, name)), 3)
	}
}

func cancelStays(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x"))
	asked := func() bool {
		yes, err := s.CancelRequested(t.Context(), scope(), "a")
		must(t, err)
		return yes
	}
	same(t, "asked before", asked(), false)
	ask := func(when int) {
		must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{
			Kind: "cancel-requested", Time: at(when), CancelRequested: ptr(at(when)),
		}))
	}
	ask(1)
	same(t, "asked", asked(), true)
	ask(2)
	// The runner has not seen it yet.
	must(t, move(t.Context(), s, "a", workspace.Running, at(3)))
	must(t, move(t.Context(), s, "a.x", workspace.Running, at(3)))
	j := read(t, s, "a")
	if j.Status != workspace.CancelRequested || !j.CancelRequested.Equal(at(1)) || !j.Started.Equal(at(3)) {
		t.Errorf("root is %+v", j)
	}
	// Then it does, and says so of the step.
	must(t, move(t.Context(), s, "a.x", workspace.CancelRequested, at(4)))
	must(t, move(t.Context(), s, "a.x", workspace.Canceled, at(5)))
	must(t, move(t.Context(), s, "a", workspace.Canceled, at(5)))
	if j := read(t, s, "a.x"); !j.CancelRequested.Equal(at(4)) || j.Status != workspace.Canceled {
		t.Errorf("step is %+v", j)
	}
	same(t, "events", eventsOf(t, s, "a")[2:], []string{
		"a cancel-requested CancelRequested", "a cancel-requested CancelRequested", "a status CancelRequested",
		"a.x status Running", "a.x status CancelRequested", "a.x status Canceled", "a status Canceled",
	})
}

func cancelEnded(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0)))
	must(t, move(t.Context(), s, "a", workspace.Completed, at(1)))
	e := workspace.Edit{Kind: "cancel-requested", Time: at(2), CancelRequested: ptr(at(2))}
	expect(t, s.Edit(t.Context(), scope(), "a", e), workspace.ErrConflict)
	expect(t, s.Edit(t.Context(), scope(), "b", e), workspace.ErrNotFound)
	same(t, "status", read(t, s, "a").Status, workspace.Completed)
	same(t, "events", eventsOf(t, s, "a"), []string{"a submitted NotStarted", "a status Completed"})
}

func eventsInOrder(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x"))
	create(t, s, run("b", at(0)))
	must(t, move(t.Context(), s, "a.x", workspace.Queued, at(5)))
	must(t, move(t.Context(), s, "b", workspace.Queued, at(6)))
	must(t, move(t.Context(), s, "a.x", workspace.Running, at(4))) // a clock that was set back
	all, err := s.Events(t.Context(), scope(), "a", 0, 0)
	must(t, err)
	same(t, "events", eventsOf(t, s, "a"), []string{
		"a submitted NotStarted", "a.x submitted NotStarted", "a.x status Queued", "a.x status Running",
	})
	for i := 1; i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq || all[0].Seq <= 0 {
			t.Errorf("event %d has number %d after %d", i, all[i].Seq, all[i-1].Seq)
		}
	}
	some, err := s.Events(t.Context(), scope(), "a", all[0].Seq, 2)
	must(t, err)
	same(t, "a page", some, all[1:3])
	none, err := s.Events(t.Context(), scope(), "a", all[3].Seq, 0)
	must(t, err)
	same(t, "after the last", len(none), 0)
	none, err = s.Events(t.Context(), scope(), "nobody", 0, 0)
	must(t, err)
	same(t, "of nobody", len(none), 0)
}

// eventsOfMany follows a job while others write: nothing may be overtaken.
func eventsOfMany(t *testing.T, s workspace.Store) {
	const writers, each = 4, 25
	var paths []string
	for w := range writers {
		paths = append(paths, fmt.Sprint("w", w))
	}
	create(t, s, run("a", at(0), paths...))
	var wg sync.WaitGroup
	for _, p := range paths {
		wg.Go(func() {
			for i := range each {
				if err := move(t.Context(), s, "a."+p, workspace.Running, at(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := 0
	for last := int64(0); seen < 1+writers+writers*each && !t.Failed(); {
		events, err := s.Events(t.Context(), scope(), "a", last, 7)
		must(t, err)
		for _, e := range events {
			seen, last = seen+1, e.Seq
		}
	}
	wg.Wait()
	same(t, "events seen", seen, len(eventsOf(t, s, "a")))
}

func endedContext(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	expect(t, move(ctx, s, "a", workspace.Running, at(1)), context.Canceled)
	expect(t, s.Create(ctx, run("b", at(1))), context.Canceled)
	same(t, "jobs", jobNames(t, s, workspace.Filter{Scope: scope()}), []string{"a"})
	must(t, move(t.Context(), s, "a", workspace.Running, at(1)))
}
