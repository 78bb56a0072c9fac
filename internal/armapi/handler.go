package armapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Config is what a Handler is made of. All of it is required, but User,
// Now, MaxBody and JobPage.
type Config struct {
	Ledger   *workspace.Workspace
	Runner   workspace.Runner
	Contents workspace.Contents
	Storage  Storage
	// Location is said of whatever has none of its own.
	Location string
	// Tenant is the directory's id.
	Tenant string
	Log    *slog.Logger
	// User is whoever creates what is created; "local" when empty: one home is
	// one person's.
	User string
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// MaxBody bounds a request's body in bytes; 32 MiB when 0.
	MaxBody int64
	// JobPage is the address of a job's page in the studio, as seen by the
	// client of r. May be nil.
	JobPage func(r *http.Request, scope workspace.Scope, job string) string
}

// Storage is a workspace's storage account.
type Storage interface {
	// Account is its name.
	Account(scope workspace.Scope) string
	// Container is the name of the container that holds the files of a
	// datastore that every workspace has; of a share, the share's name.
	Container(scope workspace.Scope, datastore string) string
	// Key is its first key, in base64.
	Key(ctx context.Context, scope workspace.Scope) (string, error)
	// SAS is the query of a link to a container (blob empty) or a blob.
	// Permissions are letters in the order racwdl.
	SAS(ctx context.Context, scope workspace.Scope, container, blob, permissions string, expiry time.Time) (string, error)
	// URL is the account's address for the client of r, without a slash at its
	// end.
	URL(r *http.Request, scope workspace.Scope) string
}

// Handler answers ARM requests. Whether a request is allowed is decided before
// it gets here.
type Handler struct {
	Config
	routes *routes
}

// New returns a Handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.User == "" {
		c.User = "local"
	}
	if c.MaxBody == 0 {
		c.MaxBody = 32 << 20
	}
	h := &Handler{Config: c, routes: newRoutes()}
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Handler: h, w: w, r: r, header: http.Header{}}
	c.identify()
	if err := c.serve(); err != nil { //nolint:contextcheck // a call has its request's
		c.fail(err)
	}
}
