package studio_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/studio"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// home is a ledger with the folders of its jobs.
type home struct {
	t      *testing.T
	dir    string
	ledger *workspace.Workspace
	pages  *studio.Handler
	now    time.Time
}

func open(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	store, err := sqlite.Open(t.Context(), filepath.Join(h.dir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h.ledger = workspace.New(workspace.Config{Store: store, Now: h.clock})
	h.pages = studio.New(studio.Config{
		Ledger:     h.ledger,
		Folder:     func(job string) (*os.Root, error) { return os.OpenRoot(filepath.Join(h.dir, "jobs", job)) },
		FiledUnder: func(_ context.Context, _ workspace.Scope, name string) (string, error) { return name, nil },
		Content: func(_ context.Context, digest string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("<b>" + digest)), nil
		},
		Scope:   func(context.Context) workspace.Scope { return workspace.BuiltIn() },
		Version: "test", Log: slog.New(slog.DiscardHandler), Now: h.clock,
	})
	return h
}

func (h *home) clock() time.Time { return h.now }

// submit records a job of three steps: a, b after a, and c in a pipeline step.
func (h *home) submit(name string) *workspace.Tree {
	h.t.Helper()
	tree, err := h.ledger.Submit(h.t.Context(), workspace.BuiltIn(), workspace.Submission{
		Name: name, Type: "pipeline", DisplayName: "penguins <i>", Experiment: "demo", CreatedBy: "ann",
		Steps: []workspace.StepSubmission{
			{Path: "a", Type: "command"}, {Path: "b", Type: "command"}, {Path: "sub", Type: "pipeline"}, {Path: "sub/c", ParentPath: "sub", Type: "command"},
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	plan := map[string]any{"nodes": []any{
		map[string]any{"index": 0, "path": "a", "type": "command", "parent": -1, "outputs": []any{map[string]any{"asset_name": "birds"}}},
		map[string]any{"index": 1, "path": "b", "type": "command", "parent": -1, "needs": []int{0}},
		map[string]any{"index": 2, "path": "sub", "type": "pipeline", "parent": -1},
		map[string]any{"index": 3, "path": "sub/c", "type": "command", "parent": 2, "needs": []int{1}},
	}}
	text, err := json.Marshal(plan)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(name, "plan.json", string(text))
	return tree
}

func (h *home) write(job, name, text string) {
	h.t.Helper()
	file := filepath.Join(h.dir, "jobs", job, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) advance(changes ...workspace.Change) {
	h.t.Helper()
	for i := range changes {
		changes[i].Time = h.now
	}
	if err := h.ledger.Advance(h.t.Context(), workspace.BuiltIn(), changes...); err != nil {
		h.t.Fatal(err)
	}
}

// fail lets step a complete and step b fail, after two seconds each.
func (h *home) fail(tree *workspace.Tree) {
	h.t.Helper()
	root, a, b := tree.Root.Name, tree.Step("a").Name, tree.Step("b").Name
	h.advance(workspace.Change{Job: root, Status: workspace.Running}, workspace.Change{Job: a, Status: workspace.Running})
	h.now = h.now.Add(2 * time.Second)
	h.advance(workspace.Change{Job: a, Status: workspace.Completed}, workspace.Change{Job: b, Status: workspace.Running})
	h.write(b, "user_logs/std_log.txt", "\x1b[31mstart\x1b[0m\n<script>alert(1)</script>\nValueError: no birds\n")
	h.write(b, "azureml-logs/70_driver_log.txt", "the same\n")
	h.now = h.now.Add(2 * time.Second)
	one := 1
	why := &workspace.JobError{Code: "UserError", Message: "step b: exit code 1", FailedStep: "b"}
	h.advance(
		workspace.Change{Job: b, Status: workspace.Failed, ExitCode: &one, Error: why},
		workspace.Change{Job: tree.Step("sub/c").Name, Status: workspace.Canceled}, workspace.Change{Job: tree.Step("sub").Name, Status: workspace.Canceled},
		workspace.Change{Job: root, Status: workspace.Failed, Error: why},
	)
}

// get asks for a page.
func (h *home) get(target string, header ...string) (int, http.Header, string) {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.pages.ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func (h *home) wants(target string, parts ...string) {
	h.t.Helper()
	code, _, body := h.get(target)
	if code != http.StatusOK {
		h.t.Fatalf("%s: status %d:\n%s", target, code, body)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			h.t.Errorf("%s: no %q in\n%s", target, part, body)
		}
	}
}

func TestEmptyHome(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.wants("/", "No jobs yet", "ischia run pipeline.yml", "Nothing failed, nothing runs.")
	h.wants("/jobs", "No jobs")
	h.wants("/models", "No models")
	h.wants("/endpoints", "Nothing is published")
	h.wants("/datastores/workspaceblobstore/", "Nothing lies here")
}

// A job that failed opens on the step that failed, with its error on the page.
func TestFailedJob(t *testing.T) {
	t.Parallel()
	h := open(t)
	tree := h.submit("brave_job_1")
	h.fail(tree)
	h.wants("/", "1 failed.", "Needs attention", "step b: exit code 1", "penguins &lt;i&gt;")
	h.wants("/jobs/brave_job_1",
		"is-bad", ">Failed<", "step b: exit code 1", "1 completed, 1 failed, 2 canceled", `aria-label="Step graph"`,
		"&lt;script&gt;alert(1)&lt;/script&gt;", `class="bad">ValueError: no birds`, "azureml-logs/70_driver_log.txt", "exit code 1")
	h.wants("/jobs/brave_job_1?step=a&tab=overview", "ischia why brave_job_1 a", "2.0s")
	h.wants("/jobs/brave_job_1?step=sub/c&tab=logs", "has not started, so it has no log")
	if _, _, body := h.get("/jobs/brave_job_1"); strings.Contains(body, "<script>alert") || strings.Contains(body, "\x1b") || strings.Contains(body, "data-live") {
		t.Error("the page holds markup or control sequences of a step, or calls an ended job live")
	}
	if n := strings.Count(body(h, "/jobs/brave_job_1"), `class="edge`); n != 2 {
		t.Errorf("%d edges, want 2", n)
	}
}

func body(h *home, target string) string {
	_, _, text := h.get(target)
	return text
}

// Both names lead to a step's log, whole or from a position on; nothing else
// of a job's folder can be had.
func TestLogs(t *testing.T) {
	t.Parallel()
	h := open(t)
	tree := h.submit("brave_job_2")
	h.fail(tree)
	b := tree.Step("b").Name
	if code, head, text := h.get("/jobs/" + b + "/log/user_logs/std_log.txt"); code != 200 || !strings.HasSuffix(text, "no birds\n") || !strings.HasPrefix(head.Get("Content-Type"), "text/plain") {
		t.Errorf("log: %d %q %q", code, head, text)
	}
	if _, _, text := h.get("/jobs/" + b + "/log/azureml-logs/70_driver_log.txt"); text != "the same\n" {
		t.Errorf("old name: %q", text)
	}
	if code, _, text := h.get("/jobs/"+b+"/log/user_logs/std_log.txt", "Range", "bytes=44-"); code != http.StatusPartialContent || !strings.Contains(text, "no birds") {
		t.Errorf("from a position on: %d %q", code, text)
	}
	h.write(b, "secret/x", "x")
	for _, name := range []string{"secret/x", "user_logs/other.txt", "..%2fplan.json", "user_logs/..%2f..%2fplan.json", "%00/x"} {
		if code, _, _ := h.get("/jobs/" + b + "/log/" + name); code < 400 || code >= 500 {
			t.Errorf("%s: %d", name, code)
		}
	}
}

// While a job runs its page says so, and is told of every change until the end.
func TestLive(t *testing.T) {
	t.Parallel()
	h := open(t)
	tree := h.submit("brave_job_3")
	a := tree.Step("a").Name
	h.advance(workspace.Change{Job: tree.Root.Name, Status: workspace.Running}, workspace.Change{Job: a, Status: workspace.Running})
	h.wants("/", "1 running.", "Running now")
	h.wants("/jobs/brave_job_3", `data-live="/jobs/brave_job_3/events"`, "Cancel", `data-log="/jobs/`+a)

	// Of a line that is still being written nothing is shown: the script asks for it.
	h.write(a, "user_logs/std_log.txt", "")
	h.wants("/jobs/brave_job_3", `data-size="0"`, "<ol></ol>")
	h.write(a, "user_logs/std_log.txt", "one\ntw")
	h.wants("/jobs/brave_job_3", `data-size="4"`, `<ol><li id="L1">one</li></ol>`)

	s := httptest.NewServer(h.pages)
	defer s.Close()
	resp, err := s.Client().Get(s.URL + "/jobs/brave_job_3/events") //nolint:noctx // the server ends it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	first := make([]byte, 1)
	if _, err := io.ReadFull(resp.Body, first); err != nil {
		t.Fatal(err)
	}
	h.advance(workspace.Change{Job: a, Status: workspace.Completed}, workspace.Change{Job: tree.Root.Name, Status: workspace.Completed})
	rest, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(rest), "event: change") || !strings.HasSuffix(string(rest), "event: end\ndata: {}\n\n") {
		t.Errorf("events: %q, %v", rest, err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.submit("brave_job_4")
	// A browser sends the button's Origin as null from a page without referrer.
	if _, head, _ := h.get("/jobs/brave_job_4"); head.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("got Referrer-Policy %q, want same-origin, or the server refuses the button", head.Get("Referrer-Policy"))
	}
	w := httptest.NewRecorder()
	h.pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/jobs/brave_job_4/cancel", nil))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("cancel: %d", w.Code)
	}
	if asked, err := h.ledger.CancelRequested(t.Context(), workspace.BuiltIn(), "brave_job_4"); err != nil || !asked {
		t.Errorf("cancel was not asked for: %v", err)
	}
}

// Models show what they were made from; files of a datastore are sent as files.
func TestModels(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fail(h.submit("brave_job_5"))
	model := &workspace.Resource{
		ResourceKey: workspace.ResourceKey{Scope: workspace.BuiltIn(), Collection: workspace.Models, Name: "birds"},
		Body: []byte(`{"properties":{"modelType":"custom_model","jobName":"a-step-of-it",` +
			`"modelUri":"azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/azureml/x/model/","properties":{"ischia.step":"a","ischia.job":"brave_job_5"}}}`),
	}
	if _, err := h.ledger.Resources().AddVersion(t.Context(), model); err != nil {
		t.Fatal(err)
	}
	file := workspace.File{Scope: workspace.BuiltIn(), Datastore: workspace.BlobStore, Path: "azureml/x/model/m.html", Digest: "sha256:1", Size: 11, Modified: h.now}
	if err := h.ledger.Files().Put(t.Context(), []workspace.File{file}); err != nil {
		t.Fatal(err)
	}
	h.wants("/models", "birds", "/models/birds/1", "brave_job_5")
	h.wants("/models/birds/1", "ischia.step", "/datastores/workspaceblobstore/azureml/x/model", "ischia model download")
	h.wants("/jobs/brave_job_5?tab=models", "/models/birds/1")
	h.wants("/datastores/workspaceblobstore/azureml/x/model", "m.html", "11 B")
	code, head, text := h.get("/datastores/workspaceblobstore/azureml/x/model/m.html")
	if code != 200 || text != "<b>sha256:1" || head.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
		t.Errorf("file: %d %v %q", code, head, text)
	}
}

// What is not there, or no name, is a page that says so, and never a fault of
// ours.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, id := range []string{"none", "..", "%2e%2e", "a%2fb", "a%00b", strings.Repeat("x", 1<<20), "%ff"} {
		for _, pattern := range []string{"/jobs/@", "/jobs/@/events", "/models/@/1", "/models/a/@", "/datastores/@/x", "/datastores/workspaceblobstore/@", "/jobs/@/log/user_logs/std_log.txt"} {
			code, head, _ := h.get(strings.ReplaceAll(pattern, "@", id))
			if code < 300 || code >= 500 {
				t.Errorf("%.60s: %d", strings.ReplaceAll(pattern, "@", id), code)
			}
			if !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%.60s: no policy", pattern)
			}
		}
	}
}

// The workspace of an address is the one shown, as in Azure's studio.
func TestOtherWorkspace(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "theirs"}
	if _, err := h.ledger.Submit(t.Context(), other, workspace.Submission{Name: "far_job", Type: "command", DisplayName: "far"}); err != nil {
		t.Fatal(err)
	}
	h.wants("/?wsid=/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/theirs", "theirs", "/jobs/far_job?wsid=")
	if code, _, _ := h.get("/jobs/far_job"); code != http.StatusNotFound {
		t.Errorf("in the workspace of its own: %d", code)
	}
}
