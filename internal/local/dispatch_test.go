package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// office is a home with a dispatcher.
type office struct {
	t *testing.T
	l *local.Local
	*local.Dispatcher
}

func newOffice(t *testing.T, o local.DispatchOptions) *office {
	t.Helper()
	return officeAt(t, filepath.Join(t.TempDir(), "home"), o)
}

// officeAt opens a home, which other offices may have open too.
func officeAt(t *testing.T, home string, o local.DispatchOptions) *office {
	t.Helper()
	l, err := local.Open(t.Context(), local.Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	o.Environ = os.Environ()
	d, err := l.NewDispatcher(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	office := &office{t, l, d}
	t.Cleanup(office.shut)
	return office
}

// shut closes the dispatcher, and cancels what runs; again does no harm.
func (f *office) shut() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Close(ctx); err != nil {
		f.t.Error(err)
	}
}

// define reads a definition.
func define(t *testing.T, text string) pipeline.Job {
	t.Helper()
	job, errs := load.Job(fstest.MapFS{"pipeline.yml": {Data: []byte(text)}}, "pipeline.yml")
	if err := errs.Err(); err != nil {
		t.Fatal(err)
	}
	return job
}

// onCompute is a pipeline of one step on a compute, which may be none.
func onCompute(compute, command string) string {
	if compute != "" {
		compute = ", default_compute: azureml:" + compute
	}
	return fmt.Sprintf("type: pipeline\nsettings: {force_rerun: true%s}\njobs:\n  only:\n    command: |\n      %s\n    environment: {image: x}\n",
		compute, command)
}

// accept hands in a definition.
func (f *office) accept(name, text string) *workspace.Job {
	f.t.Helper()
	job, err := f.Accept(f.t.Context(), workspace.BuiltIn(), workspace.Order{Job: define(f.t, text), Name: name, CreatedBy: "tests"})
	if err != nil {
		f.t.Fatal(err)
	}
	return job
}

// cluster makes a cluster, or changes it.
func (f *office) cluster(name string, least, most, idle int) {
	f.t.Helper()
	putCluster(f.t, f.l, name, least, most, idle)
}

func putCluster(t testing.TB, l *local.Local, name string, least, most, idle int) {
	t.Helper()
	body := fmt.Sprintf(`{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{`+
		`"minNodeCount":%d,"maxNodeCount":%d,"nodeIdleTimeBeforeScaleDown":"PT%dS"}}}}`, least, most, idle)
	err := l.Ledger().Resources().PutResources(t.Context(), &workspace.Resource{
		ResourceKey: workspace.ResourceKey{Scope: workspace.BuiltIn(), Collection: workspace.Computes, Name: name}, Body: []byte(body),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *office) job(name string) *workspace.Job {
	f.t.Helper()
	j, err := f.l.Ledger().Job(f.t.Context(), workspace.BuiltIn(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return j
}

func (f *office) step(job string) *workspace.Job {
	f.t.Helper()
	steps, err := f.l.Ledger().Steps(f.t.Context(), workspace.BuiltIn(), job)
	if err != nil || len(steps) == 0 {
		f.t.Fatalf("steps of %s: %v, %v", job, steps, err)
	}
	return steps[0]
}

// until waits for something that has to come true.
func (f *office) until(what string, ok func() bool) {
	f.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			f.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// becomes waits until a job is in a state.
func (f *office) becomes(job string, s workspace.Status) {
	f.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		j := f.job(job)
		if j.Status == s {
			return
		}
		if j.Status.Terminal() || time.Now().After(deadline) {
			f.t.Fatalf("job %s is %s (%+v), want %s", job, j.Status, j.Error, s)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *office) nodes(name string) workspace.Nodes {
	f.t.Helper()
	n, err := f.Nodes(f.t.Context(), workspace.BuiltIn(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func TestAccept(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	job := f.accept("", onCompute("nowhere", "echo hello"))
	if job.Status != workspace.NotStarted || job.CreatedBy != "tests" {
		t.Errorf("got %+v", job)
	}
	f.becomes(job.Name, workspace.Completed)
	def, err := f.l.Ledger().Queue().Definition(t.Context(), workspace.BuiltIn(), job.Name)
	if err != nil || !strings.Contains(string(def.Plan), `"compute":"nowhere"`) {
		t.Errorf("definition %+v, %v", def, err)
	}
	left, err := f.l.Ledger().Queue().Tickets(t.Context(), nil, 10)
	if err != nil || len(left) > 0 {
		t.Errorf("tickets %v, %v", left, err)
	}
}

func TestAcceptStandalone(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 1, 120)
	job := f.accept("alone", "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\n"+
		"command: echo hello\nenvironment: {image: x}\ncompute: azureml:cpu\n")
	f.becomes(job.Name, workspace.Completed)
}

func TestAcceptRefuses(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{})
	order := func(name, text string) error {
		_, err := f.Accept(t.Context(), workspace.BuiltIn(), workspace.Order{Job: define(t, text), Name: name})
		return err
	}
	var refused *workspace.Refused
	if err := order("", onCompute("", "echo ${{inputs.x}}")); !errors.As(err, &refused) || !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("an input that is not there: %v", err)
	}
	f.cluster("none", 0, 0, 0)
	for _, name := range []string{"taken"} {
		if err := order(name, onCompute("none", "true")); err != nil {
			t.Fatal(err)
		}
		if err := order(name, onCompute("none", "true")); !errors.Is(err, workspace.ErrConflict) {
			t.Errorf("the name twice: %v", err)
		}
	}
	if err := order("../x", onCompute("", "true")); !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("a bad name: %v", err)
	}
	f.shut()
	if err := order("", onCompute("", "true")); !errors.Is(err, local.ErrClosing) {
		t.Errorf("after Close: %v", err)
	}
}

// TestAcceptUnderLoad: what waits costs a row, and no more.
func TestAcceptUnderLoad(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	f.cluster("held", 0, 0, 120)
	const clients, each = 4, 50
	names := make([][]string, clients)
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			for range each {
				job := f.accept("", onCompute("held", "true"))
				if job.Status != workspace.Queued {
					t.Errorf("job %s is %s, want Queued", job.Name, job.Status)
				}
				names[c] = append(names[c], job.Name)
			}
		})
	}
	group.Wait()
	if n := f.nodes("held"); n != (workspace.Nodes{Waiting: clients * each}) {
		t.Errorf("nodes %+v", n)
	}
	for _, list := range names {
		for _, name := range list {
			if j := f.job(name); j.Status != workspace.Queued {
				t.Errorf("job %s is %s, want Queued", name, j.Status)
			}
			if dir, _ := f.l.JobDir(name); isThere(dir) {
				t.Errorf("job %s has a folder though it waits", name)
			}
		}
	}
	// Cancelled all at once, they end all the same.
	for _, list := range names {
		for _, name := range list {
			if err := f.l.Ledger().RequestCancel(t.Context(), workspace.BuiltIn(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, list := range names {
		for _, name := range list {
			f.becomes(name, workspace.Canceled)
		}
	}
}

func isThere(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// TestInOrder: jobs start in the order in which they were accepted, also those
// of another dispatcher's time.
func TestInOrder(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	list := filepath.Join(t.TempDir(), "list")
	f := officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 0, 120)
	var want []string
	add := func(n int) {
		for range n {
			name := fmt.Sprintf("job%d", len(want))
			f.accept(name, onCompute("CPU", "echo "+name+" >> "+list))
			want = append(want, name)
		}
	}
	add(4)
	f.shut()
	f = officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.until("the jobs are adopted", func() bool { return f.nodes("cpu").Waiting == len(want) })
	add(3)
	f.cluster("cpu", 0, 1, 120)
	for _, name := range want {
		f.becomes(name, workspace.Completed)
	}
	text, err := os.ReadFile(list)
	if got := strings.Fields(string(text)); err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
	f.until("the node is idle", func() bool { return f.nodes("cpu").Busy == 0 })
	if n := f.nodes("cpu"); n.Current != 1 || n.Idle != 1 || n.Changed.IsZero() {
		t.Errorf("nodes %+v, want one that is still warm", n)
	}
}

func TestMaxJobs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newOffice(t, local.DispatchOptions{Adopt: true, MaxJobs: 2, Parallel: 8})
	var names []string
	for range 6 {
		job := f.accept("", onCompute("", "touch "+dir+"/$$; ls "+dir+" | wc -l; sleep 0.1; rm "+dir+"/$$"))
		names = append(names, job.Name)
	}
	for _, name := range names {
		f.becomes(name, workspace.Completed)
		log := f.log(name)
		if log != "1" && log != "2" {
			t.Errorf("%s ran at once, want 2 at most", log)
		}
	}
}

// log is what the step of a job wrote.
func (f *office) log(job string) string {
	f.t.Helper()
	dir, err := f.l.JobDir(f.step(job).Name)
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "user_logs", "std_log.txt"))
	if err != nil {
		f.t.Error(err)
	}
	return strings.TrimSpace(string(text))
}

// TestQueuedSteps: a job that has started waits as well, step by step, and a
// step that waits keeps no other from running.
func TestQueuedSteps(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true, Parallel: 1})
	f.cluster("cpu", 0, 0, 0)
	job := f.accept("", `
type: pipeline
settings: {force_rerun: true}
jobs:
  held: {command: echo, environment: {image: x}, compute: azureml:cpu}
  free: {command: echo, environment: {image: x}, compute: azureml:other}
`)
	f.becomes(job.Name, workspace.Running)
	f.until("held is Queued", func() bool { return f.step(job.Name).Status == workspace.Queued })
	if n := f.nodes("cpu"); n.Waiting != 1 {
		t.Errorf("nodes %+v, want one that waits", n)
	}
	f.cluster("cpu", 0, 1, 0)
	f.becomes(job.Name, workspace.Completed)
	f.until("the node is gone", func() bool { return f.nodes("cpu").Current == 0 })
}

func TestCancelOfAccepted(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	f.cluster("one", 0, 1, 0)
	running := f.accept("", onCompute("one", "sleep 100"))
	f.until("it runs", func() bool { return f.step(running.Name).Status == workspace.Running })
	waiting := f.accept("", onCompute("one", "true"))
	queued := f.accept("", `
type: pipeline
jobs:
  held: {command: echo, environment: {image: x}, compute: azureml:one}
  free: {command: echo, environment: {image: x}}
`)
	f.until("held is Queued", func() bool { return f.step(queued.Name).Status == workspace.Queued })
	for _, j := range []*workspace.Job{waiting, queued, running} {
		if err := f.l.Ledger().RequestCancel(t.Context(), workspace.BuiltIn(), j.Name); err != nil {
			t.Fatal(err)
		}
		f.becomes(j.Name, workspace.Canceled)
		if s := f.step(j.Name).Status; s != workspace.Canceled {
			t.Errorf("the step of a canceled job is %s", s)
		}
	}
	f.until("the node is free", func() bool { return f.nodes("one").Busy == 0 })
}

func TestTooManyNodes(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	f.cluster("two", 2, 2, 0)
	if n := f.nodes("two"); n.Current != 2 || n.Idle != 2 || n.Busy != 0 {
		t.Errorf("nodes %+v, want two idle ones", n)
	}
	text := func(n int) string {
		return fmt.Sprintf("type: pipeline\njobs:\n  only: {command: echo, environment: {image: x}, compute: azureml:two, resources: {instance_count: %d}}\n", n)
	}
	f.becomes(f.accept("", text(2)).Name, workspace.Completed)
	job := f.accept("", text(3))
	f.becomes(job.Name, workspace.Failed)
	if e := f.job(job.Name).Error; e == nil || e.Code != "UserError" || !strings.Contains(e.Message, "needs 3 nodes, and cluster two has 2") {
		t.Errorf("failed for %+v", e)
	}
}

// TestCloseLetsJobsEnd: what runs may end, what waits goes on waiting, and is
// nobody's.
func TestCloseLetsJobsEnd(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	f := officeAt(t, home, local.DispatchOptions{MaxJobs: 1})
	first := f.accept("", onCompute("", "sleep 0.3"))
	second := f.accept("", onCompute("", "true"))
	f.until("it runs", func() bool { return f.step(first.Name).Status == workspace.Running })
	if !f.l.Alive(second.Name) {
		t.Error("a job that waits in a process that does not adopt looks lost")
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.becomes(first.Name, workspace.Completed)
	if j := f.job(second.Name); j.Status != workspace.NotStarted || f.l.Alive(second.Name) {
		t.Errorf("job %s is %s", j.Name, j.Status)
	}
	f = officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.becomes(second.Name, workspace.Completed)
}

// TestAdoptLater: a server takes over what another process leaves behind while
// it runs.
func TestAdoptLater(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), "home")
	driver := officeAt(t, home, local.DispatchOptions{})
	driver.cluster("cpu", 0, 0, 0)
	job := driver.accept("", onCompute("cpu", "true"))
	f := officeAt(t, home, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 1, 0)
	driver.becomes(job.Name, workspace.Completed)
	driver.cluster("cpu", 0, 0, 0)
	job = driver.accept("", onCompute("cpu", "true"))
	driver.shut()
	f.cluster("cpu", 0, 1, 0)
	f.becomes(job.Name, workspace.Completed)
}

// TestHeldByAnother: a job whose lease somebody has when its turn comes is run
// when it is free again.
func TestHeldByAnother(t *testing.T) {
	t.Parallel()
	f := newOffice(t, local.DispatchOptions{Adopt: true})
	f.cluster("cpu", 0, 0, 0)
	job := f.accept("", onCompute("cpu", "true"))
	dir, err := f.l.JobDir(job.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	held, err := lease.Acquire(filepath.Join(dir, "lease"))
	if err != nil {
		t.Fatal(err)
	}
	f.cluster("cpu", 0, 1, 0)
	f.until("it was tried", func() bool { return f.nodes("cpu").Waiting == 0 })
	if s := f.job(job.Name).Status; s != workspace.Queued {
		t.Errorf("it is %s, want Queued", s)
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	f.becomes(job.Name, workspace.Completed)
}
