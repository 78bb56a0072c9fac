package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// jobCommand is the noun job: flags, output and exit statuses are those of
// az ml job; logs is ours.
func (a *app) jobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "job",
		Short: "Show, follow, cancel and fetch the jobs of this home",
		Long: "Show, follow, cancel and fetch the jobs of this home. Flags and output are those of az ml job;\n" +
			"a job's name may be given with -n or alone. A step is named by its id, or as JOB/STEP.",
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	var r resultFlags
	r.add(cmd)
	a.addScopeFlags(cmd)
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(
		a.jobListCommand(&r), a.jobShowCommand(&r), a.jobLogsCommand(&r), a.jobStreamCommand(&r),
		a.jobCancelCommand(&r), a.jobRetryCommand(), a.jobArchiveCommand(&r), a.jobRestoreCommand(&r), a.jobDownloadCommand(&r),
	)
	return cmd
}

// group is what a noun without a verb does.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	var verbs []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			verbs = append(verbs, sub.Name())
		}
	}
	text := fmt.Sprintf("'%s' is misspelled or not recognized by the system.", args[0])
	if near := diag.DidYouMean(args[0], verbs); near != "" {
		text += "\n" + near
	}
	return usageError(azText(text))
}

// resultFlags are those of every noun's verbs.
type resultFlags struct {
	format, query       string
	onlyErrors, verbose bool
}

func (r *resultFlags) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVarP(&r.format, "output", "o", "", "how to print: "+strings.Join(output.Formats(), ", ")+" (default: json)")
	f.StringVar(&r.query, "query", "", "print what this JMESPath expression finds in the result")
	f.BoolVar(&r.onlyErrors, "only-show-errors", false, "show no warnings")
	f.BoolVar(&r.verbose, "verbose", false, "as az: accepted, there is nothing more to say")
}

// options are the flags, checked: do it before any work.
func (a *app) options(r *resultFlags) (output.Options, error) {
	format := r.format
	if format == "" {
		format = a.getenv("AZURE_CORE_OUTPUT")
	}
	if r.onlyErrors && (r.verbose || a.debug) {
		return output.Options{}, usageError(errors.New("--only-show-errors goes with neither --verbose nor --debug"))
	}
	return output.Parse(format, r.query, a.color(a.Out) && a.color(a.Err))
}

// print shows a result on standard output.
func (a *app) print(v any, o output.Options, t output.TableTransform) (err error) {
	w := a.shown(a.Out)
	defer func() { err = errors.Join(err, w.Close()) }()
	return output.Print(w, v, o, t)
}

// shown is w for text that steps or strangers wrote: a terminal does not get
// control sequences from it, a file gets it as it is.
func (a *app) shown(w io.Writer) io.WriteCloser {
	if _, tty := isTerminal(w); tty {
		return mask.Terminal(w)
	}
	return plainWriter{w}
}

type plainWriter struct{ io.Writer }

func (plainWriter) Close() error { return nil }

// nameFlag is a verb's --name, which may also be the first argument.
type nameFlag struct{ value string }

func (n *nameFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&n.value, "name", "n", "", "the job's name")
}

// take is the name and what other arguments there are, at most extra of them.
func (n *nameFlag) take(args []string, extra int) (jobRef, []string, error) {
	name := n.value
	if name == "" && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "" {
		return jobRef{}, nil, required("--name/-n")
	}
	if len(args) > extra {
		return jobRef{}, nil, unrecognized(args[extra:]...)
	}
	ref, err := parseRef(name)
	return ref, args, err
}

// jobRef names a job, or a step by the name of its root job and its path.
type jobRef struct{ name, step string }

func parseRef(s string) (jobRef, error) {
	name, step, isStep := strings.Cut(s, "/")
	ref := jobRef{name, step}
	if err := workspace.CheckName(name); err != nil {
		return ref, usageError(fmt.Errorf("job %w", err))
	}
	if isStep {
		return ref, checkStepPath(step)
	}
	return ref, nil
}

func checkStepPath(step string) error {
	for part := range strings.SplitSeq(step, "/") {
		if err := workspace.CheckName(part); err != nil {
			return usageError(fmt.Errorf("step %w", err))
		}
	}
	return nil
}

func (r jobRef) String() string {
	if r.step == "" {
		return r.name
	}
	return r.name + "/" + r.step
}

// jobHome is a home opened for a verb of job.
type jobHome struct {
	*app
	*local.Local
	scope workspace.Scope
}

// inJobs opens the home, does a verb's work in the workspace that the flags
// name, and closes the home.
func (a *app) inJobs(ctx context.Context, r *resultFlags, do func(*jobHome) error) error {
	quiet := *a
	if r.onlyErrors {
		quiet.Err = io.Discard // what open and chooseScope say are warnings
	}
	l, err := quiet.open(ctx)
	if err != nil {
		return interrupted(err)
	}
	defer l.Close()
	scope, err := quiet.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	return interrupted(do(&jobHome{a, l, scope}))
}

// interrupted is what az says after Ctrl-C, which is exit status 1 there.
func interrupted(err error) error {
	var decided *statusError
	if errors.Is(err, context.Canceled) && !errors.As(err, &decided) {
		return &statusError{exitFailed, azText("Keyboard interrupt is captured.")}
	}
	return err
}

// find is the job or step that ref names.
func (h *jobHome) find(ctx context.Context, ref jobRef) (*workspace.Job, error) {
	job, err := h.Ledger().Job(ctx, h.scope, ref.name)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, runNotFound(ref.name, "")
	}
	if err != nil || ref.step == "" {
		return job, err
	}
	steps, err := h.Ledger().Steps(ctx, h.scope, job.Root)
	if err != nil {
		return nil, err
	}
	// Below a step that is a pipeline, paths may start from there.
	path := strings.TrimPrefix(job.Step+"/"+ref.step, "/")
	var known []string
	for _, s := range steps {
		if s.Step == path {
			return s, nil
		}
		known = append(known, s.Step)
	}
	return nil, runNotFound(ref.String(), "Steps: "+strings.Join(known, ", "))
}

// runNotFound is the service's answer for a name that nothing has.
func runNotFound(name, more string) error {
	msg := fmt.Sprintf("Run %s was not found", name)
	text := fmt.Sprintf("(UserError) %s\nCode: UserError\nMessage: %s", msg, msg)
	if more != "" {
		text += "\n" + more
	}
	return &statusError{exitNotFound, azText(text)}
}

// descendants are the steps of a job, nested ones too; of a step that is a
// pipeline only those below it.
func (h *jobHome) descendants(ctx context.Context, job *workspace.Job) ([]*workspace.Job, error) {
	if job.Type != "pipeline" {
		return nil, nil
	}
	steps, err := h.Ledger().Steps(ctx, h.scope, job.Root)
	if err != nil || job.Parent == "" {
		return steps, err
	}
	return slices.DeleteFunc(steps, func(s *workspace.Job) bool {
		return !strings.HasPrefix(s.Step, job.Step+"/")
	}), nil
}

// current reads a job again. If whoever ran it is gone, nobody else would ever
// end it: opening the home does.
func (h *jobHome) current(ctx context.Context, name string) (*workspace.Job, error) {
	job, err := h.Ledger().Job(ctx, h.scope, name)
	if err != nil || job.Status.Terminal() || h.Alive(job.Root) {
		return job, err
	}
	// It may have ended between the two looks.
	if job, err = h.Ledger().Job(ctx, h.scope, name); err != nil || job.Status.Terminal() {
		return job, err
	}
	again, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := again.Close(); err != nil {
		return nil, err
	}
	return h.Ledger().Job(ctx, h.scope, name)
}
