package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

type runFlags struct {
	set, inputs, pass, secrets []string
	parallel                   int
	planOnly, strict           bool
	experiment, name           string
	outputDir, resume, format  string
	cache                      local.CacheOptions
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a pipeline or command job on this machine",
		Long: "Run a pipeline or command job on this machine: real processes, each in its own copy of the code,\n" +
			"with read-only inputs. What it makes is recorded in the home; see 'ischia job'.\n\n" +
			"Exit status: 0 completed, 1 failed or invalid, 130 interrupted.",
		Example: "  ischia run pipeline.yml\n" +
			"  ischia run pipeline.yml --input train_test_ratio=0.9 --output-dir out",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(errors.New("run needs one FILE"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.set, "set", nil, "set `PATH=VALUE` in the definition")
	fl.StringArrayVar(&f.inputs, "input", nil, "give an input its value: `NAME=VALUE`")
	fl.IntVarP(&f.parallel, "jobs", "j", runtime.NumCPU(), "run at most `N` steps at once")
	fl.BoolVar(&f.cache.Force, "force", false, "run every step, whatever was run before")
	fl.StringVar(&f.cache.Dir, "cache-dir", "", "share this folder of step results with other homes and machines")
	fl.BoolVar(&f.cache.ReadOnly, "cache-read-only", false, "reuse step results, and add none")
	fl.BoolVar(&f.planOnly, "plan", false, "print what would run, and run nothing")
	fl.StringVar(&f.experiment, "experiment", "", "record the job under the experiment `NAME`")
	fl.StringVar(&f.name, "name", "", "the job's `NAME` (default: a made-up one)")
	fl.StringVar(&f.outputDir, "output-dir", "", "copy the outputs to the folder `DIR`")
	fl.StringVar(&f.resume, "resume", "", "go on with an interrupted or failed `JOB`: its finished steps are not done again")
	fl.BoolVar(&f.strict, "strict-parity", false, "refuse a definition of which something is ignored on this machine")
	fl.StringArrayVar(&f.pass, "pass-env", nil, "let steps see the environment variable `NAME`")
	fl.StringArrayVar(&f.secrets, "secret", nil, "let steps see the environment variable `NAME`, and hide its value everywhere")
	fl.StringVar(&f.format, "format", "text", "how to show progress: `text|json` (json: one event a line)")
	a.addScopeFlags(cmd)
	return cmd
}

// makeOutputDir makes the folder that the outputs are copied to. What stands in
// their way is said before the run, not after it.
func (f runFlags) makeOutputDir(p *plan.Plan) error {
	if f.outputDir == "" {
		return nil
	}
	for _, out := range p.Outputs {
		dir := filepath.Join(f.outputDir, out.Name)
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
			return usageError(fmt.Errorf("--output-dir %s: the folder %s is not empty: remove it, or name another", f.outputDir, dir))
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return usageError(fmt.Errorf("--output-dir %s: %w", f.outputDir, err))
		}
	}
	return nil
}

func (f runFlags) check() error {
	switch {
	case f.format != "text" && f.format != "json":
		return usageError(fmt.Errorf("%q is not a format; formats are text and json", f.format))
	case f.parallel < 1:
		return usageError(fmt.Errorf("-j %d: at least one step has to run", f.parallel))
	}
	if f.name != "" {
		if err := workspace.CheckName(f.name); err != nil {
			return usageError(err)
		}
	}
	return nil
}

func (a *app) run(ctx context.Context, file string, f runFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	collectLater()
	p, err := a.prepare(ctx, file, f)
	if p != nil && p.home != nil {
		defer p.home.Close()
	}
	if err != nil {
		return err
	}
	if f.strict && len(p.Notes) > 0 {
		return a.refuseParity(p.Notes)
	}
	secrets, err := a.secrets(f.secrets)
	if err != nil {
		return err
	}
	if err := f.makeOutputDir(p.Plan); err != nil {
		return err
	}
	l := p.home
	if l == nil {
		if l, err = a.open(ctx); err != nil {
			return err
		}
		defer l.Close()
	}
	p.keep(l)
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	abs, _ := filepath.Abs(file) // openVolume has found the same file
	if f.experiment == "" && p.Job.Head().Experiment.Value == "" {
		f.experiment = folderExperiment(p.v.cwd)
	}
	req := local.Request{
		Scope: scope, Job: p.Job, Plan: p.Plan, Compiled: p.Compiled, Root: p.v.root, Dir: filepath.Dir(abs), Source: abs,
		Name: f.name, Experiment: f.experiment, Parallel: f.parallel,
		Environ: a.environ, Pass: slices.Concat(f.pass, f.secrets), Secrets: secrets, Private: f.secrets, Cache: f.cache,
	}
	if f.resume != "" {
		if req.Finished, err = l.Finished(ctx, scope, f.resume); err != nil {
			return err
		}
		req.Resumes = f.resume
	}
	if f.planOnly {
		return a.foresee(ctx, l, req, f.format)
	}
	return a.runShown(ctx, l, req, p.Notes, f)
}

// collectLater puts the first collection of garbage off until there are 64 MB of
// it: a run of a thousand steps in which nothing has changed makes 40. From then
// on it goes as spareCollections has it.
func collectLater() {
	const first = 1600 // percent, of the least heap of 4 MB
	debug.SetGCPercent(first)
}

// folderExperiment is the experiment of a job that names none: as with az, the
// working folder.
func folderExperiment(cwd string) string {
	name := strings.ReplaceAll(filepath.Base(cwd), " ", "")
	if workspace.CheckName(name) != nil {
		return ""
	}
	return name
}

// shownSource makes the place of a step absolute, as records keep it.
func shownSource(s string, v volume) string {
	if s == "" || filepath.IsAbs(s) {
		return s
	}
	return filepath.Join(v.root, filepath.FromSlash(s))
}

// secrets are the values of the variables that must not show.
func (a *app) secrets(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		value := a.getenv(name)
		if value == "" {
			return nil, usageError(fmt.Errorf("--secret %s: the variable is not set", name))
		}
		out = append(out, value)
	}
	return out, nil
}

func (a *app) refuseParity(notes []plan.Note) error {
	fmt.Fprintln(a.Err, "ERROR: this machine does not do all that the definition asks for (--strict-parity):")
	for _, n := range notes {
		fmt.Fprintf(a.Err, "  %s: %s: %s\n", n.Path, n.Treatment, n.Note)
	}
	return silent(exitFailed)
}

// parityParagraph is one paragraph that says what is different here.
func parityParagraph(notes []plan.Note, file string) string {
	if len(notes) == 0 {
		return ""
	}
	var order []string
	count := map[string]int{}
	for _, n := range notes {
		// "inputs.x.mode" is about modes, whatever the input.
		feature := n.Feature[strings.LastIndex(n.Feature, ".")+1:]
		key := feature + " " + n.Treatment
		if count[key]++; count[key] == 1 {
			order = append(order, key)
		}
	}
	parts := make([]string, len(order))
	for i, key := range order {
		parts[i] = fmt.Sprintf("%s (%d)", key, count[key])
	}
	return fmt.Sprintf("On this machine steps run with its own programs and packages, and some of the definition means less than on Azure: %s. Details: %s",
		strings.Join(parts, ", "), file)
}
