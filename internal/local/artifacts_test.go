package local_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// clock is the time of a home, which a test moves on.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// leaver is a home that is served, with one run of one step. No process runs it:
// the test writes what it leaves.
type leaver struct {
	*testing.T
	local     *local.Local
	serving   *local.Serving
	clock     *clock
	run, step string
}

func newLeaver(t *testing.T) *leaver {
	t.Helper()
	v := &leaver{T: t, clock: &clock{}, run: "run_1"}
	var err error
	v.local, err = local.Open(t.Context(), local.Options{Home: t.TempDir(), Now: v.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.local.Close() })
	v.serving = serveOpened(t, v.local, local.ServeOptions{})
	tree, err := v.local.Ledger().Submit(t.Context(), workspace.BuiltIn(), workspace.Submission{
		Name: v.run, Type: "pipeline", Steps: []workspace.StepSubmission{{Path: "train", Type: "command"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.step = tree.Steps[0].Name
	return v
}

// advance moves the step on, and the run before or after it.
func (v *leaver) advance(jobs ...workspace.Change) {
	v.Helper()
	for _, c := range jobs {
		if err := v.local.Ledger().Advance(v.Context(), workspace.BuiltIn(), c); err != nil {
			v.Fatal(err)
		}
	}
}

func (v *leaver) begin() {
	v.Helper()
	v.advance(workspace.Change{Job: v.run, Status: workspace.Running}, workspace.Change{Job: v.step, Status: workspace.Running})
}

func (v *leaver) end() {
	v.Helper()
	v.advance(workspace.Change{Job: v.step, Status: workspace.Completed}, workspace.Change{Job: v.run, Status: workspace.Completed})
}

// folder is where the step's files are.
func (v *leaver) folder() string {
	v.Helper()
	dir, err := v.local.JobDir(v.step)
	if err != nil {
		v.Fatal(err)
	}
	return dir
}

// write writes files of the step, whose text is their own name.
func (v *leaver) write(names ...string) {
	v.Helper()
	for _, name := range names {
		file := filepath.Join(v.folder(), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			v.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			v.Fatal(err)
		}
	}
}

// send sends a request and reads its answer; with a token when bearer is set.
func (v *leaver) send(method, address string, bearer bool) (int, string) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, address, nil)
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("X-Ms-Version", "2021-12-02")
	if bearer {
		r.Header.Set("Authorization", "Bearer "+v.serving.Token)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		v.Fatal(err)
	}
	return a.StatusCode, string(text)
}

// history reads an answer of run history into to.
func (v *leaver) history(path string, to any) {
	v.Helper()
	status, text := v.send("GET", v.serving.URL+"/history/v1.0"+workspace.BuiltIn().ARMID()+path, true)
	if status != http.StatusOK {
		v.Fatalf("%s: %d %s", path, status, text)
	}
	if err := json.Unmarshal([]byte(text), to); err != nil {
		v.Fatalf("%s: %v in %s", path, err, text)
	}
}

// artifacts are the names of a job's artifacts.
func (v *leaver) artifacts(job string) []string {
	v.Helper()
	var list struct{ Value []struct{ Path string } }
	v.history("/runs/"+job+"/artifacts", &list)
	names := []string{}
	for _, e := range list.Value {
		names = append(names, e.Path)
	}
	return names
}

// content is a signed link to an artifact of the step.
func (v *leaver) content(name string) string {
	v.Helper()
	var c struct{ ContentURI string }
	v.history("/runs/"+v.step+"/artifacts/contentinfo?path="+url.QueryEscape(name), &c)
	return c.ContentURI
}

// blob is the address of something in the container of the artifact store.
func (v *leaver) blob(below string) string {
	v.Helper()
	accounts, err := v.local.Accounts()
	if err != nil {
		v.Fatal(err)
	}
	return v.serving.URL + "/blob/" + accounts.Account(workspace.BuiltIn()) + "/azureml" + below
}

func (v *leaver) same(what string, got, want any) {
	v.Helper()
	if d := cmp.Diff(want, got); d != "" {
		v.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// What a step has left is in the artifact store when it has ended and somebody
// asks, and no more than that: nothing of how it was run.
func TestArtifactsOfAStep(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.same("of a step that waits", v.artifacts(v.step), []string{})
	v.begin()
	ours := []string{"plan.json", "run/env", "inputs/rows/a.csv", "lease", "outputs.txt", "user_logs2/x"}
	theirs := []string{"azureml-logs/70_driver_log.txt", "logs/own.txt", "outputs/a b+c.txt", "outputs/deep/er.txt", "system_logs/s.txt", "user_logs/std_log.txt"}
	v.write(ours...)
	v.write(theirs...)
	v.same("while it runs", v.artifacts(v.step), []string{theirs[0], theirs[5]})
	if files := v.filed(); len(files) > 0 {
		t.Errorf("filed while it runs: %v", files)
	}
	v.end()
	v.same("when it has ended", v.artifacts(v.step), theirs)
	for _, name := range theirs {
		if status, text := v.send("GET", v.content(name), false); status != http.StatusOK || text != name {
			t.Errorf("%s: got %d %q", name, status, text)
		}
	}
	// What it left does not change any more.
	v.write("outputs/later.txt")
	v.same("asked again", v.artifacts(v.step), theirs)
	if err := v.serving.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.serving = serveOpened(t, v.local, local.ServeOptions{})
	v.same("asked of another process", v.artifacts(v.step), theirs)
	v.same("of the run", v.artifacts(v.run), []string{"logs/azureml/executionlogs.txt"})
}

// filed are the paths in the artifact store.
func (v *leaver) filed() []string {
	v.Helper()
	files, err := v.local.Ledger().Files().List(v.Context(), workspace.BuiltIn(), workspace.ArtifactStore, "", 0)
	if err != nil {
		v.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	return names
}

// Whoever looks into the container itself finds the same, though nobody asked
// run history before.
func TestArtifactsInTheContainer(t *testing.T) {
	t.Parallel()
	for _, ask := range []string{"list", "read", "head"} {
		t.Run(ask, func(t *testing.T) {
			t.Parallel()
			v := newLeaver(t)
			v.begin()
			v.write("user_logs/std_log.txt", "outputs/model.txt", "plan.json")
			v.end()
			folder := "ExperimentRun/dcid." + v.step
			switch ask {
			case "list":
				status, text := v.send("GET", v.blob("?restype=container&comp=list&prefix="+folder+"/"), true)
				if status != http.StatusOK || !strings.Contains(text, folder+"/outputs/model.txt<") || strings.Contains(text, "plan.json") {
					t.Errorf("got %d %s", status, text)
				}
			case "read":
				if status, text := v.send("GET", v.blob("/"+folder+"/outputs/model.txt"), true); status != http.StatusOK || text != "outputs/model.txt" {
					t.Errorf("got %d %s", status, text)
				}
			case "head":
				if status, _ := v.send("HEAD", v.blob("/"+folder+"/outputs/model.txt"), true); status != http.StatusOK {
					t.Errorf("got %d", status)
				}
			}
			for _, below := range []string{"/" + folder + "/plan.json", "/ExperimentRun/dcid.nobody/outputs/model.txt", "/ExperimentRun/dcid.", "/ExperimentRun/dcid.../plan.json"} {
				if status, text := v.send("GET", v.blob(below), true); status != http.StatusNotFound {
					t.Errorf("%s: got %d %s", below, status, text)
				}
			}
			v.same("filed", v.filed(), []string{folder + "/outputs/model.txt", folder + "/user_logs/std_log.txt"})
		})
	}
}

// All of many who ask at once see all of it.
func TestArtifactsAskedForAtOnce(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt", "outputs/a.txt", "outputs/b.txt")
	v.end()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			status, text := v.send("GET", v.serving.URL+"/history/v1.0"+workspace.BuiltIn().ARMID()+"/runs/"+v.step+"/artifacts", true)
			if status != http.StatusOK || strings.Count(text, `"artifactId"`) != 4 {
				t.Errorf("got %d %s", status, text)
			}
		})
	}
	all.Wait()
}

// What a step uploads itself while it runs does not keep its logs from getting
// there.
func TestArtifactsBesideUploads(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt")
	store, err := v.local.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := store.PutBytes(t.Context(), []byte("uploaded"))
	if err != nil {
		t.Fatal(err)
	}
	err = v.local.Ledger().Files().Put(t.Context(), []workspace.File{{
		Scope: workspace.BuiltIn(), Datastore: workspace.ArtifactStore, Path: "ExperimentRun/dcid." + v.step + "/metrics/own.txt", Digest: string(digest), Size: 8, Mode: 0o644,
	}})
	if err != nil {
		t.Fatal(err)
	}
	v.end()
	v.same("artifacts", v.artifacts(v.step), []string{"azureml-logs/70_driver_log.txt", "metrics/own.txt", "user_logs/std_log.txt"})
	if status, text := v.send("GET", v.content("user_logs/std_log.txt"), false); status != http.StatusOK || text != "user_logs/std_log.txt" {
		t.Errorf("the log: got %d %q", status, text)
	}
	if len(v.filed()) != 2 {
		t.Errorf("filed: %v", v.filed())
	}
}

// A step that never began has nothing; nor has a job that was deleted, even if
// its folder is still there.
func TestArtifactsOfNothing(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.advance(workspace.Change{Job: v.run, Status: workspace.Running}, workspace.Change{Job: v.step, Status: workspace.Canceled}, workspace.Change{Job: v.run, Status: workspace.Canceled})
	v.same("of a step that never began", v.artifacts(v.step), []string{})

	v = newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt")
	v.end()
	v.artifacts(v.step)
	if len(v.filed()) == 0 {
		t.Fatal("nothing is filed")
	}
	if err := v.local.Delete(t.Context(), workspace.BuiltIn(), v.run); err != nil {
		t.Fatal(err)
	}
	v.write("user_logs/std_log.txt")
	for _, asks := range []*local.Serving{v.serving, serveOpened(t, v.local, local.ServeOptions{})} {
		v.serving = asks
		if status, text := v.send("GET", v.blob("/ExperimentRun/dcid."+v.step+"/user_logs/std_log.txt"), true); status != http.StatusNotFound {
			t.Errorf("of a job that was deleted: got %d %q", status, text)
		}
		if status, text := v.send("GET", asks.URL+"/history/v1.0"+workspace.BuiltIn().ARMID()+"/runs/"+v.step+"/artifacts", true); status != http.StatusNotFound {
			t.Errorf("of a job that was deleted: got %d %q", status, text)
		}
	}
	if files := v.filed(); len(files) > 0 {
		t.Errorf("still there: %v", files)
	}
}

// A link that leads nowhere, or in a circle, has no content; the rest of what the
// step left is there all the same.
func TestArtifactsWithLinks(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("expected: links need a privilege there")
	}
	for name, links := range map[string]map[string]string{
		"to a file and a folder": {"outputs/last.txt": "a.txt", "outputs/latest": "deep"},
		"to nothing":             {"outputs/last.txt": "a.txt", "outputs/gone": "nowhere"},
		"to a device":            {"outputs/last.txt": "a.txt", "outputs/null": "/dev/null"},
		"to itself":              {"outputs/last.txt": "a.txt", "outputs/self": "self"},
		"round":                  {"outputs/up": "..", "outputs/deep/up": "../../outputs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newLeaver(t)
			v.begin()
			v.write("user_logs/std_log.txt", "outputs/a.txt", "outputs/deep/b.txt")
			for at, to := range links {
				if err := os.Symlink(to, filepath.Join(v.folder(), at)); err != nil {
					t.Fatal(err)
				}
			}
			v.end()
			want := []string{"azureml-logs/70_driver_log.txt", "outputs/a.txt", "outputs/deep/b.txt"}
			if _, ok := links["outputs/last.txt"]; ok {
				want = append(want, "outputs/last.txt")
			}
			if _, ok := links["outputs/latest"]; ok {
				want = append(want, "outputs/latest/b.txt")
			}
			v.same("artifacts", v.artifacts(v.step), append(want, "user_logs/std_log.txt"))
		})
	}
}

// Collecting what nobody refers to leaves artifacts that somebody asked for.
func TestCollectKeepsArtifacts(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt", "outputs/model.txt")
	v.end()
	link := v.content("outputs/model.txt")
	if err := os.RemoveAll(v.folder()); err != nil {
		t.Fatal(err)
	}
	age(t, filepath.Join(v.local.Dir(), "blobs"))
	cache, err := v.local.Cache()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Collect(t.Context(), local.CollectOptions{}); err != nil {
		t.Fatal(err)
	}
	if status, text := v.send("GET", link, false); status != http.StatusOK || text != "outputs/model.txt" {
		t.Errorf("got %d %q", status, text)
	}
}

// When a step's files cannot be stored, the answer is a fault, not an empty list;
// the next who asks gets them.
func TestArtifactsThatCannotBeStored(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.end()
	// Where the folder should be there is a file.
	if err := os.MkdirAll(filepath.Dir(v.folder()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.folder(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	address := v.serving.URL + "/history/v1.0" + workspace.BuiltIn().ARMID() + "/runs/" + v.step + "/artifacts"
	if status, text := v.send("GET", address, true); status != http.StatusInternalServerError || strings.Contains(text, v.local.Dir()) {
		t.Errorf("got %d %s", status, text)
	}
	if status, _ := v.send("GET", v.blob("/ExperimentRun/dcid."+v.step+"/outputs/model.txt"), true); status != http.StatusInternalServerError {
		t.Errorf("from the container: got %d", status)
	}
	if err := os.Remove(v.folder()); err != nil {
		t.Fatal(err)
	}
	v.write("user_logs/std_log.txt", "outputs/model.txt")
	v.same("artifacts", v.artifacts(v.step), []string{"azureml-logs/70_driver_log.txt", "outputs/model.txt", "user_logs/std_log.txt"})
}
