package proxy_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/proxy"
)

// Through the proxy, too, a door opens to tokens of this run alone, that are for
// it and still good. The token of the home is none: it is not for clients.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	const manager = "https://management.azure.com"
	other, err := entra.New(entra.Config{Tenant: tenant, Open: true})
	if err != nil {
		t.Fatal(err)
	}
	foreign, _, err := other.Token(manager, entra.Principal{ClientID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	good := r.token(manager)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, token := range map[string]string{
		"of another run": foreign, "of the home": homeToken, "without a signature": parts[0] + "." + parts[1] + ".", "signed by nobody": none + "." + parts[1] + ".",
		"for storage": r.token("https://storage.azure.com"), "for a vault": r.token("https://vault.azure.net"), "for the data plane": r.token("https://ml.azure.com"),
		"changed": parts[0] + "." + parts[1][:len(parts[1])-4] + "AAAA." + parts[2], "nothing": "", "garbage": "a.b.c",
	} {
		if a := r.send(http.MethodGet, manager+"/subscriptions", "", "Authorization: Bearer "+token); a.StatusCode != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("a token %s: got %s", name, a.Status)
		}
	}
	for _, door := range []string{manager + "/subscriptions", "https://local.api.azureml.ms/history/v1.0/x", "https://kv.vault.azure.net/secrets/a?api-version=7.4"} {
		if a := r.send(http.MethodGet, door, ""); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a token: got %s", door, a.Status)
		}
	}
	if len(r.requests()) > 0 {
		t.Errorf("%d requests came to the doors", len(r.requests()))
	}
	if a := r.send(http.MethodGet, manager+"/subscriptions", "", "Authorization: Bearer "+good); a.StatusCode != http.StatusOK {
		t.Errorf("a good token: got %s", a.Status)
	}
}

// Tokens end: what was good an hour ago is not.
func TestOldTokens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	directory, err := entra.New(entra.Config{Tenant: tenant, Open: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *proxy.Config) { c.Directory = directory })
	r.directory = directory
	token := r.token("https://management.azure.com")
	now = now.Add(2 * time.Hour)
	if a := r.send(http.MethodGet, "https://management.azure.com/subscriptions", "", "Authorization: Bearer "+token); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %s", a.Status)
	}
}

// A page asks a browser whether it may send the header of the identity; no answer
// says so, and none lets a page read it.
func TestPreflight(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	at := r.url().Host
	identity := r.environ()["IDENTITY_HEADER"]
	const path = "/identity/token?api-version=2019-08-01&resource=https://management.azure.com"
	for name, text := range map[string]string{
		"preflight": "OPTIONS " + path + " HTTP/1.1\r\nHost: " + at + "\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n" +
			"Access-Control-Request-Headers: x-identity-header\r\nAccess-Control-Request-Private-Network: true\r\n\r\n",
		"of nobody":       "GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\nOrigin: null\r\nX-IDENTITY-HEADER: " + identity + "\r\n\r\n",
		"an image":        "GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
		"an old browser":  "GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\nReferer: https://evil.example/\r\n\r\n",
		"a form":          "POST " + path + " HTTP/1.1\r\nHost: " + at + "\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\n\r\n",
		"the older shape": "GET /identity/token?api-version=2017-09-01&resource=https://management.azure.com HTTP/1.1\r\nHost: " + at + "\r\n\r\n",
		"its wrong secret": "GET /identity/token?api-version=2017-09-01&resource=https://management.azure.com HTTP/1.1\r\nHost: " + at + "\r\nsecret: wrong\r\n" +
			"X-IDENTITY-HEADER: " + identity + "\r\n\r\n",
		"two headers":   "GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\nX-IDENTITY-HEADER: wrong\r\nX-IDENTITY-HEADER: " + identity + "\r\n\r\n",
		"everything":    "OPTIONS * HTTP/1.1\r\nHost: " + at + "\r\n\r\n",
		"a new version": "PRI * HTTP/2.0\r\n\r\n",
		"a web socket":  "GET " + path + " HTTP/1.1\r\nHost: " + at + "\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	} {
		_, a, body := r.raw(text)
		if a.StatusCode < 400 || strings.Contains(body, "access_token") {
			t.Errorf("%s: got %s %s", name, a.Status, body)
		}
		for header := range a.Header {
			if strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s: the answer has %s", name, header)
			}
		}
	}
}
