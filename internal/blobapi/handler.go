package blobapi

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Config is what a Handler is made of.
type Config struct {
	// Accounts finds a storage account by name, which has the form of one. The
	// error is workspace.ErrNotFound when there is none. Required.
	Accounts func(ctx context.Context, name string) (*Account, error)
	// Index is where the datastores of all workspaces are written. Required.
	Index workspace.Storage
	// Blobs holds their content, Staging that of blocks that are in no blob
	// yet; nobody else may use Staging. Required.
	Blobs, Staging *blob.Store
	// Bearer says whether a bearer token allows something; nil allows nothing.
	Bearer func(ctx context.Context, token string, a Access) bool
	// Prefix comes before the account in a path: "/blob". The handler wants the
	// path as the client sent it, prefix included, because it is signed.
	Prefix string
	// AccountOf names the account that a host stands for, to the client of r;
	// then the path begins with the container. "" when it stands for none, as
	// when nil.
	AccountOf func(r *http.Request, host string) string
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// Log gets what is not told to clients. Required.
	Log *slog.Logger
	// MaxBytes bounds one upload; 5000 MiB, the protocol's own bound, when 0.
	MaxBytes int64
}

// The protocol's own bounds.
const (
	maxUpload   = 5000 << 20
	maxBlocks   = 50_000
	maxListBody = 16 << 20
	maxMetadata = 8 << 10
	maxPage     = 5000
)

// Account is a workspace's storage account.
type Account struct {
	// Name is 3 to 24 lower-case letters and digits.
	Name  string
	Scope workspace.Scope
	// Keys are those that a request may be signed with.
	Keys []Key
	// Datastores are the containers that stand for datastores, by name.
	Datastores map[string]string
	// Created is when they were made, as far as that is known.
	Created time.Time
}

// Key is an account key. It does not print.
type Key []byte

// ParseKey reads a key as clients are given it.
func ParseKey(text string) (Key, error) {
	k, err := base64.StdEncoding.DecodeString(text)
	return Key(k), err
}

// Base64 is the key as clients are given it.
func (k Key) Base64() string { return base64.StdEncoding.EncodeToString(k) }

// String hides the key.
func (k Key) String() string { return "[redacted]" }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Handler answers requests to storage accounts.
type Handler struct {
	Config
	log        *slog.Logger
	operations []operation
	staging    *staging
}

// New returns a Handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.AccountOf == nil {
		c.AccountOf = func(*http.Request, string) string { return "" }
	}
	if c.Bearer == nil {
		c.Bearer = func(context.Context, string, Access) bool { return false }
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = maxUpload
	}
	c.Prefix = strings.TrimSuffix(c.Prefix, "/")
	return &Handler{
		Config: c, log: c.Log, operations: operations(),
		staging: &staging{index: c.Index, blobs: c.Staging, now: c.Now, waiting: map[string]bool{}},
	}
}

// call is one request on its way.
type call struct {
	h *Handler
	w http.ResponseWriter
	r *http.Request
	// prefix is what of the path comes before the account.
	prefix string
	id     string
	now    time.Time
	query  url.Values
	at     place
	op     operation
	grant  grant
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, h.Prefix) //nolint:contextcheck // a call carries its request, and so its context
}

// answer answers a request in whose path prefix comes before the account.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, prefix string) {
	c := &call{h: h, w: w, r: canonical(r), prefix: prefix, id: uuid.NewString(), now: h.Now()}
	c.begin()
	if err := c.serve(); err != nil {
		c.drain()
		c.fail(err)
	}
}

// canonical is a request whose headers have the names that Go looks for. Those
// that come over a network have; Azure's client for Go writes others, which a
// transport without a network hands on as they are.
func canonical(r *http.Request) *http.Request {
	for name := range r.Header {
		if http.CanonicalHeaderKey(name) == name {
			continue
		}
		all := http.Header{}
		for name, values := range r.Header {
			name = http.CanonicalHeaderKey(name)
			all[name] = append(all[name], values...)
		}
		r = r.WithContext(r.Context())
		r.Header = all
		return r
	}
	return r
}

// maxDrain is how much of a body is read of which nothing is wanted.
const maxDrain = 256 << 20

// drain reads what the client is still sending: most send everything before
// they look at the answer, and would otherwise see a broken connection and try
// again. Whoever may not do anything here is not waited for.
func (c *call) drain() {
	if c.grant.account != nil && c.r.Body != nil {
		_, _ = io.CopyN(io.Discard, c.r.Body, maxDrain) // the answer is the same
	}
}

func (c *call) serve() error {
	var err error
	if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return badQuery("query", "cannot be read")
	}
	if c.at, err = c.h.locate(c.r, c.r.Host, c.r.URL, c.prefix); err != nil {
		return err
	}
	// Who asks comes before whether there is such an operation or such a name.
	known := false
	c.op, known = c.h.operation(c)
	if c.grant, err = c.authorize(); err != nil {
		return err
	}
	if !known {
		return c.unknown()
	}
	if c.op.run == nil {
		return notImplemented("The operation " + c.op.name)
	}
	if err := c.at.check(); err != nil {
		if c.asksForFolder() {
			return blobNotFound()
		}
		return err
	}
	if err := c.refuseHeaders(); err != nil {
		return err
	}
	return c.op.run(c)
}

// asksForFolder reports whether a request looks for a blob whose name ends in a
// slash: for the mark of a folder, as azure-ai-ml does. No such blob is taken, so
// there is none.
func (c *call) asksForFolder() bool {
	name, folder := strings.CutSuffix(c.at.blob, "/")
	reads := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	return reads && folder && c.at.level == blobLevel && CheckContainer(c.at.container) == nil && CheckBlob(name) == nil
}

// unknown is the answer to what is no operation of the protocol.
func (c *call) unknown() error {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPost:
		return badQuery("comp", "the service has no such operation")
	}
	return no(http.StatusMethodNotAllowed, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
}

// begin sets the headers that every answer has.
func (c *call) begin() {
	head := c.w.Header()
	head.Set("X-Ms-Request-Id", c.id)
	head.Set("X-Ms-Version", version(c.r))
	head.Set("Date", c.now.UTC().Format(http.TimeFormat))
	// Who reads a blob in a browser reads what somebody has uploaded. It must
	// not act in the name of the page's origin, which is the studio's too.
	head.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	head.Set("X-Content-Type-Options", "nosniff")
	if id := c.r.Header.Get("X-Ms-Client-Request-Id"); id != "" && len(id) <= 1024 && printable(id) {
		head.Set("X-Ms-Client-Request-Id", id)
	}
}

// latest is the version of the protocol that is answered when none is asked.
const latest = "2021-12-02"

// version is the version that the client speaks. What is supported did not
// change its shape since the first that clients of today may ask for.
func version(r *http.Request) string {
	for _, v := range []string{r.Header.Get("X-Ms-Version"), r.URL.Query().Get("sv")} {
		if _, err := time.Parse(time.DateOnly, v); err == nil {
			return v
		}
	}
	return latest
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// xml answers with a document.
func (c *call) xml(status int, body any) {
	text, err := xml.Marshal(body)
	if err != nil {
		c.h.log.ErrorContext(c.r.Context(), "storage answer cannot be written", "request", c.id, "error", err)
		c.w.WriteHeader(http.StatusInternalServerError)
		return
	}
	text = append([]byte(`<?xml version="1.0" encoding="utf-8"?>`), text...)
	c.w.Header().Set("Content-Type", "application/xml")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(text) // the client is gone
	}
}

// refuseHeaders refuses what a request asks for besides its operation, and
// would not get.
func (c *call) refuseHeaders() error {
	for name, values := range c.r.Header {
		name := strings.ToLower(name)
		if what, refused := unsupportedHeader(name); refused && strings.Join(values, "") != "" {
			return notImplemented(what)
		}
	}
	if tier := c.r.Header.Get("X-Ms-Access-Tier"); tier != "" && !strings.EqualFold(tier, "Hot") {
		return notImplemented("An access tier other than Hot")
	}
	if c.r.Header.Get("X-Ms-Lease-Id") != "" {
		return no(http.StatusPreconditionFailed, "LeaseNotPresentWith"+c.at.level.kind()+"Operation",
			"There is currently no lease on the %s.", strings.ToLower(c.at.level.kind()))
	}
	return nil
}

func unsupportedHeader(name string) (what string, refused bool) {
	switch name {
	case "x-ms-tags", "x-ms-if-tags", "x-ms-source-if-tags":
		return "Tags", true
	case "x-ms-encryption-key", "x-ms-encryption-key-sha256", "x-ms-encryption-scope":
		return "An encryption key of the client", true
	case "x-ms-structured-body":
		return "A structured body", true
	case "x-ms-legal-hold", "x-ms-immutability-policy-mode", "x-ms-immutability-policy-until-date":
		return "Immutability", true
	case "x-ms-expiry-option", "x-ms-expiry-time":
		return "Expiry", true
	case "x-ms-blob-public-access":
		return "Public access", true
	}
	return "", false
}
