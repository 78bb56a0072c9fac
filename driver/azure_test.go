package driver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/pipeline"
)

const (
	tenant  = "11111111-2222-4333-8444-555555555555"
	appID   = "22222222-3333-4444-8555-666666666666"
	manager = "https://management.azure.com"
)

// sky stands in for Azure: its hosts, over TLS, with the embedded workspace and a
// directory behind them.
type sky struct {
	t         *testing.T
	directory *entra.Directory
	serving   *local.Serving
	client    *http.Client
	server    *httptest.Server

	mu sync.Mutex // guards the rest
	// asked are requests: METHOD HOST PATH.
	asked []string
	// learning counts pipelines that came with a good second token.
	learning int

	// spells are ways in which requests go wrong, by the caller that they are for.
	spells sync.Map
}

func newSky(t *testing.T) *sky {
	t.Helper()
	return newSkyThat(t, local.DispatchOptions{Environ: os.Environ()})
}

// newSkyThat runs steps so.
func newSkyThat(t *testing.T, dispatch local.DispatchOptions) *sky {
	t.Helper()
	s := &sky{t: t}
	var err error
	s.directory, err = entra.New(entra.Config{
		Tenant: tenant,
		Apps:   []entra.App{{ClientID: appID, Secrets: []entra.Secret{{Value: canary}}}},
		Users:  []entra.User{{Name: "ada@example.com"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := local.Open(t.Context(), local.Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if s.serving, err = l.Serve(context.WithoutCancel(t.Context()), local.ServeOptions{Dispatch: dispatch}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(s)
	t.Cleanup(func() {
		server.Close()
		ctx, end := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer end()
		if err := errors.Join(s.serving.Close(ctx), l.Close()); err != nil {
			t.Error(err)
		}
	})
	s.server, s.client = server, skyClient(server.Listener.Addr().String(), server.Certificate())
	return s
}

// skyClient is a client for which every host but this machine is at an address,
// and has the name that the test's certificate has.
func skyClient(there string, trusted *x509.Certificate) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(trusted)
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if !strings.HasPrefix(address, "127.0.0.1:") {
				address = there
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12},
	}}
}

func (s *sky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if found, ok := s.spells.Load(r.Header.Get(caller)); ok {
		found.(*spell).serve(w, r, s.answer)
		return
	}
	s.answer(w, r)
}

func (s *sky) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.Host+" "+r.URL.Path)
	s.mu.Unlock()
	if r.Host == "login.microsoftonline.com" {
		s.directory.Handler().ServeHTTP(w, r)
		return
	}
	ctx := hosts.With(r.Context(), hosts.Hosts{
		Manager: manager, Data: "https://westeurope.api.azureml.ms", Pages: s.serving.URL, BlobSuffix: "blob.core.windows.net",
		Login: "https://login.microsoftonline.com",
	})
	r = r.WithContext(ctx)
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		s.swap(r, token)
	}
	s.serving.Inside().ServeHTTP(w, r)
}

// swap puts the home's token in the place of one that is for the host; another
// one stays, and is refused.
func (s *sky) swap(r *http.Request, token string) {
	if _, err := s.directory.Verify(token, manager); err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+s.serving.Token)
	if second := r.Header.Get("X-Azureml-Token"); second != "" {
		if _, err := s.directory.Verify(second, "https://ml.azure.com"); err == nil {
			s.mu.Lock()
			s.learning++
			s.mu.Unlock()
		}
	}
}

// drive runs a driver with an environment against this sky.
func (s *sky) drive(p driver.Program, streams driver.Streams, environ map[string]string, args ...string) int {
	getenv := func(name string) string { return environ[name] }
	args = append([]string{"--workspace_name", "w", "--env", "e"}, args...)
	return driver.RunIn(s.t.Context(), args, streams, p, getenv, s.client)
}

func defineHere(ctx context.Context, env driver.Env) (*pipeline.Pipeline, error) {
	p, err := define(ctx, env)
	if err == nil {
		p.On("azureml:DS3-v2-cluster")
	}
	return p, err
}

const onAzure = `{"subscription_id": "sub", "location": "westeurope", "tenant_id": "` + tenant + `",
	"auth": {"client_id": "` + appID + `", "env_secret_name": "THE_SECRET"}}`

// The three actions with --target azure, as a service principal.
func TestAzureAsServicePrincipal(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	p := driver.Program{
		Pipeline: defineHere, Home: t.TempDir(), Dir: folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": onAzure}),
	}
	environ := map[string]string{"THE_SECRET": canary, "CI": "true"}
	var all strings.Builder
	do := func(args ...string) result {
		var out, errs bytes.Buffer
		status := s.drive(p, driver.Streams{Out: &out, Err: &errs}, environ, args...)
		all.WriteString(out.String() + errs.String())
		return result{status, out.String(), errs.String()}
	}
	first := do()
	for _, part := range []string{"signed in as " + appID, "created the workspace w", "created the compute", "(Azure, subscription sub)"} {
		if first.status != 0 || first.out != "the pipeline is valid\n" || !strings.Contains(first.errs, part) {
			t.Errorf("no %q in %+v", part, first)
		}
	}
	ran := do("--action", "submit-experiment")
	if ran.status != 0 || !strings.Contains(ran.out, "completed successfully") || !strings.Contains(ran.errs, "greet | world") || s.learning != 1 {
		t.Errorf("%+v, %d with the second token", ran, s.learning)
	}
	published := do("--action", "publish-pipeline", "--publish_datastore_path", "markers")
	if published.status != 0 || !regexp.MustCompile(`\n[0-9a-f-]{36}\n$`).MatchString(published.out) ||
		!strings.Contains(published.errs, "az ml batch-endpoint invoke --name w-e --workspace-name w --resource-group w") {
		t.Errorf("%+v", published)
	}
	s.noSecret(t, all.String(), p.Home)
	uploads := s.count("PUT isch")
	if again := do("--action", "submit-experiment"); again.status != 0 || s.count("PUT isch") != uploads {
		t.Errorf("an unchanged submission uploads %d files: %+v", s.count("PUT isch")-uploads, again)
	}
}

// count is how many requests began so.
func (s *sky) count(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, asked := range s.asked {
		if strings.HasPrefix(asked, prefix) {
			n++
		}
	}
	return n
}

// noSecret looks for the secret in what was shown and kept.
func (s *sky) noSecret(t *testing.T, shown, home string) {
	t.Helper()
	find := func(where, text string) {
		for _, form := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), url.QueryEscape(canary)} {
			if strings.Contains(text, form) {
				t.Errorf("the secret is in %s", where)
			}
		}
	}
	find("the output", shown)
	_ = filepath.WalkDir(home, func(name string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			text, _ := os.ReadFile(name)
			find(name, string(text))
		}
		return nil
	})
}

// approver approves the device code that is written to it.
type approver struct {
	bytes.Buffer
	directory *entra.Directory
}

func (a *approver) Write(text []byte) (int, error) {
	if m := regexp.MustCompile(`code ([A-Z0-9]{6,})`).FindSubmatch(text); m != nil {
		if err := a.directory.Approve(string(m[1])); err != nil {
			return 0, err
		}
	}
	return a.Buffer.Write(text)
}

// Without a service principal it is whoever is at work, who is asked once.
func TestAzureWithDeviceCode(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	p := driver.Program{
		Pipeline: defineHere, Home: t.TempDir(),
		Dir: folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": `{"subscription_id": "sub", "location": "westeurope", "tenant_id": "` + tenant + `"}`}),
	}
	// There is no Azure CLI in this environment.
	environ := map[string]string{"PATH": t.TempDir(), "HOME": t.TempDir(), "AZURE_CONFIG_DIR": t.TempDir()}
	for _, asked := range []bool{true, false} {
		errs := &approver{directory: s.directory}
		var out bytes.Buffer
		status := s.drive(p, driver.Streams{Out: &out, Err: errs}, environ, "--action", "validate")
		if status != 0 || out.String() != "the pipeline is valid\n" || !strings.Contains(errs.String(), "signed in as ada@example.com") {
			t.Fatalf("status %d\n%s%s", status, &out, errs)
		}
		if got := strings.Contains(errs.String(), "devicelogin"); got != asked {
			t.Errorf("asked: %v, want %v\n%s", got, asked, errs)
		}
	}
}

// What is wrong with a sign-in is told in one line, with status 4.
func TestAzureRefused(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	home := t.TempDir()
	for name, test := range map[string]struct{ config, secret, want string }{
		"wrong secret": {onAzure, "another", "AADSTS7000215"},
		"no secret":    {onAzure, "", "THE_SECRET"},
		"other tenant": {strings.Replace(onAzure, tenant, "99999999-2222-4333-8444-555555555555", 1), canary, "AADSTS90002"},
	} {
		p := driver.Program{Pipeline: define, Home: home, Dir: folder(t, map[string]string{"default_ischia_config.json": test.config})}
		var out, errs bytes.Buffer
		status := s.drive(p, driver.Streams{Out: &out, Err: &errs}, map[string]string{"THE_SECRET": test.secret, "CI": "true"})
		if status != 4 || out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%s: status %d, %s%s", name, status, &out, &errs)
		}
	}
}

// The token of the home is for this machine.
func TestTokenStaysHere(t *testing.T) {
	t.Parallel()
	l, err := local.Open(t.Context(), local.Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	serving, err := l.Serve(t.Context(), local.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer serving.Close(context.WithoutCancel(t.Context()))
	asked := false
	spy := transport(func(r *http.Request) (*http.Response, error) {
		asked = true
		if strings.Contains(r.Header.Get("Authorization"), serving.Token) {
			t.Errorf("%s was shown the token of the home", r.URL.Host)
		}
		return nil, &net.OpError{Op: "dial", Err: errors.New("nobody")}
	})
	for host, environ := range map[string]map[string]string{"https://example.com": {}, "https://example.org": {"ISCHIA_TOKEN": "theirs"}} {
		var out, errs bytes.Buffer
		p := driver.Program{Pipeline: define, Home: l.Dir(), Dir: t.TempDir()}
		getenv := func(name string) string { return environ[name] }
		status := driver.RunIn(t.Context(), []string{"--workspace_name", "w", "--env", "e", "--target", host}, driver.Streams{Out: &out, Err: &errs}, p, getenv, impatient{spy})
		if status != 4 || asked != (environ["ISCHIA_TOKEN"] != "") {
			t.Errorf("%s: status %d, asked %v: %s", host, status, asked, &errs)
		}
		asked = false
	}
}

type transport func(*http.Request) (*http.Response, error)

// impatient fails for good, so that nothing is tried again.
type impatient struct{ transport }

func (i impatient) Do(r *http.Request) (*http.Response, error) {
	res, err := i.transport(r)
	if err != nil {
		return nil, final{err}
	}
	return res, nil
}

type final struct{ error }

func (final) NonRetriable()   {}
func (f final) Unwrap() error { return f.error }
