package local_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

const examples = "Azure__azureml-examples/cli/jobs/"

// ranCorpus are the definitions of the corpus that must run to completion.
func ranCorpus() []string {
	var out []string
	for _, name := range []string{
		"", "-abc", "-customize-output-file", "-customize-output-folder", "-default-artifacts", "-io", "-settings",
	} {
		out = append(out, "basics/hello-pipeline"+name+".yml", "basics/hello-pipeline"+name+"-serverless.yml")
	}
	for _, dir := range []string{
		"1a_e2e_local_components", "3a_basic_pipeline", "3b_pipeline_with_data", "5a_env_public_docker_image", "5b_env_registered", "6c_r_iris",
	} {
		out = append(out, "pipelines-with-components/basics/"+dir+"/pipeline.yml")
	}
	slices.Sort(out)
	return out
}

// instead replaces what the corpus takes from the network: 6c_r_iris reads a
// file over https.
func instead() map[string][]string {
	return map[string][]string{
		"pipelines-with-components/basics/6c_r_iris/pipeline.yml": {"jobs.r_iris_example.inputs.iris.path=../1a_e2e_local_components/data/sample1.csv"},
	}
}

// stub stands in for the programs that the corpus leaves out. It checks that
// every literal, input and output is among its arguments, reads every input to
// the end, and writes every output.
const stub = `import os, sys
args = sys.argv[1:]
def files(p):
    if os.path.isfile(p): return [p]
    return [os.path.join(d, f) for d, _, names in os.walk(p) for f in names]
for key, value in sorted(os.environ.items()):
    for prefix in ("AZUREML_PARAMETER_", "AZURE_ML_INPUT_", "AZURE_ML_OUTPUT_"):
        if not key.startswith(prefix): continue
        if value not in args: sys.exit("argument for %s is missing: %s" % (key, value))
        if prefix == "AZURE_ML_INPUT_":
            found = files(value)
            if not found: sys.exit("input %s is empty" % key)
            for f in found: print("read", key, len(open(f, "rb").read()))
        if prefix == "AZURE_ML_OUTPUT_":
            open(os.path.join(value, "made.txt"), "w").write("made by " + key)
            print("wrote", key)
print("stub done", len(args))
`

func TestCorpusRuns(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("ISCHIA_CORPUS")
	if corpus == "" {
		t.Skip("expected: ISCHIA_CORPUS is not set")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("expected: there is no Python on this machine")
	}
	tree := stubbedCorpus(t, filepath.Join(corpus, "open"))
	l, err := local.Open(t.Context(), local.Options{Home: filepath.Join(t.TempDir(), "home")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var ran []string
	for _, name := range candidates(t, tree) {
		outcome := runCorpus(t, l, tree, name)
		t.Logf("%-90s %s", name, outcome)
		if outcome == "Completed" {
			ran = append(ran, name)
		}
	}
	slices.Sort(ran)
	if want := ranCorpus(); !slices.Equal(ran, want) {
		t.Errorf("these ran to completion:\n%s\nwant:\n%s", strings.Join(ran, "\n"), strings.Join(want, "\n"))
	}
}

// candidates are the definitions that the list is about.
func candidates(t *testing.T, tree string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"basics/hello-pipeline*.yml", "pipelines-with-components/basics/*/pipeline*.yml"} {
		found, err := filepath.Glob(filepath.Join(tree, filepath.FromSlash(examples+pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s finds nothing: %v", pattern, err)
		}
		for _, f := range found {
			rel, _ := filepath.Rel(filepath.Join(tree, filepath.FromSlash(examples)), f)
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}

// stubbedCorpus is a copy of the examples with stubs where code is missing.
func stubbedCorpus(t *testing.T, open string) string {
	t.Helper()
	tree := t.TempDir()
	for _, dir := range []string{"basics", "pipelines-with-components/basics"} {
		dst := filepath.Join(tree, filepath.FromSlash(examples+dir))
		if err := os.CopyFS(dst, os.DirFS(filepath.Join(open, filepath.FromSlash(examples+dir)))); err != nil {
			t.Fatal(err)
		}
	}
	manifest, err := os.Open(filepath.Join(open, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	lines := bufio.NewScanner(manifest)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		stubRefs(t, tree, lines.Bytes())
	}
	writeExecutable(t, filepath.Join(tree, "bin", "Rscript"), "#!/bin/sh\nexec python3 \"$@\"\n")
	return tree
}

// stubRefs makes what one line of the manifest says is missing.
func stubRefs(t *testing.T, tree string, line []byte) {
	t.Helper()
	var m struct {
		Path string
		Refs []struct {
			Path, Type string
			Exists     bool
		} `json:"code_refs"`
	}
	if err := json.Unmarshal(line, &m); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.Path, examples+"basics/") && !strings.HasPrefix(m.Path, examples+"pipelines-with-components/basics/") {
		return
	}
	for _, ref := range m.Refs {
		name := filepath.Join(tree, filepath.FromSlash(ref.Path))
		if _, err := os.Stat(name); err == nil || !ref.Exists {
			continue
		}
		if ref.Type == "dir" {
			if err := os.MkdirAll(name, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		writeExecutable(t, name, stub)
	}
}

func writeExecutable(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// runCorpus runs one definition and says how that went, in one line.
func runCorpus(t *testing.T, l *local.Local, tree, name string) string {
	t.Helper()
	root := filepath.VolumeName(tree) + string(filepath.Separator)
	fsys := os.DirFS(root)
	file := filepath.Join(tree, filepath.FromSlash(examples+name))
	def, errs := load.FileWith(fsys, load.Name(file), load.Options{Set: instead()[name]})
	if v, ok := def.(interface{ Validate(fs.FS) diag.List }); ok {
		errs = append(errs, v.Validate(fsys)...)
	}
	if errs.HasErrors() {
		return "refused: " + errs.Sorted()[0].Message
	}
	job := def.(pipeline.Job)
	p, errs := plan.Build(job)
	if errs.HasErrors() {
		return "refused: " + errs.Sorted()[0].Message
	}
	environ := append(os.Environ(), "PATH="+filepath.Join(tree, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	res, err := l.Run(t.Context(), local.Request{
		Scope: workspace.BuiltIn(), Job: job, Plan: p, Root: root, Dir: path.Dir(file), Source: file, Parallel: 2, Environ: environ,
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if res.Error != nil {
		return fmt.Sprintf("%s: %s", res.Status, res.Error.Message)
	}
	return string(res.Status)
}
