package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/har"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/proxy"
	"github.com/ischia-ml/ischia/internal/workspace"
)

type execFlags struct {
	offline, noWait bool
	log, har        string
	pass            []string
}

// execCommand is `ischia exec`.
func (a *app) execCommand() *cobra.Command {
	var f execFlags
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run any client of Azure Machine Learning, unmodified, on the workspaces of this home",
		Long: "Run a command whose requests to Azure are answered by the workspaces of this home: a Python script with\n" +
			"azure-ai-ml, a shell script with curl, az, Node. It needs no account: clients find an identity in their\n" +
			"environment, and any service principal is good.\n\n" +
			"The command gets a proxy and a certificate authority through its environment, both of this run alone.\n" +
			"Services of Azure that are not supported are refused by name, never passed on; other hosts are reached as\n" +
			"ever. When the command has ended, jobs that it has handed in are waited for.\n\n" +
			"Exit status: that of the command, 128 and the signal that ended it, 127 there is no such command,\n" +
			"126 it cannot be run, 130 waiting for jobs was interrupted, 2 usage.",
		Example: "  ischia exec -- python submit.py\n  ischia exec --offline --log - -- bash deploy.sh",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || cmd.ArgsLenAtDash() != 0 {
				return usageError(errors.New("exec takes a COMMAND, after --"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.exec(cmd.Context(), f, args) },
	}
	a.addScopeFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.offline, "offline", false, "refuse all hosts that are not answered here")
	flags.StringVar(&f.log, "log", "", "list the requests in this file, - is standard error: method, host, path, status, bytes, time; no tokens, no queries")
	flags.StringVar(&f.har, "har", "", "keep the requests to Azure and their answers in this file, an HTTP archive; no tokens, keys or signatures")
	flags.BoolVar(&f.noWait, "no-wait", false, "leave jobs that wait when the command ends to the next `ischia serve`; those that run are finished")
	flags.StringArrayVar(&f.pass, "pass", nil, "a host of Azure's to pass on to, as to others; .NAME is all below NAME; may be repeated")
	return cmd
}

// exec runs a command on the home.
func (a *app) exec(ctx context.Context, f execFlags, command []string) (err error) {
	path, err := findCommand(command[0])
	if err != nil {
		return err
	}
	requests, err := a.openRequests(f.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, requests.Close()) }()
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // what was written is written
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passedOn()...)
	defer signal.Stop(signals)
	x := &execution{app: a, flags: f, scope: scope, signals: signals, requests: requests}
	// What interrupts the command does not interrupt its workspace.
	return x.run(context.WithoutCancel(ctx), l, path, command)
}

// Exit statuses of shells.
const (
	exitNotRunnable = 126
	exitNoCommand   = 127
	exitSignal      = 128
)

// findCommand is where a command is.
func findCommand(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", &statusError{exitNoCommand, fmt.Errorf("run %s: there is no such command", name)}
	}
	return "", &statusError{exitNotRunnable, fmt.Errorf("run %s: %w", name, err)}
}

// openRequests is where requests are listed.
func (a *app) openRequests(name string) (io.WriteCloser, error) {
	switch name {
	case "":
		return nopCloser{nil}, nil
	case "-":
		return nopCloser{a.Err}, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, usageError(fmt.Errorf("--log: %w", err))
	}
	return f, nil
}

type nopCloser struct{ io.Writer }

// Close implements io.Closer.
func (nopCloser) Close() error { return nil }

// execution is one command that runs on a home.
type execution struct {
	*app
	flags    execFlags
	scope    workspace.Scope
	signals  chan os.Signal
	requests io.WriteCloser
}

func (x *execution) run(ctx context.Context, l *local.Local, path string, command []string) error {
	// Clients are not told of faults of ours, so the log says them.
	log := slog.New(slog.NewTextHandler(x.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := l.Serve(ctx, local.ServeOptions{
		Version: version(), Log: log, Dispatch: local.DispatchOptions{Environ: x.environ, Log: log},
	})
	if err != nil {
		return err
	}
	status, err := x.answered(ctx, s, l.Dir(), log, path, command)
	patience := ctx
	if err == nil && !x.wait(s) {
		var cancel context.CancelFunc
		patience, cancel = context.WithTimeout(ctx, interruptPatience)
		defer cancel()
		status = cmp.Or(status, exitInterrupted)
	}
	err = errors.Join(err, s.Close(patience))
	if err == nil && status != 0 {
		return silent(status)
	}
	return err
}

// tenantName is the directory that clients of this machine are in: the one that
// the built-in workspace tells of.
func tenantName() string { return uuid.Nil.String() }

// answered runs the command while its requests are answered, and returns its
// exit status.
func (x *execution) answered(ctx context.Context, s *local.Serving, dir string, log *slog.Logger, path string, command []string) (int, error) {
	directory, err := entra.New(entra.Config{Tenant: tenantName(), Login: "https://login.microsoftonline.com", Open: true})
	if err != nil {
		return 0, err
	}
	c := proxy.Config{
		Doors: s.Inside(), Token: s.Token, Pages: s.URL, Location: "local", Directory: directory, Tenant: tenantName(),
		Scope:  proxy.Scope{Subscription: x.scope.Subscription, ResourceGroup: x.scope.ResourceGroup, Workspace: x.scope.Workspace},
		Chosen: x.app.scope != scopeFlags{}, Environ: x.environ, Offline: x.flags.offline, Pass: x.flags.pass, Log: log,
	}
	if n, ok := x.requests.(nopCloser); !ok || n.Writer != nil {
		c.Requests = x.requests
	}
	if url, _, ok := local.Connect(ctx, dir); ok {
		c.Pages = url // that of a server that is there when this one is gone
	}
	keep, err := x.archive(&c)
	if err != nil {
		return 0, usageError(err)
	}
	p, err := proxy.Start(ctx, c)
	if err != nil {
		return 0, usageError(err)
	}
	status, err := x.child(ctx, path, command, p.Child())
	return status, errors.Join(err, p.Close(), keep())
}

// archive has what the proxy answers recorded, if it is to be, and returns what
// writes it down in the end. The file is opened now: it is a pity to find out
// later.
func (x *execution) archive(c *proxy.Config) (keep func() error, err error) {
	if x.flags.har == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(x.flags.har, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--har: %w", err)
	}
	archive := har.New("ischia", version(), nil)
	c.Record = archive.Record
	return func() error {
		_, err := archive.WriteTo(f)
		return errors.Join(err, f.Close())
	}, nil
}

// child runs the command, and passes signals on to it.
func (x *execution) child(ctx context.Context, path string, command, environ []string) (int, error) {
	cmd := exec.CommandContext(ctx, path, command[1:]...)
	cmd.Args[0] = command[0]
	cmd.Env = environ
	cmd.Stdin, cmd.Stdout, cmd.Stderr = x.In, x.Out, x.Err
	if err := cmd.Start(); err != nil {
		return 0, &statusError{exitNotRunnable, fmt.Errorf("run %s: %w", command[0], err)}
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	for {
		select {
		case s := <-x.signals:
			if !heardByAll(s) {
				_ = cmd.Process.Signal(s) // it may have ended just now
			}
		case err := <-over:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 0, fmt.Errorf("run %s: %w", command[0], err)
			}
			return statusOfProcess(cmd.ProcessState), nil
		}
	}
}

// interruptPatience is how long jobs that run may take to end when nobody wants
// to wait for them.
const interruptPatience = 2 * time.Second

// waitPoll is how often it is looked whether jobs still run.
const waitPoll = 50 * time.Millisecond

// wait waits for the jobs that were handed in here; false when it was
// interrupted.
func (x *execution) wait(s *local.Serving) bool {
	running, waiting := s.Jobs()
	left := running + waiting
	switch {
	case left == 0:
		return true
	case x.flags.noWait && waiting > 0:
		fmt.Fprintf(x.Err, "%s for the next `ischia serve`; %s finished first\n", some(waiting, "waits", "wait"), some(running, "runs and is", "run and are"))
		return true
	case x.flags.noWait:
		fmt.Fprintf(x.Err, "%s finished first\n", some(running, "runs and is", "run and are"))
		return true
	}
	fmt.Fprintf(x.Err, "waiting for what the command has handed in: %s (an interrupt ends the waiting)\n", some(left, "has not ended", "have not ended"))
	tick := time.NewTicker(waitPoll)
	defer tick.Stop()
	for left > 0 {
		select {
		case <-x.signals:
			fmt.Fprintln(x.Err, "Ending: jobs that run have", interruptPatience, "to end; those that run then are cancelled, those that wait go on with the next `ischia serve`.")
			return false
		case <-tick.C:
		}
		running, waiting = s.Jobs()
		left = running + waiting
	}
	return true
}

func some(n int, one, more string) string {
	if n == 1 {
		return "1 job " + one
	}
	return fmt.Sprintf("%d jobs %s", n, more)
}
