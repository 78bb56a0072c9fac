package cli

import (
	"context"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// jobPoll is how often a waiting command looks at the ledger.
const jobPoll = 100 * time.Millisecond

func (a *app) jobCancelCommand(r *resultFlags) *cobra.Command {
	return a.jobVerb(r, "cancel", "Cancel a job and wait until it has ended", func(ctx context.Context, h *jobHome, job *workspace.Job) error {
		return h.cancel(ctx, job.Name)
	})
}

// cancel asks whoever runs the job, and waits until it has ended. A job that
// has ended is fine as it is.
func (h *jobHome) cancel(ctx context.Context, name string) error {
	if err := h.Ledger().RequestCancel(ctx, h.scope, name); err != nil {
		return err
	}
	for {
		job, err := h.current(ctx, name)
		if err != nil || job.Status.Terminal() {
			return err
		}
		if err := pause(ctx, jobPoll); err != nil {
			return err
		}
	}
}

// pause waits, or returns early because ctx has ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
