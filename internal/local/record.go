package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// execBlobs is the blob store of a run.
type execBlobs = *blob.Store

// coder tells the compiler's complaints from faults of ours.
type coder struct{ *environ.Coder }

// Code makes the code of a step.
func (c coder) Code(ctx context.Context, dir, command string) (blob.Tree, blob.Digest, error) {
	tree, digest, err := c.Coder.Code(ctx, dir, command)
	var build *environ.BuildError
	if errors.As(err, &build) {
		err = &step.Error{Code: step.UserError, Exit: -1, Err: err}
	}
	return tree, digest, err
}

// recorder writes what happens to the ledger, and tells the watcher after.
type recorder struct {
	*running
	commits *commits
	// telling is held while the watcher is told something.
	telling sync.Mutex

	mu sync.Mutex
	// begun, guarded by mu: the root job is recorded as Running.
	begun bool
	// failed, guarded by mu, are the events of the steps that failed, by index.
	failed map[int]*Event
	// ran, guarded by mu, is what the steps that register something ran on, by
	// index.
	ran map[int]step.Started
	// last, guarded by mu, is the end of a standalone command's only step.
	last *sched.Event
}

// Observe puts one change of a step on record, within milliseconds.
func (r *recorder) Observe(_ context.Context, e sched.Event) error {
	event := r.event(e)
	r.remember(e, event)
	if e.Node.Path == "" && e.State.Final() {
		// A standalone command is its own root: finish records its end.
		return nil
	}
	if e.State == sched.Running {
		if err := r.begin(e); err != nil {
			return err
		}
	}
	change, wait := news{changes: []workspace.Change{r.change(e)}, told: func() { r.tell(event) }}, laterAtMost
	if e.State.Final() {
		wait = soonAtMost
		change.room = func() {
			// The record of an end is worth more than what the process left.
			_ = step.Discard(r.dir(e.Node))
		}
	}
	if err := r.commits.add(change, wait); err != nil {
		return fmt.Errorf("record step %s as %s: %w", e.Node.Path, e.State, err)
	}
	return nil
}

// ObserveAll puts many changes of steps on record in one transaction. They are those
// of steps that earlier results answer.
func (r *recorder) ObserveAll(_ context.Context, events []sched.Event) error {
	var changes []workspace.Change
	var started workspace.Change
	for _, e := range events {
		if e.State == sched.Running {
			if err := r.begin(e); err != nil {
				return err
			}
			started = r.change(e)
			continue
		}
		r.gate.answered(e.Node.Index)
		// The start and the end of a reused step are one change.
		c := r.change(e)
		c.Kind, c.Command, c.Code, c.Inputs = workspace.KindReused, started.Command, started.Code, started.Inputs
		changes = append(changes, c)
	}
	told := func() {
		for _, e := range events {
			r.tell(r.event(e))
		}
	}
	if err := r.commits.add(news{changes: changes, told: told}, soonAtMost); err != nil {
		return fmt.Errorf("record %d reused steps: %w", len(changes), err)
	}
	return nil
}

// begin records the root job as Running with its first step, and makes the
// folder of a pipeline step.
func (r *recorder) begin(e sched.Event) error {
	if !e.Node.IsAction() {
		if err := step.GroupFolders(r.dir(e.Node)); err != nil {
			return err
		}
	}
	// Held meanwhile: no step is on record as running before its job is.
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun || e.Node.Path == "" {
		return nil
	}
	r.begun = true
	return r.rootStatus(workspace.Running)
}

// remember keeps what finish needs.
func (r *recorder) remember(e sched.Event, told Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Node.Path == "" && e.State.Final() {
		r.last = &e
	}
	if told.Code == "" {
		return
	}
	if r.failed == nil {
		r.failed = map[int]*Event{}
	}
	r.failed[e.Node.Index] = &told
}

// tell tells the watcher, one thing at a time.
func (r *recorder) tell(e Event) {
	if r.req.Watch != nil {
		r.telling.Lock()
		defer r.telling.Unlock()
		r.req.Watch(e)
	}
}

// submitted tells that the job is on record.
func (r *recorder) submitted() {
	if r.req.Submitted != nil {
		r.telling.Lock()
		defer r.telling.Unlock()
		r.req.Submitted(r.tree)
	}
}

// warn tells of something to mend, after the job itself was told of.
func (r *recorder) warn(text string) {
	e := Event{Time: r.now(), Warning: r.hide.String(text)}
	told := func() { r.tell(e) }
	if r.commits == nil || r.onRecord.Load() || r.commits.add(news{told: told}, recordAtMost) != nil {
		told()
	}
}

func (r *recorder) event(e sched.Event) Event {
	out := Event{Time: e.Time, Step: e.Node.Path, Status: workspace.Status(e.State)}
	if e.Node.IsAction() {
		out.Log = filepath.Join(r.dir(e.Node), step.StdLog)
	}
	if err := r.jobError(e.Err); err != nil && !errors.Is(e.Err, sched.ErrUpstream) {
		out.Error, out.Code = err.Message, err.Code
	}
	if e.Result != nil {
		if ended, ok := e.Result.Detail.(step.Ended); ok {
			out.ExitCode, out.Reused = ended.ExitCode, ended.Reused
			if ended.Reused == "" {
				return out
			}
			if dir, err := r.reusedDir(ended.Reused); err == nil {
				out.Log = dir + string(filepath.Separator) + filepath.FromSlash(step.StdLog)
			}
		}
	}
	return out
}

// reusedDir is JobDir, and quick for the names that steps have.
func (r *recorder) reusedDir(name string) (string, error) {
	const guid = 36
	if len(name) == guid && uuid.Validate(name) == nil {
		return r.home.JobsDir() + string(filepath.Separator) + name, nil
	}
	return r.JobDir(name)
}

// jobError is why a step ended, in the ledger's words and without secrets; nil
// for no reason.
func (r *recorder) jobError(err error) *workspace.JobError {
	e := jobError(err)
	if e != nil {
		e.Message = r.hide.String(e.Message)
	}
	return e
}

func jobError(err error) *workspace.JobError {
	var e *step.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return &workspace.JobError{Code: e.Code, Message: err.Error()}
	case errors.Is(err, sched.ErrUpstream):
		return &workspace.JobError{Code: "UpstreamFailed", Message: err.Error()}
	}
	return &workspace.JobError{Code: step.SystemError, Message: err.Error()}
}

// change is what the ledger records of an event.
func (r *recorder) change(e sched.Event) workspace.Change {
	c := workspace.Change{Job: r.name(e.Node), Time: e.Time, Status: workspace.Status(e.State), Error: r.jobError(e.Err)}
	if s, ok := e.Detail.(step.Started); ok {
		r.noteStart(e.Node, s)
		c.Command, c.Code, c.Inputs = r.hide.String(s.Command), s.Code, hidePorts(r.hide, stepPorts(s.Inputs))
	}
	if e.Result == nil {
		return c
	}
	if ended, ok := e.Result.Detail.(step.Ended); ok {
		c.ExitCode, c.Outputs = ended.ExitCode, stepPorts(ended.Outputs)
		c.Files = r.files(ended.Files, e)
		c.Properties, c.Data = reuseRecord(ended)
		if e.State == sched.Completed {
			c.Register = r.registered(e.Node, ended)
		}
	}
	if !e.Node.IsAction() {
		c.Outputs = artifactPorts(e.Node.Outputs, e.Result.Outputs)
	}
	return c
}

// reuseRecord is what is kept of a step's key: the properties that Azure ML
// gives a reused step, and the description, with the event.
func reuseRecord(ended step.Ended) (map[string]string, []byte) {
	if ended.Description == nil {
		return nil, nil
	}
	p := map[string]string{PropertyKey: string(ended.Description.Key)}
	if ended.Reused != "" {
		p[PropertyReused], p[PropertyReusedFrom] = "true", ended.Reused
	}
	data, err := json.Marshal(struct {
		Key string `json:"key"`
	}{ended.Description.Text})
	if err != nil {
		return p, nil // text always prints
	}
	return p, data
}

func (r *recorder) files(list []step.File, e sched.Event) []workspace.File {
	out := make([]workspace.File, 0, len(list))
	for _, f := range list {
		mode := uint32(0o644)
		if f.Executable {
			mode = 0o755
		}
		out = append(out, workspace.File{
			Scope: r.req.Scope, Datastore: r.filed.under(f.Datastore), Path: f.Path, Digest: f.Digest, Size: f.Size, Mode: mode, Modified: e.Time,
		})
	}
	return out
}

func stepPorts(list []step.Port) []workspace.Port {
	var out []workspace.Port
	for _, p := range list {
		out = append(out, workspace.Port{
			Name: p.Name, Type: p.Type, Mode: p.Mode, Value: p.Value, URI: p.URI, Binding: p.Binding, Digest: p.Digest,
		})
	}
	return out
}

// artifactPorts are the outputs of a pipeline, as its steps made them.
func artifactPorts(decl []plan.Output, made map[string]sched.Artifact) []workspace.Port {
	ports := outPorts(decl)
	for i := range ports {
		if a, ok := made[ports[i].Name]; ok {
			ports[i].URI, ports[i].Digest, ports[i].Type = a.URI, a.Digest, a.Type
		}
	}
	return ports
}

func (r *recorder) rootStatus(s workspace.Status) error {
	now := r.now()
	err := r.commits.add(news{
		changes: []workspace.Change{{Job: r.tree.Root.Name, Time: now, Status: s}},
		told:    func() { r.tell(Event{Time: now, Status: s}) },
	}, soonAtMost)
	if err != nil {
		return fmt.Errorf("record job %s as %s: %w", r.tree.Root.Name, s, err)
	}
	return nil
}

// finish records the end of the job.
func (r *recorder) finish(out sched.Outcome) (Result, error) {
	res := Result{Name: r.tree.Root.Name}
	if out.First != nil {
		res.FailedStep = r.failed[out.First.Index]
	}
	change := r.end(out)
	res.Status, res.Error, res.Outputs = change.Status, change.Error, change.Outputs
	if change.Status == workspace.Completed && !r.begun && r.last == nil {
		// A pipeline in which there was nothing to do.
		if err := r.rootStatus(workspace.Running); err != nil {
			return Result{}, err
		}
	}
	if err := r.commits.now(news{changes: []workspace.Change{change}}); err != nil {
		return Result{}, fmt.Errorf("record job %s as %s: %w", res.Name, res.Status, err)
	}
	r.tell(Event{Time: change.Time, Status: res.Status})
	return res, nil
}

// end is the last change of the job.
func (r *recorder) end(out sched.Outcome) workspace.Change {
	if r.last != nil {
		return r.change(*r.last)
	}
	change := workspace.Change{
		Job: r.tree.Root.Name, Time: r.now(), Status: workspace.Status(out.State),
		Outputs: artifactPorts(r.req.Plan.Outputs, out.Outputs),
	}
	if out.First == nil || out.State != sched.Failed {
		return change
	}
	cause := r.jobError(out.Err)
	if cause == nil {
		cause = &workspace.JobError{Code: step.UserError, Message: "it was canceled"}
	}
	change.Error = &workspace.JobError{
		Code: cause.Code, Message: fmt.Sprintf("step %s: %s", out.First.Path, cause.Message), FailedStep: out.First.Path,
	}
	return change
}
