package driver

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/identity"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/mask"
)

// The forms of what a dry run prints.
const (
	formatText = "text"
	formatJSON = "json"
)

// noLocation stands for a location that is not configured.
const noLocation = "LOCATION"

// rehearse is a session with a workspace that is thrown away, behind a transport
// that prints what is sent to it, under the addresses of the real one.
func (d *driver) rehearse(ctx context.Context, env Env) (_ *session, err error) {
	if d.target(env) == targetAzure {
		if err := d.azureFlags(env); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "ischia-dry-run-")
	if err != nil {
		return nil, fmt.Errorf("make a workspace for the dry run: %w", err)
	}
	s := &session{thrown: dir}
	defer func() {
		if err != nil {
			_ = s.close(ctx)
		}
	}()
	if s.home, err = local.Open(ctx, local.Options{Home: filepath.Join(dir, "home")}); err != nil {
		return nil, fmt.Errorf("make a workspace for the dry run: %w", err)
	}
	if s.serving, err = s.home.Serve(context.WithoutCancel(ctx), local.ServeOptions{}); err != nil {
		return nil, fmt.Errorf("make a workspace for the dry run: %w", err)
	}
	r := &rehearsal{out: d.streams.Out, format: d.flags.format, veil: mask.New([]string{d.getenv(env.Config.Auth.EnvSecretName)})}
	d.rehearsal = r
	to, err := d.stage(ctx, s, r, env)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(d.streams.Err, "dry run: nothing is sent and no step is run; the requests are those to a place where nothing exists yet")
	to.Scope, to.Transport, to.Location = scopeOf(env), r, cmp.Or(env.Config.Location, noLocation)
	return s, s.dial(to, d.volume)
}

// stage is the target of a dry run: the workspace that is thrown away, dressed
// up as the real one.
func (d *driver) stage(ctx context.Context, s *session, r *rehearsal, env Env) (azure.Target, error) {
	target := d.target(env)
	if target != targetAzure {
		r.door, r.real, r.shown = http.DefaultClient.Do, s.serving.URL, strings.TrimSuffix(target, "/")
		if target == targetEmbedded {
			r.shown = "http://localhost"
		}
		return azure.Target{Endpoint: s.serving.URL, Credential: azure.Token(s.serving.Token)}, nil
	}
	cloud, err := identity.LookUp(ctx, "", d.getenv, nil)
	if err != nil {
		return azure.Target{}, setting(err)
	}
	at := hosts.Hosts{
		Manager: cloud.Manager, Data: "https://" + cmp.Or(env.Config.Location, noLocation) + ".api.azureml.ms", Pages: cloud.MLResource,
		BlobSuffix: "blob." + cloud.StorageSuffix, Login: cloud.Login,
	}
	inside := s.serving.Inside()
	r.door = func(req *http.Request) (*http.Response, error) { return ask(inside, req, at) }
	s.cloud = &cloud
	return azure.Target{Endpoint: cloud.Manager, Credential: azure.Token(s.serving.Token), Azure: cloudOf(cloud)}, nil
}

// ask asks a handler of this process, for a client that sees it at some hosts.
func ask(h http.Handler, req *http.Request, at hosts.Hosts) (*http.Response, error) {
	in := req.Clone(hosts.With(req.Context(), at))
	in.RequestURI, in.Host, in.RemoteAddr = req.URL.RequestURI(), req.URL.Host, "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &answer{head: http.Header{}}
	h.ServeHTTP(w, in)
	return w.response(req), nil
}

// answer is what a handler has answered.
type answer struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.head }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) response(r *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		StatusCode: a.status, Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.head, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}
}

// rehearsal prints requests, and has them answered.
type rehearsal struct {
	door   func(*http.Request) (*http.Response, error)
	out    io.Writer
	format string
	veil   *mask.Masker
	// real is the address of the workspace that is thrown away, and shown what
	// is printed in its place; empty when requests have the right one already.
	real, shown string

	mu      sync.Mutex // guards the rest
	uploads []sent
	last    string
	err     error
}

// sent is a request as it is printed.
type sent struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Bytes  *int64          `json:"bytes,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// Do prints a request and answers it.
func (r *rehearsal) Do(req *http.Request) (*http.Response, error) {
	s, err := r.describe(req)
	if err != nil {
		return nil, err
	}
	r.note(s)
	switch {
	case req.Method == http.MethodPut && jobForm.MatchString(req.URL.Path):
		return accepted(req, s.Body), nil // a job that nobody has is not run
	case s.Bytes != nil && !strings.Contains(req.URL.Path, "/upload-"):
		// Data may be large, and nobody looks at it here. Code is looked at.
		return (&answer{head: http.Header{}, status: http.StatusCreated}).response(req), nil
	}
	return r.door(req)
}

var jobForm = regexp.MustCompile(`(?i)/workspaces/[^/]+/jobs/[^/]+$`)

// accepted is the answer to a job.
func accepted(req *http.Request, body json.RawMessage) *http.Response {
	a := &answer{head: http.Header{"Content-Type": {"application/json"}}, status: http.StatusCreated}
	a.body.Write(body)
	return a.response(req)
}

// describe is a request as it is printed. JSON bodies are read; others are
// uploads, of which the size is told.
func (r *rehearsal) describe(req *http.Request) (sent, error) {
	s := sent{Method: req.Method, URL: r.dress(unsigned(req.URL))}
	if req.Body == nil || req.Body == http.NoBody {
		return s, nil
	}
	if !strings.Contains(req.Header.Get("Content-Type"), "json") {
		s.Bytes = &req.ContentLength
		return s, nil
	}
	text, err := io.ReadAll(req.Body)
	if err != nil {
		return s, err
	}
	req.Body = io.NopCloser(bytes.NewReader(text))
	if len(text) > 0 && json.Valid(text) {
		s.Body = json.RawMessage(r.veil.String(r.dress(string(text))))
	}
	return s, nil
}

// dress puts the real address in the place of the one that is thrown away.
func (r *rehearsal) dress(text string) string {
	if r.real == "" {
		return text
	}
	return strings.ReplaceAll(text, r.real, r.shown)
}

// hidden stands where something was that opens a door.
const hidden = "***"

// unsigned is an address without its signature.
func unsigned(u *url.URL) string {
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		if name, _, _ := strings.Cut(part, "="); strings.EqualFold(name, "sig") {
			parts[i] = name + "=" + hidden
		}
	}
	shown := *u
	shown.RawQuery = strings.Join(parts, "&")
	return shown.String()
}

// note prints a request. Uploads travel several at once, so they are printed in
// the order of their names, when the next other request comes; and asking for
// the same again and again is printed once.
func (r *rehearsal) note(s sent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Bytes != nil {
		r.uploads = append(r.uploads, s)
		return
	}
	r.flush()
	line := s.Method + " " + s.URL
	if line == r.last && s.Body == nil {
		return
	}
	r.last = line
	r.print(s)
}

// flush prints the uploads that were waiting.
func (r *rehearsal) flush() {
	slices.SortFunc(r.uploads, func(a, b sent) int { return strings.Compare(a.URL, b.URL) })
	for _, s := range r.uploads {
		r.print(s)
	}
	r.uploads = nil
}

func (r *rehearsal) print(s sent) {
	var text bytes.Buffer
	switch {
	case r.format == formatJSON:
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		r.err = errors.Join(r.err, e.Encode(s))
	case s.Bytes != nil:
		fmt.Fprintf(&text, "%s %s (%d bytes)\n", s.Method, s.URL, *s.Bytes)
	default:
		fmt.Fprintf(&text, "%s %s\n", s.Method, s.URL)
		if s.Body != nil {
			r.err = errors.Join(r.err, json.Indent(&text, s.Body, "", "  "))
			text.WriteByte('\n')
		}
	}
	if _, err := r.out.Write(text.Bytes()); err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("print the requests: %w", err))
	}
}

// end prints what is left, and says what went wrong in printing.
func (r *rehearsal) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
	return r.err
}
