package workspacetest

import (
	"slices"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// endedRun records a job with steps, all of which complete.
func endedRun(t *testing.T, s workspace.Store, name string, paths ...string) {
	t.Helper()
	jobs := run(name, at(0), paths...)
	jobs[0].Definition = &workspace.Definition{Body: []byte(`{}`), Plan: []byte(`{}`)}
	for _, j := range jobs[1:] {
		j.Spec.Code = "code-of-" + name
	}
	create(t, s, jobs)
	for _, j := range slices.Backward(jobs) {
		must(t, move(t.Context(), s, j.Name, workspace.Completed, at(1)))
	}
}

func putFiles(t *testing.T, s workspace.Store, datastore string, paths ...string) {
	t.Helper()
	for _, p := range paths {
		must(t, s.Files().Put(t.Context(), []workspace.File{{Scope: scope(), Datastore: datastore, Path: p, Digest: "d", Modified: at(1)}}))
	}
}

func pathsOf(t *testing.T, s workspace.Store, datastore string) []string {
	t.Helper()
	list, err := s.Files().List(t.Context(), scope(), datastore, "", 0)
	must(t, err)
	var paths []string
	for _, f := range list {
		paths = append(paths, f.Path)
	}
	return paths
}

// deleteJob: nothing tells of a deleted job, and its name stays taken.
func deleteJob(t *testing.T, s workspace.Store) {
	endedRun(t, s, "a", "x", "y")
	endedRun(t, s, "b", "x")
	putFiles(t, s, "one", "azureml/a/o/f", "azureml/a.x/o/f", "azureml/a.xx/f", "azureml/ab/f", "azureml/a0", "mine/azureml/a/f")
	putFiles(t, s, "two", "ExperimentRun/dcid.a/f", "ExperimentRun/dcid.a.y/g", "ExperimentRun/dcid.b/f", "azureml/a")
	must(t, s.Delete(t.Context(), scope(), "a", at(2)))

	for _, name := range []string{"a", "a.x", "a.y"} {
		_, err := s.Job(t.Context(), scope(), name)
		expect(t, err, workspace.ErrNotFound)
		_, err = s.CancelRequested(t.Context(), scope(), name)
		expect(t, err, workspace.ErrNotFound)
		expect(t, s.Edit(t.Context(), scope(), name, workspace.Edit{Kind: "archived", Archived: ptr(true)}), workspace.ErrNotFound)
		expect(t, move(t.Context(), s, name, workspace.Failed, at(3)), workspace.ErrNotFound)
	}
	for _, archived := range []string{"", "all"} {
		same(t, "jobs", jobNames(t, s, workspace.Filter{Scope: scope(), Archived: archived}), []string{"b"})
		same(t, "tree", jobNames(t, s, workspace.Filter{Scope: scope(), Root: "a", Archived: archived}), []string{})
		same(t, "steps", jobNames(t, s, workspace.Filter{Scope: scope(), Parent: "a", Archived: archived}), []string{})
	}
	same(t, "archived", jobNames(t, s, workspace.Filter{Scope: scope(), Archived: "only"}), []string{})
	same(t, "events", eventsOf(t, s, "a"), []string{})
	_, err := s.Queue().Definition(t.Context(), scope(), "a")
	expect(t, err, workspace.ErrNotFound)
	must(t, s.References(t.Context(), func(j *workspace.Job) error {
		same(t, "reference", j.Root, "b")
		return nil
	}))
	same(t, "files", pathsOf(t, s, "one"), []string{"azureml/a.xx/f", "azureml/a0", "azureml/ab/f", "mine/azureml/a/f"})
	same(t, "artifacts", pathsOf(t, s, "two"), []string{"ExperimentRun/dcid.b/f"})
	for _, name := range []string{"a", "a.x"} {
		expect(t, s.Create(t.Context(), run(name, at(4))), workspace.ErrConflict)
	}
	remains(t, s)
}

// remains of the job a.
func remains(t *testing.T, s workspace.Store) {
	t.Helper()
	for range 2 {
		list, err := s.Remains(t.Context())
		must(t, err)
		same(t, "remains", list, []workspace.Remains{{Scope: scope(), Root: "a", Jobs: []string{"a", "a.x", "a.y"}}})
	}
	for range 2 {
		must(t, s.Gone(t.Context(), workspace.Remains{Scope: scope(), Root: "a"}))
		list, err := s.Remains(t.Context())
		must(t, err)
		same(t, "remains", list, []workspace.Remains{})
	}
}

// deleteRefused: a job that has not ended, a step, what is not there.
func deleteRefused(t *testing.T, s workspace.Store) {
	expect(t, s.Delete(t.Context(), scope(), "a", at(1)), workspace.ErrNotFound)
	create(t, s, run("a", at(0), "x"))
	must(t, move(t.Context(), s, "a.x", workspace.Completed, at(1)))
	for _, status := range []workspace.Status{workspace.Running, workspace.CancelRequested} {
		must(t, move(t.Context(), s, "a", status, at(1)))
		expect(t, s.Delete(t.Context(), scope(), "a", at(1)), workspace.ErrConflict)
	}
	must(t, move(t.Context(), s, "a", workspace.Canceled, at(2)))
	expect(t, s.Delete(t.Context(), scope(), "a.x", at(2)), workspace.ErrInvalid)
	other := scope()
	other.Workspace = "other"
	expect(t, s.Delete(t.Context(), other, "a", at(2)), workspace.ErrNotFound)
	same(t, "tree", jobNames(t, s, workspace.Filter{Scope: scope(), Root: "a"}), []string{"a", "a.x"})
	must(t, s.Delete(t.Context(), scope(), "a", at(2)))
	expect(t, s.Delete(t.Context(), scope(), "a", at(3)), workspace.ErrNotFound)
}

// deleteKeeps: the files that something registered refers to stay.
func deleteKeeps(t *testing.T, s workspace.Store) {
	endedRun(t, s, "a", "x")
	putFiles(t, s, "one",
		"azureml/a/model/f", "azureml/a/model/g/h", "azureml/a/other/f", "azureml/a.x/kept/f", "azureml/a.x/o/f", "ExperimentRun/dcid.a.x/m/f",
		"ExperimentRun/dcid.a.x/n/f", "azureml/a.x/link/deep/f", "azureml/a.x/link/f")
	for i, uri := range []string{
		"azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/one/paths/azureml/a/model/",
		"azureml://jobs/a.x/outputs/kept",
		"runs:/a.x/m",
		"http://127.0.0.1:1/blob/acc/container/azureml/a.x/link/deep?sig=1",
		"azureml://datastores/one/paths/azureml/other/f",
	} {
		key := workspace.ResourceKey{Scope: scope(), Collection: workspace.Models, Name: "m", Version: string(rune('1' + i))}
		must(t, s.Resources().PutResources(t.Context(), &workspace.Resource{
			ResourceKey: key, Body: []byte(`{"properties":{"modelUri":"` + uri + `"}}`),
		}))
	}
	must(t, s.Delete(t.Context(), scope(), "a", at(2)))
	same(t, "files", pathsOf(t, s, "one"), []string{
		"ExperimentRun/dcid.a.x/m/f", "azureml/a.x/kept/f", "azureml/a.x/link/deep/f", "azureml/a/model/f", "azureml/a/model/g/h",
	})
}
