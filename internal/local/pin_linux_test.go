package local_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// pinnedProject has a step for each way of naming files, and one that fails as
// long as there is no file of that name.
func pinnedProject(t *testing.T, stop string) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"pipeline.yml": `
type: pipeline
inputs: {raw: {type: uri_folder, path: ./data}}
jobs:
  first:
    component: ./first.yml
    inputs:
      d: ${{parent.inputs.raw}}
      f: {type: uri_file, path: ./data/a}
      x: {type: uri_file, path: ./run.sh}
  second:
    command: test -e ` + stop + ` && cat main.txt ${{inputs.i}}/x
    code: ./src
    environment: {build: {path: ./context}}
    inputs: {i: "${{parent.jobs.first.outputs.o}}"}
`,
		"first.yml": `
type: command
name: first
command: cat main.txt beside.txt ${{inputs.d}}/a ${{inputs.f}} && ${{inputs.x}} > ${{outputs.o}}/x
code: ./src
additional_includes: [./beside.txt]
environment: {image: x, conda_file: ./conda.yml}
inputs: {d: {type: uri_folder}, f: {type: uri_file}, x: {type: uri_file}}
outputs: {o: {type: uri_folder}}
`,
		"src/main.txt": "main\n", "beside.txt": "beside\n", "data/a": "data\n", "run.sh": "#!/bin/sh\necho ran\n",
		"conda.yml": "# a comment\nname: x\n", "context/Dockerfile": "FROM x\n",
	})
}

func (p *project) plan(job string) (string, *plan.Plan) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.l.Dir(), "jobs", job, "plan.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	pl := &plan.Plan{}
	if err := json.Unmarshal(text, pl); err != nil {
		p.t.Fatal(err)
	}
	return string(text), pl
}

// TestPinnedRun: a job's plan names no file of the machine, and is all that is
// needed to do the job again, once the checkout is gone.
func TestPinnedRun(t *testing.T) {
	t.Parallel()
	stop := filepath.Join(t.TempDir(), "stop")
	p := pinnedProject(t, stop)
	first := p.run(t.Context())
	if first.Status != workspace.Failed || first.FailedStep.Step != "second" {
		t.Fatalf("the first attempt is %s: %v", first.Status, first.Error)
	}
	text, pl := p.plan(first.Name)
	if strings.Contains(text, strings.TrimPrefix(filepath.ToSlash(p.dir), "/")) {
		t.Errorf("the plan names files of this machine:\n%s", text)
	}
	if e := pl.Nodes[0].Environment; e.CondaFile != "" || e.Conda != "name: x\n" {
		t.Errorf("the environment is %+v", e)
	}
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	writeFile(t, stop, "")
	again, err := p.l.Retry(t.Context(), workspace.BuiltIn(), first.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	again.Parallel, again.Environ = 1, os.Environ()
	second, err := p.l.Run(t.Context(), again)
	if err != nil || second.Status != workspace.Completed {
		t.Fatalf("the second attempt is %s: %v, %v", second.Status, second.Error, err)
	}
	steps, before := p.steps(second.Name), p.steps(first.Name)
	if from := steps["first"].Properties[local.PropertyReusedFrom]; from != before["first"].Name {
		t.Errorf("the first step is reused from %q: named by content it has another key", from)
	}
	if got := p.log(second.Name, "second"); got != "main\nran\n" {
		t.Errorf("the second step says %q", got)
	}
	for _, port := range steps["first"].Spec.Inputs {
		for _, was := range before["first"].Spec.Inputs {
			if port.Name == was.Name && port.URI != was.URI {
				t.Errorf("input %s is shown as %q, and was as %q", port.Name, port.URI, was.URI)
			}
		}
	}
	if same, _ := p.plan(second.Name); same != text {
		t.Errorf("the plan of the second attempt differs:\n%s", cmp.Diff(text, same))
	}
}

// TestPinnedAgain: done again from its record, a step that was named by files
// runs with what they held then.
func TestPinnedAgain(t *testing.T) {
	t.Parallel()
	stop := filepath.Join(t.TempDir(), "stop")
	writeFile(t, stop, "")
	p := pinnedProject(t, stop)
	first := p.run(t.Context())
	want := p.log(first.Name, "first")
	for _, name := range []string{"src/main.txt", "beside.txt", "data/a"} {
		writeFile(t, filepath.Join(p.dir, filepath.FromSlash(name)), "changed\n")
	}
	again, err := p.l.Retry(t.Context(), workspace.BuiltIn(), first.Name, "first")
	if err != nil {
		t.Fatal(err)
	}
	again.Parallel, again.Environ, again.Cache.Force = 1, os.Environ(), true
	second, err := p.l.Run(t.Context(), again)
	if err != nil || second.Status != workspace.Completed {
		t.Fatalf("it is %s: %v, %v", second.Status, second.Error, err)
	}
	if got := p.log(second.Name, "first"); got != want || p.steps(second.Name)["first"].Properties[local.PropertyReused] != "" {
		t.Errorf("the step says %q, and said %q", got, want)
	}
}

// TestPinnedPartly: what cannot be taken fails its own step, and keeps its name.
func TestPinnedPartly(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"pipeline.yml": `
type: pipeline
settings: {continue_on_step_failure: true}
jobs:
  good: {command: cat a, code: ./src, environment: {image: x}}
  bad: {command: cat a, code: ./broken, environment: {image: x}}
`,
		"src/a": "fine\n", "broken/a": "",
	})
	if err := os.Symlink("nowhere", filepath.Join(p.dir, "broken", "link")); err != nil {
		t.Skip("expected: no links here: ", err)
	}
	res := p.run(t.Context())
	if res.FailedStep == nil || res.FailedStep.Step != "bad" || p.log(res.Name, "good") != "fine\n" {
		t.Errorf("it is %s, %v", res.Status, res.Error)
	}
	_, pl := p.plan(res.Name)
	_, pinned := blob.ParseContent(pl.Nodes[0].Code)
	if !pinned || !strings.HasSuffix(pl.Nodes[1].Code, "/broken") {
		t.Errorf("the plan has code %s and %s", pl.Nodes[0].Code, pl.Nodes[1].Code)
	}
}

// TestSnapshot: what lies on a datastore has the name of its content, the same
// as the files would have that were uploaded.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"f/a": "1", "f/sub/b": "22", "f/sub-c": "", "f/sub/run": "x"})
	blobs, err := p.l.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(p.dir, "f", "sub", "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "sub/b", "sub-c"} {
		if err := os.Chmod(filepath.Join(p.dir, "f", filepath.FromSlash(name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, whole, err := blobs.Snapshot(t.Context(), filepath.Join(p.dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tree.Entries {
		p.put("up/f/"+e.Path, e, map[string]string{"ischia_executable": map[bool]string{true: "true"}[e.Executable]})
	}
	p.put("up/f/marker", blob.Entry{Digest: blob.DigestBytes(nil)}, map[string]string{"hdi_isfolder": "true"})
	_, sub, err := blobs.Snapshot(t.Context(), filepath.Join(p.dir, "f", "sub"))
	if err != nil {
		t.Fatal(err)
	}
	run, _ := tree.Find("sub/run")
	b, _ := tree.Find("sub/b")
	for at, want := range map[string]string{
		"up/f": blob.TreeContent(whole).Name(), "up/f/": blob.TreeContent(whole).Name(), "up/f/sub": blob.TreeContent(sub).Name(),
		"up/f/sub/b": blob.FileContent(b).Name(), "up/f/sub/run": blob.FileContent(run).Name(),
	} {
		got, digests, err := p.l.Snapshot(t.Context(), workspace.BuiltIn(), workspace.BlobStore, at)
		if err != nil || got != want || len(digests) != 1 || !strings.Contains(want, digests[0]) {
			t.Errorf("%s is %s %v, %v, want %s", at, got, digests, err, want)
		}
		if _, err := fs.Stat(blob.ContentFS(blobs), got); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, at := range []string{"up/nothing", "up/f/su", "up/f/a/", "nowhere/"} {
		if name, _, err := p.l.Snapshot(t.Context(), workspace.BuiltIn(), workspace.BlobStore, at); !errors.Is(err, workspace.ErrNotFound) {
			t.Errorf("%s is %q, %v, want that it is not there", at, name, err)
		}
	}
	// A service that knows no folders allows a file where others need one.
	p.put("odd/a", b, nil)
	p.put("odd/a/b", b, nil)
	if _, _, err := p.l.Snapshot(t.Context(), workspace.BuiltIn(), workspace.BlobStore, "odd"); !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("got %v, want that it is no folder", err)
	}
}

// put puts a file on the default datastore.
func (p *project) put(at string, e blob.Entry, metadata map[string]string) {
	p.t.Helper()
	b := &workspace.Blob{
		File: workspace.File{
			Scope: workspace.BuiltIn(), Datastore: workspace.BlobStore, Path: path.Clean(at), Digest: string(e.Digest), Size: e.Size, Mode: 0o644,
			Modified: time.Now(),
		},
		Properties: workspace.BlobProperties{Metadata: metadata},
	}
	_, _, err := p.l.Ledger().Storage().ChangeBlob(p.t.Context(), workspace.BuiltIn(), workspace.BlobStore, b.Path,
		func(*workspace.Blob) (workspace.BlobWrite, error) {
			return workspace.BlobWrite{Blob: b, Content: true}, nil
		})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestRegisteredData: a step reads registered data by its name and version, or by
// the label latest.
func TestRegisteredData(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs:
  s:
    command: cat ${{inputs.new}} ${{inputs.old}}
    environment: {image: x}
    inputs:
      new: {type: uri_file, path: "azureml:words@latest"}
      old: {type: uri_file, path: "azureml:words:1"}
`})
	blobs, err := p.l.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	for version, text := range map[string]string{"1": "old\n", "2": "new\n"} {
		d, err := blobs.PutBytes(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p.put("words/"+version+".txt", blob.Entry{Digest: d, Size: int64(len(text))}, nil)
	}
	for _, version := range []string{"1", "2"} {
		r := &workspace.Resource{
			ResourceKey: workspace.ResourceKey{Scope: workspace.BuiltIn(), Collection: workspace.Data, Name: "words", Version: version},
			Body:        []byte(`{"properties":{"dataUri":"azureml://datastores/workspaceblobstore/paths/words/` + version + `.txt"}}`),
		}
		if err := p.l.Ledger().Resources().PutResources(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	res := p.run(t.Context())
	if got := p.log(res.Name, "s"); got != "new\nold\n" {
		t.Errorf("the step is %s, %v and says %q", res.Status, res.Error, got)
	}
	for _, port := range p.steps(res.Name)["s"].Spec.Inputs {
		if want := map[string]string{"new": "azureml:words:2", "old": "azureml:words:1"}[port.Name]; port.URI != want {
			t.Errorf("input %s is shown as %q, want %q", port.Name, port.URI, want)
		}
	}
}

// TestOneKeyForBothWays: what was submitted over HTTP answers for the same file
// run directly, and the plans in their folders are the same.
func TestOneKeyForBothWays(t *testing.T) {
	t.Parallel()
	stop := filepath.Join(t.TempDir(), "stop")
	writeFile(t, stop, "")
	p := pinnedProject(t, stop)
	s := serveOpened(t, p.l, local.ServeOptions{Dispatch: local.DispatchOptions{Environ: os.Environ()}})
	w := newWire(t, p.l, s, p.dir)
	if _, err := w.client.Submit(t.Context(), w.source, p.request().Job, "wired", "both"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		job, err := p.l.Ledger().Job(t.Context(), workspace.BuiltIn(), "wired")
		if err != nil || time.Now().After(deadline) || job.Status == workspace.Failed {
			t.Fatalf("the job is %+v, %v", job, err)
		}
		if job.Status == workspace.Completed {
			break
		}
	}
	direct := p.run(t.Context())
	wired := p.steps("wired")
	for name, step := range p.steps(direct.Name) {
		if from := step.Properties[local.PropertyReusedFrom]; from != wired[name].Name {
			t.Errorf("step %s is reused from %q, want the one that came over HTTP", name, from)
		}
	}
	want, _ := p.plan(direct.Name)
	if got, _ := p.plan("wired"); got != want {
		t.Errorf("the plans differ (-direct +wire):\n%s", cmp.Diff(want, got))
	}
	for _, port := range wired["first"].Spec.Inputs {
		if port.URI == "" {
			t.Errorf("input %s has no address", port.Name)
		}
	}
}

// modelsProject has a step that makes a model and steps that read models by
// their names. The data of the same name are something else.
func modelsProject(t *testing.T) *project {
	t.Helper()
	p := newProject(t, map[string]string{
		"pipeline.yml": `
type: pipeline
inputs: {top: {type: mlflow_model, path: "azureml:penguins@latest"}}
jobs:
  direct:
    command: cat ${{inputs.new}}/weights ${{inputs.old}}/weights ${{inputs.data}}/weights ${{inputs.job}}/weights
    environment: {image: x}
    inputs:
      new: {type: custom_model, path: "azureml:penguins@latest"}
      old: {type: triton_model, path: "azureml:penguins:1"}
      data: {type: uri_folder, path: "azureml:penguins:1"}
      job: {type: custom_model, path: "azureml://jobs/maker/outputs/m"}
  bound:
    component: ./read.yml
    inputs: {m: "${{parent.inputs.top}}", made: {type: mlflow_model, path: "azureml:penguins:2"}}
`,
		"read.yml": `
type: command
name: read
command: cat ${{inputs.m}}/weights ${{inputs.made}}/weights
environment: {image: x}
inputs: {m: {type: uri_folder}, made: {type: custom_model}}
`,
		"make.yml": `
type: command
name: maker
command: echo made > ${{outputs.m}}/weights
environment: {image: x}
outputs: {m: {type: custom_model, name: penguins, version: "2"}}
`,
	})
	for at, text := range map[string]string{"one": "first\n", "data": "data\n"} {
		d, err := blobOf(t, p, text)
		if err != nil {
			t.Fatal(err)
		}
		p.put("penguins/"+at+"/weights", blob.Entry{Digest: d, Size: int64(len(text))}, nil)
	}
	for c, body := range map[workspace.Collection]string{
		workspace.Models: `{"properties":{"modelType":"custom_model","modelUri":"azureml://datastores/workspaceblobstore/paths/penguins/one"}}`,
		workspace.Data:   `{"properties":{"dataType":"uri_folder","dataUri":"azureml://datastores/workspaceblobstore/paths/penguins/data"}}`,
	} {
		key := workspace.ResourceKey{Scope: workspace.BuiltIn(), Collection: c, Name: "penguins", Version: "1"}
		if err := p.l.Ledger().Resources().PutResources(t.Context(), &workspace.Resource{ResourceKey: key, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *project) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func blobOf(t *testing.T, p *project, text string) (blob.Digest, error) {
	t.Helper()
	blobs, err := p.l.Blobs()
	if err != nil {
		return "", err
	}
	return blobs.PutBytes(t.Context(), []byte(text))
}

// TestRegisteredModels: a step reads a registered model by its name, and the plan
// is the same whichever way the job came.
func TestRegisteredModels(t *testing.T) {
	t.Parallel()
	p := modelsProject(t)
	use := p.read("pipeline.yml")
	p.write("pipeline.yml", p.read("make.yml"))
	if res := p.run(t.Context()); res.Status != workspace.Completed {
		t.Fatalf("the model was not made: %v", res.Error)
	}
	p.write("pipeline.yml", use)
	res := p.run(t.Context())
	for step, want := range map[string]string{"direct": "made\nfirst\ndata\nmade\n", "bound": "made\nmade\n"} {
		if got := p.log(res.Name, step); got != want {
			t.Errorf("step %s of a job that is %s, %v says %q, want %q", step, res.Status, res.Error, got, want)
		}
	}
	s := serveOpened(t, p.l, local.ServeOptions{Dispatch: local.DispatchOptions{Environ: os.Environ()}})
	w := newWire(t, p.l, s, p.dir)
	if _, err := w.client.Submit(t.Context(), w.source, p.request().Job, "wired", "both"); err != nil {
		t.Fatal(err)
	}
	d, err := p.l.Ledger().Queue().Definition(t.Context(), workspace.BuiltIn(), "wired")
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.l.PinnedText(t.Context(), p.request())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Plan); got != want {
		t.Errorf("the plans differ (-direct +wire):\n%s", cmp.Diff(indent(t, want), indent(t, got)))
	}
}

// TestUnknownAssets: what is not registered is said before anything runs, with
// its place.
func TestUnknownAssets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ input, want string }{
		{"{type: mlflow_model, path: 'azureml:nope@latest'}", "model nope: no version is registered"},
		{"{type: custom_model, path: 'azureml:nope:3'}", "model nope:3 is not registered"},
		{"{type: uri_file, path: 'azureml:nope@latest'}", "data nope: no version is registered"},
	} {
		p := newProject(t, map[string]string{"pipeline.yml": "type: pipeline\njobs:\n  s:\n    command: cat ${{inputs.m}}\n" +
			"    environment: {image: x}\n    inputs: {m: " + tt.input + "}\n"})
		_, err := p.l.Run(t.Context(), p.request())
		if err == nil || !strings.HasSuffix(err.Error(), "step s: input m: "+tt.want) || !strings.Contains(err.Error(), "pipeline.yml:3:3: ") {
			t.Errorf("%s: got %v", tt.input, err)
		}
		if jobs, err := p.l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()}); err != nil || len(jobs) > 0 {
			t.Errorf("%s: on record are %v, %v", tt.input, jobs, err)
		}
	}
}
