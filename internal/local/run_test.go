package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/executor/process"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

func TestMain(m *testing.M) {
	if process.GuardianMain() {
		return
	}
	if spec := os.Getenv("ISCHIA_TEST_RUNNER"); spec != "" && testRunner != nil {
		os.Exit(testRunner(spec))
	}
	if spec := os.Getenv("ISCHIA_TEST_SERVER"); spec != "" && testServer != nil {
		os.Exit(testServer(spec))
	}
	if spec := os.Getenv("ISCHIA_TEST_DELETER"); spec != "" {
		os.Exit(deleteAll(spec))
	}
	os.Exit(m.Run())
}

// project is a folder with definitions, and a home to run them in.
type project struct {
	t   *testing.T
	dir string
	l   *local.Local
}

func newProject(t *testing.T, files map[string]string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir()}
	for name, text := range files {
		file := filepath.Join(p.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	l, err := local.Open(t.Context(), local.Options{Home: filepath.Join(t.TempDir(), "home")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.l = l
	return p
}

// request reads and plans pipeline.yml.
func (p *project) request() local.Request {
	p.t.Helper()
	root := filepath.VolumeName(p.dir) + string(filepath.Separator)
	file := filepath.Join(p.dir, "pipeline.yml")
	job, errs := load.Job(os.DirFS(root), load.Name(file))
	if err := errs.Err(); err != nil {
		p.t.Fatal(err)
	}
	pl, errs := plan.Build(job)
	if err := errs.Err(); err != nil {
		p.t.Fatal(err)
	}
	return local.Request{
		Scope: workspace.BuiltIn(), Job: job, Plan: pl, Root: root, Dir: p.dir, Source: file, Parallel: 2, Environ: os.Environ(),
	}
}

func (p *project) run(ctx context.Context) local.Result {
	p.t.Helper()
	res, err := p.l.Run(ctx, p.request())
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

// log is what a step of a job wrote.
func (p *project) log(job, step string) string {
	p.t.Helper()
	name := job
	steps, err := p.l.Ledger().Steps(p.t.Context(), workspace.BuiltIn(), job)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range steps {
		if s.Step == step {
			name = s.Name
		}
	}
	dir, err := p.l.JobDir(name)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "user_logs", "std_log.txt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	return string(text)
}

const twoSteps = `
type: pipeline
display_name: two
inputs:
  raw: {type: uri_folder, path: ./data}
  ratio: 1.0
outputs:
  report: {type: uri_folder}
jobs:
  prep:
    command: cat ${{inputs.data}}/a.txt > ${{outputs.clean}}/b.txt && echo ratio ${{inputs.ratio}} && cat hello.txt
    code: ./src
    environment: {image: x}
    inputs: {data: "${{parent.inputs.raw}}", ratio: "${{parent.inputs.ratio}}"}
    outputs: {clean: {type: uri_folder}}
  train:
    command: cat ${{inputs.c}}/b.txt | tr a-z A-Z > ${{outputs.model}}/m.txt; cat ${{outputs.model}}/m.txt; echo $AZUREML_RUN_ID > outputs/id.txt
    environment: {image: x}
    inputs: {c: "${{parent.jobs.prep.outputs.clean}}"}
    outputs: {model: "${{parent.outputs.report}}"}
`

func TestRunTwoSteps(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"pipeline.yml": twoSteps, "data/a.txt": "penguins\n", "src/hello.txt": "from the code\n", "src/.amlignore": "secret*\n", "src/secret.txt": "no",
	})
	res := p.run(t.Context())
	if res.Status != workspace.Completed {
		t.Fatalf("status %s, want Completed: %v", res.Status, res.Error)
	}
	if got := p.log(res.Name, "prep"); got != "ratio 1.0\nfrom the code\n" {
		t.Errorf("log of prep %q", got)
	}
	if got := p.log(res.Name, "train"); got != "PENGUINS\n" {
		t.Errorf("log of train %q", got)
	}
	out := filepath.Join(t.TempDir(), "out")
	if err := p.l.Export(t.Context(), workspace.BuiltIn(), res.Outputs, out); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(out, "report", "m.txt")); string(text) != "PENGUINS\n" {
		t.Errorf("exported %q", text)
	}
	if !strings.HasPrefix(res.Outputs[0].URI, "azureml://datastores/workspaceblobstore/paths/azureml/"+res.Name+"/report/") {
		t.Errorf("the output lies at %s", res.Outputs[0].URI)
	}
}
