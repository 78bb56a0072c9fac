package cli

import (
	"context"
	"fmt"
	"runtime"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

func (a *app) jobRetryCommand() *cobra.Command {
	var name, from string
	var f runFlags
	cmd := &cobra.Command{
		Use:   "retry NAME",
		Short: "Do a job again from its record, but for the steps that it has completed",
		Long: "Do a job again with the values, code and data it was given, in a new job; what has changed on the disk since does\n" +
			"not count. Steps that it has completed are not done again. With --from, that step and all that need it are.",
		Example: "  ischia job retry brave_sun_1a2b3c4d5e\n" +
			"  ischia job retry brave_sun_1a2b3c4d5e --from train",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				name = args[0]
			}
			if name == "" {
				return required("--name/-n")
			}
			return a.retry(cmd.Context(), name, from, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&name, "name", "n", "", "the job")
	fl.StringVar(&from, "from", "", "do this step again, and all that need it")
	fl.IntVarP(&f.parallel, "jobs", "j", runtime.NumCPU(), "how many steps run at once")
	fl.StringVar(&f.outputDir, "output-dir", "", "copy the outputs to this folder")
	fl.StringVar(&f.format, "format", "text", "how to show progress: text, or json (one event a line)")
	fl.StringArrayVar(&f.pass, "pass-env", nil, "let steps see the environment variable NAME")
	return cmd
}

func (a *app) retry(ctx context.Context, name, from string, f runFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := workspace.CheckName(name); err != nil {
		return usageError(err)
	}
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	req, err := l.Retry(ctx, scope, name, from)
	if err != nil {
		return fmt.Errorf("retry: %w", err)
	}
	req.Parallel, req.Environ, req.Pass = f.parallel, a.environ, f.pass
	return a.runShown(ctx, l, req, plan.Parity(req.Plan), f)
}
