package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

type jobLogsFlags struct {
	follow, all bool
	tail        int
}

func (a *app) jobLogsCommand(r *resultFlags) *cobra.Command {
	var name nameFlag
	var f jobLogsFlags
	cmd := &cobra.Command{
		Use: "logs [NAME] [STEP]", Short: "Print what a job, or one of its steps, wrote",
		Long: "Print what a job, or one of its steps, wrote. For a pipeline without a STEP: each step's log under a header.\n" +
			"(az has no such verb.)",
		Example: "  ischia job logs brave_sun_1a2b3c4d5e train --follow\n" +
			"  ischia job logs brave_sun_1a2b3c4d5e --tail 20",
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := name.withStep(args)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("tail") && f.tail < 0 {
				return usageError(fmt.Errorf("argument --tail: invalid int value: '%d'", f.tail))
			}
			return a.jobLogs(cmd.Context(), r, ref, f)
		},
	}
	name.add(cmd)
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on until the job has ended")
	cmd.Flags().BoolVar(&f.all, "all", false, "print all logs, not only standard output")
	cmd.Flags().IntVar(&f.tail, "tail", -1, "begin with the last N lines of each log")
	return cmd
}

// withStep is the name, and a step as the last argument.
func (n *nameFlag) withStep(args []string) (jobRef, error) {
	ref, rest, err := n.take(args, 1)
	if err != nil || len(rest) == 0 {
		return ref, err
	}
	if err := checkStepPath(rest[0]); err != nil {
		return ref, err
	}
	ref.step = strings.TrimPrefix(ref.step+"/"+rest[0], "/")
	return ref, nil
}

func (a *app) jobLogs(ctx context.Context, r *resultFlags, ref jobRef, f jobLogsFlags) error {
	err := a.inJobs(ctx, r, func(h *jobHome) error {
		job, err := h.find(ctx, ref)
		if err != nil {
			return err
		}
		logs := &logReader{h: h, w: a.Out, all: f.all, tail: f.tail}
		if job.Type == "pipeline" || f.all {
			logs.header = sectionHeader
		}
		if f.follow {
			_, err = h.follow(ctx, job, logs)
		} else {
			err = h.printLogs(ctx, job, logs)
		}
		return errors.Join(err, logs.end())
	})
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return silent(exitInterrupted) // ours, so not az's 1
	}
	return err
}

// sectionHeader is tail's.
func sectionHeader(w io.Writer, title string, first bool) {
	if !first {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "==> %s <==\n", title)
}

// printLogs prints what there is, step by step.
func (h *jobHome) printLogs(ctx context.Context, job *workspace.Job, r *logReader) error {
	jobs, err := h.writers(ctx, job)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if err := r.pumpJob(j, len(jobs) > 1 || j != job, true); err != nil {
			return err
		}
	}
	if r.current == nil && !job.Status.Terminal() {
		fmt.Fprintf(h.Err, "job %s is %s and has written nothing yet; --follow waits for it\n", job.Name, job.Status)
	}
	return nil
}

// writers are the jobs that have a log of their own: the job, or the steps of
// a pipeline.
func (h *jobHome) writers(ctx context.Context, job *workspace.Job) ([]*workspace.Job, error) {
	if job.Type != "pipeline" {
		return []*workspace.Job{job}, nil
	}
	steps, err := h.descendants(ctx, job)
	var out []*workspace.Job
	for _, s := range steps {
		if s.Type != "pipeline" {
			out = append(out, s)
		}
	}
	return out, err
}

// pumpJob passes on what is new in the logs of one job.
func (r *logReader) pumpJob(j *workspace.Job, several, flush bool) error {
	files, err := r.of(j, several)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := r.pump(f, flush); err != nil {
			return err
		}
	}
	return nil
}

// follow passes on what the job writes until it has ended, and returns how.
// It reads the ledger before the logs: once that says that a job has ended,
// its log is complete.
func (h *jobHome) follow(ctx context.Context, job *workspace.Job, r *logReader) (*workspace.Job, error) {
	var jobs []*workspace.Job
	var seen int64
	for {
		now, err := h.current(ctx, job.Name)
		if err != nil {
			return job, err
		}
		// The steps are read again only when something happened to them.
		events, err := h.Ledger().Events(ctx, h.scope, job.Root, seen, 0)
		if err != nil {
			return job, err
		}
		if len(events) > 0 || jobs == nil {
			if jobs, err = h.writers(ctx, now); err != nil {
				return job, err
			}
		}
		if len(events) > 0 {
			seen = events[len(events)-1].Seq
		}
		for _, j := range jobs {
			done := j.Status.Terminal() || now.Status.Terminal()
			if err := r.pumpJob(j, job.Type == "pipeline", done); err != nil {
				return job, err
			}
		}
		if now.Status.Terminal() {
			return now, nil
		}
		if err := pause(ctx, jobPoll); err != nil {
			return job, err
		}
	}
}
