package pipelinesapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Config is what a Handler is made of. All of it is required, but User, Now,
// JobPage, MaxBody and the links.
type Config struct {
	Ledger *workspace.Workspace
	Runner workspace.Runner
	// Lookup says what the ids in a workspace's definitions stand for.
	Lookup func(scope workspace.Scope) arm.Lookup
	Log    *slog.Logger
	// User is whoever starts what is started; "local" when empty: one home is
	// one person's.
	User string
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// JobPage is the address of a job's page in the studio, as seen by the
	// client of r. May be nil.
	JobPage func(r *http.Request, scope workspace.Scope, job string) string
	// LogLink is an address, as seen by the client of r, from which one file of
	// a job's log can be read without a token for some time.
	LogLink func(r *http.Request, scope workspace.Scope, job, file string) string
	// FileLink is the same for a file on a datastore.
	FileLink func(r *http.Request, scope workspace.Scope, datastore, path string) (string, error)
	// Container is where a datastore lies that every workspace has: the account,
	// the container in it, and a signature that is good for all of it until
	// expiry. May be nil.
	Container func(scope workspace.Scope, datastore string, expiry time.Time) (account, container, signature string)
	// Artifacts brings what a job has left into the artifact store. May be nil.
	Artifacts func(ctx context.Context, scope workspace.Scope, job string) error
	// Link is the same as LogLink for target, a path of this door: the log of a pipeline.
	Link func(r *http.Request, target string) string
	// MaxBody bounds a request's body in bytes; 4 MiB when 0.
	MaxBody int64
}

// Handler answers requests. Whether one is allowed is decided before it gets
// here.
type Handler struct {
	Config
	table *table
	// published are the definitions that were asked for last; decoding are those
	// that are being read.
	published *cache
	decoding  *singleflight.Group
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
		c.MaxBody = 4 << 20
	}
	return &Handler{Config: c, table: newTable(), published: newCache(maxPublished), decoding: new(singleflight.Group)}
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Handler: h, w: w, r: r}
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

// call is one request while it is answered.
type call struct {
	*Handler
	w http.ResponseWriter
	r *http.Request
	// vars are the path's parameters, unescaped and checked as names.
	vars  map[string]string
	scope workspace.Scope
	// query are the parameters of the query.
	query url.Values
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) serve() error {
	handle, vars, err := c.table.match(c.r.Method, c.r.URL)
	if err != nil {
		return err
	}
	for name, value := range vars {
		if err := workspace.CheckName(value); err != nil {
			return badRequest("%s: %v", name, err)
		}
	}
	c.vars, c.query = vars, c.r.URL.Query()
	c.scope = workspace.Scope{Subscription: vars["subscription"], ResourceGroup: vars["group"], Workspace: vars["workspace"]}
	return handle(c)
}

// body reads the request's body; an empty one is an empty object.
func (c *call) body() ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &fault{
			status: http.StatusRequestEntityTooLarge, code: "RequestContentTooLarge",
			message: fmt.Sprintf("the body has more than %d bytes", tooLarge.Limit),
		}
	case err != nil:
		return nil, badRequest("read the body: %v", err)
	}
	return text, nil
}

// base is the address under which the client sees this door.
func (c *call) base() string { return hosts.Of(c.r).Data }

// page is the address of a job's page; empty when there is none.
func (c *call) page(job string) string {
	if c.JobPage == nil {
		return ""
	}
	return c.JobPage(c.r, c.scope, job)
}
