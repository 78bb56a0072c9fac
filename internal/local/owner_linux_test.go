package local_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

const oneStep = "type: pipeline\njobs: {s: {command: sleep 0.2; echo done, environment: {image: x}}}\n"

// TestOneNameOneJob: of many that ask for a name at once, one gets it, and the
// others leave its folder alone.
func TestOneNameOneJob(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": oneStep})
	req := p.request()
	req.Name = "mine"
	var ran, refused atomic.Int64
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			l, err := local.Open(t.Context(), local.Options{Home: p.l.Dir()})
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			switch res, err := l.Run(t.Context(), req); {
			case errors.Is(err, workspace.ErrConflict):
				refused.Add(1)
			case err != nil || res.Status != workspace.Completed:
				t.Errorf("the job is %s: %v", res.Status, err)
			default:
				ran.Add(1)
			}
		})
	}
	wait.Wait()
	if ran.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d ran and %d were refused, want 1 and 7", ran.Load(), refused.Load())
	}
	if got := p.log("mine", "s"); got != "done\n" || !exists(filepath.Join(p.l.Dir(), "jobs", "mine", "plan.json")) {
		t.Errorf("the log is %q", got)
	}
}

// TestFolderOfADeadJobStays when its name is asked for again: a runner that was
// killed at once left nothing but its lease there.
func TestFolderOfADeadJobStays(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": oneStep})
	req := p.request()
	req.Name = "mine"
	if _, err := p.l.Run(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	dir, err := p.l.JobDir("mine")
	if err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != "lease" {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
	if _, err := p.l.Run(t.Context(), req); !errors.Is(err, workspace.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	if !exists(filepath.Join(dir, "lease")) {
		t.Error("the folder of the job on record is gone")
	}
}

// TestOpeningLeavesRunningJobsAlone, also when their guardian has died.
func TestOpeningLeavesRunningJobsAlone(t *testing.T) {
	t.Parallel()
	// The guardian comes with the first process, so the second step looks.
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs:
  first: {command: echo first, environment: {image: x}}
  s: {command: "cat ${{inputs.i}}/user_logs/std_log.txt >/dev/null; echo done", environment: {image: x}, inputs: {i: "${{parent.jobs.first.outputs.artifacts}}"}}
`})
	req := p.request()
	req.Watch = func(e local.Event) {
		if e.Step != "s" || e.Status != workspace.Running {
			return
		}
		killGuardian(t, p)
		l, err := local.Open(t.Context(), local.Options{Home: p.l.Dir()})
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		if len(l.Recovered) != 0 {
			t.Errorf("opening the home ended %v", l.Recovered)
		}
	}
	res, err := p.l.Run(t.Context(), req)
	if err != nil || res.Status != workspace.Completed || p.log(res.Name, "s") != "done\n" {
		t.Errorf("the job is %s, %v: %v", res.Status, res.Error, err)
	}
}

// killGuardian kills the guardian of the only job in p's home.
func killGuardian(t *testing.T, p *project) {
	t.Helper()
	jobs, err := p.l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	killed := 0
	for _, pid := range pids() {
		line, err := os.ReadFile(filepath.Join("/proc", pid.text, "cmdline"))
		if err == nil && strings.HasPrefix(string(line), "ischia\x00guardian\x00"+jobs[0].Name+".") {
			killed++
			if err := syscall.Kill(pid.number, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
	if killed != 1 {
		t.Errorf("%d guardians were found", killed)
	}
}

type processID struct {
	number int
	text   string
}

func pids() []processID {
	entries, _ := os.ReadDir("/proc")
	var out []processID
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, processID{n, e.Name()})
		}
	}
	return out
}
