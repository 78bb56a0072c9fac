package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// clusters are the clusters that this process has had to do with. The zero
// value is ready.
type clusters struct {
	mu    sync.Mutex
	pools map[string]*pool // guarded by mu; by folder
}

// computesDir is the folder of a home with the slots of its clusters.
const computesDir = "computes"

// pool is the cluster of a name, whether it is there or not: that is asked
// each time, since a cluster may come, change and go while something waits.
func (l *Local) pool(scope workspace.Scope, name string) *pool {
	sum := sha256.Sum256([]byte(strings.ToLower(scope.ARMID() + "/computes/" + name)))
	const enough = 16
	dir := filepath.Join(l.home.Dir(), computesDir, hex.EncodeToString(sum[:enough]))
	l.clusters.mu.Lock()
	defer l.clusters.mu.Unlock()
	if l.clusters.pools == nil {
		l.clusters.pools = map[string]*pool{}
	}
	p := l.clusters.pools[dir]
	if p == nil {
		p = &pool{name: name, slots: slots{dir}, size: func(ctx context.Context) (clusterSize, bool, error) {
			return l.clusterSize(ctx, scope, name)
		}}
		l.clusters.pools[dir] = p
	}
	return p
}

// pool hands out the slots of one cluster, in the order in which they are
// asked for in this process.
type pool struct {
	slots
	name string
	size func(ctx context.Context) (clusterSize, bool, error)

	mu sync.Mutex
	// queue, guarded by mu, are those who wait, the first of whom looks.
	queue []*waiter
	// others, guarded by mu, are told when slots were given back and nobody in
	// queue waits for them.
	others map[chan<- struct{}]bool
}

// waiter is somebody who waits for slots.
type waiter struct {
	wake chan struct{} // holds at most one
}

// take returns slots when there are some and it is the caller's turn. queued,
// when not nil, is called once before it waits. Of a cluster that is not there
// any more everybody gets what he wants.
func (p *pool) take(ctx context.Context, need int, queued func() error) (*taken, error) {
	w := p.join()
	defer p.leave(w)
	for {
		if p.isFirst(w) {
			if t, err := p.try(ctx, need); t != nil || err != nil {
				return t, err
			}
		}
		if queued != nil {
			if err := queued(); err != nil {
				return nil, err
			}
			queued = nil
		}
		if err := p.wait(ctx, w); err != nil {
			return nil, err
		}
	}
}

// wait returns when it is worth another look.
func (p *pool) wait(ctx context.Context, w *waiter) error {
	var tick <-chan time.Time
	if p.isFirst(w) {
		timer := time.NewTimer(slotPoll)
		defer timer.Stop()
		tick = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.wake:
	case <-tick:
	}
	return nil
}

func (p *pool) join() *waiter {
	w := &waiter{wake: make(chan struct{}, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, w)
	return w
}

func (p *pool) isFirst(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue[0] == w
}

func (p *pool) leave(w *waiter) {
	p.mu.Lock()
	if i := slices.Index(p.queue, w); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
	p.mu.Unlock()
	p.freed() // it is somebody else's turn
}

// freed wakes whoever comes first.
func (p *pool) freed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 {
		poke(p.queue[0].wake)
		return
	}
	for c := range p.others {
		poke(c)
	}
}

// poke leaves a word in a channel that holds one.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// tell has c told when slots are free and nobody in this process waits for
// them.
func (p *pool) tell(c chan<- struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.others == nil {
		p.others = map[chan<- struct{}]bool{}
	}
	p.others[c] = true
}

// waiting is how many wait.
func (p *pool) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// tryNow is take for somebody who comes after all who wait, and does not wait
// himself: nil when there is nothing for him.
func (p *pool) tryNow(ctx context.Context, need int) (*taken, error) {
	if p.waiting() > 0 {
		return nil, nil
	}
	return p.try(ctx, need)
}

// try takes slots if there are enough now.
func (p *pool) try(ctx context.Context, need int) (*taken, error) {
	size, there, err := p.size(ctx)
	switch {
	case err != nil:
		return nil, err
	case !there:
		return &taken{}, nil
	case size.most == 0:
		return nil, nil
	case need > size.most:
		return nil, &step.Error{Code: step.UserError, Exit: -1, Err: fmt.Errorf(
			"the step needs %d nodes, and cluster %s has %d at most", need, p.name, size.most)}
	}
	t, err := p.slots.take(ctx, need, size.most, size.idle)
	if t != nil {
		t.freed = p.freed
	}
	return t, err
}

// isFree reports whether somebody who comes now would get slots at once.
func (p *pool) isFree(ctx context.Context, need int) bool {
	size, there, err := p.size(ctx)
	if err != nil || p.waiting() > 0 || there && need > size.most {
		return false
	}
	if !there {
		return true
	}
	u, err := p.usage(ctx, size.idle, time.Now())
	return err == nil && u.busy+need <= size.most
}

// clusterSize is how many nodes a cluster may and must have, and how long one
// stays that nobody uses.
type clusterSize struct {
	least, most int
	idle        time.Duration
}

// nodes is the state of the cluster. ErrNotFound when it is not there.
func (p *pool) nodes(ctx context.Context) (workspace.Nodes, error) {
	size, there, err := p.size(ctx)
	if err != nil {
		return workspace.Nodes{}, err
	}
	if !there {
		return workspace.Nodes{}, fmt.Errorf("compute %s: %w", p.name, workspace.ErrNotFound)
	}
	u, err := p.usage(ctx, size.idle, time.Now())
	if err != nil {
		return workspace.Nodes{}, err
	}
	current := max(u.busy, min(u.busy+u.warm, size.most), size.least)
	return workspace.Nodes{
		Current: current, Busy: u.busy, Idle: current - u.busy, Waiting: p.waiting(), Changed: u.changed.UTC(),
	}, nil
}

// computeName is the name of a compute, however a definition writes it.
func computeName(written string) string {
	name := strings.TrimPrefix(written, "azureml:")
	if strings.HasPrefix(name, "/") { // an ARM id
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return name
}

// clusterSize reads how large a cluster is; false when there is none of that
// name.
func (l *Local) clusterSize(ctx context.Context, scope workspace.Scope, name string) (clusterSize, bool, error) {
	c, err := l.ledger.Cluster(ctx, scope, name)
	switch {
	case errors.Is(err, workspace.ErrNotFound), errors.Is(err, workspace.ErrInvalid):
		return clusterSize{}, false, nil // another kind of compute holds nobody back
	case err != nil:
		return clusterSize{}, false, fmt.Errorf("look for compute %s: %w", name, err)
	}
	return clusterSize{least: c.Min, most: c.Max, idle: c.Idle}, true, nil
}

// hasClusters reports whether the workspace has any computes.
func (l *Local) hasClusters(ctx context.Context, scope workspace.Scope) (bool, error) {
	list, err := l.ledger.Resources().Resources(ctx, workspace.ResourceQuery{
		Scope: scope, Collection: workspace.Computes, Archived: "all", Anonymous: true, Limit: 1,
	})
	if err != nil {
		return false, fmt.Errorf("look for computes: %w", err)
	}
	return len(list) > 0, nil
}
