package har

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Archive gathers exchanges. It may be used by many goroutines.
type Archive struct {
	creator creator
	now     func() time.Time

	mu      sync.Mutex // guards entries
	entries []*entry
}

// New is an empty archive made by a program of that name and version. now is
// the time; time.Now when nil.
func New(name, version string, now func() time.Time) *Archive {
	if now == nil {
		now = time.Now
	}
	return &Archive{creator: creator{Name: name, Version: version}, now: now}
}

// The format. Members that begin with an underscore are ours, as it allows.
type (
	creator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	field struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	entry struct {
		StartedDateTime time.Time      `json:"startedDateTime"`
		Time            float64        `json:"time"` // ms
		Request         request        `json:"request"`
		Response        response       `json:"response"`
		Cache           map[string]any `json:"cache"`
		Timings         timings        `json:"timings"`
	}
	request struct {
		Method      string  `json:"method"`
		URL         string  `json:"url"`
		HTTPVersion string  `json:"httpVersion"`
		Cookies     []field `json:"cookies"`
		Headers     []field `json:"headers"`
		QueryString []field `json:"queryString"`
		PostData    *body   `json:"postData,omitempty"`
		HeadersSize int     `json:"headersSize"`
		BodySize    int64   `json:"bodySize"`
	}
	response struct {
		Status      int     `json:"status"`
		StatusText  string  `json:"statusText"`
		HTTPVersion string  `json:"httpVersion"`
		Cookies     []field `json:"cookies"`
		Headers     []field `json:"headers"`
		Content     body    `json:"content"`
		RedirectURL string  `json:"redirectURL"`
		HeadersSize int     `json:"headersSize"`
		BodySize    int64   `json:"bodySize"`
	}
	// body is what was sent or answered. Text is empty when it is not a text, or
	// too long. Where something is hidden there is no digest either, by which one
	// could guess it.
	body struct {
		Size     int64   `json:"size"`
		MimeType string  `json:"mimeType"`
		Text     string  `json:"text,omitempty"`
		Params   []field `json:"params,omitempty"`
		SHA256   string  `json:"_sha256,omitempty"`
	}
	timings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// maxText is how much of a body is kept.
const maxText = 1 << 20

// Record is next, whose requests and answers go into the archive. base is the
// scheme and host that they are noted under; empty: those of the request.
func (a *Archive) Record(next http.Handler, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.now()
		in, out := newTap(), newTap()
		// A copy: what is recorded is what came, whatever becomes of it inside.
		noted := r.Clone(r.Context())
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = tapped{io.TeeReader(r.Body, in), r.Body}
		}
		answer := &writer{ResponseWriter: w, tap: out, status: http.StatusOK}
		defer func() { a.add(began, noted, base, in, answer) }()
		next.ServeHTTP(answer, r)
	})
}

func (a *Archive) add(began time.Time, r *http.Request, base string, in *tap, w *writer) {
	vault := ofVault(address(r, base))
	took := float64(a.now().Sub(began).Microseconds()) / 1000
	e := &entry{
		StartedDateTime: began.UTC(), Time: took, Cache: map[string]any{}, Timings: timings{Wait: took},
		Request: request{
			Method: r.Method, URL: address(r, base), HTTPVersion: r.Proto, Cookies: []field{},
			Headers: headers(r.Header), QueryString: query(r.URL.Query()), HeadersSize: -1, BodySize: in.size,
		},
		Response: response{
			Status: w.status, StatusText: http.StatusText(w.status), HTTPVersion: r.Proto, Cookies: []field{},
			Headers: headers(w.Header()), RedirectURL: "", HeadersSize: -1, BodySize: w.tap.size,
			Content: w.tap.body(w.Header().Get("Content-Type"), vault),
		},
	}
	if in.size > 0 {
		sent := in.body(r.Header.Get("Content-Type"), vault)
		e.Request.PostData = &sent
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries = append(a.entries, e)
}

// WriteTo writes the archive.
func (a *Archive) WriteTo(w io.Writer) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	entries := a.entries
	if entries == nil {
		entries = []*entry{}
	}
	text, err := json.MarshalIndent(map[string]any{"log": map[string]any{
		"version": "1.2", "creator": a.creator, "entries": entries,
	}}, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("write the archive of requests: %w", err)
	}
	n, err := w.Write(append(text, '\n'))
	if err != nil {
		return int64(n), fmt.Errorf("write the archive of requests: %w", err)
	}
	return int64(n), nil
}

// tap takes note of what flows by.
type tap struct {
	size int64
	kept bytes.Buffer
	sum  hash.Hash
}

func newTap() *tap { return &tap{sum: sha256.New()} }

// Write implements io.Writer; it never fails.
func (t *tap) Write(p []byte) (int, error) {
	t.size += int64(len(p))
	t.sum.Write(p)
	t.kept.Write(p[:min(len(p), maxText+1-t.kept.Len())])
	return len(p), nil
}

func (t *tap) body(kind string, vault bool) body {
	b := body{Size: t.size, MimeType: kind}
	if t.size == 0 {
		return b
	}
	b.Text, b.Params = show(kind, t.kept.Bytes(), t.size <= maxText, vault)
	if b.Params == nil && !vault && !strings.Contains(b.Text, hidden) {
		b.SHA256 = hex.EncodeToString(t.sum.Sum(nil))
	}
	return b
}

type tapped struct {
	io.Reader
	io.Closer
}

// writer takes note of an answer.
type writer struct {
	http.ResponseWriter
	tap    *tap
	status int
	wrote  bool
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	w.wrote = true
	n, err := w.ResponseWriter.Write(p)
	_, _ = w.tap.Write(p[:n]) // it never fails
	return n, err             //nolint:wrapcheck // what the client's side says
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
