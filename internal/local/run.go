package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/gitinfo"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Grace is the time that a cancelled step has to end by itself.
const Grace = 5 * time.Second

// cancelPoll is how often a runner looks whether somebody wants its job
// cancelled; contracts.md allows 200 ms from row to sight.
const cancelPoll = 150 * time.Millisecond

// Event is something that happened to a job that runs here.
type Event struct {
	Time time.Time
	// Step is the step's path; empty for the job itself.
	Step     string
	Status   workspace.Status
	ExitCode *int
	// Error and Code say why a step did not complete.
	Error, Code string
	// Log is the step's log file, once there is one.
	Log string
	// Reused is the earlier job that answered for the step.
	Reused string
	// Warning is something to mend that does not stop the run; then the rest
	// is empty.
	Warning string
}

// Result is how a job ended.
type Result struct {
	Name   string
	Status workspace.Status
	// Error says why the status is Failed.
	Error *workspace.JobError
	// FailedStep is the step that failed first, nil if none did.
	FailedStep *Event
	Outputs    []workspace.Port
}

// Run records a job, runs it here, and returns when it has ended. When ctx
// ends, the job is cancelled and recorded as that. The error is a fault of
// ours; a job that fails is a Result.
func (l *Local) Run(ctx context.Context, r Request) (Result, error) {
	gitCtx, stop := context.WithCancel(ctx)
	defer stop()
	git := sync.OnceValue(readGit(gitCtx, r.Dir))
	if err := l.settle(ctx, &r); err != nil {
		return Result{}, err
	}
	if err := l.checkReferences(ctx, r); err != nil {
		return Result{}, err
	}
	blobs, err := l.Blobs()
	if err != nil {
		return Result{}, err
	}
	release, err := l.holdBlobs(ctx, r.Watch)
	if err != nil {
		return Result{}, err
	}
	defer release()
	gate, err := l.gateOf(ctx, r.Scope, r.Plan)
	if err != nil {
		return Result{}, err
	}
	draft, held, err := l.draft(ctx, r)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = held.Release() }()
	job := l.newRunning(r, draft.Tree, gate)
	job.draft, job.git = draft, git
	commits := job.newCommits(context.WithoutCancel(ctx), job.recordFirst)
	commits.until = time.Now().Add(recordAtMost)
	job.rec = &recorder{running: job, commits: commits}
	job.ready = commits.begin
	res, err := job.runAll(ctx, blobs)
	if err != nil && !job.onRecord.Load() {
		job.forgo()
		return res, fmt.Errorf("record the job: %w", err)
	}
	if err != nil {
		return res, fmt.Errorf("run job %s: %w", draft.Root.Name, job.abandon(context.WithoutCancel(ctx), err))
	}
	return res, nil
}

// runRecorded is Run for a job that is on record already, and of which nothing
// has been done. ErrConflict when somebody else has ended it.
func (l *Local) runRecorded(ctx context.Context, r Request, tree *workspace.Tree, g *gate) (Result, error) {
	blobs, err := l.Blobs()
	if err != nil {
		return Result{}, err
	}
	release, err := l.holdBlobs(ctx, r.Watch)
	if err != nil {
		return Result{}, err
	}
	defer release()
	job := l.newRunning(r, tree, g)
	commits := job.newCommits(context.WithoutCancel(ctx), job.recordStart)
	job.rec = &recorder{running: job, commits: commits}
	// From its record alone a job is done again: none whose first process runs
	// may look as if it waited.
	job.ready = sync.OnceValue(commits.flush)
	res, err := job.runAll(ctx, blobs)
	switch {
	case err == nil:
		return res, nil
	case !job.onRecord.Load() && errors.Is(err, workspace.ErrConflict):
		return res, err
	}
	return res, fmt.Errorf("run job %s: %w", tree.Root.Name, job.abandon(context.WithoutCancel(ctx), err))
}

func (l *Local) newRunning(r Request, tree *workspace.Tree, g *gate) *running {
	return &running{Local: l, req: r, tree: tree, names: names(r.Plan, tree), hide: mask.New(r.Secrets), gate: g}
}

// runAll runs the job and puts all of it on record.
func (j *running) runAll(ctx context.Context, blobs execBlobs) (Result, error) {
	res, err := j.run(ctx, blobs)
	if err != nil {
		// What waits is as lost as the rest if it cannot be written.
		_ = j.rec.commits.flush()
		return res, err
	}
	blobs.Memory().Flush()
	return res, nil
}

// names are the names of the jobs of a plan's nodes.
func names(p *plan.Plan, tree *workspace.Tree) []string {
	out := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		out[i] = tree.Root.Name
		if n.Path != "" {
			out[i] = tree.Steps[i].Name // recorded in the order of the plan
		}
	}
	return out
}

// running is one job while it runs.
type running struct {
	*Local
	req Request
	// draft is nil when the job was on record before.
	draft *workspace.Draft
	// onRecord: the ledger has the job. It waits a moment for what is known of
	// its steps.
	onRecord atomic.Bool
	// git is what git says of the checkout; it is asked once.
	git   func() *gitinfo.Info
	tree  *workspace.Tree
	names []string
	// hide takes secrets out of what is recorded.
	hide *mask.Masker
	rec  *recorder
	// ready returns once a step's process may start.
	ready func() error
	// gate holds back steps that wait for a node of a cluster; nil when there
	// are none.
	gate *gate
	// filed says what files are filed under.
	filed *filing
	// pinned is the plan that goes into the job's folder.
	pinned pinnedPlan
}

func (j *running) name(n *plan.Node) string {
	if n.Index < 0 {
		return j.tree.Root.Name
	}
	return j.names[n.Index]
}

func (j *running) dir(n *plan.Node) string {
	// Not JobDir: a recorded name is on the allow-list, and this is asked often.
	return filepath.Join(j.home.JobsDir(), j.name(n))
}

func (j *running) run(ctx context.Context, blobs execBlobs) (Result, error) {
	root := j.tree.Root.Name
	// From here on the job will be on record: a ctx that has ended cancels its
	// steps, one by one, and nothing else.
	calm := context.WithoutCancel(ctx)
	defer dropReserve(j.dir(&plan.Node{Index: -1}))
	guarded := &guarded{ctx: calm, nonce: j.nonce(root), ready: j.ready}
	defer guarded.Close()
	if err := j.rec.rootStatus(workspace.Preparing); err != nil {
		return Result{}, err
	}
	doer, err := j.doer(calm, guarded, blobs)
	if err != nil {
		return Result{}, err
	}
	pinned := j.pinning(ctx, doer)
	out, err := j.walk(ctx, doer)
	if err != nil {
		return Result{}, errors.Join(err, pinned(true))
	}
	res, err := j.rec.finish(out)
	return res, errors.Join(err, pinned(err != nil || out.State == sched.Canceled))
}

// walk carries out the plan, until ctx ends or the ledger says that somebody
// wants the job cancelled.
func (j *running) walk(ctx context.Context, doer *step.Runner) (sched.Outcome, error) {
	ctx, stop := context.WithCancel(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		j.watchCancel(ctx, stop)
	}()
	defer func() { stop(); <-watching }()
	o := sched.Options{Parallel: j.req.Parallel, Doer: hurried{doer, j}, Observer: j.rec, Now: j.now}
	if j.gate != nil {
		o.Gate = j.gate
	}
	if j.gate != nil && j.gate.places != nil {
		o.Doer = placed{hurried{doer, j}, j.gate}
	}
	return sched.Run(ctx, j.req.Plan, o)
}

// hurried puts the job on record as soon as there is something to carry out.
type hurried struct {
	*step.Runner
	job *running
}

// Do carries out one action.
func (h hurried) Do(ctx context.Context, n *plan.Node, made sched.Made, started func(any) error) sched.Result {
	h.job.rec.commits.hurry()
	if !registers(n) {
		return h.Runner.Do(ctx, n, made, started)
	}
	if err := checkAssets(h.job.req.Scope, n); err != nil {
		return sched.Result{State: sched.Failed, Err: err}
	}
	res := h.Runner.Do(ctx, n, made, started)
	if res.State == sched.Completed {
		if err := h.job.checkMade(ctx, h.job.req.Scope, n, res.Outputs); err != nil {
			res.State, res.Err = sched.Failed, err
		}
	}
	return res
}

// Answer is the result of an action that need not be carried out. What cannot be
// registered is left to Do, which says so.
func (h hurried) Answer(ctx context.Context, n *plan.Node, made sched.Made) (sched.Result, any, bool) {
	res, started, ok := h.Runner.Answer(ctx, n, made)
	if ok && registers(n) && res.State == sched.Completed {
		scope := h.job.req.Scope
		ok = checkAssets(scope, n) == nil && h.job.checkMade(ctx, scope, n, res.Outputs) == nil
	}
	return res, started, ok
}

// watchCancel ends the run when the ledger says so.
func (j *running) watchCancel(ctx context.Context, stop context.CancelFunc) {
	tick := time.NewTicker(cancelPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		// A ledger that cannot be read now is asked again.
		if asked, err := j.ledger.CancelRequested(ctx, j.req.Scope, j.tree.Root.Name); err == nil && asked {
			stop()
			return
		}
	}
}

// doer is what carries out the steps of this run.
func (j *running) doer(ctx context.Context, x step.Executor, blobs execBlobs) (*step.Runner, error) {
	env := step.Inherit(j.req.Environ, j.req.Pass, j.req.Deny)
	shim, _, err := environ.Python(env, filepath.Join(j.home.CacheDir(), "shims"))
	if err != nil {
		return nil, err
	}
	if shim != "" {
		env = prependPath(env, shim)
	}
	var wrap func(io.Writer) io.WriteCloser
	if !j.hide.Empty() {
		wrap = j.hide.Writer
	}
	j.filed = newFiling(ctx, j.ledger, j.req.Scope)
	src := newSource(j.ledger, blobs, j.req.Scope)
	src.foreign = j.draft == nil // it was on record before: it came through a door
	c := step.Config{
		Executor: x, Blobs: blobs, Source: src,
		Coder: coder{environ.NewCoder(blobs, environ.Options{Env: j.req.Environ, Dir: filepath.Join(j.home.CacheDir(), "go")})},
		Root:  j.req.Root, Job: j.name, Dir: j.dir, Env: env, Vars: j.vars(ctx), DefaultDatastore: j.req.Plan.DefaultDatastore,
		IsDatastore: j.filed.has, Grace: Grace, Wrap: wrap,
	}
	if err := j.addCache(&c); err != nil {
		return nil, err
	}
	return step.New(c), nil
}

// prependPath puts a folder before the others of PATH.
func prependPath(env []string, dir string) []string {
	for i, kv := range env {
		if len(kv) > 5 && kv[:5] == "PATH=" {
			env[i] = "PATH=" + dir + string(os.PathListSeparator) + kv[5:]
			return env
		}
	}
	return append(env, "PATH="+dir)
}

// abandon records that a job ended through a fault of ours, and returns that
// fault. When it cannot be recorded either, the next opening of the home says
// that the runner is gone.
func (j *running) abandon(ctx context.Context, cause error) error {
	root, now := j.tree.Root.Name, j.now()
	why := &workspace.JobError{Code: step.SystemError, Message: j.hide.String(cause.Error())}
	steps, err := j.ledger.Steps(ctx, j.req.Scope, root)
	if err != nil {
		return errors.Join(cause, err)
	}
	var changes []workspace.Change
	for i := len(steps) - 1; i >= 0; i-- {
		c := workspace.Change{Job: steps[i].Name, Time: now, Status: workspace.Canceled}
		switch s := steps[i].Status; {
		case s.Terminal():
			continue
		case s != workspace.NotStarted:
			// It ended, one way or another, and that could not be recorded.
			c.Status, c.Error = workspace.Failed, why
		}
		changes = append(changes, c)
		_ = step.Discard(j.dir(&plan.Node{Index: steps[i].Index})) // it may be what fills the disk
	}
	_ = step.Discard(j.dir(&plan.Node{Index: -1}))
	if r, err := j.ledger.Job(ctx, j.req.Scope, root); err == nil && r.Status.Terminal() {
		return cause // only what comes after its end has failed
	}
	changes = append(changes, workspace.Change{Job: root, Time: now, Status: workspace.Failed, Error: why})
	if err := j.record(ctx, func() {}, changes...); err != nil {
		return errors.Join(cause, err)
	}
	j.rec.tell(Event{Time: now, Status: workspace.Failed, Error: why.Message, Code: why.Code})
	return cause
}
