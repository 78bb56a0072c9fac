package workspacetest

import (
	"errors"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func experiments(t *testing.T, s workspace.Store) {
	_, err := s.ExperimentID(t.Context(), scope(), "taxi")
	expect(t, err, workspace.ErrNotFound)
	id := func(name string) int64 {
		n, err := s.ExperimentID(t.Context(), scope(), name)
		must(t, err)
		return n
	}
	in := func(job, experiment string) {
		jobs := run(job, at(0))
		jobs[0].Experiment = experiment
		create(t, s, jobs)
	}
	in("a", "taxi")
	first := id("taxi")
	in("b", "Taxi")
	in("c", "taxi")
	if first <= 0 || id("taxi") != first || id("Taxi") == first {
		t.Errorf("taxi was %d and is %d, Taxi is %d", first, id("taxi"), id("Taxi"))
	}
	other := run("a", at(1))
	other[0].Scope, other[0].Experiment = workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}, "new"
	create(t, s, other)
	_, err = s.ExperimentID(t.Context(), scope(), "new")
	expect(t, err, workspace.ErrNotFound)
	// A job that was refused leaves no experiment behind.
	refused := run("a", at(2))
	refused[0].Experiment = "refused"
	expect(t, s.Create(t.Context(), refused), workspace.ErrConflict)
	_, err = s.ExperimentID(t.Context(), scope(), "refused")
	expect(t, err, workspace.ErrNotFound)
}

func lastUsed(t *testing.T, s workspace.Store) {
	_, err := s.LastUsed(t.Context())
	expect(t, err, workspace.ErrNotFound)
	for _, want := range []workspace.Scope{scope(), {Subscription: "S", ResourceGroup: "G", Workspace: "W"}} {
		must(t, s.SetLastUsed(t.Context(), want))
		got, err := s.LastUsed(t.Context())
		must(t, err)
		same(t, "used last", got, want)
	}
}

func files(t *testing.T, s workspace.Store) {
	fs := s.Files()
	f := workspace.File{
		Scope: scope(), Datastore: "store", Path: "a/b é.csv", Digest: "d1", Size: 1 << 40, Mode: 0o755, Modified: at(1),
	}
	must(t, fs.Put(t.Context(), nil))
	must(t, fs.Put(t.Context(), []workspace.File{f}))
	got, err := fs.File(t.Context(), scope(), "store", f.Path)
	must(t, err)
	same(t, "file", got, &f)
	f.Digest, f.Size, f.Mode, f.Modified = "d2", 2, 0o644, at(2)
	must(t, fs.Put(t.Context(), []workspace.File{f}))
	got, err = fs.File(t.Context(), scope(), "store", f.Path)
	must(t, err)
	same(t, "replaced", got, &f)
	for _, missing := range [][2]string{{"store", "a"}, {"Store", f.Path}, {"store", "A/b é.csv"}} {
		_, err := fs.File(t.Context(), scope(), missing[0], missing[1])
		expect(t, err, workspace.ErrNotFound)
	}
	_, err = fs.File(t.Context(), workspace.Scope{Subscription: "s"}, "store", f.Path)
	expect(t, err, workspace.ErrNotFound)
}

// put puts files with these paths on a datastore.
func put(t *testing.T, s workspace.Store, datastore string, paths ...string) {
	t.Helper()
	var list []workspace.File
	for _, p := range paths {
		list = append(list, workspace.File{Scope: scope(), Datastore: datastore, Path: p, Digest: "of " + p})
	}
	must(t, s.Files().Put(t.Context(), list))
}

func filesBelow(t *testing.T, s workspace.Store) {
	paths := []string{"a", "a-b", "a.b", "a/b", "a/b/c", "a/b0", "a0", "ab", "a%/x", "a_/x", "é/x"}
	put(t, s, "store", paths...)
	put(t, s, "other", "a/b")
	list := func(datastore, prefix string, limit int) []string {
		found, err := s.Files().List(t.Context(), scope(), datastore, prefix, limit)
		must(t, err)
		var paths []string
		for _, f := range found {
			same(t, "digest", f.Digest, "of "+f.Path)
			same(t, "datastore", f.Datastore, datastore)
			paths = append(paths, f.Path)
		}
		return paths
	}
	same(t, "all", list("store", "", 0),
		[]string{"a", "a%/x", "a-b", "a.b", "a/b", "a/b/c", "a/b0", "a0", "a_/x", "ab", "é/x"})
	same(t, "below a", list("store", "a", 0), []string{"a", "a/b", "a/b/c", "a/b0"})
	same(t, "with a slash", list("store", "a/b/", 0), []string{"a/b", "a/b/c"})
	same(t, "no patterns", list("store", "a%", 0), []string{"a%/x"})
	same(t, "no patterns", list("store", "a_", 0), []string{"a_/x"})
	same(t, "beyond ASCII", list("store", "é", 0), []string{"é/x"})
	same(t, "limited", list("store", "a", 2), []string{"a", "a/b"})
	same(t, "case", list("store", "A", 0), []string(nil))
	n, err := s.Files().Delete(t.Context(), scope(), "store", "a/b")
	must(t, err)
	same(t, "deleted", n, 2)
	same(t, "the rest", list("store", "a", 0), []string{"a", "a/b0"})
	same(t, "another datastore", list("other", "", 0), []string{"a/b"})
	n, err = s.Files().Delete(t.Context(), scope(), "store", "")
	must(t, err)
	same(t, "deleted", n, len(paths)-2)
	n, err = s.Files().Delete(t.Context(), workspace.Scope{Subscription: "s"}, "store", "")
	must(t, err)
	same(t, "deleted nowhere", n, 0)
}

func filesOdd(t *testing.T, s workspace.Store) {
	good := workspace.File{Scope: scope(), Datastore: "store", Path: "good", Digest: "d"}
	for _, p := range []string{"", ".", "..", "/a", "a/", "a//b", "./a", "../a", "a/../b", "a/.."} {
		bad := good
		bad.Path = p
		expect(t, s.Files().Put(t.Context(), []workspace.File{good, bad}), workspace.ErrInvalid)
	}
	found, err := s.Files().List(t.Context(), scope(), "store", "", 0)
	must(t, err)
	same(t, "files", len(found), 0)
}

func digests(t *testing.T, s workspace.Store) {
	put(t, s, "store", "b", "a")
	put(t, s, "other", "a")
	f := workspace.File{Scope: workspace.Scope{Subscription: "s"}, Datastore: "store", Path: "x", Digest: "elsewhere"}
	must(t, s.Files().Put(t.Context(), []workspace.File{f}))
	seen := map[string]int{}
	must(t, s.Files().Digests(t.Context(), func(d string) error {
		seen[d]++
		return nil
	}))
	same(t, "digests", seen, map[string]int{"of a": 1, "of b": 1, "elsewhere": 1})
	enough := errors.New("enough")
	expect(t, s.Files().Digests(t.Context(), func(string) error { return enough }), enough)
}
