package local

import (
	"context"
	"sync"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

// guarded runs the steps of one job as processes, under a guardian that starts
// with the first of them: a run that reuses everything needs none.
type guarded struct {
	ctx   context.Context // the run's own, which outlives those of its steps
	nonce string
	// ready is called before each process: it returns once the job is on record.
	ready func() error

	mu sync.Mutex
	// guardian and exec, guarded by mu, are nil until a process is started.
	guardian *process.Guardian
	exec     *process.Executor
}

// Run runs one step.
func (g *guarded) Run(ctx context.Context, t executor.Task) (executor.Exit, error) {
	if err := g.ready(); err != nil {
		return executor.Exit{}, err
	}
	exec, err := g.start()
	if err != nil {
		return executor.Exit{}, err
	}
	return exec.Run(ctx, t)
}

func (g *guarded) start() (*process.Executor, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.exec != nil {
		return g.exec, nil
	}
	guardian, err := process.StartGuardian(g.ctx, process.Config{Nonce: g.nonce})
	if err != nil {
		return nil, err
	}
	g.guardian, g.exec = guardian, process.New(guardian)
	return g.exec, nil
}

// Close dismisses the guardian. No step runs any more.
func (g *guarded) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.guardian != nil {
		_ = g.guardian.Close()
	}
}
