package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// endPatience is how long jobs that run may take to end when the server does.
const endPatience = 10 * time.Second

type serveFlags struct {
	local.ServeOptions
	open bool
	job  string
	log  string
}

// serveCommand is `ischia serve`.
func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [JOB]",
		Short: "Serve the workspaces of a home: the REST interfaces, storage and the studio",
		Long: "Serve the home: clients of Azure Machine Learning and of Blob Storage find their REST interfaces,\n" +
			"a browser the studio, and jobs that were accepted are run. It goes on until it is interrupted;\n" +
			"other commands work on the same home meanwhile.\n\n" +
			"The address goes to standard output, and is the same every time; the token of the interfaces is in the\n" +
			"file named token in the home. A browser signs in by a link, which works once and within five minutes.\n\n" +
			"With --open, and a server that runs already, only the browser is opened.\n" +
			"Exit status: 0 ended as asked, 1 the home is served already or the address is taken, 2 usage.",
		Example: "  ischia serve\n  ischia serve --open\n  ischia serve --open brave_kite_x1y2z3a4b5",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(fmt.Errorf("serve takes one JOB, not %d", len(args)))
			}
			if len(args) == 1 && !f.open {
				return usageError(errors.New("a JOB is for --open"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.job = strings.Join(args, "")
			return a.serve(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.Port, "port", 0, "the port (default: one of the home's own, always the same)")
	flags.StringVar(&f.Host, "host", "", "the address to listen at (default: 127.0.0.1, which only this machine reaches; others need --tls)")
	flags.BoolVar(&f.TLS, "tls", false, "encrypt, with a certificate of the home's own unless --cert and --key name one")
	flags.StringVar(&f.Certificate, "cert", "", "the file of the certificate, PEM")
	flags.StringVar(&f.Key, "key", "", "the file of its key, PEM")
	flags.BoolVar(&f.open, "open", false, "open a browser that is signed in, at JOB's page if one is named")
	flags.StringVar(&f.log, "log", "warn", "what is logged to standard error: error, warn, info (each request) or debug")
	return cmd
}

// check refuses flags that do not go together.
func (f *serveFlags) check(w io.Writer) error {
	if f.Port < 0 || f.Port > 65535 {
		return usageError(fmt.Errorf("--port %d: a port is a number from 1 to 65535", f.Port))
	}
	if (f.Certificate == "") != (f.Key == "") {
		return usageError(errors.New("--cert and --key go together"))
	}
	if f.Certificate != "" && !f.TLS {
		return usageError(errors.New("--cert and --key are for --tls"))
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.log)); err != nil {
		return usageError(fmt.Errorf("--log %s: it is error, warn, info or debug", f.log))
	}
	f.Log = slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	return nil
}

func (a *app) serve(ctx context.Context, f serveFlags) error {
	if err := f.check(a.Err); err != nil {
		return err
	}
	if f.open {
		if done, err := a.openServed(ctx, f.job); done || err != nil {
			return err
		}
	}
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // what was written is written
	page := "/"
	if f.job != "" {
		if page, err = a.jobPage(ctx, l, f.job); err != nil {
			return err
		}
	}
	f.Announce, f.Version = true, version()
	f.Dispatch = local.DispatchOptions{Adopt: true, Environ: a.environ, Log: f.Log}
	s, err := l.Serve(ctx, f.ServeOptions)
	if errors.Is(err, local.ErrNeedsTLS) {
		return usageError(fmt.Errorf("%w: add --tls", err))
	}
	if err != nil {
		return err
	}
	a.greet(ctx, s, page, f.open)
	return a.served(ctx, s)
}

// greet says where the server is. The address is the result; the rest is for
// people.
func (a *app) greet(ctx context.Context, s *local.Serving, page string, open bool) {
	fmt.Fprintln(a.Out, s.URL)
	link := s.SignInLink(page)
	if open && a.browse(ctx, link) {
		link = s.SignInLink(page) // the browser may be the wrong one
	}
	fmt.Fprintf(a.Err, "Serving until interrupted. To sign a browser in, once and within five minutes:\n  %s\n", link)
}

// served waits until the server ends, or is asked to.
func (a *app) served(ctx context.Context, s *local.Serving) error {
	select {
	case <-s.Ended():
	case <-ctx.Done():
		fmt.Fprintln(a.Err, "Ending: jobs that run have", endPatience, "to end; those that wait go on with the next server.")
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	return s.Close(last)
}

// openServed opens the browser at a server that runs already, if there is one.
func (a *app) openServed(ctx context.Context, job string) (done bool, err error) {
	dir, err := home.Locate(a.homeDir, a.getenv)
	if err != nil {
		return false, err
	}
	url, token, ok := local.Connect(ctx, dir)
	if !ok {
		return false, nil
	}
	page := "/"
	if job != "" {
		l, err := a.open(ctx)
		if err != nil {
			return false, err
		}
		defer l.Close() //nolint:errcheck // it was only read
		if page, err = a.jobPage(ctx, l, job); err != nil {
			return false, err
		}
	}
	link, err := local.SignIn(ctx, url, token, page)
	if err != nil {
		return false, err
	}
	fmt.Fprintln(a.Out, url)
	if !a.browse(ctx, link) {
		fmt.Fprintf(a.Err, "This home is served already. To sign a browser in, once and within five minutes:\n  %s\n", link)
	}
	return true, nil
}

// jobPage is the path of a job's page. A job that is not there is told now, and
// not by the page.
func (a *app) jobPage(ctx context.Context, l *local.Local, name string) (string, error) {
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return "", err
	}
	job, err := l.Ledger().Job(ctx, scope, name)
	if errors.Is(err, workspace.ErrNotFound) && scope != workspace.BuiltIn() {
		job, err = l.Ledger().Job(ctx, workspace.BuiltIn(), name)
	}
	if err != nil {
		return "", fmt.Errorf("open the page of job %s: %w", name, err)
	}
	return local.JobPath(job.Scope, job.Name), nil
}

// browse opens a link in the user's browser, if there is one.
func (a *app) browse(ctx context.Context, link string) bool {
	command := a.browser()
	if len(command) == 0 {
		return false
	}
	// The link works once, so whoever reads the process table comes too late,
	// or is noticed because it does not work.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), command[0], append(command[1:], link)...)
	cmd.Env = a.environ
	if err := cmd.Start(); err != nil {
		return false
	}
	go func() { _ = cmd.Wait() }() // only so that it leaves no trace
	return true
}

// browser is the command that opens a link: what BROWSER names, else the
// system's.
func (a *app) browser() []string {
	if b := a.getenv("BROWSER"); b != "" {
		return []string{b}
	}
	switch runtime.GOOS {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	if cmp.Or(a.getenv("DISPLAY"), a.getenv("WAYLAND_DISPLAY")) == "" {
		return nil // nobody sits in front of it
	}
	if path, err := exec.LookPath("xdg-open"); err == nil {
		return []string{path}
	}
	return nil
}
