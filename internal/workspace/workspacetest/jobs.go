package workspacetest

import (
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// full is a job with something in every field.
func full() *workspace.Job {
	return &workspace.Job{
		Scope: scope(), Name: "brave_sun_0123456789", Root: "brave_sun_0123456789", Type: "pipeline",
		DisplayName: "train <and> score & more", Experiment: "taxi", Description: "nightly\n\"training\"",
		Tags:       map[string]string{"team": "a", "": "empty", "a.b c": "é \u2028"},
		Properties: map[string]string{"azureml.git.dirty": "True"},
		Status:     workspace.Failed,
		Error:      &workspace.JobError{Code: "UserError", Message: "exit 3", FailedStep: "train"},
		Created:    at(0), Started: at(1), Ended: at(2), CreatedBy: "Ada Example",
		ExitCode: ptr(0), Archived: true, CancelRequested: at(1),
		Spec: workspace.Spec{
			Inputs: []workspace.Port{
				{Name: "lr", Type: "number", Value: ptr("0.1")},
				{Name: "none", Type: "string", Value: ptr("")},
				{Name: "data", Type: "uri_folder", Mode: "ro_mount", URI: "azureml://datastores/x/paths/y/", Digest: "d1"},
			},
			Outputs:              []workspace.Port{{Name: "model", Type: "uri_folder", Binding: "${{parent.outputs.model}}"}},
			Command:              "python train.py <in >out && echo \u00e9",
			Code:                 "c0de",
			Environment:          "azureml:env:1",
			Compute:              "azureml:cpu",
			Component:            "train:3",
			EnvironmentVariables: map[string]string{"SEED": "1"},
			TimeoutSeconds:       0.5,
			InstanceCount:        2,
			Settings:             map[string]any{"default_compute": "azureml:cpu", "force_rerun": true},
			Source:               "pipeline.yml:3",
			Git:                  &workspace.Git{Repo: "r", Branch: "b", Commit: "c", Dirty: true},
		},
	}
}

func createAndReadBack(t *testing.T, s workspace.Store) {
	root := full()
	step := &workspace.Job{
		Scope: root.Scope, Name: "8c8ad4a3-0000-4000-8000-000000000001", Root: root.Name, Parent: root.Name,
		Step: "sub/train", Index: 7, Type: "command", DisplayName: "train", Experiment: "taxi",
		Status: workspace.NotStarted, Created: at(0),
	}
	create(t, s, []*workspace.Job{root, step})
	same(t, "root", read(t, s, root.Name), root)
	same(t, "step", read(t, s, step.Name), step)
	same(t, "events", eventsOf(t, s, root.Name), []string{
		root.Name + " submitted Failed", step.Name + " submitted NotStarted",
	})
	_, err := s.Job(t.Context(), scope(), "nobody")
	expect(t, err, workspace.ErrNotFound)
	_, err = s.CancelRequested(t.Context(), scope(), "nobody")
	expect(t, err, workspace.ErrNotFound)
}

func nameTaken(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x"))
	expect(t, s.Create(t.Context(), run("a", at(1), "y")), workspace.ErrConflict)
	// Nothing stays of a tree one step of which is refused.
	b := run("b", at(1), "x", "y")
	b[2].Name = "a.x"
	expect(t, s.Create(t.Context(), b), workspace.ErrConflict)
	same(t, "jobs", jobNames(t, s, workspace.Filter{Scope: scope()}), []string{"a"})
	same(t, "events of b", eventsOf(t, s, "b"), []string(nil))
}

func createInvalid(t *testing.T, s workspace.Store) {
	expect(t, s.Create(t.Context(), nil), workspace.ErrInvalid)
	expect(t, s.Create(t.Context(), run("a", at(0), "x")[1:]), workspace.ErrInvalid)
}

func timesKept(t *testing.T, s workspace.Store) {
	jobs := run("a", at(0).Add(999*time.Nanosecond).In(time.FixedZone("", 3600)))
	create(t, s, jobs)
	must(t, move(t.Context(), s, "a", workspace.Running, at(1).Add(time.Nanosecond)))
	j := read(t, s, "a")
	if !j.Created.Equal(at(0)) || j.Created.Location() != time.UTC || !j.Started.Equal(at(1)) || !j.Ended.IsZero() {
		t.Errorf("created %v, started %v, ended %v", j.Created, j.Started, j.Ended)
	}
}

func nameCase(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0)))
	create(t, s, run("A", at(1)))
	loud := scope()
	loud.ResourceGroup, loud.Workspace = strings.ToUpper(loud.ResourceGroup), strings.ToUpper(loud.Workspace)
	j, err := s.Job(t.Context(), loud, "A")
	must(t, err)
	same(t, "scope as spelled first", j.Scope, scope())
	expect(t, s.Create(t.Context(), func() []*workspace.Job {
		jobs := run("a", at(2))
		jobs[0].Scope = loud
		return jobs
	}()), workspace.ErrConflict)
	must(t, s.Advance(t.Context(), loud, []workspace.Change{{Job: "a", Status: workspace.Running, Time: at(3)}}))
	same(t, "status", read(t, s, "a").Status, workspace.Running)
	same(t, "status of the other", read(t, s, "A").Status, workspace.NotStarted)
}

func scopesApart(t *testing.T, s workspace.Store) {
	other := workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}
	create(t, s, run("a", at(0)))
	same(t, "jobs of a scope never used", jobNames(t, s, workspace.Filter{Scope: other}), []string(nil))
	_, err := s.Job(t.Context(), other, "a")
	expect(t, err, workspace.ErrNotFound)
	jobs := run("a", at(1))
	jobs[0].Scope = other
	create(t, s, jobs)
	expect(t, s.Advance(t.Context(), workspace.Scope{Subscription: "?"}, []workspace.Change{{Job: "a"}}),
		workspace.ErrNotFound)
	must(t, s.Advance(t.Context(), other, []workspace.Change{{Job: "a", Status: workspace.Running, Time: at(2)}}))
	same(t, "status", read(t, s, "a").Status, workspace.NotStarted)
	same(t, "events", eventsOf(t, s, "a"), []string{"a submitted NotStarted"})
	all, err := s.Jobs(t.Context(), workspace.Filter{AllScopes: true})
	must(t, err)
	if len(all) != 2 || all[0].Scope != other || all[1].Scope != scope() {
		t.Errorf("jobs of all scopes: %v", all)
	}
}

func edit(t *testing.T, s workspace.Store) {
	jobs := run("a", at(0))
	jobs[0].Tags = map[string]string{"old": "1"}
	create(t, s, jobs)
	must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{Kind: "updated", Time: at(1), Description: ptr("d")}))
	j := read(t, s, "a")
	same(t, "tags", j.Tags, map[string]string{"old": "1"})
	same(t, "display name", j.DisplayName, "a")
	must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{
		Kind: "updated", Time: at(2), DisplayName: ptr("n"), Experiment: ptr("e"), Tags: map[string]string{"new": "2"},
	}))
	j = read(t, s, "a")
	same(t, "edited", []string{j.DisplayName, j.Description, j.Experiment}, []string{"n", "d", "e"})
	same(t, "tags", j.Tags, map[string]string{"new": "2"})
	must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{Kind: "updated", Tags: map[string]string{}}))
	same(t, "no tags", read(t, s, "a").Tags, map[string]string(nil))
	_, err := s.ExperimentID(t.Context(), scope(), "e")
	must(t, err)
	expect(t, s.Edit(t.Context(), scope(), "b", workspace.Edit{Kind: "updated"}), workspace.ErrNotFound)
	same(t, "events", eventsOf(t, s, "a"), []string{
		"a submitted NotStarted", "a updated NotStarted", "a updated NotStarted", "a updated NotStarted",
	})
}

func archive(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x"))
	create(t, s, run("b", at(1)))
	must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{Kind: "archived", Time: at(2), Archived: ptr(true)}))
	list := func(archived string) []string {
		return jobNames(t, s, workspace.Filter{Scope: scope(), Archived: archived})
	}
	same(t, "active", list(""), []string{"b"})
	same(t, "archived", list("only"), []string{"a"})
	same(t, "all", list("all"), []string{"b", "a"})
	must(t, move(t.Context(), s, "a", workspace.Running, at(3)))
	if j := read(t, s, "a"); !j.Archived || j.Status != workspace.Running {
		t.Errorf("archived %v, status %s", j.Archived, j.Status)
	}
	must(t, s.Edit(t.Context(), scope(), "a", workspace.Edit{Kind: "restored", Time: at(4), Archived: ptr(false)}))
	same(t, "active again", list(""), []string{"b", "a"})
	same(t, "events", eventsOf(t, s, "a"), []string{
		"a submitted NotStarted", "a.x submitted NotStarted", "a archived NotStarted", "a status Running", "a restored Running",
	})
}

func filters(t *testing.T, s workspace.Store) {
	create(t, s, run("a", at(0), "x", "y"))
	b := run("b", at(1))
	b[0].Experiment, b[0].Type = "taxi", "command"
	create(t, s, b)
	create(t, s, run("c", at(2), "x"))
	must(t, move(t.Context(), s, "c", workspace.Running, at(3)))
	must(t, move(t.Context(), s, "b", workspace.Failed, at(3)))
	nested := run("d", at(4), "x", "x/y", "x/z")
	nested[2].Parent, nested[3].Parent = "d.x", "d.x"
	create(t, s, nested)
	must(t, move(t.Context(), s, "d.x/z", workspace.Running, at(5)))
	for _, c := range []struct {
		name string
		f    workspace.Filter
		want []string
	}{
		{"roots", workspace.Filter{}, []string{"d", "c", "b", "a"}},
		{"root", workspace.Filter{Root: "a"}, []string{"a", "a.x", "a.y"}},
		{"no root", workspace.Filter{Root: "a.x"}, nil},
		{"parent", workspace.Filter{Parent: "d"}, []string{"d.x"}},
		{"nested parent", workspace.Filter{Parent: "d.x"}, []string{"d.x/y", "d.x/z"}},
		{"root and parent", workspace.Filter{Root: "d", Parent: "d.x"}, []string{"d.x/y", "d.x/z"}},
		{"root and state", workspace.Filter{Root: "d", Statuses: []workspace.Status{workspace.Running}}, []string{"d.x/z"}},
		{"live", workspace.Filter{Statuses: []workspace.Status{workspace.NotStarted, workspace.Running}}, []string{"d", "c", "a"}},
		{"ended", workspace.Filter{Statuses: []workspace.Status{workspace.Failed, workspace.Completed}}, []string{"b"}},
		{"mixed", workspace.Filter{Statuses: []workspace.Status{workspace.Failed, workspace.Running}}, []string{"c", "b"}},
		{"experiment", workspace.Filter{Experiment: "taxi"}, []string{"b"}},
		{"experiment in another case", workspace.Filter{Experiment: "Taxi"}, nil},
		{"type", workspace.Filter{Type: "pipeline", Limit: 2}, []string{"d", "c"}},
		{"all at once", workspace.Filter{Type: "command", Experiment: "taxi", Statuses: []workspace.Status{workspace.Failed}}, []string{"b"}},
	} {
		c.f.Scope = scope()
		same(t, c.name, jobNames(t, s, c.f), c.want)
		c.f.AllScopes, c.f.Scope = true, workspace.Scope{}
		same(t, c.name+", all scopes", jobNames(t, s, c.f), c.want)
	}
}

func pages(t *testing.T, s workspace.Store) {
	// Two at the same moment: the one recorded later is newer.
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		create(t, s, run(name, at(i/2)))
	}
	create(t, s, run("early", at(-1)))
	page := func(skip, limit int) []string {
		return jobNames(t, s, workspace.Filter{Scope: scope(), Skip: skip, Limit: limit})
	}
	same(t, "all", page(0, 0), []string{"e", "d", "c", "b", "a", "early"})
	same(t, "first", page(0, 2), []string{"e", "d"})
	same(t, "second", page(2, 2), []string{"c", "b"})
	same(t, "rest", page(4, 0), []string{"a", "early"})
	same(t, "beyond", page(6, 2), []string(nil))
}

func stepsByIndex(t *testing.T, s workspace.Store) {
	jobs := run("a", at(0), "x", "y", "z")
	jobs[1].Index, jobs[3].Index = 2, 0
	create(t, s, jobs)
	same(t, "tree", jobNames(t, s, workspace.Filter{Scope: scope(), Root: "a"}), []string{"a", "a.z", "a.y", "a.x"})
	same(t, "page", jobNames(t, s, workspace.Filter{Scope: scope(), Parent: "a", Skip: 1, Limit: 1}), []string{"a.y"})
}
