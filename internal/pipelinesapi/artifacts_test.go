package pipelinesapi_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// digestOf is the name of some content.
func digestOf(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

// submitStep records a run with one step, and says the step's name.
func (h *harness) submitStep(run string) string {
	h.t.Helper()
	tree, err := h.ledger.Submit(h.t.Context(), h.scope, workspace.Submission{
		Name: run, Type: "pipeline", Experiment: "demo", Tags: map[string]string{"a": "1", "b": "2"}, Properties: map[string]string{"k": "v"},
		Steps: []workspace.StepSubmission{{Path: "train", Type: "command"}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return tree.Steps[0].Name
}

// leave puts files into the artifact store, as what a job left.
func (h *harness) leave(job string, paths ...string) {
	h.t.Helper()
	var files []workspace.File
	for _, p := range paths {
		files = append(files, workspace.File{
			Scope: h.scope, Datastore: workspace.ArtifactStore, Path: "ExperimentRun/dcid." + job + "/" + p, Digest: digestOf("a"), Size: 1, Mode: 0o644,
		})
	}
	if err := h.ledger.Files().Put(h.t.Context(), files); err != nil {
		h.t.Fatal(err)
	}
}

// members are one member of all entries of a list.
func (a answer) members(name string) []string {
	a.t.Helper()
	list, ok := a.want(200).field("value").([]any)
	if !ok {
		a.t.Fatalf("no list: %s", a.text)
	}
	out := []string{}
	for _, e := range list {
		text, _ := e.(map[string]any)[name].(string)
		out = append(out, text)
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// What a step has left is listed by path, all of it or what is below one, under
// every way to name a run. Another run's files, and those of one whose name only
// begins the same, are not in it.
func TestArtifactLists(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	job := h.submitStep("run_1")
	h.advance("run_1", workspace.Running)
	h.advance(job, workspace.Running, workspace.Completed)
	h.leave(job, "user_logs/std_log.txt", "azureml-logs/70_driver_log.txt", "outputs/model.txt", "outputs/deep/er.txt", "outputs2/x.txt")
	h.leave(job+"2", "outputs/other.txt")
	h.leave("run_1", "outputs/root.txt")
	all := []string{"azureml-logs/70_driver_log.txt", "outputs/deep/er.txt", "outputs/model.txt", "outputs2/x.txt", "user_logs/std_log.txt"}
	id, err := h.ledger.ExperimentID(t.Context(), h.scope, "demo")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"", "/experiments/demo", "/experimentids/" + id} {
		for query, want := range map[string][]string{
			"":                            all,
			"?path=outputs":               all[1:3],
			"?path=outputs/":              all[1:3],
			"?path=outputs/model.txt":     all[2:3],
			"?path=outputs/mod":           {},
			"?path=nothing":               {},
			"?path=outputs%2Fdeep%2F":     all[1:2],
			"?path=OUTPUTS/model.txt":     {},
			"?path=user_logs/std_log.txt": all[4:],
		} {
			same(t, in+query, h.ask("GET", "history", in+"/runs/"+job+"/artifacts"+query, "").members("path"), want)
			same(t, "contents of "+in+query, h.ask("GET", "history", in+"/runs/"+job+"/artifacts/prefix/contentinfo"+query, "").members("path"), want)
			if query != "" {
				same(t, "path of "+in+query, h.ask("GET", "history", in+"/runs/"+job+"/artifacts/path"+query, "").members("path"), want)
			}
		}
	}
	same(t, "of the root", h.ask("GET", "history", "/runs/run_1/artifacts", "").members("path"), []string{"outputs/root.txt"})
	a := h.ask("GET", "history", "/runs/"+job+"/artifacts?path=outputs/model.txt", "").want(200)
	got := a.field("value").([]any)[0].(map[string]any)
	for name, want := range map[string]string{
		"artifactId": "ExperimentRun/dcid." + job + "/outputs/model.txt", "origin": "ExperimentRun", "container": "dcid." + job, "etag": digestOf("a"),
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %s", name, got[name], want)
		}
	}
	same(t, "dataPath", got["dataPath"], any(map[string]any{
		"dataStoreName": "workspaceartifactstore", "relativePath": "ExperimentRun/dcid." + job + "/outputs/model.txt",
	}))
}

// A path that leads out of the run's folder is refused, and so is a run that is
// not there, or is one of another experiment.
func TestArtifactsRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	job := h.submitStep("run_1")
	h.leave(job, "outputs/model.txt")
	h.leave("run_1", "outputs/model.txt")
	for _, route := range []string{"artifacts", "artifacts/path", "artifacts/contentinfo", "artifacts/prefix/contentinfo"} {
		for path, want := range map[string]int{
			"/runs/" + job + "/" + route + "?path=../dcid.run_1/outputs/model.txt": 400,
			"/runs/" + job + "/" + route + "?path=outputs/../../dcid.run_1":        400,
			"/runs/" + job + "/" + route + "?path=..":                              400,
			"/runs/" + job + "/" + route + "?path=outputs//model.txt":              400,
			"/runs/nothing/" + route + "?path=outputs":                             404,
			"/experiments/other/runs/" + job + "/" + route + "?path=outputs":       404,
			"/experimentids/99/runs/" + job + "/" + route + "?path=outputs":        404,
		} {
			h.ask("GET", "history", path, "").want(want)
		}
	}
	for _, route := range []string{"artifacts/path", "artifacts/contentinfo"} {
		h.ask("GET", "history", "/runs/"+job+"/"+route, "").want(400)
	}
	other := *h
	other.scope.Workspace = "other"
	other.ask("GET", "history", "/runs/"+job+"/artifacts", "").want(404)
	for _, path := range []string{"outputs", "outputs/nothing", "model.txt"} {
		if text := h.ask("GET", "history", "/runs/"+job+"/artifacts/contentinfo?path="+path, "").want(404).text; !strings.Contains(text, path) {
			t.Errorf("the refusal does not name %s: %s", path, text)
		}
	}
}

// The address of a file is that of the store, of just that file; that of a log
// which is being written is where it can be read now.
func TestArtifactContents(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	job := h.submitStep("run_1")
	h.advance("run_1", workspace.Running)
	content := func(path string) answer {
		return h.ask("GET", "history", "/runs/"+job+"/artifacts/contentinfo?path="+path, "")
	}
	content("user_logs/std_log.txt").want(404)
	h.advance(job, workspace.Running)
	logs := []string{"azureml-logs/70_driver_log.txt", "user_logs/std_log.txt"}
	for range 20 { // it is always in this order
		same(t, "while it runs", h.ask("GET", "history", "/runs/"+job+"/artifacts", "").members("path"), logs)
	}
	same(t, "its folder", h.ask("GET", "history", "/runs/"+job+"/artifacts?path=user_logs", "").members("path"), logs[1:])
	if got, want := content(logs[1]).want(200).string("contentUri"), h.server.URL+"/jobs/"+job+"/log/"+logs[1]+"?sig=x"; got != want {
		t.Errorf("while it runs: got %s, want %s", got, want)
	}
	h.advance(job, workspace.Completed)
	h.leave(job, append([]string{"outputs/a b.txt", "outputs/a.txt"}, logs...)...)
	store := h.server.URL + "/blob/workspaceartifactstore/ExperimentRun/dcid." + job + "/"
	for path, want := range map[string]string{"outputs/a%20b.txt": "outputs/a b.txt", "outputs/a.txt": "outputs/a.txt", logs[1]: logs[1]} {
		a := content(path).want(200)
		if got := a.string("contentUri"); got != store+want+"?sig=y" || a.string("path") != want {
			t.Errorf("%s: got %s, want that of %s in the store", path, a.text, want)
		}
	}
	same(t, "below outputs", h.ask("GET", "history", "/runs/"+job+"/artifacts/prefix/contentinfo?path=outputs", "").members("contentUri"),
		[]string{store + "outputs/a b.txt?sig=y", store + "outputs/a.txt?sig=y"})
}

// A run's files are brought into the store before they are looked for; when that
// fails, the answer is no empty list.
func TestArtifactsAreFetchedFirst(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	job := h.submitStep("run_1")
	var asked []string
	h.artifacts = func(_ context.Context, scope workspace.Scope, name string) error {
		if scope != h.scope {
			t.Errorf("asked for %v", scope)
		}
		asked = append(asked, name)
		h.leave(name, "outputs/late.txt") //nolint:contextcheck // it has the test's
		return nil
	}
	same(t, "first time", h.ask("GET", "history", "/runs/"+job+"/artifacts", "").members("path"), []string{"outputs/late.txt"})
	if !slices.Contains(asked, job) {
		t.Errorf("asked for %v, want %s", asked, job)
	}
	h.artifacts = func(context.Context, workspace.Scope, string) error { return errors.New("disk /home/secret is full") }
	for _, route := range []string{"artifacts", "artifacts/path?path=a", "artifacts/contentinfo?path=a", "artifacts/prefix/contentinfo"} {
		if text := h.ask("GET", "history", "/runs/"+job+"/"+route, "").want(500).text; strings.Contains(text, "secret") {
			t.Errorf("the client is told %s", text)
		}
	}
}
