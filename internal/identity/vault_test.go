package identity_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/identity"
)

const (
	reading = "read the secret client-secret of the key vault kv.vault.azure.net: "
	noOne   = "sign in to Azure: nobody is signed in here, and nobody can be asked; run `ischia login` or `az login` before, or set up a service principal (auth in the configuration) or a workload identity"
)

// inVault are options whose secret lies in the vault. The user is signed in:
// what was kept of it is in the folder.
func inVault(t *testing.T, w *world) identity.Options {
	o := w.options(nil)
	o.VaultURL, o.VaultSecret = "https://"+vaultHost+"/", "client-secret"
	o.Folder = signedIn(t, w)
	return o
}

// signedIn is a folder in which the user's sign-in is kept.
func signedIn(t *testing.T, w *world) string {
	t.Helper()
	folder := t.TempDir()
	o := identity.Options{Transport: w.transport(), Folder: folder, Prompt: &device{directory: w.directory, answer: w.directory.Approve}}
	if _, err := identity.LogIn(t.Context(), o); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return folder
}

func TestVault(t *testing.T) {
	t.Parallel()
	forbids := func(inner string) func(*world) {
		return func(w *world) {
			w.vault(403, `{"error":{"code":"Forbidden","message":"no","innererror":{"code":"`+inner+`"}}}`)
		}
	}
	for name, c := range map[string]signIn{
		"good":                 {},
		"variable comes first": {environ: map[string]string{"APP_SECRET": secret}, world: func(w *world) { delete(w.hosts, vaultHost) }},
		"nobody is signed in":  {options: func(o *identity.Options) { o.Folder = "" }, kind: identity.NoSignIn, line: noOne},
		"no such vault": {
			world: func(w *world) { delete(w.hosts, vaultHost) }, kind: identity.NoVault,
			line: reading + "there is no such key vault; check keyvault_url",
		},
		"no such secret": {
			options: func(o *identity.Options) { o.VaultSecret = "other" }, kind: identity.NoSecret,
			line: "read the secret other of the key vault kv.vault.azure.net: there is no such secret (SecretNotFound); check keyvault_secret_name",
		},
		"an empty secret": {
			options: func(o *identity.Options) { o.VaultSecret = "empty" }, kind: identity.NoSecret,
			line: "read the secret empty of the key vault kv.vault.azure.net: it is empty; put the client secret into it",
		},
		"no role": {
			world: forbids("ForbiddenByRbac"), kind: identity.Denied,
			line: reading + "you may not read secrets there (ForbiddenByRbac); ask for the role 'Key Vault Secrets User', or for 'get' in the vault's access policy",
		},
		"no access policy": {
			world: forbids("AccessDenied"), kind: identity.Denied,
			line: reading + "you may not read secrets there (AccessDenied); ask for the role 'Key Vault Secrets User', or for 'get' in the vault's access policy",
		},
		"firewall": {
			world: forbids("ForbiddenByFirewall"), kind: identity.Denied,
			line: reading + "the vault's firewall does not let this machine in (ForbiddenByFirewall); try from an allowed network, or put the secret into the environment variable",
		},
		"disabled": {
			world: forbids("SecretDisabled"), kind: identity.NoSecret,
			line: reading + "the secret is disabled (SecretDisabled); enable it, or name another",
		},
		"throttled": {
			world: func(w *world) { w.vault(429, `{"error":{"code":"Throttled","message":"x"}}`) }, kind: identity.Throttled,
			line: reading + "kv.vault.azure.net says that there were too many requests; wait for some minutes and try again",
		},
		"fails": {
			world: func(w *world) { w.vault(500, `{}`) }, kind: identity.Unavailable,
			line: reading + "kv.vault.azure.net failed (status 500); try again later",
		},
		"not a secret": {
			world: func(w *world) { w.vault(200, `<html>`) }, kind: identity.Unavailable,
			line: reading + "the answer is no secret; check keyvault_url",
		},
		"the token is not taken": {
			world: func(w *world) {
				w.vault(401, `{"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer."}}`)
			}, kind: identity.Denied,
			line: reading + "the key vault does not take the sign-in (Unauthorized); sign in as a user of the vault's tenant: ischia login --tenant TENANT",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := inVault(t, w)
			o.Getenv = func(name string) string { return c.environ[name] }
			if c.world != nil {
				c.world(w)
			}
			if c.options != nil {
				c.options(&o)
			}
			cred, err := identity.New(o)
			if err == nil {
				_, err = cred.GetToken(t.Context(), scope(manager))
			}
			checkError(t, err, c.kind, c.line)
		})
	}
}

// vault answers requests of the vault that have a token.
func (w *world) vault(status int, body string) {
	inner := w.hosts[vaultHost]
	w.hosts[vaultHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			inner.ServeHTTP(rw, r)
			return
		}
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	})
}

// TestHostileVault asks for tokens that are none of its business.
func TestHostileVault(t *testing.T) {
	t.Parallel()
	for _, ask := range []string{
		`resource="https://management.azure.com"`, `resource="https://evil.example"`, `resource="https://azure.net"`,
		`resource="https://vault.azure.net.evil.example"`, `resource="http://vault.azure.net"`, `resource="https://kv.vault.azure.net"`,
		`scope="https://graph.microsoft.com/.default"`, `scope="https://vault.azure.net@evil.example/.default"`, `realm=""`,
	} {
		t.Run(ask, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := inVault(t, w)
			sent := false
			w.hosts[vaultHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				sent = sent || r.Header.Get("Authorization") != ""
				rw.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+tenantID+`", `+ask)
				rw.WriteHeader(http.StatusUnauthorized)
			})
			cred, err := identity.New(o)
			if err == nil {
				_, err = cred.GetToken(t.Context(), scope(manager))
			}
			checkError(t, err, identity.Refused, reading+"it asks for a token that is not for key vaults, which it does not get; check keyvault_url")
			if sent {
				t.Error("the vault got a token")
			}
		})
	}
}

// TestVaultWantsClaims has the vault end the first token's life: the next one
// has the claims that it asks for.
func TestVaultWantsClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := inVault(t, w)
	inner, asked := w.hosts[vaultHost], 0
	w.hosts[vaultHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if asked++; asked != 2 {
			inner.ServeHTTP(rw, r)
			return
		}
		claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`))
		rw.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/`+tenantID+`", error="insufficient_claims", claims="`+claims+`"`)
		rw.WriteHeader(http.StatusUnauthorized)
	})
	wanted := false
	w.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/token") && r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			wanted = wanted || strings.Contains(string(body), "nbf")
		}
		return false
	}
	cred, err := identity.New(o)
	if err == nil {
		_, err = cred.GetToken(t.Context(), scope(manager))
	}
	if err != nil || !wanted {
		t.Errorf("got %v, and claims asked for: %t", err, wanted)
	}
}

// TestVaultCut ends in the middle.
func TestVaultCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := inVault(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	w.on(vaultHost, "/", func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	cred, err := identity.New(o)
	if err == nil {
		_, err = cred.GetToken(ctx, scope(manager))
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}
