package driver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/pipeline"
)

// oddSecret looks different in each form.
const oddSecret = `s3cr~t/with+odd "parts"&=%<ä>`

// forms are the ways in which a secret can be written.
func forms(s string) []string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	text := string(quoted[1 : len(quoted)-1])
	list := []string{
		s, s[:len(s)/2], s[len(s)/2:], url.QueryEscape(s), strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), url.PathEscape(s),
		text, strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(text), hex.EncodeToString([]byte(s)),
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		list = append(list, encoding.EncodeToString([]byte(s)), encoding.WithPadding(base64.NoPadding).EncodeToString([]byte(s)))
		for before := range 3 {
			all := encoding.WithPadding(base64.NoPadding).EncodeToString(append(make([]byte, before), s...))
			list = append(list, all[(before*8+5)/6:(before+len(s))*8/6])
		}
	}
	return list
}

// looker looks for secrets.
type looker struct {
	*testing.T
	secrets map[string]string
}

// in looks in a text. A token or a signature is one whoever made it.
func (l looker) in(where, text string) {
	l.Helper()
	for name, secret := range l.secrets {
		if len(secret) < 8 {
			l.Fatalf("%s is no secret: %q", name, secret)
		}
		for _, form := range forms(secret) {
			if strings.Contains(text, form) {
				l.Errorf("%s: there is %s, as %q", where, name, form)
			}
		}
	}
	for _, found := range regexp.MustCompile(`eyJ[\w-]{20,}\.eyJ[\w-]{20,}|[?&]sig=[^*]`).FindAllString(text, -1) {
		l.Errorf("%s: there is %s", where, found)
	}
}

// under looks in all files of folders but those of a sign-in.
func (l looker) under(dirs ...string) {
	l.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() || strings.HasSuffix(name, filepath.Join("login", "sign-in.json")) {
				return err
			}
			text, err := os.ReadFile(name)
			l.in(name, string(text))
			return err
		})
		if err != nil {
			l.Fatal(err)
		}
	}
}

// tokensIn are those in the sign-in of a home, which is closed to others.
func (l looker) tokensIn(home string) (found []string) {
	l.Helper()
	name := filepath.Join(home, "login", "sign-in.json")
	for path, want := range map[string]fs.FileMode{name: 0o600, filepath.Dir(name): 0o700} {
		if info, err := os.Stat(path); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != want {
			l.Fatalf("%s: got %v, %v, want mode %s", path, info, err, want)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		l.Fatal(err)
	}
	var kept struct{ Tokens []byte }
	var tokens map[string]map[string]struct{ Secret string }
	if err := json.Unmarshal(text, &kept); err != nil {
		l.Fatal(err)
	}
	if err := json.Unmarshal(kept.Tokens, &tokens); err != nil {
		l.Fatal(err)
	}
	for _, kind := range []string{"AccessToken", "RefreshToken"} {
		if len(tokens[kind]) == 0 {
			l.Fatalf("%s: no %s", name, kind)
		}
		for _, t := range tokens[kind] {
			found = append(found, t.Secret)
		}
	}
	return found
}

// drives runs a driver by way of a transport, and returns what it said.
func (s *sky) drives(p driver.Program, t policy.Transporter, environ map[string]string, args ...string) result {
	s.t.Helper()
	var out bytes.Buffer
	errs := &approver{directory: s.directory}
	args = append([]string{"--workspace_name", "w", "--env", "e"}, args...)
	status := driver.RunIn(s.t.Context(), args, driver.Streams{Out: &out, Err: errs}, p, func(name string) string { return environ[name] }, t)
	return result{status, out.String(), errs.String()}
}

// alone is an environment in which nobody is signed in.
func alone(t *testing.T) map[string]string {
	return map[string]string{"PATH": t.TempDir(), "HOME": t.TempDir(), "AZURE_CONFIG_DIR": t.TempDir()}
}

// auditor looks at where tokens go: each is for the host that gets it.
type auditor struct {
	*testing.T
	sky *sky

	mu sync.Mutex // guards the rest
	// seen counts the requests by what their hosts are for.
	seen map[string]int
}

func (a *auditor) Do(r *http.Request) (*http.Response, error) {
	kind, audiences := "other", []string(nil)
	switch host := r.URL.Host; {
	case host == "management.azure.com":
		kind, audiences = "manager", []string{manager}
	case host == "login.microsoftonline.com":
		kind = "login"
	case strings.HasSuffix(host, ".api.azureml.ms"):
		kind, audiences = "data", []string{manager, "https://ml.azure.com"}
	case strings.HasSuffix(host, ".blob.core.windows.net"):
		kind, audiences = "storage", []string{"https://storage.azure.com"}
	}
	a.mu.Lock()
	a.seen[kind]++
	a.mu.Unlock()
	header := r.Header.Get("Authorization")
	if kind == "other" && r.URL.Hostname() == "127.0.0.1" && header == "" {
		kind = "log" // the address of a step's output, which is signed
	}
	if header != "" && (kind != "storage" || !strings.HasPrefix(header, "SharedKey ")) {
		if _, err := a.sky.directory.Verify(strings.TrimPrefix(header, "Bearer "), audiences...); err != nil || audiences == nil {
			a.Errorf("%s %s%s got a token that is not for it: %v", r.Method, r.URL.Host, r.URL.Path, err)
		}
	} else if header == "" && kind == "manager" && !strings.HasPrefix(r.URL.Path, "/subscriptions/sub") {
		a.Errorf("%s %s%s got no token", r.Method, r.URL.Host, r.URL.Path)
	}
	if second := r.Header.Get("X-Azureml-Token"); second != "" && kind != "manager" {
		a.Errorf("%s got the second token", r.URL.Host)
	}
	if r.URL.Scheme != "https" && kind != "log" || kind == "other" {
		a.Errorf("a request to %s://%s", r.URL.Scheme, r.URL.Host)
	}
	return a.sky.client.Do(r)
}

// The three actions as a person, who is asked once, in the tenant that the service
// names. What renews the sign-in is where it is kept and nowhere else.
func TestAzureAsPerson(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	var err error
	if s.directory, err = entra.New(entra.Config{Tenant: uuid.Nil.String(), Users: []entra.User{{Name: "ada@example.com"}}}); err != nil {
		t.Fatal(err)
	}
	audit := &auditor{T: t, sky: s, seen: map[string]int{}}
	p := driver.Program{
		Pipeline: defineHere, Home: t.TempDir(),
		Dir: folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": `{"subscription_id": "sub", "location": "westeurope"}`}),
	}
	environ := alone(t)
	var all string
	for i, test := range []struct {
		args []string
		want string
	}{
		{nil, "the pipeline is valid"},
		{[]string{"--action", "submit-experiment"}, "completed successfully"},
		{[]string{"--action", "publish-pipeline", "--publish_datastore_path", "markers"}, "the pipeline is valid"},
	} {
		got := s.drives(p, audit, environ, test.args...)
		all += got.out + got.errs
		if got.status != 0 || !strings.Contains(got.out, test.want) || !strings.Contains(got.errs, "signed in as ada@example.com") {
			t.Fatalf("%v: %+v", test.args, got)
		}
		if asked := strings.Contains(got.errs, "devicelogin"); asked != (i == 0) {
			t.Errorf("%v: asked: %t", test.args, asked)
		}
	}
	if s.learning != 1 {
		t.Errorf("%d pipelines came with a second token", s.learning)
	}
	for _, kind := range []string{"manager", "login", "data", "storage"} {
		if audit.seen[kind] == 0 {
			t.Errorf("no request went to a host of the kind %s", kind)
		}
	}
	l := looker{T: t, secrets: map[string]string{"the home's token": s.serving.Token}}
	for i, token := range l.tokensIn(p.Home) {
		l.secrets["token "+string(rune('a'+i))] = token
	}
	l.in("the output", all)
	l.under(p.Home, p.Dir)
}

const (
	vaultHost    = "kv.vault.azure.net"
	onAzureVault = `{"subscription_id": "sub", "location": "westeurope", "tenant_id": "` + tenant + `",
	"auth": {"client_id": "` + appID + `", "keyvault_url": "https://` + vaultHost + `", "keyvault_secret_name": "app"}}`
)

// withVault is a way to a sky that has a key vault, too.
type withVault struct {
	sky, vault *http.Client
}

func (v withVault) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Host == vaultHost {
		return v.vault.Do(r)
	}
	return v.sky.Do(r)
}

// odd gives a sky another directory, in which the app has the odd secret, and a
// vault that holds it.
func (s *sky) odd(t *testing.T, inVault string) withVault {
	t.Helper()
	var err error
	s.directory, err = entra.New(entra.Config{
		Tenant: tenant, Apps: []entra.App{{ClientID: appID, Secrets: []entra.Secret{{Value: oddSecret}}}}, Users: []entra.User{{Name: "ada@example.com"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	vault := entra.NewVault(s.directory, "https://"+vaultHost, map[string]string{"app": inVault}, func(c entra.Claims) bool { return c.User() != "" })
	server := httptest.NewTLSServer(vault.Handler())
	t.Cleanup(server.Close)
	near := s.client.Transport.(*http.Transport).Clone()
	near.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	dial := near.DialContext
	near.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dial(ctx, network, server.Listener.Addr().String())
	}
	return withVault{s.client, &http.Client{Transport: near}}
}

// The secret of the service principal lies in a key vault, which is read as the
// person. Neither it nor the person's tokens are shown or kept, whether all goes
// well, the run fails, or the directory repeats what it was sent.
func TestAzureWithVault(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	way := s.odd(t, oddSecret)
	p := driver.Program{
		Pipeline: defineHere, Home: t.TempDir(), Dir: folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": onAzureVault}),
	}
	environ := alone(t)
	good := s.drives(p, way, environ, "--action", "submit-experiment")
	if good.status != 0 || !strings.Contains(good.errs, "signed in as "+appID+" (the secret app of the key vault "+vaultHost+")") {
		t.Fatalf("%+v", good)
	}
	rehearsed := s.drives(p, way, environ, "--action", "submit-experiment", "--dry-run")
	failed := s.drives(p, repeater{way}, environ, "--action", "submit-experiment")
	if failed.status == 0 || !strings.Contains(failed.errs, "repeated:") {
		t.Errorf("%+v", failed)
	}
	l := looker{T: t, secrets: map[string]string{"the secret": oddSecret, "the home's token": s.serving.Token}}
	for i, token := range l.tokensIn(p.Home) {
		l.secrets["token "+string(rune('a'+i))] = token
	}
	for name, got := range map[string]result{"a run": good, "a dry run": rehearsed, "a failure": failed} {
		l.in(name, got.out+got.errs)
	}
	l.under(p.Home, p.Dir)
}

// repeater has requests for tokens refused, in words that repeat what was sent.
type repeater struct{ policy.Transporter }

func (f repeater) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
		return f.Transporter.Do(r)
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	sent := r.PostForm.Get("client_secret") + r.PostForm.Get("refresh_token") + r.PostForm.Get("client_assertion")
	words := "AADSTS99999: repeated: " + sent + " " + url.QueryEscape(sent) + " " + base64.StdEncoding.EncodeToString([]byte("x:"+sent))
	text, err := json.Marshal(map[string]string{"error": "invalid_client", "error_description": words})
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write(text)
	return w.Result(), nil
}

// A wrong secret in the vault is told in one line, and not shown.
func TestAzureWithWrongVault(t *testing.T) {
	t.Parallel()
	s := newSky(t)
	const wrong = `wr~ng/with+odd "parts"&=%`
	way := s.odd(t, wrong)
	p := driver.Program{Pipeline: defineHere, Home: t.TempDir(), Dir: folder(t, map[string]string{"default_ischia_config.json": onAzureVault})}
	got := s.drives(p, way, alone(t))
	last := got.errs[strings.LastIndex(strings.TrimSpace(got.errs), "\n")+1:]
	const want = "ERROR: sign in as the service principal " + appID + ": the client secret is wrong (AADSTS7000215); " +
		"put the secret's value, not its id, into the secret app of the key vault " + vaultHost + "\n"
	if got.status != 4 || got.out != "" || last != want {
		t.Errorf("status %d, %s\ngot  %swant %s", got.status, got.out, last, want)
	}
	looker{t, map[string]string{"the secret": wrong}}.in("the output", got.errs)
}

// crashVariable names, in a process that is to crash, the address of the sky.
const crashVariable = "ISCHIA_TEST_CRASH"

// A driver that crashes after it has signed in shows the stacks of all its
// goroutines. The runtime writes arguments as addresses: nobody recovers from the
// panic, as only what it says could hold a secret, and nothing of ours does.
func TestCrash(t *testing.T) {
	t.Parallel()
	if at := os.Getenv(crashVariable); at != "" {
		crash(t, at)
		return
	}
	s := newSky(t)
	s.odd(t, oddSecret)
	dir := t.TempDir()
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), authority, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), crashVariable+"="+server.Listener.Addr().String(), "CRASH_DIR="+dir, "THE_SECRET="+oddSecret, "GOTRACEBACK=all", "CI=true")
	text, err := cmd.CombinedOutput()
	if err == nil || !bytes.Contains(text, []byte("signed in as "+appID)) || !bytes.Contains(text, []byte("goroutine ")) || !bytes.Contains(text, []byte("it has crashed")) {
		t.Fatalf("%v: %s", err, text)
	}
	l := looker{t, map[string]string{"the secret": oddSecret}}
	l.in("the crash", string(text))
	l.under(dir)
}

// crash signs in, and panics where users define their pipelines.
func crash(t *testing.T, at string) {
	t.Helper()
	dir := os.Getenv("CRASH_DIR")
	pool, err := poolOf(filepath.Join(dir, "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	p := driver.Program{
		Home: filepath.Join(dir, "home"), Dir: folder(t, map[string]string{"default_ischia_config.json": onAzure}),
		Pipeline: func(context.Context, driver.Env) (*pipeline.Pipeline, error) { panic("it has crashed") },
	}
	status := driver.RunIn(t.Context(), []string{"--workspace_name", "w", "--env", "e"}, driver.Streams{Out: os.Stdout, Err: os.Stderr}, p, os.Getenv, clientOf(at, pool))
	t.Errorf("it has ended with status %d", status)
}

func poolOf(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool, err
}

// clientOf leads all requests to one address.
func clientOf(at string, pool *x509.CertPool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, at)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12},
	}}
}
