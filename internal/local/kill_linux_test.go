package local_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

// unruly is a pipeline whose steps ignore signals, fork and exit, leave their
// session, and take a while; every step makes an output.
const unruly = `
type: pipeline
outputs: {last: {type: uri_folder}}
jobs:
  stubborn:
    command: trap '' INT TERM; echo a > ${{outputs.o}}/f; sleep 0.05; sleep 0.05; sleep 0.05
    environment: {image: x}
    outputs: {o: {type: uri_folder}}
  forker:
    command: (sleep 60 &) ; setsid sleep 60 & echo b > ${{outputs.o}}/f
    environment: {image: x}
    outputs: {o: {type: uri_folder}}
  middle:
    command: cat ${{inputs.a}}/f ${{inputs.b}}/f > ${{outputs.o}}/f; sleep 0.05
    environment: {image: x}
    inputs: {a: "${{parent.jobs.stubborn.outputs.o}}", b: "${{parent.jobs.forker.outputs.o}}"}
    outputs: {o: {type: uri_folder}}
  last:
    command: cat ${{inputs.a}}/f > ${{outputs.o}}/f; sleep 0.05
    environment: {image: x}
    inputs: {a: "${{parent.jobs.middle.outputs.o}}"}
    outputs: {o: "${{parent.outputs.last}}"}
`

// runnerVar makes the test binary run pipeline.yml of a folder in a home, and
// go on with an earlier job if one is named: "FOLDER|HOME" or "FOLDER|HOME|JOB".
const runnerVar = "ISCHIA_TEST_RUNNER"

// testRunner is the runner that the tests kill.
var testRunner = runner

// runner is the process that the tests kill. It prints the job's name, then
// each step that it has been told is Completed.
func runner(spec string) int {
	dir, rest, _ := strings.Cut(spec, "|")
	homeDir, resumes, _ := strings.Cut(rest, "|")
	l, err := local.Open(context.Background(), local.Options{Home: homeDir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	file := filepath.Join(dir, "pipeline.yml")
	job, errs := load.Job(os.DirFS("/"), load.Name(file))
	p, more := plan.Build(job)
	if err := append(errs, more...).Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	req := local.Request{
		Scope: workspace.BuiltIn(), Job: job, Plan: p, Root: "/", Dir: dir, Source: file, Parallel: 2, Environ: os.Environ(),
		Submitted: func(t *workspace.Tree) { fmt.Println("job", t.Root.Name) },
		Watch: func(e local.Event) {
			if e.Status == workspace.Completed && e.Step != "" {
				fmt.Println("completed", e.Step)
			}
		},
	}
	if err := goOn(context.Background(), l, resumes, &req); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	res, err := l.Run(context.Background(), req)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("end", res.Status)
	return 0
}

// goOn makes a request go on with an earlier job, if one is named.
func goOn(ctx context.Context, l *local.Local, job string, req *local.Request) error {
	if job == "" {
		return nil
	}
	finished, err := l.Finished(ctx, workspace.BuiltIn(), job)
	req.Finished, req.Resumes = finished, job
	return err
}

// kills is how many runners are killed: few in the quick tests, as many as
// ISCHIA_KILLS says in CI.
func kills(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("ISCHIA_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 2
	}
	return 6
}

func TestKilledRunnerLeavesTheTruth(t *testing.T) {
	t.Parallel()
	dir, homeDir := t.TempDir(), filepath.Join(t.TempDir(), "home")
	writeExecutable(t, filepath.Join(dir, "pipeline.yml"), unruly)
	for range kills(t) {
		after := time.Duration(rand.IntN(450)) * time.Millisecond
		t.Run(after.String(), func(t *testing.T) { killOnce(t, dir, homeDir, after) })
	}
}

func killOnce(t *testing.T, dir, homeDir string, after time.Duration) {
	tag := fmt.Sprintf("ISCHIA_TEST_TAG=%d.%d", os.Getpid(), rand.Int64())
	cmd := exec.Command(os.Args[0])
	// The tag reaches steps by the allow-list: LC_ALL and LC_* pass.
	cmd.Env = append(os.Environ(), runnerVar+"="+dir+"|"+homeDir, "LC_"+tag)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	noneLeft(t, "LC_"+tag, 5*time.Second)
	checkTruth(t, homeDir, out.String(), errOut.String())
}

// noneLeft waits until no process has the tag in its environment.
func noneLeft(t *testing.T, tag string, grace time.Duration) {
	t.Helper()
	deadline := time.Now().Add(grace)
	for {
		left := tagged(tag)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v after the runner died these live on: %v", grace, left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func tagged(tag string) []string {
	var found []string
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err == nil && bytes.Contains(env, []byte(tag)) {
			cmdline, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
			found = append(found, e.Name()+" "+string(bytes.ReplaceAll(cmdline, []byte{0}, []byte(" "))))
		}
	}
	return found
}

// checkTruth opens the home as the next command would, and compares what it
// shows with what the dead runner acknowledged.
func checkTruth(t *testing.T, homeDir, out, errOut string) {
	t.Helper()
	l, err := local.Open(t.Context(), local.Options{Home: homeDir})
	if err != nil {
		t.Fatalf("open the home after the kill: %v\n%s", err, errOut)
	}
	defer l.Close()
	name, ended, completed := "", "", map[string]bool{}
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "job":
			name = rest
		case "completed":
			completed[rest] = true
		case "end":
			ended = rest
		}
	}
	if name == "" {
		return // killed before the job was on record; Open worked
	}
	jobs, err := l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn(), Root: name})
	if err != nil || len(jobs) == 0 {
		t.Fatalf("acknowledged job %s is lost: %v", name, err)
	}
	blobs, err := l.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if !j.Status.Terminal() {
			t.Errorf("%s (%s) is %s, though nobody runs it", j.Name, j.Step, j.Status)
		}
		if completed[j.Step] && j.Status != workspace.Completed {
			t.Errorf("step %s was acknowledged as Completed, and is %s", j.Step, j.Status)
		}
		if j.Status == workspace.Completed {
			checkOutputs(t, l, blobs, j)
		}
	}
	if ended == "" && jobs[0].Status == workspace.Completed && jobs[0].Root == jobs[0].Name {
		// Legal: the record came before the word. Then every step completed.
		for _, j := range jobs {
			if j.Status != workspace.Completed {
				t.Errorf("the job is Completed, but %s is %s", j.Step, j.Status)
			}
		}
	}
}

// checkOutputs: what a completed step has made is all there.
func checkOutputs(t *testing.T, l *local.Local, blobs *blob.Store, j *workspace.Job) {
	t.Helper()
	for _, out := range j.Spec.Outputs {
		d, err := blob.ParseDigest(out.Digest)
		if err != nil {
			t.Errorf("%s is Completed, but its output %s has no content: %v", j.Step, out.Name, err)
			continue
		}
		tree, err := blobs.GetTree(t.Context(), d)
		if err != nil {
			t.Errorf("output %s of %s: %v", out.Name, j.Step, err)
			continue
		}
		for _, e := range tree.Entries {
			if err := blobs.Verify(t.Context(), e.Digest); err != nil {
				t.Errorf("output %s of %s: %v", out.Name, j.Step, err)
			}
		}
	}
}

// TestCancel cancels a run whose steps ignore the interrupt.
func TestCancel(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs:
  deaf:
    command: trap '' INT TERM; echo started; sleep 100 & wait; sleep 100
    environment: {image: x}
  after:
    command: echo ${{inputs.x}}
    environment: {image: x}
    inputs: {x: "${{parent.jobs.deaf.outputs.artifacts}}"}
`})
	ctx, cancel := context.WithCancel(t.Context())
	req := p.request()
	req.Watch = func(e local.Event) {
		if e.Step == "deaf" && e.Status == workspace.Running {
			cancel()
		}
	}
	res, err := p.l.Run(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != workspace.Canceled {
		t.Errorf("the job is %s, want Canceled", res.Status)
	}
	steps, err := p.l.Ledger().Steps(t.Context(), workspace.BuiltIn(), res.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if s.Name != res.Name && s.Status != workspace.Canceled {
			t.Errorf("step %s is %s, want Canceled", s.Step, s.Status)
		}
	}
	noneLeft(t, "AZUREML_ROOT_RUN_ID="+res.Name, time.Second)
}

func TestCancelThroughTheLedger(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs: {long: {command: sleep 100, environment: {image: x}}}
`})
	req := p.request()
	var asked time.Time
	req.Watch = func(e local.Event) {
		if e.Step == "long" && e.Status == workspace.Running {
			asked = time.Now()
			jobs, err := p.l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
			if err != nil || p.l.Ledger().RequestCancel(t.Context(), workspace.BuiltIn(), jobs[0].Name) != nil {
				t.Errorf("cancel: %v", err)
			}
		}
	}
	res, err := p.l.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != workspace.Canceled {
		t.Errorf("the job is %s, want Canceled", res.Status)
	}
	t.Logf("seen and done after %v", time.Since(asked))
}

func TestTimeoutCancelsTheStep(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs: {slow: {command: sleep 100, environment: {image: x}, limits: {timeout: 1}}}
`})
	res := p.run(t.Context())
	if res.Status != workspace.Failed || res.Error == nil || res.Error.Code != "Timeout" || res.FailedStep == nil {
		t.Fatalf("got %s %+v, want Failed through a Timeout", res.Status, res.Error)
	}
	noneLeft(t, "AZUREML_ROOT_RUN_ID="+res.Name, time.Second)
}

// TestForkedChildEndsWithItsStep: a step that exits leaves nothing behind.
func TestForkedChildEndsWithItsStep(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": unruly})
	res := p.run(t.Context())
	if res.Status != workspace.Completed {
		t.Fatalf("the job is %s: %+v", res.Status, res.Error)
	}
	noneLeft(t, "AZUREML_ROOT_RUN_ID="+res.Name, time.Second)
}
