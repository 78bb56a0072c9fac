package identity_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/identity"
	"github.com/ischia-ml/ischia/internal/mask"
)

// asUser are options of whoever is at work.
func (w *world) asUser(environ map[string]string) identity.Options {
	o := w.options(environ)
	o.Tenant, o.ClientID, o.SecretVariable = "", "", ""
	return o
}

func token(t *testing.T, o identity.Options) (string, *identity.Credential, error) {
	t.Helper()
	cred, err := identity.New(o)
	if err != nil {
		return "", nil, err
	}
	got, err := cred.GetToken(t.Context(), scope(manager))
	return got.Token, cred, err
}

// TestSignInIsKept signs in once; later runs ask nobody, and go on with the
// refresh token. After a logout there is nothing left.
func TestSignInIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	prompt := &device{answer: w.directory.Approve}
	o := w.asUser(nil)
	o.Prompt, o.Folder = prompt, filepath.Join(t.TempDir(), "login")
	if _, _, err := token(t, o); err != nil {
		t.Fatal(err)
	}
	if got := prompt.String(); !strings.HasPrefix(got, "to sign in to Azure, open https://login.microsoftonline.com/") || strings.Count(got, "\n") != 1 {
		t.Errorf("the prompt: %q", got)
	}
	o.Prompt = nil
	_, cred, err := token(t, o)
	if err != nil {
		t.Fatalf("the second run: %v", err)
	}
	who, err := cred.Who(t.Context())
	want := identity.Account{Kind: identity.User, User: userName, Tenant: tenantID, Home: tenantID, Cloud: "AzureCloud", Source: "ischia login"}
	if err != nil || who != want {
		t.Errorf("got %+v, %v, want %+v", who, err, want)
	}
	if _, err := cred.GetToken(t.Context(), scope("https://ml.azure.com")); err != nil {
		t.Errorf("another audience: %v", err)
	}
	o.Cloud = identity.Clouds()[1]
	_, _, err = token(t, o)
	checkError(t, err, identity.NoSignIn, noOne)
	o.Cloud = identity.Clouds()[0]
	if was, err := identity.LogOut(t.Context(), o.Folder); !was || err != nil {
		t.Errorf("log out: got %t, %v", was, err)
	}
	_, _, err = token(t, o)
	checkError(t, err, identity.NoSignIn, noOne)
}

// TestSignInEnds has the kept sign-in revoked: without somebody to ask that is
// an error, with somebody a new sign-in.
func TestSignInEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.asUser(nil)
	o.Folder = signedIn(t, w)
	w.directory.Revoke(userName)
	cred, err := identity.New(o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = cred.GetToken(t.Context(), scope("https://ml.azure.com"))
	checkError(t, err, identity.Expired, "sign in to Azure: the sign-in has expired or was revoked (AADSTS50173); sign in anew: ischia login --tenant "+tenantID)

	o.Prompt = &device{answer: w.directory.Approve}
	if cred, err = identity.New(o); err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(t.Context(), scope("https://ml.azure.com")); err != nil {
		t.Errorf("with somebody to ask: %v", err)
	}
}

// TestLogOutMeanwhile signs out while a process still works with the sign-in:
// it does not come back.
func TestLogOutMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.asUser(nil)
	o.Folder = signedIn(t, w)
	_, cred, err := token(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := identity.LogOut(t.Context(), o.Folder); err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(t.Context(), scope("https://ml.azure.com")); err != nil {
		t.Errorf("the process may finish its work: %v", err)
	}
	if _, err := os.Stat(filepath.Join(o.Folder, "sign-in.json")); err == nil {
		t.Error("the sign-in came back")
	}
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*world, *device)
		kind  identity.Kind
		line  string
	}{
		"declined": {
			world: func(w *world, d *device) { d.answer = w.directory.Deny }, kind: identity.Declined,
			line: "sign in to Azure: the sign-in was declined in the browser (AADSTS70022); try again, and accept it",
		},
		"expired": {
			world: func(w *world, _ *device) {
				w.on("login.microsoftonline.com", "/token", refuses(400, `{"error":"expired_token","error_description":"AADSTS70020: The provided value for the input parameter 'device_code' is not valid. This device code has expired."}`))
			},
			kind: identity.CodeExpired,
			line: "sign in to Azure: nobody entered the code in time (AADSTS70020); try again, and enter the code within 15 minutes",
		},
		"conditional access": {
			world: func(w *world, _ *device) {
				w.on("login.microsoftonline.com", "/token", refuses(400, `{"error":"invalid_grant","error_description":"AADSTS50097: Device authentication is required."}`))
			},
			kind: identity.Policy,
			line: "sign in to Azure: a conditional access policy of the tenant organizations forbids this sign-in (AADSTS50097); sign in from a device or network that it allows, or with the Azure CLI in a browser (az login)",
		},
		"throttled": {
			world: func(w *world, _ *device) {
				w.on("login.microsoftonline.com", "/devicecode", func(rw http.ResponseWriter, _ *http.Request) {
					rw.Header().Set("Retry-After", "600")
					rw.WriteHeader(429)
				})
			},
			kind: identity.Throttled,
			line: "sign in to Azure: login.microsoftonline.com says that there were too many requests; try again in 10m0s",
		},
		"no network": {
			world: func(w *world, _ *device) { delete(w.hosts, "login.microsoftonline.com") }, kind: identity.Unreachable,
			line: "sign in to Azure: the name login.microsoftonline.com cannot be resolved; check the network, and HTTPS_PROXY if there is a proxy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := &device{}
			c.world(w, d)
			o := w.asUser(nil)
			o.Prompt, o.Folder = d, t.TempDir()
			_, _, err := token(t, o)
			checkError(t, err, c.kind, c.line)
			if _, err := os.Stat(filepath.Join(o.Folder, "sign-in.json")); err == nil {
				t.Error("a failed sign-in was kept")
			}
		})
	}
}

func refuses(status int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
	}
}

// TestDeviceCodeEnds is interrupted while it waits for the person.
func TestDeviceCodeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := w.asUser(nil)
	o.Prompt = &device{answer: func(string) error { cancel(); return nil }}
	cred, err := identity.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(ctx, scope(manager)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

// TestNobodyIsAsked in CI, or when the caller says so.
func TestNobodyIsAsked(t *testing.T) {
	t.Parallel()
	for _, environ := range []map[string]string{{"CI": "true"}, {"TF_BUILD": "True"}, {"GITHUB_ACTIONS": "true"}, {"silent": "1"}} {
		w := newWorld(t)
		o := w.asUser(environ)
		d := &device{}
		o.Prompt, o.NoPrompt = d, environ["silent"] != ""
		_, _, err := token(t, o)
		checkError(t, err, identity.NoSignIn, noOne)
		if d.String() != "" || len(w.requests("login.microsoftonline.com")) != 0 {
			t.Errorf("%v: somebody was asked: %q", environ, d)
		}
	}
}

// TestKeptPrincipal keeps who a service principal is, and not its secret.
func TestKeptPrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	environ := map[string]string{"APP_SECRET": secret}
	o := w.options(environ)
	o.Folder = t.TempDir()
	if _, err := identity.LogInPrincipal(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	checkNotIn(t, o.Folder, secret)
	later := w.asUser(environ)
	later.Folder = o.Folder
	if _, _, err := token(t, later); err != nil {
		t.Errorf("a later run: %v", err)
	}
	delete(environ, "APP_SECRET")
	_, _, err := token(t, later)
	checkError(t, err, identity.NoSignIn, asApp+"the environment variable APP_SECRET is not set, or empty; put the client secret into it, or sign out: ischia logout")
	environ["APP_SECRET"] = "wrong"
	o.Folder = t.TempDir()
	if _, err := identity.LogInPrincipal(t.Context(), o); err == nil {
		t.Error("a wrong secret: got no error")
	}
	if _, err := os.Stat(filepath.Join(o.Folder, "sign-in.json")); err == nil {
		t.Error("a failed sign-in was kept")
	}
}

// TestSecretsStay goes through everything that a sign-in leaves, and looks for
// what must not be there: the client secret nowhere, in any form; the refresh
// token in the sign-in store alone.
func TestSecretsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var refresh []string
	w.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/"+tenantID+"/oauth2/v2.0/token" && r.Method == http.MethodPost {
			body := new(bytes.Buffer)
			_, _ = body.ReadFrom(r.Body)
			r.Body = http.NoBody
			form, _ := url.ParseQuery(body.String())
			if token := form.Get("refresh_token"); token != "" {
				refresh = append(refresh, token)
			}
			r.Body = readCloser{bytes.NewReader(body.Bytes())}
		}
		return false
	}
	o := inVault(t, w)
	_, cred, err := token(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(refresh) == 0 {
		t.Fatal("no refresh token was used: the test looks for nothing")
	}
	checkNotIn(t, o.Folder, secret)
	said := err2text(cred, w)
	for _, s := range append(refresh, secret) {
		checkText(t, "what was said", said, s)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		checkText(t, verb, fmt.Sprintf(verb, cred), secret)
	}
	checkMasked(t, cred.Secrets(), append(refresh, secret))
	who, err := cred.Who(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, "the account", who.User+who.Source+who.Tenant, secret)
}

// checkMasked writes secrets in several forms, byte by byte, through a mask of
// those that the credential names.
func checkMasked(t *testing.T, named, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		var out strings.Builder
		masked := mask.New(named).Writer(&out)
		for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte("user:" + s))} {
			for i := range len(form) {
				if _, err := masked.Write([]byte{form[i]}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := masked.Close(); err != nil {
			t.Fatal(err)
		}
		checkText(t, "what was masked", out.String(), s)
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// err2text has every request fail with an answer that repeats what was sent,
// and returns what is said of it.
func err2text(cred *identity.Credential, w *world) string {
	var said strings.Builder
	w.on("login.microsoftonline.com", "/token", func(rw http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		sent := r.PostForm.Get("client_secret") + r.PostForm.Get("refresh_token")
		echo := sent + " " + url.QueryEscape(sent) + " " + base64.StdEncoding.EncodeToString([]byte(sent))
		rw.WriteHeader(400)
		_, _ = rw.Write([]byte(`{"error":"x","error_description":"AADSTS99999: ` + strings.ReplaceAll(echo, `"`, `\"`) + `"}`))
	})
	for _, audience := range []string{"https://ml.azure.com", "https://storage.azure.com"} {
		if _, err := cred.GetToken(context.Background(), scope(audience)); err != nil {
			said.WriteString(err.Error())
		}
	}
	return said.String()
}

// checkNotIn looks for a secret in all files of a folder.
func checkNotIn(t *testing.T, folder, s string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: got %v, %v", folder, files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checkText(t, name, string(data), s)
		for _, part := range strings.FieldsFunc(string(data), func(r rune) bool { return strings.ContainsRune(`"{}:, `, r) }) {
			if plain, err := base64.StdEncoding.DecodeString(part); err == nil {
				checkText(t, name+", decoded", string(plain), s)
			}
		}
	}
}

func checkText(t *testing.T, where, text, s string) {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString([]byte(s))
	for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), encoded, strings.TrimRight(encoded, "="), base64.URLEncoding.EncodeToString([]byte(s)), s[:len(s)/2], s[len(s)/2:]} {
		if strings.Contains(text, form) {
			t.Errorf("%s holds a secret in the form %q", where, form)
		}
	}
}
