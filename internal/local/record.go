package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

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
	mu sync.Mutex
	// begun, guarded by mu: the root job is recorded as Running.
	begun bool
	// first, guarded by mu, is the step that failed first.
	first *Event
	// last is the end of a standalone command's only step.
	last *sched.Event
}

// Observe records one change of a step.
func (r *recorder) Observe(ctx context.Context, e sched.Event) error {
	if e.Node.Path == "" && e.State.Final() {
		// A standalone command is its own root: finish records its end.
		r.last = &e
		r.remember(r.event(e))
		return nil
	}
	changes := []workspace.Change{r.change(e)}
	if e.State == sched.Running && r.begin() && e.Node.Path != "" {
		root := workspace.Change{Job: r.tree.Root.Name, Time: e.Time, Status: workspace.Running}
		changes = slices.Insert(changes, 0, root)
	}
	if err := r.ledger.Advance(ctx, r.req.Scope, changes...); err != nil {
		return fmt.Errorf("record step %s as %s: %w", e.Node.Path, e.State, err)
	}
	if len(changes) > 1 {
		r.tell(Event{Time: e.Time, Status: workspace.Running})
	}
	event := r.event(e)
	r.remember(event)
	r.tell(event)
	return nil
}

// begin reports, once, that nothing of the job ran before.
func (r *recorder) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.begun
	r.begun = true
	return first
}

func (r *recorder) remember(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil && e.Error != "" && e.Code != "" {
		r.first = &e
	}
}

func (r *recorder) tell(e Event) {
	if r.req.Watch != nil {
		r.req.Watch(e)
	}
}

func (r *recorder) event(e sched.Event) Event {
	out := Event{Time: e.Time, Step: e.Node.Path, Status: workspace.Status(e.State)}
	if e.Node.IsAction() {
		out.Log = filepath.Join(r.dir(e.Node), step.StdLog)
	}
	if err := jobError(e.Err); err != nil && !errors.Is(e.Err, sched.ErrUpstream) {
		out.Error, out.Code = err.Message, err.Code
	}
	if e.Result != nil {
		if ended, ok := e.Result.Detail.(step.Ended); ok {
			out.ExitCode = ended.ExitCode
		}
	}
	return out
}

// jobError is why a step ended, in the ledger's words; nil for no reason.
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
	c := workspace.Change{Job: r.name(e.Node), Time: e.Time, Status: workspace.Status(e.State), Error: jobError(e.Err)}
	if s, ok := e.Detail.(step.Started); ok {
		c.Command, c.Code, c.Inputs = s.Command, s.Code, stepPorts(s.Inputs)
	}
	if e.Result == nil {
		return c
	}
	if ended, ok := e.Result.Detail.(step.Ended); ok {
		c.ExitCode, c.Outputs = ended.ExitCode, stepPorts(ended.Outputs)
		c.Files = r.files(ended.Files, e)
	}
	if !e.Node.IsAction() {
		c.Outputs = artifactPorts(e.Node.Outputs, e.Result.Outputs)
	}
	return c
}

func (r *recorder) files(list []step.File, e sched.Event) []workspace.File {
	out := make([]workspace.File, 0, len(list))
	for _, f := range list {
		mode := uint32(0o644)
		if f.Executable {
			mode = 0o755
		}
		out = append(out, workspace.File{
			Scope: r.req.Scope, Datastore: f.Datastore, Path: f.Path, Digest: f.Digest, Size: f.Size, Mode: mode, Modified: e.Time,
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

func (r *recorder) rootStatus(ctx context.Context, s workspace.Status) error {
	now := r.now()
	err := r.ledger.Advance(ctx, r.req.Scope, workspace.Change{Job: r.tree.Root.Name, Time: now, Status: s})
	if err != nil {
		return fmt.Errorf("record job %s as %s: %w", r.tree.Root.Name, s, err)
	}
	r.tell(Event{Time: now, Status: s})
	return nil
}

// finish records the end of the job.
func (r *recorder) finish(ctx context.Context, out sched.Outcome) (Result, error) {
	res := Result{Name: r.tree.Root.Name, Status: workspace.Status(out.State), FailedStep: r.first}
	change := workspace.Change{Job: res.Name, Time: r.now(), Status: res.Status}
	switch {
	case r.last != nil:
		change = r.change(*r.last)
		res.Outputs = change.Outputs
	default:
		change.Outputs = artifactPorts(r.req.Plan.Outputs, r.rootOutputs(ctx))
		res.Outputs = change.Outputs
	}
	if out.First != nil && r.last == nil && res.Status == workspace.Failed {
		cause := jobError(out.Err)
		if cause == nil {
			cause = &workspace.JobError{Code: step.UserError, Message: "it was canceled"}
		}
		change.Error = &workspace.JobError{
			Code: cause.Code, Message: fmt.Sprintf("step %s: %s", out.First.Path, cause.Message), FailedStep: out.First.Path,
		}
	}
	res.Error = change.Error
	res.Status = change.Status
	if err := r.ledger.Advance(ctx, r.req.Scope, change); err != nil {
		return Result{}, fmt.Errorf("record job %s as %s: %w", res.Name, res.Status, err)
	}
	r.tell(Event{Time: change.Time, Status: res.Status})
	return res, nil
}

// rootOutputs finds what the steps made of the pipeline's own outputs.
func (r *recorder) rootOutputs(ctx context.Context) map[string]sched.Artifact {
	made := map[string]sched.Artifact{}
	for _, out := range r.req.Plan.Outputs {
		if out.From == nil {
			continue
		}
		job, err := r.ledger.Job(ctx, r.req.Scope, r.names[out.From.Node])
		if err != nil {
			continue
		}
		for _, p := range job.Spec.Outputs {
			if p.Name == out.From.Output && p.Digest != "" {
				made[out.Name] = sched.Artifact{URI: p.URI, Digest: p.Digest, Type: p.Type}
			}
		}
	}
	return made
}
