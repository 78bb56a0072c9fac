package identity_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/identity"
)

const (
	tenantID     = "aaaaaaaa-0000-4000-8000-000000000001"
	appID        = "bbbbbbbb-0000-4000-8000-000000000002"
	lateApp      = "bbbbbbbb-0000-4000-8000-000000000003"
	deniedApp    = "bbbbbbbb-0000-4000-8000-000000000004"
	strangerApp  = "bbbbbbbb-0000-4000-8000-000000000005"
	userName     = "ada@contoso.example"
	secret       = `s3cr~t/with+odd "parts"&=%`
	subscription = "cccccccc-0000-4000-8000-000000000006"
	vaultHost    = "kv.vault.azure.net"
	probe        = "https://management.azure.com/subscriptions/" + subscription + "?api-version=2022-12-01"
)

// world is the stand-ins of Azure's hosts, over TLS.
type world struct {
	directory *entra.Directory
	server    *httptest.Server // of https
	plain     *httptest.Server // of http, for a virtual machine's own address
	hosts     map[string]http.Handler

	mu   sync.Mutex // guards what follows
	seen []string   // method and address of every request
	// before, if set, may answer a request itself.
	before func(w http.ResponseWriter, r *http.Request) bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	d, err := entra.New(entra.Config{
		Tenant: tenantID,
		Apps: []entra.App{
			{ClientID: appID, Secrets: []entra.Secret{{Value: secret}}},
			{ClientID: lateApp, Secrets: []entra.Secret{{Value: secret, Expires: time.Now().Add(-time.Hour)}}},
			{ClientID: deniedApp, Secrets: []entra.Secret{{Value: secret}}, Denied: []string{"https://management.azure.com"}},
		},
		Users: []entra.User{{Name: userName}},
	})
	if err != nil {
		t.Fatal(err)
	}
	vault := entra.NewVault(d, "https://"+vaultHost, map[string]string{"client-secret": secret, "empty": ""},
		func(c entra.Claims) bool { return c.User() != "" })
	w := &world{directory: d, hosts: map[string]http.Handler{"login.microsoftonline.com": hasty(d.Handler()), vaultHost: vault.Handler()}}
	w.hosts["management.azure.com"] = http.HandlerFunc(w.manager)
	w.server = httptest.NewTLSServer(w)
	w.plain = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	t.Cleanup(w.plain.Close)
	return w
}

// ServeHTTP is every host there is.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	before := w.before
	w.seen = append(w.seen, r.Method+" "+r.Host+r.URL.Path)
	w.mu.Unlock()
	if before != nil && before(rw, r) {
		return
	}
	w.hosts[r.Host].ServeHTTP(rw, r)
}

// manager is the resource manager: it names the tenant, and lists one
// subscription.
func (w *world) manager(rw http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, err := w.directory.Verify(token, "https://management.azure.com"); err != nil {
		rw.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.windows.net/`+tenantID+`", error="invalid_token"`)
		http.Error(rw, `{"error":{"code":"AuthenticationFailed","message":"Authentication failed."}}`, http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(rw).Encode(map[string]any{"value": []any{
		map[string]any{"subscriptionId": subscription, "displayName": "Penguins", "state": "Enabled", "tenantId": tenantID},
	}})
}

// transport leads every host of the world to its server; all others cannot be
// resolved.
func (w *world) transport() policy.Transporter {
	pool := x509.NewCertPool()
	pool.AddCert(w.server.Certificate())
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com"},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			name, port, _ := net.SplitHostPort(address)
			server := w.server
			if port == "80" {
				server = w.plain
			}
			if w.hosts[name] == nil {
				return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
			}
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}}
}

// on has f answer requests of a host whose path contains part.
func (w *world) on(host, part string, f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Host != host || !strings.Contains(r.URL.Path, part) {
			return false
		}
		f(rw, r)
		return true
	}
}

// requests are those that were seen of a host.
func (w *world) requests(host string) (found []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.seen {
		if strings.Contains(r, " "+host+"/") {
			found = append(found, r)
		}
	}
	return found
}

// options are those of a service principal in this world.
func (w *world) options(environ map[string]string) identity.Options {
	return identity.Options{
		Tenant: tenantID, ClientID: appID, SecretVariable: "APP_SECRET", Transport: w.transport(),
		Getenv: func(name string) string { return environ[name] },
	}
}

// device signs the user in as soon as a code is shown.
type device struct {
	directory *entra.Directory
	mu        sync.Mutex
	text      strings.Builder
	answer    func(code string) error
}

func (d *device) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text.Write(p)
	if _, code, ok := strings.Cut(strings.TrimSpace(string(p)), "enter the code "); ok && d.answer != nil {
		if err := d.answer(code); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (d *device) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func scope(audience string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}}
}

const manager = "https://management.azure.com"

// strangeTransport is like t, but trusts nobody that it knows.
func strangeTransport(t policy.Transporter) policy.Transporter {
	inner := t.(*http.Client).Transport.(*http.Transport).Clone()
	inner.TLSClientConfig.RootCAs = x509.NewCertPool()
	return &http.Client{Transport: inner}
}

// hasty is the directory, but has device codes asked for every second.
func hasty(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/devicecode") {
			h.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		w.WriteHeader(answer.Code)
		_, _ = w.Write(bytes.Replace(answer.Body.Bytes(), []byte(`"interval":5`), []byte(`"interval":1`), 1))
	})
}
