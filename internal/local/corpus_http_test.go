package local_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
	goenviron "github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

// wired is a definition of the corpus that is valid.
type wired struct {
	Path, Kind, Verdict string
	CodeRefs            []wiredRef `json:"code_refs"`
	DataRefs            []wiredRef `json:"data_refs"`
}

type wiredRef struct {
	Path, Type string
	Exists     bool
}

// wiredCorpus is a copy of the open corpus with stubs for what it leaves out,
// and its valid jobs.
func wiredCorpus(t *testing.T) (dir string, list []wired) {
	t.Helper()
	corpus := os.Getenv("ISCHIA_CORPUS")
	if corpus == "" {
		t.Skip("expected: ISCHIA_CORPUS is not set")
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(corpus, "open"))); err != nil {
		t.Fatal(err)
	}
	manifest, err := os.Open(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	lines := bufio.NewScanner(manifest)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var w wired
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatal(err)
		}
		for _, ref := range append(w.CodeRefs, w.DataRefs...) {
			stubWired(t, dir, ref)
		}
		if w.Verdict == "VALID" && strings.HasSuffix(w.Kind, "Job") {
			list = append(list, w)
		}
	}
	return dir, list
}

// stubWired makes a file or folder that upstream has. In a folder there is
// something: an empty one cannot be sent.
func stubWired(t *testing.T, dir string, ref wiredRef) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(ref.Path))
	if !ref.Exists || !strings.HasPrefix(name, dir) {
		return
	}
	if ref.Type == "dir" {
		if entries, err := os.ReadDir(name); err == nil && len(entries) > 0 {
			return
		}
		name = filepath.Join(name, "stub.txt")
	}
	if _, err := os.Stat(name); err == nil {
		return
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCorpusOverHTTP: the plan of a job that was submitted over HTTP is the plan
// of its file, byte for byte, for every valid job of the corpus that plans; and
// it names no file of this machine.
func TestCorpusOverHTTP(t *testing.T) {
	t.Parallel()
	dir, list := wiredCorpus(t)
	// What is accepted waits behind a job that goes on: nothing of it is run.
	l, s := serveHome(t, local.ServeOptions{Dispatch: local.DispatchOptions{Environ: environ(t), MaxJobs: 1}})
	t.Cleanup(func() {
		now, stop := context.WithCancel(context.Background())
		stop()
		_ = s.Close(now) // the job that goes on is ended
	})
	w := newWire(t, l, s, dir)
	w.block()
	w.register()
	counts := map[string]int{}
	for _, d := range list {
		counts[w.compare(d)+": "+d.Kind]++
	}
	t.Log(counts)
	if counts["same: pipelineJob"] < 42 || counts["same: commandJob"] < 38 {
		t.Errorf("these were compared: %v", counts)
	}
}

// wire is a home with a client that talks to it over HTTP.
type wire struct {
	t      *testing.T
	l      *local.Local
	client *azure.Client
	source azure.Source
	dir    string
	sent   int
}

func newWire(t *testing.T, l *local.Local, s *local.Serving, dir string) *wire {
	t.Helper()
	client, err := azure.Dial(azure.Target{
		Endpoint: s.URL, Credential: azure.Token(s.Token), Location: "local", Scope: azure.Scope(workspace.BuiltIn()),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.EnsureWorkspace(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What the client sends lies in a store of its own, as on another machine.
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.VolumeName(dir) + string(filepath.Separator)
	coder := goenviron.NewCoder(blobs, goenviron.Options{Env: os.Environ()})
	return &wire{t: t, l: l, client: client, dir: dir, source: azure.Source{Files: os.DirFS(root), Root: root, Blobs: blobs, Coder: coder}}
}

// block submits a job behind which all others wait.
func (w *wire) block() {
	w.t.Helper()
	file := filepath.Join(w.dir, "blocker.yml")
	if err := os.WriteFile(file, []byte("type: command\ncommand: sleep 1000\nenvironment: {image: x}\n"), 0o644); err != nil {
		w.t.Fatal(err)
	}
	job, errs := load.Job(w.source.Files, load.Name(file))
	if errs.HasErrors() {
		w.t.Fatal(errs.Err())
	}
	if _, err := w.client.Submit(w.t.Context(), w.source, job, "blocker", ""); err != nil {
		w.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		job, err := w.l.Ledger().Job(w.t.Context(), workspace.BuiltIn(), "blocker")
		if err == nil && job.Status == workspace.Running {
			return
		}
		if err != nil || time.Now().After(deadline) {
			w.t.Fatalf("the first job is %v, %v", job, err)
		}
	}
}

// register registers the data that the corpus refers to and leaves out.
func (w *wire) register() {
	w.t.Helper()
	place := "azureml://datastores/workspaceblobstore/paths/registered/"
	blobs, err := w.l.Blobs()
	if err != nil {
		w.t.Fatal(err)
	}
	digest, err := blobs.PutBytes(w.t.Context(), []byte("x"))
	if err != nil {
		w.t.Fatal(err)
	}
	scope := workspace.BuiltIn()
	file := workspace.File{Scope: scope, Datastore: workspace.BlobStore, Path: "registered/x.csv", Digest: string(digest), Size: 1, Mode: 0o644, Modified: time.Now()}
	if err := w.l.Ledger().Files().Put(w.t.Context(), []workspace.File{file}); err != nil {
		w.t.Fatal(err)
	}
	for name, file := range map[string]string{
		"credit-default-reference": "x.csv", "nyc_taxi_dataset": "x.csv", "taxi-data": "x.csv",
		"credit-card-default-uci-curated-ds": "", "credit-card-default-batch-inference-ds": "", "local-folder-example": "", "sampledata": "",
	} {
		r := &workspace.Resource{
			ResourceKey: workspace.ResourceKey{Scope: scope, Collection: workspace.Data, Name: name, Version: "3"},
			Body:        []byte(`{"properties":{"dataType":"uri_folder","dataUri":"` + place + file + `"}}`),
		}
		if err := w.l.Ledger().Resources().PutResources(w.t.Context(), r); err != nil {
			w.t.Fatal(err)
		}
	}
}

// compare says how the plan of a definition and the plan of what is submitted of
// it compare.
func (w *wire) compare(d wired) string {
	w.t.Helper()
	file := filepath.Join(w.dir, filepath.FromSlash(d.Path))
	job, errs := load.Job(w.source.Files, load.Name(file))
	if job == nil || errs.HasErrors() {
		return "does not load"
	}
	p, _ := plan.Build(job)
	if p == nil {
		return "does not plan"
	}
	want, err := w.l.PinnedText(w.t.Context(), local.Request{Scope: workspace.BuiltIn(), Job: job, Plan: p, Root: w.source.Root, Environ: os.Environ()})
	w.sent++
	name := fmt.Sprintf("job-%d", w.sent)
	if err != nil {
		if _, sent := w.client.Submit(w.t.Context(), w.source, job, name, "corpus"); sent == nil || !strings.Contains(err.Error(), "is not there") {
			w.t.Errorf("%s: run directly it says %v, submitted it says %v", d.Path, err, sent)
		}
		return "lacks its data"
	}
	if _, err := w.client.Submit(w.t.Context(), w.source, job, name, "corpus"); err != nil {
		w.t.Errorf("%s: %v", d.Path, err)
		return "is not accepted"
	}
	got, err := w.l.Ledger().Queue().Definition(w.t.Context(), workspace.BuiltIn(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(indent(w.t, want), indent(w.t, string(got.Plan))); diff != "" || want != string(got.Plan) {
		w.t.Errorf("%s: the plan differs (-file +wire):\n%s", d.Path, diff)
		return "differs"
	}
	if strings.Contains(want, strings.TrimPrefix(filepath.ToSlash(w.dir), "/")) {
		w.t.Errorf("%s: the plan names files of this machine:\n%s", d.Path, indent(w.t, want))
	}
	return "same"
}

func indent(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
