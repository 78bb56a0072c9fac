package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/home"
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

	home    *local.Local
	serving *local.Serving // nil unless this process serves the workspace
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

// errNoAzure: what it takes to sign in to Azure is not part of this version.
var errNoAzure = errors.New("signing in to Azure is not there yet: in this version --target embedded, a workspace on this machine, " +
	"or the address of an `ischia serve`, is what there is")

// connect finds whoever serves the workspace, or serves it.
func (d *driver) connect(ctx context.Context, env Env) (_ *session, err error) {
	target := d.target(env)
	if target == targetAzure {
		return nil, &deniedError{errNoAzure}
	}
	dir, err := home.Locate(d.program.Home, os.Getenv)
	if err != nil {
		return nil, err
	}
	s := &session{place: "this machine, in " + dir}
	if s.home, err = local.Open(ctx, local.Options{Home: dir}); err != nil {
		return nil, fmt.Errorf("open the home %s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			_ = s.close(ctx)
		}
	}()
	if target == targetEmbedded {
		err = s.embedded(ctx, dir, env)
	} else {
		s.place, s.url = target, strings.TrimSuffix(target, "/")
		s.token, err = remoteToken(s.home)
	}
	if err != nil {
		return nil, err
	}
	s.client, err = azure.Dial(azure.Target{
		Endpoint: s.url, Credential: azure.Token(s.token), Scope: scopeOf(env), Location: cmp.Or(env.Config.Location, defaultLocation),
	})
	if err != nil {
		return nil, &usageError{fmt.Errorf("--target: %w", err)}
	}
	return s, s.uploads(d.volume)
}

// defaultLocation is where servers of ischia are.
const defaultLocation = "local"

// embedded connects to the home's server, or makes this process serve it as
// long as it works.
func (s *session) embedded(ctx context.Context, dir string, env Env) error {
	url, token, ok := local.Connect(ctx, dir)
	if ok {
		s.url, s.token = url, token
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
			return fmt.Errorf("serve the workspace: %w", err)
		}
		s.serving, s.url, s.token = serving, serving.URL, serving.Token
	}
	if err := s.home.Ledger().SetLastUsed(ctx, workspace.Scope(scopeOf(env))); err != nil {
		return fmt.Errorf("note the workspace as the one used last: %w", err)
	}
	return nil
}

// tokenVariable holds the token of a server elsewhere.
const tokenVariable = "ISCHIA_TOKEN"

// remoteToken is what a server elsewhere is shown: the caller's, or that of
// this home, which may be the server's too.
func remoteToken(l *local.Local) (string, error) {
	if token := os.Getenv(tokenVariable); token != "" {
		return token, nil
	}
	text, err := os.ReadFile(filepath.Join(l.Dir(), "token"))
	if err != nil {
		return "", &deniedError{fmt.Errorf("there is no token to show: put that of the server into %s", tokenVariable)}
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
	if s.serving != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closePatience)
		defer cancel()
		err = s.serving.Close(ctx)
	}
	flush(s.source.Blobs)
	return errors.Join(err, s.home.Close())
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
