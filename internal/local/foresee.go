package local

import (
	"context"
	"fmt"

	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Foreseen is what would become of a step if a job ran now.
type Foreseen struct {
	Step string `json:"step"`
	// Verdict is HIT, MISS, or RUN for a step that is never reused. A step
	// that waits for one that is no hit is a MISS as far as can be told: its
	// input may come out as before, and then it is answered after all.
	Verdict string `json:"verdict"`
	// From is the job that would answer.
	From string `json:"from,omitempty"`
	// Because says, of a MISS, what it waits for or that it never ran.
	Because string `json:"because,omitempty"`
	// Against and Changes compare with the nearest earlier execution.
	Against string      `json:"against,omitempty"`
	Changes []KeyChange `json:"changes,omitempty"`
}

// The verdicts on a step.
const (
	Hit       = "HIT"
	Miss      = "MISS"
	AlwaysRun = "RUN"
)

// Foresee tells which steps of a job would be answered by earlier results. It
// records nothing and runs nothing but what finds out what the code is.
func (l *Local) Foresee(ctx context.Context, r Request) ([]Foreseen, error) {
	if err := l.settle(ctx, &r); err != nil {
		return nil, err
	}
	blobs, err := l.Blobs()
	if err != nil {
		return nil, err
	}
	release, err := l.holdBlobs(ctx, r.Watch)
	if err != nil {
		return nil, err
	}
	defer release()
	j := &running{Local: l, req: r, hide: mask.New(r.Secrets), names: make([]string, len(r.Plan.Nodes))}
	j.tree = &workspace.Tree{Root: &workspace.Job{}}
	j.rec = &recorder{running: j}
	doer, err := j.doer(ctx, &guarded{ctx: ctx}, blobs)
	if err != nil {
		return nil, err
	}
	f := foresight{Local: l, scope: r.Scope, finished: r.Finished, made: map[int]map[string]sched.Artifact{}}
	var out []Foreseen
	for _, n := range inOrder(r.Plan) {
		if !n.IsAction() {
			continue
		}
		seen, err := f.look(ctx, doer, r.Plan, n)
		if err != nil {
			return nil, err
		}
		out = append(out, seen)
	}
	blobs.Memory().Flush()
	return out, nil
}

// inOrder are the nodes of a plan, each after those it needs; otherwise in the
// order of the definition.
func inOrder(p *plan.Plan) []*plan.Node {
	out := make([]*plan.Node, 0, len(p.Nodes))
	done := make([]bool, len(p.Nodes))
	var visit func(i int)
	visit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for _, need := range p.Nodes[i].Needs {
			visit(need)
		}
		out = append(out, p.Nodes[i])
	}
	for i := range p.Nodes {
		visit(i)
	}
	return out
}

// foresight is what is known while the steps of a plan are looked at in order.
type foresight struct {
	*Local
	scope workspace.Scope
	// finished are the steps of the job that is gone on with.
	finished map[string]step.Finished
	// made are the outputs of the steps that would be answered, by index.
	made map[int]map[string]sched.Artifact
}

func (f *foresight) look(ctx context.Context, doer *step.Runner, p *plan.Plan, n *plan.Node) (Foreseen, error) {
	seen := Foreseen{Step: n.Path, Verdict: Miss}
	if _, ok := f.finished[n.Path]; !n.Reusable && !ok {
		seen.Verdict, seen.Because = AlwaysRun, "is_deterministic is false"
		if p.ForceRerun {
			seen.Because = "settings.force_rerun"
		}
		if n.Path == "" {
			seen.Because = "a standalone command job always runs"
		}
		return seen, nil
	}
	for _, need := range n.Needs {
		if f.made[need] == nil {
			seen.Because = "it waits for " + p.Nodes[need].Path
			return seen, nil
		}
	}
	found := func(from plan.From) (sched.Artifact, bool) {
		a, ok := f.made[from.Node][from.Output]
		return a, ok
	}
	e, outputs, err := doer.Explain(ctx, n, found)
	if err != nil {
		return seen, fmt.Errorf("look at step %s: %w", n.Path, err)
	}
	if e.Hit {
		if outputs == nil {
			outputs = map[string]sched.Artifact{}
		}
		f.made[n.Index] = outputs
		seen.Verdict, seen.From = Hit, e.Entry.Job
		return seen, nil
	}
	return seen, f.explainMiss(ctx, &seen, e)
}

// explainMiss compares a step that would run with the nearest execution of it.
func (f *foresight) explainMiss(ctx context.Context, seen *Foreseen, e step.Explanation) error {
	if e.Description == nil {
		seen.Because = "nothing is reused in this run"
		return nil
	}
	near, err := f.nearest(ctx, f.scope, seen.Step, nil, *e.Description)
	if err != nil {
		return err
	}
	if near == nil {
		seen.Because = "it never ran before"
		return nil
	}
	blobs, err := f.Blobs()
	if err != nil {
		return err
	}
	seen.Against = near.job
	for _, d := range cache.Diff(near.desc, *e.Description) {
		seen.Changes = append(seen.Changes, explainChange(ctx, blobs, d))
	}
	if len(seen.Changes) == 0 {
		seen.Because = "the run is forced, or the earlier result is gone or was never complete"
	}
	return nil
}
