package workspacetest

import (
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// accepted is a job with one step that came through a door.
func accepted(t *testing.T, s workspace.Store, name string, created time.Time) {
	t.Helper()
	jobs := run(name, created, "x")
	jobs[0].Definition = &workspace.Definition{Body: []byte(`{"b": "` + name + `"}`), Plan: []byte(`{"p":1}`)}
	create(t, s, jobs)
}

func tickets(t *testing.T, s workspace.Store, after *workspace.Ticket, limit int) (list []workspace.Ticket, names []string) {
	t.Helper()
	list, err := s.Queue().Tickets(t.Context(), after, limit)
	must(t, err)
	for _, ticket := range list {
		names = append(names, ticket.Job)
	}
	return list, names
}

func waits(t *testing.T, s workspace.Store, job string, want bool) {
	t.Helper()
	got, err := s.Queue().Waiting(t.Context(), scope(), job)
	must(t, err)
	same(t, job+" waits", got, want)
}

func definitions(t *testing.T, s workspace.Store) {
	_, err := s.Queue().Definition(t.Context(), scope(), "a")
	expect(t, err, workspace.ErrNotFound)
	accepted(t, s, "a", at(0))
	create(t, s, run("plain", at(1)))
	bare := run("bare", at(2))
	bare[0].Definition = &workspace.Definition{Plan: []byte("{}")}
	create(t, s, bare)
	d, err := s.Queue().Definition(t.Context(), scope(), "a")
	must(t, err)
	same(t, "definition", d, &workspace.Definition{Body: []byte(`{"b": "a"}`), Plan: []byte(`{"p":1}`)})
	d, err = s.Queue().Definition(t.Context(), scope(), "bare")
	must(t, err)
	if d.Body != nil {
		t.Errorf("got body %q, want none", d.Body)
	}
	_, err = s.Queue().Definition(t.Context(), scope(), "plain")
	expect(t, err, workspace.ErrNotFound)
	if j := read(t, s, "a"); j.Definition != nil {
		t.Error("the definition came back with the job")
	}
	// It stays when the job ends.
	must(t, move(t.Context(), s, "a", workspace.Failed, at(3)))
	_, err = s.Queue().Definition(t.Context(), scope(), "a")
	must(t, err)
	// Nothing stays of a job that cannot be recorded.
	again := run("a", at(4))
	again[0].Definition = &workspace.Definition{Plan: []byte(`{"p":2}`)}
	expect(t, s.Create(t.Context(), again), workspace.ErrConflict)
	d, err = s.Queue().Definition(t.Context(), scope(), "a")
	must(t, err)
	same(t, "plan", string(d.Plan), `{"p":1}`)
}

func queueInOrder(t *testing.T, s workspace.Store) {
	// Clocks stand still and go back: the order is that of acceptance.
	for _, name := range []string{"a", "b"} {
		accepted(t, s, name, at(5))
	}
	accepted(t, s, "c", at(0))
	other := run("d", at(6))
	other[0].Scope.Workspace = "Other"
	other[0].Definition = &workspace.Definition{Plan: []byte("{}")}
	create(t, s, other)
	create(t, s, run("plain", at(7)))
	list, names := tickets(t, s, nil, 0)
	same(t, "tickets", names, []string{"a", "b", "c", "d"})
	same(t, "the other scope", list[3].Scope, other[0].Scope)
	same(t, "plan", string(list[0].Plan), `{"p":1}`)
	for i := 1; i < len(list); i++ {
		if !list[i].Accepted.After(list[i-1].Accepted) {
			t.Errorf("%s was accepted %v, after %v", list[i].Job, list[i].Accepted, list[i-1].Accepted)
		}
	}
	_, names = tickets(t, s, &list[0], 2)
	same(t, "a page", names, []string{"b", "c"})
	must(t, move(t.Context(), s, "b", workspace.Canceled, at(8)))
	must(t, move(t.Context(), s, "c", workspace.Completed, at(8)))
	_, names = tickets(t, s, &list[1], 0)
	same(t, "after one that is gone", names, []string{"d"})
	// What comes when the queue is empty comes after all that were in it.
	must(t, move(t.Context(), s, "a", workspace.Failed, at(9)))
	must(t, s.Advance(t.Context(), other[0].Scope, []workspace.Change{{Job: "d", Status: workspace.Failed, Time: at(9)}}))
	accepted(t, s, "e", at(0))
	_, names = tickets(t, s, &list[3], 0)
	same(t, "after the last", names, []string{"e"})
}

func queueWaiting(t *testing.T, s workspace.Store) {
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		accepted(t, s, name, at(0))
		waits(t, s, name, true)
	}
	create(t, s, run("plain", at(0)))
	waits(t, s, "plain", false)
	waits(t, s, "nobody", false)
	unknown, err := s.Queue().Waiting(t.Context(), workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}, "a")
	if unknown || err != nil {
		t.Errorf("got %v, %v of a scope that is not there", unknown, err)
	}
	// To be prepared, queued or asked to stop is no start.
	for _, to := range []workspace.Status{workspace.Preparing, workspace.Queued, workspace.CancelRequested} {
		must(t, move(t.Context(), s, "a.x", to, at(1)))
		must(t, move(t.Context(), s, "a", to, at(1)))
		waits(t, s, "a", true)
	}
	must(t, move(t.Context(), s, "b.x", workspace.Running, at(1)))
	waits(t, s, "b", false)
	must(t, move(t.Context(), s, "c", workspace.Running, at(1)))
	waits(t, s, "c", false)
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{
		{Job: "d.x", Status: workspace.Completed, Time: at(1), Kind: workspace.KindReused},
	}))
	waits(t, s, "d", false)
	must(t, move(t.Context(), s, "e", workspace.Completed, at(1)))
	waits(t, s, "e", false)
	_, names := tickets(t, s, nil, 0)
	same(t, "tickets", names, []string{"a", "b", "c", "d"})
	// What fails leaves the ticket alone.
	expect(t, s.Advance(t.Context(), scope(), []workspace.Change{
		{Job: "a.x", Status: workspace.Running, Time: at(2)}, {Job: "a.z", Status: workspace.Running, Time: at(2)},
	}), workspace.ErrNotFound)
	waits(t, s, "a", true)
}

// queueAtOnce: what has become of a job already when it is recorded.
func queueAtOnce(t *testing.T, s workspace.Store) {
	put := func(name string, to ...workspace.Change) {
		t.Helper()
		jobs := run(name, at(0), "x")
		jobs[0].Definition = &workspace.Definition{Plan: []byte("{}")}
		must(t, s.Create(t.Context(), jobs, to...))
	}
	put("prepared", workspace.Change{Job: "prepared", Status: workspace.Preparing, Time: at(1)})
	waits(t, s, "prepared", true)
	put("started", workspace.Change{Job: "started.x", Status: workspace.Running, Time: at(1)})
	waits(t, s, "started", false)
	put("ended", workspace.Change{Job: "ended", Status: workspace.Completed, Time: at(1)})
	waits(t, s, "ended", false)
	_, names := tickets(t, s, nil, 0)
	same(t, "tickets", names, []string{"prepared", "started"})
	_, err := s.Queue().Definition(t.Context(), scope(), "ended")
	must(t, err)
}
