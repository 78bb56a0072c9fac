package armapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// harness is a door over a real ledger, behind a server, with the unmodified
// client of Azure in front of it. What lies behind the ledger is fake: jobs are
// recorded and never run.
type harness struct {
	t       *testing.T
	server  *httptest.Server
	handler *armapi.Handler
	ledger  *workspace.Workspace
	runner  *fakeRunner
	// scope is the workspace of the tests: the built-in one.
	scope workspace.Scope
}

// newHarness opens a ledger in a folder of the test.
func newHarness(t *testing.T) *harness {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	ledger := workspace.New(workspace.Config{Store: store})
	runner := &fakeRunner{ledger: ledger}
	h := &harness{t: t, ledger: ledger, runner: runner, scope: workspace.BuiltIn()}
	h.handler = armapi.New(armapi.Config{
		Ledger: ledger, Runner: runner, Contents: &fakeContents{ledger: ledger}, Storage: fakeStorage{},
		Location: "local", Tenant: "11111111-1111-1111-1111-111111111111",
		Log: slog.New(slog.NewTextHandler(logWriter{t}, nil)),
	})
	h.server = httptest.NewServer(h.handler)
	t.Cleanup(h.server.Close)
	return h
}

// logWriter writes to the log of a test.
type logWriter struct{ t *testing.T }

func (w logWriter) Write(text []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(text)))
	return len(text), nil
}

// options make a client of Azure ask the server of the test. Operations that
// succeed are noted for docs/coverage-operations.md.
func (h *harness) options() *arm.ClientOptions {
	return &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: h.server.URL, Audience: "https://management.azure.com"},
			}},
			InsecureAllowCredentialWithHTTP: true,
			Retry:                           policy.RetryOptions{MaxRetries: -1},
			Transport:                       noting{h.server.Client()},
		},
	}
}

// factory makes clients of armmachinelearning for the subscription of h.scope.
func (h *harness) factory() *armmachinelearning.ClientFactory {
	h.t.Helper()
	f, err := armmachinelearning.NewClientFactory(h.scope.Subscription, token{}, h.options())
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

// token is a credential that nobody checks: who may ask is decided before the
// door.
type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "test", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// poll waits for a long-running operation, asking often.
func poll[T any](t *testing.T, p *runtime.Poller[T], err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// all reads the pages of a list.
func all[Page any](t *testing.T, p *runtime.Pager[Page]) []Page {
	t.Helper()
	var pages []Page
	for p.More() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	return pages
}

// must returns a value that came without an error.
func must[T any](got T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
}

// fails expects an error of ARM with a status and a code.
func fails(t *testing.T, err error, status int, code string) {
	t.Helper()
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("got %v, want an answer with %d %s", err, status, code)
	}
	if answer.StatusCode != status || answer.ErrorCode != code {
		t.Errorf("got %d %s, want %d %s: %v", answer.StatusCode, answer.ErrorCode, status, code, err)
	}
}

// answer is what came back from a request without a client.
type answer struct {
	status int
	header http.Header
	text   string
}

// ask sends a request as curl would. path is that of the whole URL, or begins
// behind the workspace when it does not begin with a slash.
func (h *harness) ask(method, path, body string) answer {
	h.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = h.scope.ARMID() + "/" + path
	}
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, content)
	if err != nil {
		h.t.Fatal(err)
	}
	res, err := h.server.Client().Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// want expects a status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

// shape is an answer as a golden file has it: the status, the headers that
// clients of ARM look at, and the body, indented; with what differs from one
// run to the next, times and the server's address, replaced.
func (h *harness) shape(a answer) []byte {
	h.t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, a.status)
	for _, name := range []string{"Azure-AsyncOperation", "Location", "Retry-After", "X-Ms-Error-Code"} {
		if value := a.header.Get(name); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	b.WriteString("\n")
	if a.text != "" {
		var v any
		if err := json.Unmarshal([]byte(a.text), &v); err != nil {
			h.t.Fatalf("%v: %s", err, a.text)
		}
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			h.t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(h.server.URL, "http://"), ":")
	out := strings.NewReplacer(h.server.URL, "http://SERVER", "localhost:"+port, "localhost:PORT").Replace(b.String())
	return []byte(anyTime().ReplaceAllString(out, "TIME"))
}
