package driver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/load"
)

// fault is a way in which a request goes wrong.
type fault string

const (
	cut       fault = "cut before it is sent"
	lostReply fault = "done, and no answer"
	halfReply fault = "done, and half an answer"
	throttled fault = "429"
	failing   fault = "500"
	slow      fault = "done, and no answer for long"
)

func faults() []fault { return []fault{cut, lostReply, halfReply, throttled, failing, slow} }

// flaky is a way to a server on which requests go wrong.
type flaky struct {
	mu sync.Mutex // guards the rest
	// seen are requests, without what is made up in them, in the order of their
	// first tries; times how often each was tried.
	seen  []string
	times map[string]int
	// wrong says what goes wrong with the nth request, which is tried for so
	// many a time.
	wrong func(n, try int) fault
}

// madeUp is what differs from one submission to the next.
var madeUp = regexp.MustCompile(`upload-[0-9a-f-]{36}|/jobs/[a-z0-9_]+`)

func (f *flaky) look(r *http.Request) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Method + " " + madeUp.ReplaceAllString(r.URL.Path, "*")
	n := slices.Index(f.seen, key)
	if n < 0 {
		n = len(f.seen)
		f.seen = append(f.seen, key)
	}
	if f.times == nil {
		f.times = map[string]int{}
	}
	f.times[key]++
	if f.wrong == nil {
		return ""
	}
	return f.wrong(n, f.times[key])
}

func (f *flaky) Do(r *http.Request) (*http.Response, error) {
	wrong := f.look(r)
	broken := &url.Error{Op: r.Method, URL: r.URL.Path, Err: io.ErrUnexpectedEOF}
	switch wrong {
	case cut:
		return nil, broken
	case throttled:
		return refusal(r, http.StatusTooManyRequests), nil
	case failing:
		return refusal(r, http.StatusInternalServerError), nil
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if res.Header.Get("Retry-After") != "" { // the clock is fast here
		res.Header.Del("Retry-After")
		res.Header.Set("Retry-After-Ms", "1")
	}
	switch wrong {
	case lostReply:
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return nil, broken
	case slow:
		res.Body.Close()
		<-r.Context().Done()
		return nil, r.Context().Err()
	case halfReply:
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if len(text) == 0 {
			return nil, broken
		}
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(text[:len(text)/2]), brokenReader{}))
	}
	return res, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func refusal(r *http.Request, status int) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Retry-After-Ms": {"1"}},
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Busy","message":"try later"}}`)), Request: r,
	}
}

// site is a served home, in which every case has a workspace of its own.
type site struct {
	home    *local.Local
	serving *local.Serving
	source  azure.Source
}

const project = `
type: pipeline
inputs:
  word: hello
  table: {type: uri_file, path: ./table.csv}
settings: {default_compute: azureml:DS3-v2-cluster}
jobs:
  one:
    type: command
    code: ./src
    command: ./run.sh ${{inputs.word}} ${{inputs.table}}
    environment: {image: ubuntu}
    inputs: {word: "${{parent.inputs.word}}", table: "${{parent.inputs.table}}"}
  two:
    type: command
    command: "true"
    environment: {image: debian}
`

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	var err error
	if s.home, err = local.Open(t.Context(), local.Options{Home: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	s.serving, err = s.home.Serve(context.WithoutCancel(t.Context()), local.ServeOptions{Dispatch: local.DispatchOptions{Parallel: 1, MaxJobs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, end := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer end()
		if err := errors.Join(s.serving.Close(ctx), s.home.Close()); err != nil {
			t.Error(err)
		}
	})
	dir := folder(t, map[string]string{"pipeline.yml": project, "table.csv": "a,b\n", "src/run.sh": "#!/bin/sh\n", "src/more.txt": "more"})
	if err := os.Chmod(filepath.Join(dir, "src", "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.source = azure.Source{Files: os.DirFS(dir), Root: dir, Blobs: blobs, Coder: environ.NewCoder(blobs, environ.Options{Env: os.Environ()})}
	return s
}

// command is what a command asks the client to do, with a client of its own.
type command func(ctx context.Context, s *site, c *azure.Client) error

func submission(ctx context.Context, s *site, c *azure.Client) error {
	p, list := load.Pipeline(s.source.Files, "pipeline.yml")
	if list.HasErrors() {
		return list.Err()
	}
	_, err := c.Submit(ctx, s.source, p, "", "w-e")
	c.Told()
	return err
}

func publication(ctx context.Context, s *site, c *azure.Client) error {
	p, list := load.Pipeline(s.source.Files, "pipeline.yml")
	if list.HasErrors() {
		return list.Err()
	}
	done, err := c.Publish(ctx, s.source, p, azure.Publication{Name: "w-e", Description: "d"})
	if err == nil {
		_, err = c.UploadMarker(ctx, "", "markers", "w-e", done.GUID)
	}
	return err
}

// act carries a command out as the driver does.
func (s *site) act(ctx context.Context, do command, workspace, journal string, way *flaky) error {
	c, err := azure.Dial(azure.Target{
		Endpoint: s.serving.URL, Credential: azure.Token(s.serving.Token), Location: "local", Transport: way, Journal: journal,
		Scope: azure.Scope{Subscription: "s", ResourceGroup: workspace, Workspace: workspace}, Interval: time.Millisecond,
		Retry: &policy.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond, MaxRetryDelay: time.Second, TryTimeout: 5 * time.Second},
	})
	if err != nil {
		return err
	}
	if _, err = c.EnsureGroup(ctx); err != nil {
		return err
	}
	if _, err = c.EnsureWorkspace(ctx); err != nil {
		return err
	}
	if _, err = c.EnsureCompute(ctx, azure.Cluster{Name: "DS3-v2-cluster", Size: "Standard_DS3_v2", MaxNodes: 4, Idle: time.Minute}); err != nil {
		return err
	}
	return do(ctx, s, c)
}

// count asks the server how many there are of what.
func (s *site) count(t *testing.T, workspace, what string) int {
	t.Helper()
	address := s.serving.URL + azure.Scope{Subscription: "s", ResourceGroup: workspace, Workspace: workspace}.String() + "/" + what
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.serving.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct{ Value []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", what, res.Status, err)
	}
	return len(list.Value)
}

var codeForm = regexp.MustCompile(`/codes/([0-9a-f]{64})/`)

// once checks that a workspace has one of everything that was asked for.
func (s *site) once(t *testing.T, workspace string, way *flaky) {
	t.Helper()
	i := slices.IndexFunc(way.seen, func(request string) bool { return codeForm.MatchString(request) })
	if i < 0 {
		t.Fatal("no code was asked for")
	}
	code := codeForm.FindStringSubmatch(way.seen[i])[1]
	if got := s.count(t, workspace, "codes/"+code+"/versions"); got != 1 {
		t.Errorf("%s: %d versions of the code", workspace, got)
	}
	want := map[string]int{
		"computes": 1, "components/azureml_anonymous/versions": 2, "environments/CliV2AnonymousEnvironment/versions": 2,
		"jobs": 1, "batchEndpoints": 0,
	}
	if way.published() {
		want["jobs"], want["batchEndpoints"], want["batchEndpoints/w-e/deployments"], want["components/w-e/versions"] = 0, 1, 1, 1
	}
	for what, want := range want {
		if got := s.count(t, workspace, what); got != want {
			t.Errorf("%s: %d of %s, want %d", workspace, got, what, want)
		}
	}
}

func (f *flaky) published() bool {
	return slices.ContainsFunc(f.seen, func(request string) bool { return strings.Contains(request, "/batchEndpoints/") })
}

func commands() map[string]command {
	return map[string]command{"submit": submission, "publish": publication}
}

// Every request goes wrong at its first try: the client tries again, and one
// command does it.
func TestEveryRequestIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for verb, do := range commands() {
		for i, f := range faults() {
			if f == slow {
				continue // below: an interrupt ends it
			}
			t.Run(verb+"/"+string(f), func(t *testing.T) {
				t.Parallel()
				s.triedAgain(t, do, fmt.Sprintf("%s%d", verb, i), f)
			})
		}
	}
}

func (s *site) triedAgain(t *testing.T, do command, name string, f fault) {
	way := &flaky{wrong: func(_, try int) fault {
		if try == 1 {
			return f
		}
		return ""
	}}
	// Half of an answer to a POST is not asked for again by the client, but by
	// whoever runs the command again: there are two POSTs.
	tries := 1
	if f == halfReply {
		tries = 3
	}
	var err error
	journal := t.TempDir()
	for range tries {
		if err = s.act(t.Context(), do, name, journal, way); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.once(t, name, way)
}

// Each request in turn goes wrong for good; then the same command, run again,
// completes, and there is one of everything.
func TestSameCommandAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for verb, do := range commands() {
		way := &flaky{}
		if err := s.act(t.Context(), do, verb, t.TempDir(), way); err != nil {
			t.Fatal(err)
		}
		s.once(t, verb, way)
		for n, request := range way.seen {
			for i, f := range faults() {
				if testing.Short() && i != n%len(faults()) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d %s/%s", verb, n, path.Base(request), f), func(t *testing.T) {
					t.Parallel()
					s.again(t, do, fmt.Sprintf("%s%d-%d", verb, n, i), n, f)
				})
			}
		}
	}
}

func (s *site) again(t *testing.T, do command, name string, n int, f fault) {
	journal := filepath.Join(t.TempDir(), "submissions")
	ctx, end := context.WithCancel(t.Context())
	defer end()
	way := &flaky{wrong: func(at, _ int) fault {
		if at != n {
			return ""
		}
		if f == slow {
			time.AfterFunc(time.Millisecond, end) // somebody interrupts
		}
		return f
	}}
	if err := s.act(ctx, do, name, journal, way); err == nil {
		t.Fatal("the first one completed")
	}
	second := &flaky{}
	if err := s.act(t.Context(), do, name, journal, second); err != nil {
		t.Fatal(err)
	}
	s.once(t, name, second)
	if left, err := os.ReadDir(journal); err == nil && len(left) > 0 {
		t.Errorf("the journal still has %v", left)
	}
}
