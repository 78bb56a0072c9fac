package cli

import (
	"context"
	"fmt"

	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// jobColumns are az's for job list -o table.
const jobColumns output.TableTransform = `[].{name: name, status: status, experiment: experiment_name, ` +
	`"compute target": compute, "job type": type, "created on": creation_context.created_at}`

type jobListFlags struct {
	max                         int
	all, archived, withArchived bool
	parent                      string
}

func (a *app) jobListCommand(r *resultFlags) *cobra.Command {
	var f jobListFlags
	cmd := &cobra.Command{
		Use: "list", Short: "List jobs, newest first",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.jobList(cmd.Context(), r, f) },
	}
	fl := cmd.Flags()
	fl.IntVarP(&f.max, "max-results", "r", 50, "list at most this many")
	fl.BoolVar(&f.all, "all-results", false, "list all: a switch, or true or false")
	fl.Lookup("all-results").Annotations = map[string][]string{threeState: {"true"}}
	fl.StringVarP(&f.parent, "parent-job-name", "p", "", "list the steps of this job")
	fl.BoolVar(&f.archived, "archived-only", false, "list archived jobs only")
	fl.BoolVar(&f.withArchived, "include-archived", false, "list archived jobs too")
	return cmd
}

// noMoreArgs refuses arguments in az's words.
func noMoreArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unrecognized(args...)
	}
	return nil
}

// filter is which jobs the flags ask for.
func (f jobListFlags) filter(scope workspace.Scope) (workspace.Filter, error) {
	out := workspace.Filter{Scope: scope, Parent: f.parent}
	switch {
	case f.archived && f.withArchived:
		return out, azText("Cannot provide both archived-only and include-archived.")
	case f.max < 0:
		return out, usageError(fmt.Errorf("argument --max-results/-r: invalid int value: '%d'", f.max))
	case f.archived:
		out.Archived = "only"
	case f.withArchived:
		out.Archived = "all"
	}
	if !f.all {
		out.Limit = f.max
	}
	if f.parent == "" {
		return out, nil
	}
	if err := workspace.CheckName(f.parent); err != nil {
		return out, usageError(fmt.Errorf("job %w", err))
	}
	return out, nil
}

func (a *app) jobList(ctx context.Context, r *resultFlags, f jobListFlags) error {
	o, err := a.options(r)
	if err != nil {
		return err
	}
	filter, err := f.filter(workspace.Scope{})
	if err != nil {
		return err
	}
	return a.inJobs(ctx, r, func(h *jobHome) error {
		filter.Scope = h.scope
		if !f.all {
			// az prints it even when asked to show errors only.
			fmt.Fprintf(a.Err, "Displaying top %d results from the list command.\n", f.max)
		}
		list, err := h.list(ctx, filter, f)
		if err != nil {
			return err
		}
		return a.print(list, o, jobColumns)
	})
}

func (h *jobHome) list(ctx context.Context, filter workspace.Filter, f jobListFlags) ([]object, error) {
	list := []object{}
	if f.parent != "" {
		if _, err := h.find(ctx, jobRef{name: f.parent}); err != nil {
			return nil, err
		}
	}
	if !f.all && f.max == 0 {
		return list, nil // to the ledger a limit of 0 is none
	}
	jobs, err := h.Ledger().Jobs(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list the jobs: %w", err)
	}
	for _, job := range jobs {
		steps, err := h.descendants(ctx, job)
		if err != nil {
			return nil, fmt.Errorf("list the steps of job %s: %w", job.Name, err)
		}
		list = append(list, jobObject(job, steps))
	}
	return list, nil
}

func (a *app) jobShowCommand(r *resultFlags) *cobra.Command {
	var name nameFlag
	var web bool
	cmd := &cobra.Command{
		Use: "show [NAME]", Short: "Show a job, or a step of one",
		Example: "  ischia job show brave_sun_1a2b3c4d5e --query status -o tsv\n" +
			"  ischia job show brave_sun_1a2b3c4d5e/train",
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, _, err := name.take(args, 0)
			if err != nil {
				return err
			}
			return a.jobShow(cmd.Context(), r, ref, web)
		},
	}
	name.add(cmd)
	cmd.Flags().BoolVarP(&web, "web", "e", false, "open the job in the studio, if one is running")
	return cmd
}

func (a *app) jobShow(ctx context.Context, r *resultFlags, ref jobRef, web bool) error {
	o, err := a.options(r)
	if err != nil {
		return err
	}
	return a.inJobs(ctx, r, func(h *jobHome) error {
		job, err := h.find(ctx, ref)
		if err != nil {
			return err
		}
		steps, err := h.descendants(ctx, job)
		if err != nil {
			return fmt.Errorf("read the steps of job %s: %w", ref, err)
		}
		if web && !r.onlyErrors {
			fmt.Fprintln(a.Err, "WARNING: Option --web was specified, but no studio URI was found in the list of services.")
		}
		return a.print(jobObject(job, steps), o, "")
	})
}

func (a *app) jobArchiveCommand(r *resultFlags) *cobra.Command {
	return a.jobVerb(r, "archive", "Hide a job from lists", func(ctx context.Context, h *jobHome, job *workspace.Job) error {
		return h.Ledger().Archive(ctx, h.scope, job.Name)
	})
}

func (a *app) jobRestoreCommand(r *resultFlags) *cobra.Command {
	return a.jobVerb(r, "restore", "Show an archived job in lists again", func(ctx context.Context, h *jobHome, job *workspace.Job) error {
		return h.Ledger().Restore(ctx, h.scope, job.Name)
	})
}

// jobVerb is a verb that takes a name, does something to the job, and prints
// nothing.
func (a *app) jobVerb(
	r *resultFlags, verb, short string, do func(context.Context, *jobHome, *workspace.Job) error,
) *cobra.Command {
	var name nameFlag
	cmd := &cobra.Command{
		Use: verb + " [NAME]", Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, _, err := name.take(args, 0)
			if err != nil {
				return err
			}
			if _, err := a.options(r); err != nil {
				return err
			}
			ctx := cmd.Context()
			return a.inJobs(ctx, r, func(h *jobHome) error {
				job, err := h.find(ctx, ref)
				if err != nil {
					return err
				}
				if err := do(ctx, h, job); err != nil {
					return fmt.Errorf("%s job %s: %w", verb, ref, err)
				}
				return nil
			})
		},
	}
	name.add(cmd)
	return cmd
}
