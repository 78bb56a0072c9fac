package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// endPatienceOfJobs is how long all that waits may take to be run.
const endPatienceOfJobs = 90 * time.Second

// settle serves once more, until no job is under way, and looks at all that was
// acknowledged.
func (r *restarted) settle() {
	r.t.Helper()
	l := r.begin(-1)
	l.answers()
	home, err := local.Open(r.t.Context(), local.Options{Home: r.home})
	if err != nil {
		r.t.Fatal(err)
	}
	defer home.Close()
	r.allEnd(home)
	l.checkFiles()
	l.checkModels()
	l.checkPublished()
	r.checkJobs(home)
	r.ranOnce()
	if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
		r.t.Error(err)
	}
	if err := l.cmd.Wait(); err != nil {
		r.t.Errorf("the last server: %v: %s", err, &l.errs)
	}
	if r.answered < 2 || len(r.jobs) == 0 || len(r.files) == 0 {
		r.t.Errorf("acknowledged: %d jobs, %d files: that is no load", len(r.jobs), len(r.files))
	}
}

// underWay are the states that no job stays in.
func underWay() []workspace.Status {
	return []workspace.Status{
		workspace.NotStarted, workspace.Queued, workspace.Preparing, workspace.Running, workspace.Finalizing, workspace.CancelRequested,
	}
}

// allEnd waits until no job is under way, acknowledged or not.
func (r *restarted) allEnd(home *local.Local) {
	r.t.Helper()
	begun := time.Now()
	for {
		jobs, err := home.Ledger().Jobs(r.t.Context(), workspace.Filter{AllScopes: true, Archived: "all", Statuses: underWay()})
		if err != nil {
			r.t.Fatal(err)
		}
		if len(jobs) == 0 {
			r.t.Logf("all jobs had ended %s after the last start", time.Since(begun).Round(time.Millisecond))
			return
		}
		if time.Since(begun) > endPatienceOfJobs {
			for _, j := range jobs[:min(len(jobs), 5)] {
				r.t.Errorf("job %s (root %s, step %q) stays %s", j.Name, j.Root, j.Step, j.Status)
			}
			r.t.Errorf("%d jobs are still under way", len(jobs))
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// checkFiles: every file is as it was acknowledged.
func (l *life) checkFiles() {
	for name, size := range l.files {
		status, text, err := l.ask("GET", l.container+name, nil, map[string]string{"X-Ms-Version": "2021-12-02"})
		switch {
		case err != nil:
			l.fault("file %s: %v", name, err)
		case size < 0 && status != http.StatusNotFound:
			l.fault("file %s, which was deleted: got %d", name, status)
		case size >= 0 && (status != http.StatusOK || !bytes.Equal(text, content(name, size))):
			l.fault("file %s: got %d and %d bytes, want the %d that were acknowledged", name, status, len(text), size)
		}
	}
	for name, c := range l.counters {
		status, text, err := l.ask("GET", l.container+name, nil, map[string]string{"X-Ms-Version": "2021-12-02"})
		got := string(text)
		// What was tried last may have been done without an answer.
		if c[0] > 0 && (err != nil || status != http.StatusOK || got != fmt.Sprint(c[0]) && got != fmt.Sprint(c[1])) {
			l.fault("file %s: got %d %.40q %v, want %d or %d", name, status, got, err, c[0], c[1])
		}
	}
}

// checkModels: every version is what it was acknowledged to be.
func (l *life) checkModels() {
	type model struct {
		Properties struct{ ModelURI, JobName string }
	}
	get := func(name, version string) (m model) {
		status, text, err := l.ask("GET", l.base+"/models/"+name+"/versions/"+version, nil, nil)
		if err != nil || status != http.StatusOK || json.Unmarshal(text, &m) != nil {
			l.fault("version %s of model %s: got %d %.300s %v", version, name, status, text, err)
		}
		return m
	}
	for version, id := range l.models {
		if got := get("counted", version).Properties.ModelURI; !strings.HasSuffix(got, "/models/"+id+"/") {
			l.fault("version %s of model counted: got %s, want that of %s", version, got, id)
		}
	}
	for version, job := range l.grown {
		if got := get("grown", version).Properties.JobName; got != job {
			l.fault("version %s of model grown: got that of step %s, want %s", version, got, job)
		}
	}
}

// checkPublished: every pipeline that was published can be called.
func (l *life) checkPublished() {
	for guid, number := range l.published {
		status, text, err := l.ask("GET", "/pipelines/v1.0"+l.base+"/Pipelines/"+guid, nil, nil)
		if err != nil || status != http.StatusOK || !bytes.Contains(text, []byte(guid)) {
			l.fault("definition %d, published as %s: got %d %.300s %v", number, guid, status, text, err)
		}
	}
}

// checkJobs: every job that was acknowledged has completed, or is told to have
// lost its runner; what completed steps have made is there, and is registered
// once.
func (r *restarted) checkJobs(home *local.Local) {
	r.t.Helper()
	ctx := r.t.Context()
	all, err := home.Ledger().Jobs(ctx, workspace.Filter{Scope: r.scope, Archived: "all"})
	if err != nil {
		r.t.Fatal(err)
	}
	begun := r.begunSteps()
	tally, roots := map[string]int{}, map[string]*workspace.Job{}
	for _, j := range all {
		if j.Parent == "" {
			roots[j.Name] = j
			r.checkRoot(j, tally)
		}
	}
	steps := map[string]bool{} // that have made a model
	for _, j := range roots {
		r.checkSteps(ctx, home, j, steps, begun, tally)
	}
	for name := range r.jobs {
		if roots[name] == nil {
			r.fault("job %s, which was acknowledged, is lost", name)
		}
	}
	tally["not acknowledged"] = len(roots) - len(r.jobs)
	r.checkRegistered(ctx, home, steps)
	r.t.Logf("jobs: %v", tally)
}

func (r *restarted) checkRoot(j *workspace.Job, tally map[string]int) {
	tally[string(j.Status)]++
	switch {
	case j.Status == workspace.Completed:
	case j.Status == workspace.Failed && j.Error != nil && j.Error.Code == "RunnerLost":
	default:
		r.fault("job %s is %s: %+v", j.Name, j.Status, j.Error)
	}
}

func (r *restarted) checkSteps(ctx context.Context, home *local.Local, root *workspace.Job, made, begun map[string]bool, tally map[string]int) {
	steps, err := home.Ledger().Steps(ctx, r.scope, root.Name)
	if err != nil {
		r.fault("steps of %s: %v", root.Name, err)
		return
	}
	began := false
	for _, s := range steps {
		if s.Name == root.Name {
			continue
		}
		began = began || begun[s.Name]
		if s.Status != workspace.Completed && root.Status == workspace.Completed {
			r.fault("job %s is Completed, its step %s is %s", root.Name, s.Step, s.Status)
		}
		if s.Status == workspace.Completed {
			made[s.Name] = strings.HasPrefix(root.Name, "put-")
			r.checkMade(ctx, home, s)
		}
	}
	if root.Status == workspace.Failed && !began {
		tally["lost before a step had begun"]++
	}
}

// checkMade: the content of what a step has made is there, and is whole.
func (r *restarted) checkMade(ctx context.Context, home *local.Local, s *workspace.Job) {
	blobs, err := home.Blobs()
	if err != nil {
		r.fault("%v", err)
		return
	}
	for _, out := range s.Spec.Outputs {
		tree, err := home.OutputTree(ctx, r.scope, out)
		if err != nil {
			r.fault("output %s of step %s of %s: %v", out.Name, s.Step, s.Root, err)
			continue
		}
		for _, e := range tree.Entries {
			if err := blobs.Verify(ctx, e.Digest); err != nil {
				r.fault("output %s of step %s of %s: %v", out.Name, s.Step, s.Root, err)
			}
		}
	}
}

// checkRegistered: each step that has made a model has one version of it, and
// nobody else has.
func (r *restarted) checkRegistered(ctx context.Context, home *local.Local, steps map[string]bool) {
	list, err := home.Ledger().Resources().Resources(ctx, workspace.ResourceQuery{Scope: r.scope, Collection: workspace.Models, Name: "grown"})
	if err != nil {
		r.fault("models: %v", err)
		return
	}
	maps.DeleteFunc(steps, func(_ string, model bool) bool { return !model })
	for _, v := range list {
		var body struct{ Properties struct{ JobName string } }
		if err := json.Unmarshal(v.Body, &body); err != nil || !steps[body.Properties.JobName] {
			r.fault("version %s of model grown is of %q, which is no step that made one, or has another version", v.Version, body.Properties.JobName)
		}
		delete(steps, body.Properties.JobName)
	}
	for name := range steps {
		r.fault("step %s has completed, and its model is not registered", name)
	}
}

// begunSteps are the steps that were begun.
func (r *restarted) begunSteps() map[string]bool {
	begun := map[string]bool{}
	for _, name := range r.noted() {
		begun[name] = true
	}
	return begun
}

func (r *restarted) noted() []string {
	text, err := os.ReadFile(r.ran())
	if err != nil {
		r.fault("no step was begun: %v", err)
	}
	return strings.Fields(string(text))
}

// ranOnce: no step was begun twice.
func (r *restarted) ranOnce() {
	noted := slices.Sorted(slices.Values(r.noted()))
	for i := 1; i < len(noted); i++ {
		if noted[i] == noted[i-1] {
			r.fault("step %s was begun twice", noted[i])
		}
	}
}
