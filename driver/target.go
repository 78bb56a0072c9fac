package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/identity"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// The targets that have a name; every other is the address of a server.
const (
	targetEmbedded = "embedded"
	targetAzure    = "azure"
)

// session is a connection to the workspace that the actions work on.
type session struct {
	client *azure.Client
	source azure.Source
	// place says for people where the workspace is.
	place      string
	url, token string
	cloud      *identity.Cloud // nil unless it is Azure's

	home    *local.Local
	serving *local.Serving // nil unless this process serves the workspace
	// thrown is the folder of a workspace that is thrown away; empty unless this
	// is a dry run.
	thrown string
}

// target is where the actions go.
func (d *driver) target(env Env) string {
	switch {
	case d.flags.target != "":
		return d.flags.target
	case env.Config.SubscriptionID != "":
		return targetAzure
	}
	return targetEmbedded
}

// connect finds whoever serves the workspace, or serves it.
func (d *driver) connect(ctx context.Context, env Env) (_ *session, err error) {
	if d.flags.dryRun {
		return d.rehearse(ctx, env)
	}
	dir, err := home.Locate(d.program.Home, d.getenv)
	if err != nil {
		return nil, err
	}
	s := &session{}
	var to azure.Target
	target := d.target(env)
	if target == targetAzure {
		if to, err = d.signIn(ctx, s, env, dir); err != nil {
			return nil, err
		}
	}
	if s.home, err = local.Open(ctx, local.Options{Home: dir}); err != nil {
		return nil, fmt.Errorf("open the home %s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			_ = s.close(ctx)
		}
	}()
	switch target {
	case targetAzure:
	case targetEmbedded:
		to, err = s.embedded(ctx, dir, env)
	default:
		to, err = d.server(s, target)
	}
	if err != nil {
		return nil, err
	}
	to.Scope, to.Journal, to.Interval, to.Retry = scopeOf(env), filepath.Join(dir, "submissions"), d.interval, d.retry
	return s, s.dial(to, d.volume)
}

// dial makes the client.
func (s *session) dial(to azure.Target, v volume) (err error) {
	if s.client, err = azure.Dial(to); err != nil {
		return &usageError{fmt.Errorf("--target: %w", err)}
	}
	return s.uploads(v)
}

// defaultLocation is where servers of ischia are.
const defaultLocation = "local"

// embedded connects to the home's server, or makes this process serve it as
// long as it works.
func (s *session) embedded(ctx context.Context, dir string, env Env) (azure.Target, error) {
	s.place = "this machine, in " + dir
	address, token, ok := local.Connect(ctx, dir)
	if ok {
		s.url, s.token = address, token
	} else {
		var deny []string
		if name := env.Config.Auth.EnvSecretName; name != "" {
			deny = append(deny, name)
		}
		// Clients are not told of faults of ours, so the log says them.
		log := slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: slog.LevelError}))
		// An interrupt cancels the run, which takes a server that still works.
		serving, err := s.home.Serve(context.WithoutCancel(ctx), local.ServeOptions{
			Dispatch: local.DispatchOptions{Environ: os.Environ(), Deny: deny, Log: log}, Log: log,
		})
		if err != nil {
			return azure.Target{}, fmt.Errorf("serve the workspace: %w", err)
		}
		s.serving, s.url, s.token = serving, serving.URL, serving.Token
	}
	if err := s.home.Ledger().SetLastUsed(ctx, workspace.Scope(scopeOf(env))); err != nil {
		return azure.Target{}, fmt.Errorf("note the workspace as the one used last: %w", err)
	}
	return azure.Target{Endpoint: s.url, Credential: azure.Token(s.token), Location: cmp.Or(env.Config.Location, defaultLocation), Place: targetEmbedded}, nil
}

// tokenVariable holds the token of a server elsewhere.
const tokenVariable = "ISCHIA_TOKEN"

// server is the target that is a server of ischia, by its address.
func (d *driver) server(s *session, address string) (azure.Target, error) {
	s.place, s.url = address, strings.TrimSuffix(address, "/")
	u, err := url.Parse(address)
	if err != nil {
		return azure.Target{}, &usageError{errors.New("--target: this is no address")}
	}
	if s.token, err = d.serverToken(s.home, u.Hostname()); err != nil {
		return azure.Target{}, err
	}
	carrier, err := d.carrier()
	return azure.Target{Endpoint: s.url, Credential: azure.Token(s.token), Location: defaultLocation, Transport: carrier}, err
}

// serverToken is what a server is shown: what the caller says, or, on this
// machine, the token of this home, which may be the server's too. Another
// machine is not shown that: it opens everything here.
func (d *driver) serverToken(l *local.Local, host string) (string, error) {
	if token := d.getenv(tokenVariable); token != "" {
		return token, nil
	}
	none := &deniedError{fmt.Errorf("there is no token to show to %s: put that of the server into %s", host, tokenVariable)}
	if !azure.IsLoopback(host) {
		return "", none
	}
	text, err := os.ReadFile(filepath.Join(l.Dir(), "token"))
	if err != nil {
		return "", none
	}
	return strings.TrimSpace(string(text)), nil
}

// uploads says where what is uploaded comes from.
func (s *session) uploads(v volume) error {
	blobs, err := s.home.Blobs()
	if err != nil {
		return fmt.Errorf("open the store of what is uploaded: %w", err)
	}
	o := environ.Options{Env: os.Environ(), Dir: filepath.Join(s.home.Dir(), "cache", "go")}
	if s.client.IsElsewhere() {
		o.GOOS, o.GOARCH = "linux", "amd64" // as Azure's nodes are
	}
	s.source = azure.Source{Files: v, Root: v.root, Blobs: blobs, Coder: environ.NewCoder(blobs, o)}
	return nil
}

// closePatience is how long what still runs may take when the driver ends.
const closePatience = 10 * time.Second

// close ends the serving, if this process does any.
func (s *session) close(ctx context.Context) error {
	var err error
	if s.client != nil {
		s.client.Told() // what was submitted has been said
	}
	if s.serving != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closePatience)
		defer cancel()
		err = s.serving.Close(ctx)
	}
	flush(s.source.Blobs)
	if s.home != nil {
		err = errors.Join(err, s.home.Close())
	}
	if s.thrown != "" {
		err = errors.Join(err, os.RemoveAll(s.thrown))
	}
	return err
}

// flush writes down what was learnt about files.
func flush(blobs *blob.Store) {
	if blobs != nil {
		blobs.Memory().Flush()
	}
}

// scopeOf is the workspace that the flags name.
func scopeOf(env Env) azure.Scope {
	local := workspace.BuiltIn()
	return azure.Scope{
		Subscription:  cmp.Or(env.Config.SubscriptionID, local.Subscription),
		ResourceGroup: cmp.Or(env.Config.ResourceGroup, local.ResourceGroup),
		Workspace:     env.WorkspaceName,
	}
}
