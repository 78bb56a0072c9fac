package studio

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Config is what a Handler is made of. All of it is required, but Now.
type Config struct {
	Ledger *workspace.Workspace
	// Folder opens the folder of a job. An error that is fs.ErrNotExist: there
	// is none, or not any more.
	Folder func(job string) (*os.Root, error)
	// FiledUnder is what the files of a datastore are filed under in the index.
	// ErrNotFound when there is no such datastore.
	FiledUnder func(ctx context.Context, scope workspace.Scope, datastore string) (string, error)
	// Content opens what lies under a digest.
	Content func(ctx context.Context, digest string) (io.ReadCloser, error)
	// Scope is the workspace that is shown when an address names none.
	Scope func(ctx context.Context) workspace.Scope
	// Version is that of the program.
	Version string
	Log     *slog.Logger
	// Now is the time; time.Now when nil.
	Now func() time.Time
}

// Handler answers requests for pages.
type Handler struct {
	Config
	mux   *http.ServeMux
	pages *template.Template
}

//go:embed templates/*.html
var templates embed.FS

//go:embed assets
var assets embed.FS

// New returns a Handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	h := &Handler{Config: c, mux: http.NewServeMux()}
	h.pages = template.Must(template.New("").Funcs(h.functions()).ParseFS(templates, "templates/*.html"))
	for pattern, answer := range h.routes() {
		h.mux.HandleFunc(pattern, h.guarded(answer))
	}
	return h
}

// routes are the pages and what they are made of, by pattern of net/http.
func (h *Handler) routes() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                              h.home,
		"GET /jobs":                             h.jobs,
		"GET /jobs/{job}":                       h.job,
		"GET /jobs/{job}/events":                h.events,
		"GET /jobs/{job}/log/{folder}/{file}":   h.log,
		"POST /jobs/{job}/cancel":               h.cancel,
		"GET /models":                           h.models,
		"GET /models/{name}/{version}":          h.model,
		"GET /endpoints":                        h.endpoints,
		"GET /datastores/{datastore}/{path...}": h.browse,
		"GET /assets/{file}":                    h.asset,
		"GET /favicon.ico":                      noIcon,
	}
}

// Routes are the patterns that are answered, for the test that walks them all.
func (h *Handler) Routes() []string {
	var all []string
	for pattern := range h.routes() {
		all = append(all, pattern)
	}
	return all
}

// policy is what a page may load: only what comes from here.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: by that, browsers send a form's Origin as null, and the
	// server takes its page for somebody else's.
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Cache-Control", "no-store")
	h.mux.ServeHTTP(w, r)
}

// guarded turns an error into a page that says what is the matter.
func (h *Handler) guarded(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := answer(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		status, text := http.StatusInternalServerError, "This could not be read. The server's log says why."
		switch {
		case errors.Is(err, workspace.ErrNotFound), errors.Is(err, os.ErrNotExist):
			status, text = http.StatusNotFound, err.Error()
		case errors.Is(err, workspace.ErrInvalid), errors.Is(err, workspace.ErrConflict):
			status, text = http.StatusBadRequest, err.Error()
		default:
			h.Log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
		}
		if err := h.show(w, r, status, "fault.html", fault{shell: h.shell(r, http.StatusText(status)), Text: text}); err != nil {
			http.Error(w, text, status)
		}
	}
}

// fault is the page of what is not there or went wrong.
type fault struct {
	shell
	Text string
}

// show renders a page whole before any of it is sent.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
	return nil
}

// noIcon: pages name their icon, but what is only text, as a log, cannot.
func noIcon(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// asset serves a file that a page needs.
func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "private, max-age=300")
	http.ServeFileFS(w, r, assets, "assets/"+r.PathValue("file"))
	return nil
}
