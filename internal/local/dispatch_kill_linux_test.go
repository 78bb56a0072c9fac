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
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

// serverVar makes the test binary a dispatcher of a home that accepts
// order.yml of a folder again and again, until it is killed: "FOLDER|HOME".
const serverVar = "ISCHIA_TEST_SERVER"

// testServer is the dispatcher that the tests kill.
var testServer = serveOrders

// serveOrders prints the name of each job that was accepted.
func serveOrders(spec string) int {
	dir, home, _ := strings.Cut(spec, "|")
	ctx := context.Background()
	l, err := local.Open(ctx, local.Options{Home: home})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	d, err := l.NewDispatcher(ctx, local.DispatchOptions{Adopt: true, Environ: os.Environ(), MaxJobs: 3})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for range 12 { // not more than can be run
				job, errs := load.Job(os.DirFS(dir), "order.yml")
				if errs.Err() != nil {
					fmt.Fprintln(os.Stderr, errs.Err())
					return
				}
				j, err := d.Accept(ctx, workspace.BuiltIn(), workspace.Order{Job: job})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				fmt.Println("accepted", j.Name)
			}
		})
	}
	clients.Wait()
	select {}
}

// killed runs a child for a while, kills it, and returns what it said.
func killed(t *testing.T, env string, after time.Duration) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if errOut.Len() > 0 {
		t.Errorf("it said %s", &errOut)
	}
	return out.String()
}

// TestKilledDispatcher: after the kill of a dispatcher what had started has
// ended, and what waited is run by the next one, once.
func TestKilledDispatcher(t *testing.T) {
	t.Parallel()
	dir, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	ran := filepath.Join(dir, "ran")
	writeExecutable(t, filepath.Join(dir, "order.yml"), `
type: pipeline
settings: {force_rerun: true}
jobs:
  first: {command: echo $AZUREML_RUN_ID >> `+ran+`, environment: {image: x}, compute: azureml:cpu}
  second: {command: echo $AZUREML_RUN_ID >> `+ran+`, environment: {image: x}}
`)
	f := officeAt(t, home, local.DispatchOptions{})
	f.cluster("cpu", 0, 1, 0)
	var accepted []string
	for range kills(t) {
		said := killed(t, serverVar+"="+dir+"|"+home, time.Duration(150+rand.IntN(600))*time.Millisecond)
		for lines := bufio.NewScanner(strings.NewReader(said)); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "accepted "); ok {
				accepted = append(accepted, name)
			}
		}
	}
	last := officeAt(t, home, local.DispatchOptions{Adopt: true})
	last.allEnd()
	if len(accepted) == 0 {
		t.Fatal("nothing was accepted")
	}
	lost := 0
	for _, name := range accepted {
		switch j := last.job(name); {
		case j.Status == workspace.Completed:
		case j.Status == workspace.Failed && j.Error.Code == "RunnerLost":
			lost++
		default:
			t.Errorf("job %s is %s: %+v", name, j.Status, j.Error)
		}
	}
	t.Logf("%d jobs, %d lost their runner", len(accepted), lost)
	if most := 3 * kills(t); lost > most {
		t.Errorf("%d of %d jobs lost their runner, want those that ran, %d at most", lost, len(accepted), most)
	}
	ranOnce(t, ran)
}

// allEnd waits until every job of the home has ended, as long as any do.
func (f *office) allEnd() {
	f.t.Helper()
	for left := f.underWay(); left > 0; {
		before := left
		f.until(fmt.Sprintf("one more of %d jobs has ended", before), func() bool {
			left = f.underWay()
			return left < before
		})
	}
}

// underWay is how many jobs of the home have not ended.
func (f *office) underWay() int {
	f.t.Helper()
	jobs, err := f.l.Ledger().Jobs(f.t.Context(), workspace.Filter{AllScopes: true, Archived: "all", Statuses: []workspace.Status{
		workspace.NotStarted, workspace.Queued, workspace.Preparing, workspace.Running, workspace.Finalizing, workspace.CancelRequested,
	}})
	if err != nil {
		f.t.Fatal(err)
	}
	return len(jobs)
}

func ranOnce(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, step := range strings.Fields(string(text)) {
		if seen[step] {
			t.Errorf("step %s ran twice", step)
		}
		seen[step] = true
	}
}

// TestProcessesShareNodes: of several processes only one at a time has the
// only node of a cluster, also when one is killed.
func TestProcessesShareNodes(t *testing.T) {
	t.Parallel()
	dir, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	alone := "mkdir " + dir + "/node && sleep 0.02 && rmdir " + dir + "/node"
	text := "type: pipeline\nsettings: {default_compute: azureml:cpu, force_rerun: true}\njobs:\n"
	for i := range 4 {
		text += fmt.Sprintf("  s%d: {command: %q, environment: {image: x}}\n", i, alone)
	}
	writeExecutable(t, filepath.Join(dir, "pipeline.yml"), text)
	f := officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 1, 0)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), runnerVar+"="+dir+"|"+home)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.HasSuffix(string(out), "end Completed\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	job, err := load.Job(fstest.MapFS{"p.yml": {Data: []byte(text)}}, "p.yml")
	if err.Err() != nil {
		t.Fatal(err)
	}
	j, fault := f.Accept(t.Context(), workspace.BuiltIn(), workspace.Order{Job: job})
	if fault != nil {
		t.Fatal(fault)
	}
	f.becomes(j.Name, workspace.Completed)
	group.Wait()
}

func TestKilledHolderOfANode(t *testing.T) {
	t.Parallel()
	dir, home := t.TempDir(), filepath.Join(t.TempDir(), "home")
	writeExecutable(t, filepath.Join(dir, "pipeline.yml"), onCompute("cpu", "touch "+dir+"/runs; sleep 100"))
	f := officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 1, 0)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runnerVar+"="+dir+"|"+home)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.until("the other process has the node", func() bool { return exists(dir + "/runs") })
	job := f.accept("", onCompute("cpu", "true"))
	if job.Status != workspace.Queued {
		t.Errorf("the job is %s, want Queued", job.Status)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	f.becomes(job.Name, workspace.Completed)
}
