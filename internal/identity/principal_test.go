package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"github.com/ischia-ml/ischia/internal/identity"
)

// TestMain takes from the tests whoever is signed in on this machine.
func TestMain(m *testing.M) {
	empty, err := os.MkdirTemp("", "path")
	check(err)
	check(os.Setenv("PATH", empty))
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET", "AZURE_CLIENT_ID"} {
		check(os.Unsetenv(name))
	}
	var said lockedText
	log.SetListener(func(_ log.Event, text string) { said.add(text) })
	status := m.Run()
	log.SetListener(nil)
	if text := said.String(); strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) || strings.Contains(text, "client_secret=") {
		fmt.Fprintln(os.Stderr, "FAIL: the SDK's log holds a secret")
		status = 1
	}
	check(os.RemoveAll(empty))
	os.Exit(status)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// lockedText is the SDK's log.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(text + "\n")
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// signIn is one sign-in: what is special about the world and the options, and
// what comes of it: a token, or the kind of error and its one line.
type signIn struct {
	world   func(*world)
	options func(*identity.Options)
	environ map[string]string
	kind    identity.Kind
	line    string
}

func (c signIn) run(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if c.world != nil {
		c.world(w)
	}
	environ := c.environ
	if environ == nil {
		environ = map[string]string{"APP_SECRET": secret}
	}
	o := w.options(environ)
	if c.options != nil {
		c.options(&o)
	}
	cred, err := identity.New(o)
	if err == nil {
		_, err = cred.GetToken(t.Context(), scope(manager))
	}
	checkError(t, err, c.kind, c.line)
}

func checkError(t *testing.T, err error, kind identity.Kind, line string) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Errorf("got %v, want a token", err)
		}
		return
	}
	var fault *identity.Error
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want an error %s", err, kind)
	}
	if fault.Kind != kind || fault.Error() != line {
		t.Errorf("got  %s: %s\nwant %s: %s", fault.Kind, fault, kind, line)
	}
	if strings.ContainsAny(fault.Error(), "\n\r") {
		t.Errorf("got %q, want one line", fault.Error())
	}
}

const asApp = "sign in as the service principal " + appID + ": "

func TestPrincipal(t *testing.T) {
	t.Parallel()
	const login = "login.microsoftonline.com"
	answers := func(status int, header, value, body string) func(*world) {
		return func(w *world) {
			w.on(login, "/oauth2/", func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set(header, value)
				rw.WriteHeader(status)
				_, _ = rw.Write([]byte(body))
			})
		}
	}
	for name, c := range map[string]signIn{
		"good":                       {},
		"line end behind the secret": {environ: map[string]string{"APP_SECRET": secret + "\r\n"}},
		"wrong secret": {
			environ: map[string]string{"APP_SECRET": "wrong" + secret}, kind: identity.WrongSecret,
			line: asApp + "the client secret is wrong (AADSTS7000215); put the secret's value, not its id, into the environment variable APP_SECRET",
		},
		"no secret": {
			environ: map[string]string{"x": ""}, kind: identity.WrongSecret,
			line: asApp + "the environment variable APP_SECRET is not set, or empty; put the client secret into it",
		},
		"expired secret": {
			options: func(o *identity.Options) { o.ClientID = lateApp }, kind: identity.ExpiredSecret,
			line: "sign in as the service principal " + lateApp + ": the client secret has expired (AADSTS7000222); make a new one for the app " + lateApp + " and put it into the environment variable APP_SECRET",
		},
		"unknown app": {
			options: func(o *identity.Options) { o.ClientID = strangerApp }, kind: identity.UnknownApp,
			line: "sign in as the service principal " + strangerApp + ": there is no app " + strangerApp + " in the tenant " + tenantID + " (AADSTS700016); check client_id and tenant_id",
		},
		"unknown tenant": {
			options: func(o *identity.Options) { o.Tenant = "nowhere.example" }, kind: identity.UnknownTenant,
			line: asApp + "there is no tenant nowhere.example (AADSTS90002); check tenant_id, and that the cloud is the right one",
		},
		"no consent": {
			options: func(o *identity.Options) { o.ClientID = deniedApp }, kind: identity.NoConsent,
			line: "sign in as the service principal " + deniedApp + ": nobody has consented to this app in the tenant " + tenantID + " (AADSTS65001); ask who administers the tenant to consent, or sign in with the Azure CLI",
		},
		"conditional access": {
			world: answers(400, "X", "y", `{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies. Trace ID: 1"}`),
			kind:  identity.Policy,
			line:  asApp + "a conditional access policy of the tenant " + tenantID + " forbids this sign-in (AADSTS53003); sign in from a device or network that it allows, or with the Azure CLI in a browser (az login)",
		},
		"throttled": {
			world: answers(429, "Retry-After", "120", `{"error":"temporarily_unavailable"}`), kind: identity.Throttled,
			line: asApp + "login.microsoftonline.com says that there were too many requests; try again in 2m0s",
		},
		"fails": {
			world: answers(503, "Retry-After", "1", ""), kind: identity.Unavailable,
			line: asApp + "login.microsoftonline.com failed (status 503); try again later",
		},
		"clock": {
			world: answers(401, "Date", time.Now().Add(90*time.Minute).UTC().Format(http.TimeFormat), `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}`),
			kind:  identity.Clock,
			line:  asApp + "the assertion is not valid at this time, and this machine's clock is 1h30m behind login.microsoftonline.com (AADSTS700024); set this machine's clock right",
		},
		"repeats the secret": {
			world: answers(401, "X", "y", `{"error":"invalid_client","error_description":"AADSTS99999: not good: `+strings.ReplaceAll(secret, `"`, `\"`)+`"}`),
			kind:  identity.Refused, line: asApp + "not good: *** (AADSTS99999)",
		},
		"portal": {
			world: answers(302, "Location", "https://wifi.example/", ""), kind: identity.Unreachable,
			line: asApp + "login.microsoftonline.com answered with status 302, as a proxy or a captive portal does; check the network and its proxy",
		},
		"no such host": {
			world: func(w *world) { delete(w.hosts, login) }, kind: identity.Unreachable,
			line: asApp + "the name login.microsoftonline.com cannot be resolved; check the network, and HTTPS_PROXY if there is a proxy",
		},
		"cut": {
			world: func(w *world) {
				w.on(login, "/oauth2/", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			},
			kind: identity.Unreachable,
			line: asApp + "login.microsoftonline.com cannot be reached; check the network, and HTTPS_PROXY if there is a proxy",
		},
		"strange certificate": {
			options: func(o *identity.Options) { o.Transport = strangeTransport(o.Transport) }, kind: identity.Unreachable,
			line: asApp + "the certificate of login.microsoftonline.com is not trusted here; if a proxy opens connections, name its authority in SSL_CERT_FILE",
		},
	} {
		t.Run(name, c.run)
	}
}

// TestTenant finds out the tenant, or says why not.
func TestTenant(t *testing.T) {
	t.Parallel()
	asked := func(o *identity.Options) { o.Tenant, o.Probe = "", probe }
	manages := func(status int, body string) func(*world) {
		return func(w *world) {
			w.on("management.azure.com", "/", func(rw http.ResponseWriter, _ *http.Request) {
				rw.WriteHeader(status)
				_, _ = rw.Write([]byte(body))
			})
		}
	}
	for name, c := range map[string]signIn{
		"found": {options: asked},
		"nowhere to ask": {
			options: func(o *identity.Options) { o.Tenant = "" }, kind: identity.UnknownTenant,
			line: "find out the tenant: none is given; write tenant_id into the configuration",
		},
		"unknown subscription": {
			options: asked, world: manages(404, `{"error":{"code":"SubscriptionNotFound","message":"x"}}`), kind: identity.UnknownTenant,
			line: "find out the tenant: management.azure.com does not know the subscription (SubscriptionNotFound); check subscription_id and the cloud, or write tenant_id into the configuration",
		},
		"no challenge": {
			options: asked, world: manages(200, `{}`), kind: identity.UnknownTenant,
			line: "find out the tenant: management.azure.com does not name it; write tenant_id into the configuration",
		},
		"no network": {
			options: asked, world: func(w *world) { delete(w.hosts, "management.azure.com") }, kind: identity.Unreachable,
			line: "find out the tenant: the name management.azure.com cannot be resolved; check the network, and HTTPS_PROXY if there is a proxy",
		},
	} {
		t.Run(name, c.run)
	}
}

// TestSettings are refused before anything is sent.
func TestSettings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*identity.Options){
		"tenant":                func(o *identity.Options) { o.Tenant = "a/../b" },
		"client":                func(o *identity.Options) { o.ClientID = "a b" },
		"secret for a variable": func(o *identity.Options) { o.SecretVariable = secret },
		"no place":              func(o *identity.Options) { o.SecretVariable = "" },
		"half a vault":          func(o *identity.Options) { o.VaultSecret = "x" },
		"vault over http":       func(o *identity.Options) { o.VaultURL, o.VaultSecret = "http://kv.vault.azure.net", "x" },
		"vault of a stranger":   func(o *identity.Options) { o.VaultURL, o.VaultSecret = "https://kv.vault.azure.net.evil.example", "x" },
		"vault with a user":     func(o *identity.Options) { o.VaultURL, o.VaultSecret = "https://kv.vault.azure.net@evil.example", "x" },
		"vault with a path":     func(o *identity.Options) { o.VaultURL, o.VaultSecret = "https://kv.vault.azure.net/a", "x" },
		"vault of a cloud":      func(o *identity.Options) { o.VaultURL, o.VaultSecret = "https://kv.vault.azure.cn", "x" },
		"name of a secret":      func(o *identity.Options) { o.VaultURL, o.VaultSecret = "https://kv.vault.azure.net", "../keys/x" },
		"login in clear": func(o *identity.Options) {
			o.Cloud = identity.Clouds()[0]
			o.Cloud.Login = "http://login.microsoftonline.com"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := identity.Options{Tenant: tenantID, ClientID: appID, SecretVariable: "APP_SECRET"}
			change(&o)
			_, err := identity.New(o)
			var fault *identity.Error
			if !errors.As(err, &fault) || fault.Kind != identity.BadSetting {
				t.Fatalf("got %v, want a bad setting", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats a secret: %v", err)
			}
		})
	}
}

// TestTokensAreKept has one token serve until shortly before its end, for each
// audience, and claims lead to another.
func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Now()
	o := w.options(map[string]string{"APP_SECRET": secret})
	o.Now = func() time.Time { return now }
	cred, err := identity.New(o)
	if err != nil {
		t.Fatal(err)
	}
	get := func(audience, claims string) string {
		t.Helper()
		ask := scope(audience)
		ask.Claims = claims
		token, err := cred.GetToken(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.directory.Verify(token.Token, audience); err != nil {
			t.Errorf("the token for %s: %v", audience, err)
		}
		return token.Token
	}
	first := get(manager, "")
	if get(manager, "") != first || get("https://ml.azure.com", "") == first {
		t.Error("a token is kept for its audience, and for no other")
	}
	if get(manager, `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`) == first {
		t.Error("claims did not lead to another token")
	}
	if got := cred.Secrets(); !slices.Contains(got, secret) || !slices.Contains(got, first) {
		t.Error("the secret and the tokens are not among what has to be masked")
	}
	who, err := cred.Who(t.Context())
	want := identity.Account{Kind: identity.ServicePrincipal, User: appID, Tenant: tenantID, Home: tenantID, Cloud: "AzureCloud", Source: "the environment variable APP_SECRET"}
	if err != nil || who != want {
		t.Errorf("got %+v, %v, want %+v", who, err, want)
	}
	subs, err := cred.Subscriptions(t.Context())
	if err != nil || len(subs) != 1 || subs[0].ID != subscription {
		t.Errorf("subscriptions: got %+v, %v", subs, err)
	}
}

// TestTogether has many ask at once: one signs in, the others wait.
func TestTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cred, err := identity.New(w.options(map[string]string{"APP_SECRET": secret}))
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	for range 20 {
		go func() {
			_, err := cred.GetToken(t.Context(), scope(manager))
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	tokens := slices.DeleteFunc(w.requests("login.microsoftonline.com"), func(r string) bool { return !strings.Contains(r, "/token") })
	if len(tokens) != 1 {
		t.Errorf("got %d requests for a token, want 1", len(tokens))
	}
}

// TestEnd ends while the other side is slow.
func TestEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reached := make(chan bool, 9)
	w.on("login.microsoftonline.com", "/", func(_ http.ResponseWriter, r *http.Request) {
		reached <- true
		<-r.Context().Done()
	})
	cred, err := identity.New(w.options(map[string]string{"APP_SECRET": secret}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	if _, err := cred.GetToken(ctx, scope(manager)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}
