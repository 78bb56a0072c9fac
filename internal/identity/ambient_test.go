package identity_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/identity"
)

// fakeAz puts a program named az on the path, which runs a script.
func fakeAz(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake az is a shell script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+"/usr/bin:/bin")
}

// TestAzureCLI changes the path of this process, so it runs alone.
func TestAzureCLI(t *testing.T) {
	w := newWorld(t)
	good, expires, err := w.directory.Token(manager, entra.Principal{User: userName})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		script string
		kind   identity.Kind
		line   string
	}{
		"signed in": {script: fmt.Sprintf(`test "$*" = "account get-access-token -o json --resource %s" || exit 9
echo 'WARNING: something' >&2
echo '{"accessToken":"%s","expires_on":%d,"tokenType":"Bearer"}'`, manager, good, expires.Unix())},
		"signed out": {
			script: `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, kind: identity.NoSignIn, line: noOne,
		},
		"expired": {
			script: `echo "ERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: 1" >&2; echo 'Interactive authentication is needed. Please run:' >&2; echo 'az login' >&2; exit 1`,
			kind:   identity.Expired, line: "sign in with the Azure CLI: the sign-in has expired or was revoked (AADSTS700082); sign in anew: az login",
		},
		"second factor": {
			script: `echo "ERROR: AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication." >&2; exit 1`,
			kind:   identity.Policy, line: "sign in with the Azure CLI: the tenant of the sign-in wants a second factor (AADSTS50076); sign in anew: az login",
		},
		"broken": {
			script: `echo "Traceback (most recent call last):" >&2; echo "ImportError: x" >&2; exit 1`,
			kind:   identity.Refused, line: "sign in with the Azure CLI: Traceback (most recent call last):; try `az account get-access-token` yourself",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fakeAz(t, c.script)
			got, cred, err := token(t, w.asUser(nil))
			checkError(t, err, c.kind, c.line)
			if c.kind != "" {
				return
			}
			if got != good {
				t.Error("got another token than az gave")
			}
			who, err := cred.Who(t.Context())
			want := identity.Account{Kind: identity.User, User: userName, Tenant: tenantID, Home: tenantID, Cloud: "AzureCloud", Source: "Azure CLI"}
			if err != nil || who != want {
				t.Errorf("got %+v, %v, want %+v", who, err, want)
			}
		})
	}
}

// TestAzureCLIFirst reads the vault's secret with the Azure CLI's sign-in.
func TestAzureCLIFirst(t *testing.T) {
	w := newWorld(t)
	good, expires, err := w.directory.Token("https://vault.azure.net", entra.Principal{User: userName})
	if err != nil {
		t.Fatal(err)
	}
	fakeAz(t, fmt.Sprintf(`test "$*" = "account get-access-token -o json --resource https://vault.azure.net --tenant %s" || exit 9
echo '{"accessToken":"%s","expires_on":%d}'`, tenantID, good, expires.Unix()))
	o := w.options(nil)
	d := &device{}
	o.VaultURL, o.VaultSecret, o.Prompt = "https://"+vaultHost, "client-secret", d
	if _, _, err := token(t, o); err != nil {
		t.Error(err)
	}
	if d.String() != "" {
		t.Errorf("somebody was asked: %s", d)
	}
}

// TestAzureCLIExpired has somebody to ask: what az says is told, and then a new
// sign-in is made.
func TestAzureCLIExpired(t *testing.T) {
	w := newWorld(t)
	fakeAz(t, `echo "ERROR: AADSTS700082: The refresh token has expired." >&2; exit 1`)
	o := w.asUser(map[string]string{"AZURE_FEDERATED_TOKEN_FILE": "not looked at"})
	d := &device{answer: w.directory.Approve}
	o.Prompt = d
	if _, _, err := token(t, o); err != nil {
		t.Error(err)
	}
	if got := d.String(); !strings.HasPrefix(got, "sign in with the Azure CLI: the sign-in has expired or was revoked (AADSTS700082); sign in anew: az login\nto sign in to Azure, open ") {
		t.Errorf("the prompt: %q", got)
	}
}

const issuer = "https://ci.example"

// TestWorkload signs in with an assertion in a file.
func TestWorkload(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		subject string
		at      time.Duration
		app     string
		kind    identity.Kind
		line    string
	}{
		"good": {subject: "repo:main", app: appID},
		"another branch": {
			subject: "repo:other", app: appID, kind: identity.WrongSecret,
			line: "sign in as the workload identity " + appID + ": the app " + appID + " does not trust this workload's identity (AADSTS700213); add a federated credential with its issuer, subject and audience",
		},
		"too late": {
			subject: "repo:main", app: appID, at: -2 * time.Hour, kind: identity.Clock,
			line: "sign in as the workload identity " + appID + ": the assertion is not valid at this time (AADSTS700024); correct this machine's clock, or renew the assertion",
		},
		"half set up": {
			subject: "repo:main", kind: identity.BadSetting,
			line: "sign in as a workload identity: AZURE_FEDERATED_TOKEN_FILE is set, but AZURE_CLIENT_ID or AZURE_TENANT_ID is not; set them",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d, err := entra.New(entra.Config{Tenant: tenantID, Apps: []entra.App{{ClientID: appID, Federated: []entra.Federation{{Issuer: issuer, Subject: "repo:main", Key: key.Public()}}}}})
			if err != nil {
				t.Fatal(err)
			}
			w.hosts["login.microsoftonline.com"] = d.Handler()
			now := time.Now().Add(c.at)
			assertion, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
				Issuer: issuer, Subject: c.subject, Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
				IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(10 * time.Minute)),
			}).SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "assertion")
			if err := os.WriteFile(file, []byte(assertion), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err = token(t, w.asUser(map[string]string{
				"CI": "true", "AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_CLIENT_ID": c.app, "AZURE_TENANT_ID": tenantID,
			}))
			checkError(t, err, c.kind, c.line)
		})
	}
}

// TestManagedIdentity sets the environment of this process, which is where the
// SDK looks, so it runs alone.
func TestManagedIdentity(t *testing.T) {
	for name, c := range map[string]struct {
		environ map[string]string
		world   func(*world)
		kind    identity.Kind
		line    string
	}{
		"App Service":           {environ: map[string]string{"IDENTITY_ENDPOINT": "https://identity.example/token", "IDENTITY_HEADER": "door"}},
		"a compute of Azure ML": {environ: map[string]string{"MSI_ENDPOINT": "https://identity.example/token", "MSI_SECRET": "door"}},
		"wrong header": {
			environ: map[string]string{"IDENTITY_ENDPOINT": "https://identity.example/token", "IDENTITY_HEADER": "other"}, kind: identity.Refused,
			line: "sign in as the managed identity of this machine: The X-IDENTITY-HEADER header is missing or not the one of this identity.",
		},
		"fails": {
			environ: map[string]string{"IDENTITY_ENDPOINT": "https://identity.example/token", "IDENTITY_HEADER": "door"},
			world:   func(w *world) { w.on("identity.example", "/", refuses(500, "")) }, kind: identity.Unavailable,
			line: "sign in as the managed identity of this machine: identity.example failed (status 500); try again later",
		},
		"a virtual machine without one, in CI": {
			environ: map[string]string{"CI": "1"}, kind: identity.NoSignIn, line: noOne,
			world: func(w *world) {
				w.on("169.254.169.254", "/", refuses(400, `{"error":"invalid_request","error_description":"Identity not found"}`))
			},
		},
		"a virtual machine, asked for": {
			environ: map[string]string{"AZURE_TOKEN_CREDENTIALS": "managedidentitycredential"}, kind: identity.Refused,
			line: "sign in as the managed identity of this machine: Identity not found",
			world: func(w *world) {
				w.on("169.254.169.254", "/", refuses(400, `{"error":"invalid_request","error_description":"Identity not found"}`))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range c.environ {
				t.Setenv(key, value)
			}
			w := newWorld(t)
			w.hosts["identity.example"] = w.directory.ManagedIdentity("door")
			w.hosts["169.254.169.254"] = http.NotFoundHandler()
			if c.world != nil {
				c.world(w)
			}
			o := w.asUser(c.environ)
			cred, err := identity.New(o)
			if err != nil {
				t.Fatal(err)
			}
			// MSAL keeps the tokens of managed identities for the whole process.
			_, err = cred.GetToken(t.Context(), scope(map[bool]string{true: manager, false: "https://storage.azure.com"}[c.kind == ""]))
			checkError(t, err, c.kind, c.line)
		})
	}
}
