package proxy_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/proxy"
)

// dialer leads names to addresses, and others nowhere.
type dialer map[string]string

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if at, ok := d[address]; ok {
		address = at
	} else if !strings.HasPrefix(address, "127.0.0.1:") {
		return nil, errors.New("there is no such host")
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Who does not know the credentials of this run can do nothing.
func TestStrangers(t *testing.T) {
	t.Parallel()
	dialed := make(chan string, 100)
	r := newRig(t, func(c *proxy.Config) {
		c.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
			dialed <- address
			return nil, errors.New("nobody should be asked")
		}
	})
	good := r.credentials()
	for name, header := range map[string]string{
		"nothing":          "",
		"a wrong secret":   "Proxy-Authorization: Basic aXNjaGlhOndyb25n\r\n",
		"no secret":        "Proxy-Authorization: Basic aXNjaGlhOg==\r\n",
		"half of it":       "Proxy-Authorization: " + good[:len(good)-6] + "\r\n",
		"and more":         "Proxy-Authorization: " + good + "AAAA\r\n",
		"another scheme":   "Proxy-Authorization: Bearer " + strings.TrimPrefix(good, "Basic ") + "\r\n",
		"twice":            "Proxy-Authorization: " + good + "\r\nProxy-Authorization: " + good + "\r\n",
		"the wrong header": "Authorization: " + good + "\r\n",
		"no base64":        "Proxy-Authorization: Basic %%%\r\n",
	} {
		for _, first := range []string{
			"CONNECT management.azure.com:443 HTTP/1.1\r\nHost: management.azure.com:443\r\n",
			"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n",
			"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n",
			"GET http://management.azure.com/ HTTP/1.1\r\nHost: management.azure.com\r\n",
			"POST http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n",
		} {
			_, a, body := r.raw(first + header + "\r\n")
			if a.StatusCode != http.StatusProxyAuthRequired || !strings.HasPrefix(a.Header.Get("Proxy-Authenticate"), "Basic ") {
				t.Errorf("%s, %.30q: got %s, want 407 and a challenge", name, first, a.Status)
			}
			if strings.Contains(body, "azure") || strings.Contains(body, "example") || strings.Contains(body, homeToken) {
				t.Errorf("%s, %.30q: the answer tells %q", name, first, body)
			}
		}
	}
	if len(dialed) > 0 || len(r.requests()) > 0 {
		t.Errorf("%d hosts were asked, and %d requests came to the doors", len(dialed), len(r.requests()))
	}
}

// A page in a browser can name this port, by an address or a name of its own.
func TestPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	at, header := r.url().Host, r.environ()["IDENTITY_HEADER"]
	const path = "/identity/token?api-version=2019-08-01&resource=https://management.azure.com"
	get := func(host string, more ...string) int {
		text := "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(append(more, "", ""), "\r\n")
		_, a, _ := r.raw(text)
		return a.StatusCode
	}
	if got := get(at, "X-IDENTITY-HEADER: "+header); got != http.StatusOK {
		t.Errorf("as the child does: got %d, want 200", got)
	}
	for name, got := range map[string]int{
		"no header":          get(at),
		"a wrong header":     get(at, "X-IDENTITY-HEADER: wrong"),
		"another name":       get("rebound.example.com", "X-IDENTITY-HEADER: "+header),
		"localhost":          get("localhost:1", "X-IDENTITY-HEADER: "+header),
		"a page":             get(at, "X-IDENTITY-HEADER: "+header, "Origin: https://evil.example.com"),
		"a page of this one": get(at, "X-IDENTITY-HEADER: "+header, "Origin: http://"+at),
		"fetched":            get(at, "X-IDENTITY-HEADER: "+header, "Sec-Fetch-Site: cross-site"),
	} {
		if got < 400 || got > 499 {
			t.Errorf("%s: got %d, want a refusal", name, got)
		}
	}
	_, a, _ := r.raw("GET /subscriptions HTTP/1.1\r\nHost: " + at + "\r\nAuthorization: Bearer " + homeToken + "\r\n\r\n")
	if a.StatusCode != http.StatusNotFound {
		t.Errorf("a door: got %s, want 404", a.Status)
	}
}

// What is not plainly a host and a port is refused, and asked of nobody.
func TestHostileTargets(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *proxy.Config) { c.Dial = dialer{}.dial })
	credentials := "Proxy-Authorization: " + r.credentials() + "\r\n"
	for _, target := range []string{
		"management.azure.com", "management.azure.com:", "management.azure.com:0", "management.azure.com:99999", "management.azure.com:443:443",
		"user@management.azure.com:443", "management.azure.com/:443", "management%2eazure.com:443", "127.1:443", "0x7f.0.0.1:443", "2130706433:443",
		"[::1%25lo]:443", "http://management.azure.com:443", "*:443", "management.azure.com#:443", "management..azure.com:443",
		"m\u00e4nagement.azure.com:443", "management\uff0eazure.com:443",
	} {
		_, a, body := r.raw("CONNECT " + target + " HTTP/1.1\r\nHost: x\r\n" + credentials + "\r\n")
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %s %q, want 400", target, a.Status, body)
		}
	}
	for name, text := range map[string]string{
		"a body":         "CONNECT management.azure.com:443 HTTP/1.1\r\nHost: x\r\n" + credentials + "Content-Length: 4\r\n\r\nGET ",
		"pieces":         "CONNECT management.azure.com:443 HTTP/1.1\r\nHost: x\r\n" + credentials + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"two hosts":      "GET http://example.com/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + credentials + "\r\n",
		"a folded line":  "CONNECT management.azure.com:443 HTTP/1.1\r\nHost: x\r\n x: y\r\n" + credentials + "\r\n",
		"a space":        "CONNECT management.azure.com:443 HTTP/1.1\r\nHost : x\r\n" + credentials + "\r\n",
		"two lengths":    "POST http://example.com/ HTTP/1.1\r\nHost: x\r\n" + credentials + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a name in it":   "GET http://user:pass@example.com/ HTTP/1.1\r\nHost: x\r\n" + credentials + "\r\n",
		"another scheme": "GET ftp://example.com/ HTTP/1.1\r\nHost: x\r\n" + credentials + "\r\n",
	} {
		if _, a, body := r.raw(text); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %s %q, want 400", name, a.Status, body)
		}
	}
	big := "CONNECT management.azure.com:443 HTTP/1.1\r\nHost: x\r\n" + credentials + "X-Big: " + strings.Repeat("a", 100<<10) + "\r\n\r\n"
	if _, a, _ := r.raw(big); a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("big headers: got %s, want 431", a.Status)
	}
	if len(r.requests()) > 0 {
		t.Errorf("%d requests came to the doors", len(r.requests()))
	}
}

// Over a connection to one host nothing is asked of another.
func TestMisdirected(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	token := "Authorization: Bearer " + r.token("https://management.azure.com") + "\r\n"
	for host, want := range map[string]int{
		"management.azure.com": 200, "Management.Azure.com:443": 200, "management.azure.com.": 200,
		"local.api.azureml.ms": 421, "account.blob.core.windows.net": 421, "127.0.0.1": 421, "management.azure.com:80": 421, "x": 421,
	} {
		conn, err := r.tunnel("management.azure.com", "management.azure.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, a, _ := r.say(conn, "GET /subscriptions HTTP/1.1\r\nHost: "+host+"\r\n"+token+"\r\n"); a.StatusCode != want {
			t.Errorf("%s: got %s, want %d", host, a.Status, want)
		}
	}
	for name, text := range map[string]string{
		"both lengths":  "POST /subscriptions HTTP/1.1\r\nHost: management.azure.com\r\n" + token + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"unknown parts": "POST /subscriptions HTTP/1.1\r\nHost: management.azure.com\r\n" + token + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"a folded line": "GET /subscriptions HTTP/1.1\r\nHost: management.azure.com\r\n x: y\r\n\r\n",
		"connect":       "CONNECT management.azure.com:443 HTTP/1.1\r\nHost: management.azure.com:443\r\n\r\n",
		"big headers":   "GET /subscriptions HTTP/1.1\r\nHost: management.azure.com\r\nX-Big: " + strings.Repeat("a", 100<<10) + "\r\n\r\n",
	} {
		conn, err := r.tunnel("management.azure.com", "management.azure.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, a, _ := r.say(conn, text); a.StatusCode < 400 {
			t.Errorf("%s: got %s, want a refusal", name, a.Status)
		}
	}
	if _, err := r.tunnel("management.azure.com", "account.blob.core.windows.net"); err == nil {
		t.Error("the certificate of another host was given")
	}
}

// Tokens and signatures are not in the list of requests.
func TestTheListIsClean(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	token := r.token("https://management.azure.com")
	r.send("GET", "https://management.azure.com/subscriptions?api-version=1&sig=SECRET", "", "Authorization: Bearer "+token)
	r.send("GET", "https://account.blob.core.windows.net/c/b?sv=1&sig=SECRET", "")
	r.send("GET", "https://management.azure.com/%0a%1b[31mx", "")
	r.raw("CONNECT x\x01y:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	list := r.list.String()
	for _, word := range []string{"SECRET", token, homeToken, "\x1b", "sig=", "Bearer"} {
		if strings.Contains(list, word) {
			t.Errorf("the list has %q:\n%s", word, list)
		}
	}
	for _, line := range []string{
		" GET management.azure.com /subscriptions 200 13 ", " GET account.blob.core.windows.net /c/b 200 13 ", " GET management.azure.com /%0a%1b[31mx 401 ",
	} {
		if !strings.Contains(list, line) {
			t.Errorf("the list has no %q:\n%s", line, list)
		}
	}
}

// The child's files hold certificates, are its user's alone, and go.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own := filepath.Join(dir, "own.pem")
	const certificate = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"
	if err := os.WriteFile(own, []byte(certificate+"-----BEGIN PRIVATE KEY-----\nMAo=\n-----END PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(c *proxy.Config) {
		c.Environ = []string{"TMPDIR=" + temp, "SSL_CERT_FILE=" + own, "NODE_EXTRA_CA_CERTS=" + own}
	})
	checkFiles(t, temp)
	env := r.environ()
	for name, count := range map[string]int{"SSL_CERT_FILE": 2, "NODE_EXTRA_CA_CERTS": 2} {
		text, err := os.ReadFile(env[name])
		if err != nil || strings.Count(string(text), "BEGIN CERTIFICATE") != count || !strings.Contains(string(text), certificate) {
			t.Errorf("%s: got %s %v, want the caller's certificate and the authority's", name, text, err)
		}
	}
	if err := r.proxy.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) != 0 {
		t.Errorf("got %v %v, want nothing left", left, err)
	}
}

func checkFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s: got mode %s, want it closed to others", path, info.Mode())
		}
		if e.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "PRIVATE") {
			t.Errorf("%s holds a key", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
