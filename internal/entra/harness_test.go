package entra_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/entra"
)

const (
	tenant   = "3f1c5a7e-0d2b-4c61-9a8f-5b7e6d4c3a21"
	appID    = "a1b2c3d4-1111-4222-8333-444455556666"
	publicID = "b2b2c3d4-1111-4222-8333-444455556666"
	cliID    = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
	secret   = "s3cret~value with+signs&more"
	manager  = "https://management.azure.com"
	login    = "https://login.microsoftonline.com"
)

// clock is a time that tests move on.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// site is a directory behind TLS, with a client whose every connection leads
// to it, whichever host is asked: as through the proxy.
type site struct {
	directory *entra.Directory
	client    *http.Client
	clock     *clock
	mux       *http.ServeMux
}

func config() entra.Config {
	return entra.Config{
		Tenant: tenant,
		Apps: []entra.App{
			{ClientID: appID, ObjectID: "0b0b0b0b-1111-4222-8333-444455556666", Secrets: []entra.Secret{
				{Value: "an old one", Expires: time.Unix(1_700_000_000, 0)}, {Value: secret},
			}, Denied: []string{"https://storage.azure.com/"}},
			{ClientID: publicID},
		},
		Users: []entra.User{{Name: "ada@example.com"}, {Name: "grace@example.com"}},
	}
}

func open(t *testing.T, c entra.Config) *site {
	t.Helper()
	s := &site{clock: &clock{at: time.Now()}, mux: http.NewServeMux()}
	if c.Now == nil {
		c.Now = s.clock.now
	}
	d, err := entra.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.directory = d
	s.mux.Handle("login.microsoftonline.com/", d.Handler())
	server := httptest.NewTLSServer(s.mux)
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.ServerName = "example.com"
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, server.Listener.Addr().String())
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// answer is what came back, whatever it was.
type answer struct {
	Status  int
	Header  http.Header
	Text    string
	Error   string `json:"error"`
	Words   string `json:"error_description"`
	Codes   []int  `json:"error_codes"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Info    string `json:"client_info"`
	Scope   string `json:"scope"`
	Device  string `json:"device_code"`
	User    string `json:"user_code"`
}

func (s *site) do(t *testing.T, r *http.Request) answer {
	t.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: response.StatusCode, Header: response.Header, Text: string(text)}
	_ = json.Unmarshal(text, &a) // pages are no JSON, and a vault's errors are objects
	return a
}

func (s *site) get(t *testing.T, address string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.do(t, r)
}

// post sends a form, given as names and values by turns.
func (s *site) post(t *testing.T, path string, pairs ...string) answer {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return s.send(t, path, "application/x-www-form-urlencoded", values.Encode())
}

func (s *site) send(t *testing.T, path, kind, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, login+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return s.do(t, r)
}
