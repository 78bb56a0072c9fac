package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/executor/process"
	"github.com/ischia-ml/ischia/internal/identity"
	"github.com/ischia-ml/ischia/pipeline"
)

// BuildFunc defines the pipeline. An error may hold diagnostics, as
// diag.List.Err gives them; they are shown with their places.
type BuildFunc func(ctx context.Context, env Env) (*pipeline.Pipeline, error)

// LocalFunc is the pipeline's logic as calls of ordinary functions, for
// --local: one process, good for a debugger. It prints to env.Out.
type LocalFunc func(ctx context.Context, env Env) error

// Program is what a driver does.
type Program struct {
	// Pipeline defines the pipeline.
	Pipeline BuildFunc
	// Parameters are the values that a submission gives to inputs of the
	// pipeline, by name; nil when there are none to give. Those of --parameter
	// go before them. The inputs' own values are the defaults of the published
	// pipeline.
	Parameters func(env Env) map[string]string
	// Local is what --local does; nil when the driver has nothing to run in
	// this process.
	Local LocalFunc
	// Dir is the folder of the driver: default_ischia_config.json lies there,
	// and the pipeline's relative paths start there. Empty is the current one.
	Dir string
	// Home is the folder in which this machine's workspaces are kept. Empty is
	// that of the environment variable ISCHIA_HOME, else .ischia in the user's
	// own folder.
	Home string
	// Command is how the driver is called, for its help; empty is "go run .".
	Command string
}

// Streams are where a driver reads and writes: results to Out, everything else
// to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit statuses of a driver.
const (
	exitOK          = 0
	exitFailed      = 1 // the pipeline is invalid, or what was asked for went wrong
	exitUsage       = 2 // wrong flags; nothing has happened
	exitNotFound    = 3
	exitDenied      = 4 // the workspace cannot be reached, or does not let us
	exitInterrupted = 130
)

// localGrace is how long a pipeline that runs with --local may tidy up after
// an interrupt.
const localGrace = 2 * time.Second

// Main runs the driver with the process's own arguments and streams, and
// returns the status to exit with. The first interrupt cancels what is being
// done, the second ends the process.
func Main(p Program) int {
	if process.GuardianMain() {
		return exitOK
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, p)
}

// Run runs the driver with args (without the program's name), and returns the
// status to exit with.
func Run(ctx context.Context, args []string, s Streams, p Program) int {
	f, err := parseFlags(args)
	if err == nil && f.help {
		fmt.Fprint(s.Out, usage(p))
		return exitOK
	}
	if err == nil {
		err = p.able(f)
	}
	if err != nil {
		fmt.Fprintln(s.Err, "ERROR:", err)
		return exitUsage
	}
	d := &driver{program: p, flags: f, streams: s, getenv: os.Getenv}
	return d.status(ctx, d.run(ctx))
}

// able reports whether the program has what the flags ask for.
func (p Program) able(f flags) error {
	switch {
	case f.local && p.Local == nil:
		return errors.New("--local: this driver has no functions to run in this process")
	case !f.local && p.Pipeline == nil:
		return errors.New("this driver defines no pipeline: it only knows --local")
	}
	return nil
}

func (p Program) command() string {
	if p.Command == "" {
		return "go run ."
	}
	return p.Command
}

// driver is one run of a program.
type driver struct {
	program Program
	flags   flags
	streams Streams
	volume  volume
	getenv  func(string) string
	// transport carries the requests to other machines; nil is the usual one.
	transport policy.Transporter
	// interval is the time between two looks at a run; 0 is the usual one.
	interval time.Duration
	// retry says how often what failed is tried; nil is as usual.
	retry     *policy.RetryOptions
	rehearsal *rehearsal // nil unless this is a dry run
	// secrets are what is shown to nobody; nil before anything was read.
	secrets func() []string
	veils   veils
}

func (d *driver) run(ctx context.Context) error {
	dir, err := filepath.Abs(d.program.Dir)
	if err != nil {
		return fmt.Errorf("find the driver's folder: %w", err)
	}
	d.volume = newVolume(dir)
	env := d.env(dir)
	if d.flags.local {
		return d.runLocal(ctx, env)
	}
	if err := d.configure(&env); err != nil {
		return err
	}
	return d.work(ctx, env)
}

// work does what the flags ask for, in the order that the guide tells: the
// workspace and its compute, the pipeline, and what is to be done with it.
func (d *driver) work(ctx context.Context, env Env) (err error) {
	s, err := d.connect(ctx, env)
	if err != nil {
		return err
	}
	defer func() {
		if closed := s.close(ctx); closed != nil && err == nil {
			err = closed
		}
	}()
	if err := d.ensure(ctx, s); err != nil {
		return err
	}
	p, err := d.define(ctx, env)
	if err != nil {
		return err
	}
	err = d.act(ctx, s, env, p)
	if d.rehearsal != nil {
		err = errors.Join(err, d.rehearsal.end())
	}
	return err
}

// runLocal calls the user's functions. They need not know of ctx, so after an
// interrupt they are not waited for long: the process ends anyway.
func (d *driver) runLocal(ctx context.Context, env Env) error {
	done := make(chan error, 1)
	go func() { done <- d.program.Local(ctx, env) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(localGrace):
		return ctx.Err()
	}
}

// status says what went wrong, if anything did and nobody has said it, and
// returns the exit status.
func (d *driver) status(ctx context.Context, err error) int {
	var wrong *usageError
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && !errors.As(err, &wrong):
		fmt.Fprintln(d.streams.Err, "interrupted")
		return exitInterrupted
	case errors.Is(err, errShown):
		return exitFailed
	case errors.As(err, &wrong):
		d.say("ERROR: %v", err)
		return exitUsage
	}
	d.say("ERROR: %v", err)
	return statusOf(err)
}

// statusOf is the exit status that an error calls for.
func statusOf(err error) int {
	var denied *deniedError
	var signIn *identity.Error
	switch {
	case errors.As(err, &denied), errors.As(err, &signIn), errors.Is(err, azure.ErrUnreachable), errors.Is(err, azure.ErrDenied):
		return exitDenied
	case errors.Is(err, azure.ErrNotFound):
		return exitNotFound
	}
	return exitFailed
}

// deniedError is a workspace that does not let us in.
type deniedError struct{ error }

func (e *deniedError) Unwrap() error { return e.error }

// errShown: the diagnostics have been printed, and there is no more to say.
var errShown = errors.New("diagnostics were shown")

// usageError is a fault of the command line.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }
