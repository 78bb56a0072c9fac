package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/ischia-ml/ischia/internal/mask"
)

// Config is what a Server is made of.
type Config struct {
	// The doors. A nil one is not there: 404.
	ARM, Pipelines, Blob, Studio http.Handler
	// Token is the home's. Required.
	Token string
	// Tenant is the directory's id, which the challenge of a refusal tells.
	Tenant string
	// Hosts are names that a client may use for this machine, besides the
	// loopback names and the address that it connected to.
	Hosts []string
	// TLS, when not nil, is how connections are encrypted.
	TLS *tls.Config
	// Grace is how long requests may take to end when the server ends; 10
	// seconds when 0.
	Grace time.Duration
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// Log gets a line for each request. Required.
	Log *slog.Logger
}

// Server lets requests in, or not.
type Server struct {
	Config
	routes []route
	codes  *codes
	mask   *mask.Masker
	// closing is closed when the server begins to end: what streams without an
	// end of its own has to stop then.
	closing chan struct{}
}

// New returns a Server. It panics without a token: that would be no server to
// have.
func New(c Config) *Server {
	if len(c.Token) < minToken {
		panic("server: the token is too short")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Grace == 0 {
		c.Grace = 10 * time.Second
	}
	s := &Server{Config: c, codes: newCodes(c.Now), mask: mask.New([]string{c.Token}), closing: make(chan struct{})}
	s.routes = s.table()
	return s
}

// What a client may take, so that slow or large ones do not hold everything.
// Bodies have no bound in time, as an upload takes what it takes, but each
// piece of one has.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	pieceTimeout  = time.Minute
	maxHeader     = 64 << 10
	maxBody       = 32 << 20
	minToken      = 16
)

// Handler is the way in.
func (s *Server) Handler() http.Handler { return s.logged(http.HandlerFunc(s.serve)) }

// serve looks at a request from outside to inside: where it comes from, what
// it is about, whose it is.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if f := s.checkOrigin(r); f != nil {
		f.write(w, r)
		return
	}
	s.lead(w, r, s.find(r))
}

// lead brings a request to its door, if it may go there.
func (s *Server) lead(w http.ResponseWriter, r *http.Request, to route) {
	if !to.large {
		w.Header().Set("Cache-Control", "no-store") // of a blob it is a property
	}
	boundBody(w, r, to.large)
	if f := s.allow(w, r, to); f != nil {
		f.write(w, r)
		return
	}
	if f := checkPath(r.URL); f != nil && !to.large {
		f.write(w, r)
		return
	}
	if to.door == nil {
		notThere(r).write(w, r)
		return
	}
	if to.cookie {
		var end func()
		r, end = s.untilClosing(r)
		defer end()
	}
	to.door.ServeHTTP(w, r)
}

// secure sets the headers that every answer has. Doors may set stricter ones.
func secure(head http.Header) {
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// untilClosing is r with a context that ends when the server begins to end.
func (s *Server) untilClosing(r *http.Request) (*http.Request, func()) {
	ctx, cancel := context.WithCancel(r.Context())
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return r.WithContext(ctx), cancel
}

// Serve answers what comes to l, which it closes, until ctx ends; requests on
// their way then have the grace to end. It is to be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.TLS != nil {
		l = tls.NewListener(l, s.TLS)
	}
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug), TLSConfig: s.TLS,
		// Whoever asks for "*" gets an answer of ours too.
		DisableGeneralOptionsHandler: true,
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve at %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	close(s.closing)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
	defer cancel()
	err := h.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		s.Log.WarnContext(ctx, "requests were cut off", "after", s.Grace)
		err = h.Close()
	}
	if ended := <-failed; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	if err != nil {
		return fmt.Errorf("end the server at %s: %w", l.Addr(), err)
	}
	return nil
}
