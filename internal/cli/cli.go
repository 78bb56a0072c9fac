package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/executor/process"
	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main is the whole program: it runs the command that the process was started
// with and returns its exit status.
func Main() int {
	if process.GuardianMain() {
		return 0
	}
	spareCollections()
	ctx, stop := interruptible()
	defer stop()
	return Run(ctx, os.Args[1:], Streams{os.Stdin, os.Stdout, os.Stderr}, os.Environ())
}

// interruptible is a context that ends with the first interrupt. A second one
// ends the program at once; the guardian then ends the steps.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel(errInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

var errInterrupted = errors.New("interrupted")

// Run runs one command and returns its exit status. environ is the environment
// of the caller, "NAME=value" each.
func Run(ctx context.Context, args []string, s Streams, environ []string) int {
	a := &app{Streams: s, environ: environ}
	root := a.root()
	args, err := expandFlags(root, args)
	if err != nil {
		return a.report(root, err)
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	return a.report(cmd, err)
}

// app is what all commands share.
type app struct {
	Streams
	environ []string
	// Flags of the root.
	homeDir string
	debug   bool
	scope   scopeFlags
}

// scopeFlags name a workspace, as az does.
type scopeFlags struct{ subscription, group, workspace string }

func (a *app) getenv(name string) string {
	value := ""
	for _, kv := range a.environ {
		if n, v, _ := strings.Cut(kv, "="); n == name {
			value = v
		}
	}
	return value
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ischia",
		Short: "Run, check and publish Azure Machine Learning pipelines, on this machine and on Azure",
		Long: "Ischia runs Azure Machine Learning pipelines on this machine, with no account, no Docker and no network.\n" +
			"It reads the same YAML as az ml, and speaks its words.",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError(err) })
	root.PersistentFlags().StringVar(&a.homeDir, "home", "", "the folder that holds everything (default: $ISCHIA_HOME, else ~/.ischia)")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "show the causes of faults of ours")
	root.AddCommand(a.runCommand(), a.validateCommand(), a.versionCommand(), a.jobCommand(), a.whyCommand(), a.cacheCommand(), a.lspCommand(), a.schemaCommand(), a.serveCommand(), newInitCommand(a.Streams), a.driverCommand(),
		a.submitCommand(), a.publishCommand(), a.datastoreCommand(), a.modelCommand(), a.dataCommand(),
		a.computeCommand(), a.loginCommand(), a.logoutCommand(), a.whoamiCommand())
	root.AddCommand(a.execCommand())
	return root
}

func unknownCommand(cmd *cobra.Command, name string) error {
	msg := fmt.Sprintf("%q is not a command of %s", name, cmd.CommandPath())
	var known []string
	for _, c := range cmd.Commands() {
		known = append(known, c.Name())
	}
	if dym := diag.DidYouMean(name, known); dym != "" {
		msg += "; " + dym
	}
	return usageError(errors.New(msg))
}

// open opens the home.
func (a *app) open(ctx context.Context) (*local.Local, error) {
	dir, err := home.Locate(a.homeDir, a.getenv)
	if err != nil {
		return nil, err
	}
	l, err := local.Open(ctx, local.Options{Home: dir})
	if err != nil {
		return nil, fmt.Errorf("open the home %s: %w", dir, err)
	}
	for _, r := range l.Recovered {
		if r.Job == r.Root {
			fmt.Fprintf(a.Err, "job %s was left behind by a process that died: it is now %s\n", r.Root, r.After)
		}
	}
	return l, nil
}

// addScopeFlags registers the flags that name a workspace.
func (a *app) addScopeFlags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVarP(&a.scope.workspace, "workspace-name", "w", "", "the workspace (default: the one used last, else local)")
	f.StringVarP(&a.scope.group, "resource-group", "g", "", "its resource group (default: that of the only workspace of the name, else local)")
	f.StringVar(&a.scope.subscription, "subscription", "", "its subscription (default: the built-in one)")
}

// chooseScope is the workspace that the flags name; else the one that was used
// last, which is said once; else the built-in one.
func (a *app) chooseScope(ctx context.Context, l *local.Local) (workspace.Scope, error) {
	s := workspace.BuiltIn()
	var err error
	if a.scope.workspace == "" {
		last, ok, err := l.Ledger().LastUsed(ctx)
		if err != nil {
			return s, err
		}
		if ok && last != s {
			fmt.Fprintf(a.Err, "workspace %s of resource group %s, the one used last (-w names another)\n", last.Workspace, last.ResourceGroup)
			s = last
		}
	} else if s, err = a.namedScope(ctx, l); err != nil {
		return s, err
	}
	if a.scope.group != "" {
		s.ResourceGroup = a.scope.group
	}
	if a.scope.subscription != "" {
		s.Subscription = a.scope.subscription
	}
	if err := s.Check(); err != nil {
		return s, usageError(err)
	}
	return s, nil
}

// namedScope is the workspace of the name that was given. Without its resource
// group it is the one there is of that name, wherever it is; a name that none has
// is one of the group local, where workspaces need not be made first.
func (a *app) namedScope(ctx context.Context, l *local.Local) (workspace.Scope, error) {
	s := workspace.BuiltIn()
	s.Workspace = a.scope.workspace
	if a.scope.group != "" || a.scope.subscription != "" {
		return s, nil
	}
	all, err := l.Ledger().Resources().Resources(ctx, workspace.ResourceQuery{Collection: workspace.Workspaces, AllScopes: true})
	if err != nil {
		return s, fmt.Errorf("look for the workspace %s: %w", s.Workspace, err)
	}
	all = slices.DeleteFunc(all, func(r *workspace.Resource) bool { return !strings.EqualFold(r.Name, s.Workspace) })
	switch len(all) {
	case 0:
		return s, nil
	case 1:
		return all[0].Scope, nil
	}
	var groups []string
	for _, r := range all {
		groups = append(groups, r.Scope.ResourceGroup)
	}
	return s, usageError(fmt.Errorf("there is a workspace %s in each of the resource groups %s: say which with -g",
		s.Workspace, strings.Join(groups, ", ")))
}

// Exit statuses; see contracts.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitInterrupted = 130
)

// statusError is an error that decides the exit status. With a nil err the
// command has said what there is to say.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

func usageError(err error) error { return &statusError{exitUsage, err} }

// silent ends the command with a status, without another word.
func silent(status int) error { return &statusError{status: status} }

// report says what went wrong, once, and returns the exit status.
func (a *app) report(cmd *cobra.Command, err error) int {
	var se *statusError
	if errors.As(err, &se) && se.err == nil {
		return se.status
	}
	fmt.Fprintf(a.Err, "ERROR: %v\n", err)
	status := statusOf(err)
	if status == exitUsage && cmd != nil {
		fmt.Fprintf(a.Err, "Try '%s --help'.\n", cmd.CommandPath())
	}
	return status
}

func statusOf(err error) int {
	var se *statusError
	var usage *output.UsageError
	switch {
	case errors.As(err, &se):
		return se.status
	case errors.As(err, &usage), errors.Is(err, home.ErrName):
		return exitUsage
	case errors.Is(err, workspace.ErrNotFound):
		return exitNotFound
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, lease.ErrHeld):
		return exitFailed
	}
	return exitFailed
}
