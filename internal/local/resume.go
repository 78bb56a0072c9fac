package local

import (
	"context"
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
// do them again, as long as their keys are the same. A job that still runs is
// refused.
func (l *Local) Finished(ctx context.Context, scope workspace.Scope, root string) (map[string]step.Finished, error) {
	job, err := l.ledger.Job(ctx, scope, root)
	switch {
	case err != nil:
		return nil, err
	case job.Parent != "":
		return nil, fmt.Errorf("%s is a step: name its job %s: %w", root, job.Root, workspace.ErrInvalid)
	case !job.Status.Terminal():
		return nil, fmt.Errorf("job %s is %s: only one that has ended can be gone on with: %w", root, job.Status, workspace.ErrConflict)
	}
	steps, err := l.ledger.Steps(ctx, scope, root)
	if err != nil {
		return nil, err
	}
	out := map[string]step.Finished{}
	for _, s := range steps {
		key := cache.Key(s.Properties[PropertyKey])
		if s.Type != "command" || s.Status != workspace.Completed || key == "" {
			continue
		}
		done := step.Finished{Key: key, Job: s.Name, Outputs: keptOutputs(s.Spec.Outputs)}
		if from := s.Properties[PropertyReusedFrom]; from != "" {
			done.Job = from
		}
		out[s.Step] = done
	}
	return out, nil
}

// keptOutputs are the outputs on record as the cache has them.
func keptOutputs(ports []workspace.Port) []cache.Output {
	var out []cache.Output
	for _, p := range ports {
		if p.Digest == "" {
			continue
		}
		o := cache.Output{Name: p.Name, Type: p.Type, Digest: p.Digest, Folder: pipeline.Type(p.Type) != pipeline.URIFile}
		if !o.Folder {
			o.File = path.Base(p.URI)
		}
		out = append(out, o)
	}
	return out
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
	source := job.Spec.Source
	return Request{
		Scope: scope, Job: headOf(job), Plan: p, Root: filepath.VolumeName(source) + string(filepath.Separator), Dir: filepath.Dir(source),
		Source: source, Experiment: job.Experiment, Finished: finished, Resumes: root,
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
	if job.Type == "command" {
		return &pipeline.CommandJob{Header: h}
	}
	return &pipeline.Pipeline{Header: h}
}
