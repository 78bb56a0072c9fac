package local

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// gate keeps the steps of one run whose compute is a cluster until a node is
// free. It is a sched.Gate.
type gate struct {
	// pools are the clusters, by compute as the plan writes it.
	pools map[string]*pool
	// places, when not nil, bound the steps of all runs that need no cluster;
	// then those of clusters are bounded by these alone.
	places *semaphore.Weighted

	mu sync.Mutex
	// reserved, guarded by mu, are the slots that the run was started with:
	// they are for one step.
	reserved *taken
	forStep  int
}

// gateOf is the gate of a plan, nil when it needs none: in most homes there
// are no clusters, and that is one look.
func (l *Local) gateOf(ctx context.Context, scope workspace.Scope, p *plan.Plan) (*gate, error) {
	any, err := l.hasClusters(ctx, scope)
	if err != nil || !any {
		return nil, err
	}
	g := &gate{pools: map[string]*pool{}}
	for _, n := range p.Nodes {
		if _, seen := g.pools[n.Compute]; seen || !n.IsAction() {
			continue
		}
		if g.pools[n.Compute], err = l.clusterOf(ctx, scope, n.Compute); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// clusterOf is the cluster that a compute of a plan names, nil when there is
// none.
func (l *Local) clusterOf(ctx context.Context, scope workspace.Scope, compute string) (*pool, error) {
	name := computeName(compute)
	if name == "" || workspace.CheckName(name) != nil {
		return nil, nil
	}
	_, there, err := l.clusterSize(ctx, scope, name)
	if err != nil || !there {
		return nil, err
	}
	return l.pool(scope, name), nil
}

// Holds implements sched.Gate.
func (g *gate) Holds(n *plan.Node) bool { return g.pools[n.Compute] != nil }

// Apart implements sched.Gate.
func (g *gate) Apart() bool { return g.places != nil }

// Pass implements sched.Gate.
func (g *gate) Pass(ctx context.Context, n *plan.Node, queued func() error) (func(), error) {
	if t := g.takeReserved(n.Index); t != nil {
		return t.release, nil
	}
	t, err := g.pools[n.Compute].take(ctx, nodesOf(n), queued)
	if err != nil {
		return nil, fmt.Errorf("wait for compute %s: %w", n.Compute, err)
	}
	return t.release, nil
}

// nodesOf is how many nodes an action needs.
func nodesOf(n *plan.Node) int { return max(1, n.InstanceCount) }

// reserve gives the run slots for its step i.
func (g *gate) reserve(t *taken, i int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reserved, g.forStep = t, i
}

// takeReserved are the slots that were reserved for step i, nil when there are
// none.
func (g *gate) takeReserved(i int) *taken {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reserved == nil || g.forStep != i {
		return nil
	}
	t := g.reserved
	g.reserved = nil
	return t
}

// answered gives back what was reserved for a step that needs no slot after
// all: an earlier result answers.
func (g *gate) answered(i int) {
	if t := g.takeReserved(i); t != nil {
		t.release()
	}
}

// close gives back what was reserved, when the run is over.
func (g *gate) close() {
	if g == nil {
		return
	}
	g.mu.Lock()
	t := g.reserved
	g.reserved = nil
	g.mu.Unlock()
	if t != nil {
		t.release()
	}
}

// placed takes a place of the machine for each action that needs no cluster.
type placed struct {
	hurried
	gate *gate
}

// Do carries out one action.
func (p placed) Do(ctx context.Context, n *plan.Node, made sched.Made, started func(any) error) sched.Result {
	if !p.gate.Holds(n) {
		if p.gate.places.Acquire(ctx, 1) != nil {
			return sched.Result{State: sched.Canceled}
		}
		defer p.gate.places.Release(1)
	}
	return p.hurried.Do(ctx, n, made, started)
}
