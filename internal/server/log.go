package server

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
)

// logged gives each request an id, and the log a line about it. A panic of a
// door is logged, and answered if that is still possible.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := s.Now()
		seen := &recorder{ResponseWriter: w}
		w.Header().Set("X-Ms-Request-Id", uuid.NewString()) // storage sets its own
		defer func() {
			cause := recover()
			whole := cause == nil || s.panicked(seen, r, cause)
			s.line(seen, r, begun)
			if !whole {
				panic(http.ErrAbortHandler) // the client has to see that something is missing
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// panicked deals with a door that panicked, and reports whether the client has
// got an answer that is whole.
func (s *Server) panicked(w *recorder, r *http.Request, cause any) bool {
	if cause == http.ErrAbortHandler { //nolint:errorlint // that very value, as net/http has it
		return false
	}
	s.Log.ErrorContext(r.Context(), "a door panicked", "request", w.Header().Get("X-Ms-Request-Id"),
		"panic", s.mask.String(fmt.Sprint(cause)), "stack", string(debug.Stack()))
	if w.status != 0 {
		return false
	}
	f := &fault{status: http.StatusInternalServerError, code: "InternalServerError", message: "the server could not do this; its log says why"}
	f.write(w, r)
	return true
}

func (s *Server) line(w *recorder, r *http.Request, begun time.Time) {
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	s.Log.Log(r.Context(), level, "request", "id", w.Header().Get("X-Ms-Request-Id"),
		"client_id", s.mask.String(shorten(r.Header.Get("X-Ms-Client-Request-Id"))), "method", shorten(r.Method),
		"path", s.mask.String(shorten(r.URL.EscapedPath())), "query", s.mask.String(shorten(openQuery(r.URL.RawQuery))),
		"from", r.RemoteAddr, "status", w.status, "bytes", w.bytes, "took", s.Now().Sub(begun))
}

// openQuery is a query without what gives access: the signature of a link, the
// code of a sign-in, whatever is called a token or a key.
func openQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var shown []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || secret(plain) {
			pair = name + "=***"
		}
		shown = append(shown, pair)
	}
	return strings.Join(shown, "&")
}

func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"sig", "code", "token", "key", "secret", "password"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) begin() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	w.begin()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets the system copy files.
func (w *recorder) ReadFrom(r io.Reader) (int64, error) {
	w.begin()
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// Flush sends what was written so far.
func (w *recorder) Flush() {
	w.begin()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // not every connection can
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
