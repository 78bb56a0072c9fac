package local_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// filesOf are the paths on the default datastore and that of artifacts.
func (p *project) filesOf() string {
	p.t.Helper()
	var all []string
	for _, datastore := range []string{workspace.BlobStore, workspace.ArtifactStore} {
		list, err := p.l.Ledger().Files().List(p.t.Context(), workspace.BuiltIn(), datastore, "", 0)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, f := range list {
			all = append(all, f.Path)
		}
	}
	return strings.Join(all, " ")
}

// folders are the names of the home's job folders.
func (p *project) folders() []string {
	p.t.Helper()
	entries, err := os.ReadDir(filepath.Join(p.l.Dir(), "jobs"))
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestDeleteJob: nothing is left of a job but what was registered from it and
// the results of its steps.
func TestDeleteJob(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(registering, "one"), "src/hello.txt": "hello\n"})
	res := p.run(t.Context())
	if res.Status != workspace.Completed {
		t.Fatal(res.Error)
	}
	before := p.filesOf()
	for _, name := range []string{"nothing", res.Name + "x"} {
		if err := p.l.Delete(t.Context(), workspace.BuiltIn(), name); !errors.Is(err, workspace.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", name, err, workspace.ErrNotFound)
		}
	}
	if err := p.l.Delete(t.Context(), workspace.BuiltIn(), res.Name); err != nil {
		t.Fatal(err)
	}
	if got := p.folders(); len(got) > 0 {
		t.Errorf("folders %v are left", got)
	}
	if _, err := p.l.Ledger().Job(t.Context(), workspace.BuiltIn(), res.Name); !errors.Is(err, workspace.ErrNotFound) {
		t.Errorf("job: %v", err)
	}
	// All the outputs of this job are registered.
	if got := p.filesOf(); got != before || !strings.Contains(got, "azureml/"+res.Name+"/model/m.txt") {
		t.Errorf("files %s, want %s", got, before)
	}
	if remains, err := p.l.Ledger().Remains(t.Context()); err != nil || len(remains) > 0 {
		t.Errorf("remains %v, %v", remains, err)
	}
	p.want("after", local.CacheOptions{}, "prep train", "")
}

// TestDeleteThenCollect: what only a deleted job referred to can be collected.
func TestDeleteThenCollect(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	res := p.run(t.Context())
	if err := p.l.Delete(t.Context(), workspace.BuiltIn(), res.Name); err != nil {
		t.Fatal(err)
	}
	if got := p.filesOf(); got != "" {
		t.Errorf("files %s are left", got)
	}
	folder, err := p.l.Cache()
	if err != nil {
		t.Fatal(err)
	}
	size, err := folder.Size(t.Context())
	if err != nil || size.LedgerBlobs != 0 || size.Entries != 2 {
		t.Errorf("got %+v (%v), want 2 entries and no blob of the ledger", size, err)
	}
	if v, err := folder.Verify(t.Context(), false); err != nil || !v.Sound() {
		t.Errorf("%+v, %v", v, err)
	}
	p.want("after", local.CacheOptions{}, "prep train", "")
}

// TestDeleteCutShort: whoever was killed after the record was deleted has left
// folders, whole or in part; the next who opens the home removes them.
func TestDeleteCutShort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cut  func(t *testing.T, jobs, root string)
	}{
		{"nothing removed", func(*testing.T, string, string) {}},
		{"the steps", func(t *testing.T, jobs, root string) {
			entries, err := os.ReadDir(jobs)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != root {
					_ = os.RemoveAll(filepath.Join(jobs, e.Name()))
				}
			}
		}},
		{"all but the lease", func(t *testing.T, jobs, root string) {
			entries, err := os.ReadDir(filepath.Join(jobs, root))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != "lease" {
					_ = os.RemoveAll(filepath.Join(jobs, root, e.Name()))
				}
			}
		}},
		{"everything", func(_ *testing.T, jobs, root string) { _ = os.RemoveAll(filepath.Join(jobs, root)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := reuseProject(t)
			res := p.run(t.Context())
			if err := p.l.Ledger().Delete(t.Context(), workspace.BuiltIn(), res.Name); err != nil {
				t.Fatal(err)
			}
			tt.cut(t, filepath.Join(p.l.Dir(), "jobs"), res.Name)
			again, err := local.Open(t.Context(), local.Options{Home: p.l.Dir()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = again.Close() }()
			if got := p.folders(); len(got) > 0 {
				t.Errorf("folders %v are left", got)
			}
			if remains, err := again.Ledger().Remains(t.Context()); err != nil || len(remains) > 0 {
				t.Errorf("remains %v, %v", remains, err)
			}
		})
	}
}

// TestDeleteWhileItRuns: it is refused, and harms nothing.
func TestDeleteWhileItRuns(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	req := p.request()
	var got error
	var tree *workspace.Tree
	req.Submitted = func(t *workspace.Tree) { tree = t }
	req.Watch = func(e local.Event) {
		if e.Step == "prep" && e.Status == workspace.Running {
			got = p.l.Delete(t.Context(), workspace.BuiltIn(), tree.Root.Name)
		}
	}
	begun := time.Now()
	res, err := p.l.Run(t.Context(), req)
	if err != nil || res.Status != workspace.Completed {
		t.Fatalf("%+v, %v", res, err)
	}
	if !errors.Is(got, workspace.ErrConflict) || time.Since(begun) > time.Minute {
		t.Errorf("got %v, want %v", got, workspace.ErrConflict)
	}
}

// deleteAll deletes jobs of a home: "HOME|JOB JOB ...".
func deleteAll(spec string) int {
	home, jobs, _ := strings.Cut(spec, "|")
	ctx := context.Background()
	l, err := local.Open(ctx, local.Options{Home: home})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("open")
	for _, job := range strings.Fields(jobs) {
		if err := l.Delete(ctx, workspace.BuiltIn(), job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// TestDeleteKilled: whenever whoever deletes is killed, a job is there with all
// it has, or gone with all it had.
func TestDeleteKilled(t *testing.T) {
	t.Parallel()
	const rounds, jobs = 8, 6
	p := reuseProject(t)
	there, gone := 0, 0
	for range rounds {
		var names []string
		for range jobs {
			names = append(names, p.run(t.Context()).Name)
		}
		trees := map[string][]string{}
		for _, name := range names {
			steps, err := p.l.Ledger().Steps(t.Context(), workspace.BuiltIn(), name)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				trees[name] = append(trees[name], s.Name)
			}
		}
		before := p.filesOf()
		killDeleter(t, p.l.Dir()+"|"+strings.Join(names, " "))
		again, err := local.Open(t.Context(), local.Options{Home: p.l.Dir()})
		if err != nil {
			t.Fatal(err)
		}
		_ = again.Close()
		files, folders := p.filesOf(), strings.Join(p.folders(), " ")
		for _, name := range names {
			_, err := p.l.Ledger().Job(t.Context(), workspace.BuiltIn(), name)
			whole := err == nil
			if whole {
				there++
			} else {
				gone++
			}
			if got := strings.Contains(folders, name); got != whole {
				t.Errorf("job %s: on record %t, its folder %t", name, whole, got)
			}
			for _, step := range trees[name] {
				if got := strings.Contains(files, step); got != (whole && strings.Contains(before, step)) {
					t.Errorf("job %s: on record %t, files of %s %t", name, whole, step, got)
				}
				if !whole && strings.Contains(folders, step) {
					t.Errorf("job %s is gone, and the folder of %s is there", name, step)
				}
			}
		}
	}
	t.Logf("%d jobs are there, %d are gone", there, gone)
}

// killDeleter runs deleteAll and kills it a moment after it has begun.
func killDeleter(t *testing.T, spec string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "ISCHIA_TEST_DELETER="+spec)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	const most = 120
	time.Sleep(time.Duration(rand.IntN(most)) * time.Millisecond)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
}
