package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// requestLog lists requests, a line each: never a token, and never a query, in
// which signatures are.
type requestLog struct {
	now func() time.Time

	mu sync.Mutex
	// to is nil when nobody wants the list. Guarded by mu.
	to io.Writer
}

// line writes one. What cannot be written is not told: a list is no reason to
// fail.
func (l *requestLog) line(r *http.Request, host string, status int, bytes int64, took time.Duration) {
	path := "-"
	if r.Method != http.MethodConnect {
		path = r.URL.EscapedPath()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil {
		return
	}
	_, _ = fmt.Fprintf(l.to, "%s %s %s %s %d %d %dms\n", l.now().UTC().Format("2006-01-02T15:04:05.000Z"),
		printable(r.Method), host, printable(path), status, bytes, took.Milliseconds())
}

// printable is text without what a terminal or a reader of lines takes for
// something else.
func printable(text string) string {
	if text == "" {
		return "-"
	}
	quoted := strconv.QuoteToASCII(shorten(text))
	return quoted[1 : len(quoted)-1]
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
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
