package local

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// Finished are the steps that a job has completed: the next attempt need not
// do them again, as long as their keys are the same. An attempt that was
// itself going on with another, and ended before it came to them, passes on
// what that one had completed. A job that still runs is refused.
func (l *Local) Finished(ctx context.Context, scope workspace.Scope, root string) (map[string]step.Finished, error) {
	return l.finished(ctx, scope, root, map[string]bool{})
}

// finished is Finished; seen are the attempts that were looked at already.
func (l *Local) finished(ctx context.Context, scope workspace.Scope, root string, seen map[string]bool) (map[string]step.Finished, error) {
	seen[root] = true
	job, err := l.ledger.Job(ctx, scope, root)
	switch {
	case err != nil:
		return nil, err
	case job.Parent != "":
		return nil, fmt.Errorf("%s is a step: name its job %s: %w", root, job.Root, workspace.ErrInvalid)
	case !job.Status.Terminal():
		return nil, fmt.Errorf("job %s is %s: only one that has ended can be gone on with: %w", root, job.Status, workspace.ErrConflict)
	}
	out, err := l.passedOn(ctx, scope, job, seen)
	if err != nil {
		return nil, err
	}
	steps, err := l.ledger.Steps(ctx, scope, root)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		key := cache.Key(s.Properties[PropertyKey])
		if s.Type != "command" || s.Status != workspace.Completed || key == "" {
			continue
		}
		done := step.Finished{Key: key, Job: s.Name, Outputs: l.keptOutputs(ctx, scope, s.Spec.Outputs)}
		if from := s.Properties[PropertyReusedFrom]; from != "" {
			done.Job = from
		}
		out[s.Step] = done
	}
	return out, nil
}

// passedOn is what a job could take from the attempt that it went on with.
func (l *Local) passedOn(ctx context.Context, scope workspace.Scope, job *workspace.Job, seen map[string]bool) (map[string]step.Finished, error) {
	none := map[string]step.Finished{}
	earlier := job.Properties[PropertyResumes]
	if earlier == "" || seen[earlier] {
		return none, nil
	}
	out, err := l.finished(ctx, scope, earlier, seen)
	switch {
	case errors.Is(err, workspace.ErrNotFound), errors.Is(err, workspace.ErrInvalid), errors.Is(err, workspace.ErrConflict):
		return none, nil // it was removed, or another has its name by now
	case err != nil:
		return nil, err
	}
	again := job.Properties[PropertyAgain]
	if again == "" {
		return out, nil
	}
	p, err := l.recordedPlan(job.Name)
	if err != nil || forget(out, p, again) != nil {
		return none, nil //nolint:nilerr // without its plan nobody knows what was to be done again
	}
	return out, nil
}

// keptOutputs are the outputs on record as the cache has them.
func (l *Local) keptOutputs(ctx context.Context, scope workspace.Scope, ports []workspace.Port) []cache.Output {
	var out []cache.Output
	for _, p := range ports {
		if p.Digest == "" {
			continue
		}
		o := cache.Output{Name: p.Name, Type: p.Type, Digest: p.Digest, Folder: pipeline.Type(p.Type) != pipeline.URIFile}
		if !o.Folder {
			o.File, o.Executable = path.Base(p.URI), l.executable(ctx, scope, p)
		}
		out = append(out, o)
	}
	return out
}

// executable reports whether an output that is one file can be executed.
func (l *Local) executable(ctx context.Context, scope workspace.Scope, p workspace.Port) bool {
	place, err := step.ParsePlace(p.URI)
	if err != nil {
		return false
	}
	datastore, err := l.FiledUnder(ctx, scope, place.Datastore)
	if err != nil {
		return false
	}
	f, err := l.ledger.Files().File(ctx, scope, datastore, place.Path)
	return err == nil && f.Digest == p.Digest && f.Mode&0o111 != 0
}

// Retry is the request that does a job again from its record: with the same
// plan, but for the steps that it has completed. from, if not empty, is a step
// that is done again all the same, with all that need it.
func (l *Local) Retry(ctx context.Context, scope workspace.Scope, root, from string) (Request, error) {
	job, err := l.ledger.Job(ctx, scope, root)
	if err != nil {
		return Request{}, err
	}
	if job.Properties[PropertyMasked] != "" {
		return Request{}, fmt.Errorf("job %s was given secrets, which are not on record: go on with 'ischia run FILE --resume %s --secret NAME': %w",
			root, root, workspace.ErrInvalid)
	}
	finished, err := l.Finished(ctx, scope, root)
	if err != nil {
		return Request{}, err
	}
	p, err := l.recordedPlan(root)
	if err != nil {
		return Request{}, err
	}
	if err := forget(finished, p, from); err != nil {
		return Request{}, fmt.Errorf("job %s: %w", root, err)
	}
	steps, err := l.ledger.Steps(ctx, scope, root)
	if err != nil {
		return Request{}, err
	}
	remember(p, job, steps)
	source := job.Spec.Source
	return Request{
		Scope: scope, Job: headOf(job), Plan: p, Root: filepath.VolumeName(source) + string(filepath.Separator), Dir: filepath.Dir(source),
		Source: source, Experiment: job.Experiment, Finished: finished, Resumes: root, Again: from,
	}, nil
}

// forget takes a step, and all that need it, out of what is finished.
func forget(finished map[string]step.Finished, p *plan.Plan, from string) error {
	if from == "" {
		return nil
	}
	start := slices.IndexFunc(p.Nodes, func(n *plan.Node) bool { return n.Path == from })
	if start < 0 {
		return fmt.Errorf("there is no step %q: %w", from, workspace.ErrNotFound)
	}
	again := map[int]bool{start: true}
	for _, n := range inOrder(p) {
		inside := n.Path == from || strings.HasPrefix(n.Path, from+"/")
		if inside || slices.ContainsFunc(n.Needs, func(i int) bool { return again[i] }) {
			again[n.Index] = true
			delete(finished, n.Path)
		}
	}
	return nil
}

// headOf is a definition with what a job's record keeps of its head.
func headOf(job *workspace.Job) pipeline.Job {
	h := pipeline.Header{
		DisplayName: pipeline.Text{Value: job.DisplayName}, Description: pipeline.Text{Value: job.Description}, Tags: job.Tags,
	}
	return bareJob(job.Type, h)
}

// bareJob is a definition that has only its head.
func bareJob(typ string, h pipeline.Header) pipeline.Job {
	if typ == "command" {
		return &pipeline.CommandJob{Header: h}
	}
	return &pipeline.Pipeline{Header: h}
}
