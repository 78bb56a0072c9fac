package local_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// serveHome serves a new home.
func serveHome(t *testing.T, o local.ServeOptions) (*local.Local, *local.Serving) {
	t.Helper()
	l := openHome(t, t.TempDir())
	return l, serveOpened(t, l, o)
}

func serveOpened(t *testing.T, l *local.Local, o local.ServeOptions) *local.Serving {
	t.Helper()
	s, err := l.Serve(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	return s
}

func TestServeAnnouncesItself(t *testing.T) {
	t.Parallel()
	l, s := serveHome(t, local.ServeOptions{Announce: true, Version: "v1"})
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") {
		t.Errorf("got URL %s, want one of the loopback", s.URL)
	}
	url, token, ok := local.Connect(t.Context(), l.Dir())
	if !ok || url != s.URL || token != s.Token {
		t.Errorf("got %q %v, want to be connected with %q", url, ok, s.URL)
	}
	text, err := os.ReadFile(filepath.Join(l.Dir(), "serve.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]any
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	if len(said) != 5 || said["url"] != s.URL || said["pid"] != float64(os.Getpid()) || said["version"] != "v1" ||
		said["token_file"] != filepath.Join(l.Dir(), "token") || said["started"] == nil {
		t.Errorf("got %s", text)
	}
	if strings.Contains(string(text), s.Token) {
		t.Error("the token is in serve.json")
	}
	var served *local.ServedError
	if _, err := l.Serve(t.Context(), local.ServeOptions{Announce: true}); !errors.As(err, &served) || served.URL != s.URL {
		t.Errorf("a second server: got %v, want to be told where the first is", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, _, ok := local.Connect(t.Context(), l.Dir()); ok {
		t.Error("connected with a server that is closed")
	}
	if again := serveOpened(t, l, local.ServeOptions{Announce: true}); again.URL != s.URL {
		t.Errorf("got %s, want the address that the home had: %s", again.URL, s.URL)
	}
}

// A process that serves for itself is in nobody's way.
func TestServeBesideAServer(t *testing.T) {
	t.Parallel()
	l, s := serveHome(t, local.ServeOptions{Announce: true})
	beside := serveOpened(t, openHome(t, l.Dir()), local.ServeOptions{})
	if beside.URL == s.URL || beside.Token != s.Token {
		t.Errorf("got %s and another token %v, want another address and the same token", beside.URL, beside.Token != s.Token)
	}
	if err := beside.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if url, _, ok := local.Connect(t.Context(), l.Dir()); !ok || url != s.URL {
		t.Errorf("got %q %v, want the server that is announced", url, ok)
	}
	if _, err := l.Serve(t.Context(), local.ServeOptions{Port: portOf(t, s.URL)}); err == nil {
		t.Error("got a server at a port that is taken, and was asked for")
	}
}

func portOf(t *testing.T, url string) int {
	t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", url[strings.Index(url, "//")+2:])
	if err != nil {
		t.Fatal(err)
	}
	return addr.Port
}

// What a server left behind that was killed is not believed, and nobody who
// has its port now is shown the token.
func TestConnectToNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, _, ok := local.Connect(t.Context(), filepath.Join(dir, "none")); ok {
		t.Error("connected with a home that is not there")
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a home was made")
	}
	l := openHome(t, dir)
	asked := make(chan string, 1)
	impostor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = http.Serve(impostor, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { //nolint:gosec // a test
			asked <- r.Header.Get("Authorization")
		}))
	}()
	t.Cleanup(func() { _ = impostor.Close() })
	text := `{"url":"http://` + impostor.Addr().String() + `","pid":1,"token_file":"x","started":"2026-01-02T03:04:05Z","version":"v"}`
	if err := os.WriteFile(filepath.Join(l.Dir(), "serve.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := local.Connect(t.Context(), dir); ok {
		t.Error("connected with a server that was killed")
	}
	select {
	case shown := <-asked:
		t.Errorf("somebody else was asked, and shown %q", shown)
	default:
	}
}

func TestServeToOthersNeedsTLS(t *testing.T) {
	t.Parallel()
	l := openHome(t, t.TempDir())
	for _, host := range []string{"0.0.0.0", "::", "192.0.2.1", "build-7"} {
		if _, err := l.Serve(t.Context(), local.ServeOptions{Host: host}); !errors.Is(err, local.ErrNeedsTLS) {
			t.Errorf("%s: got %v, want ErrNeedsTLS", host, err)
		}
	}
}

func TestServeEncrypted(t *testing.T) {
	t.Parallel()
	l, s := serveHome(t, local.ServeOptions{TLS: true, Host: "0.0.0.0", Announce: true})
	text, err := os.ReadFile(filepath.Join(l.Dir(), "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	if got := get(t, &http.Client{Transport: transport}, s.URL+"/ping", "Authorization: Bearer "+s.Token); got != http.StatusOK {
		t.Errorf("%s: got %d, want 200", s.URL, got)
	}
	// A client that does not trust the certificate shows it nothing.
	if _, _, ok := local.Connect(t.Context(), l.Dir()); ok {
		t.Error("connected with a server that this machine does not trust")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	serveOpened(t, l, local.ServeOptions{TLS: true, Host: "0.0.0.0"})
	if again, err := os.ReadFile(filepath.Join(l.Dir(), "tls", "cert.pem")); err != nil || string(again) != string(text) {
		t.Errorf("the certificate is another one: %v", err)
	}
}

func get(t *testing.T, client *http.Client, url string, headers ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	return a.StatusCode
}

func TestLinks(t *testing.T) {
	t.Parallel()
	_, s := serveHome(t, local.ServeOptions{})
	scope := workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}
	for _, c := range []struct{ got, want string }{
		{s.JobURL(scope, "../a"), s.URL + "/jobs/..%2Fa?wsid=" + url.QueryEscape(scope.ARMID())},
		{s.JobURL(scope, "a_b"), s.URL + "/jobs/a_b?wsid=%2Fsubscriptions%2Fs%2FresourceGroups%2Fg%2Fproviders%2FMicrosoft.MachineLearningServices%2Fworkspaces%2Fw"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	for range 2 {
		link, err := local.SignIn(t.Context(), s.URL, s.Token, "/jobs/a")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
			if got := get(t, http.DefaultClient, link); got != want {
				t.Errorf("a sign-in link: got %d, want %d", got, want)
			}
		}
	}
	if _, err := local.SignIn(t.Context(), s.URL, "wrong", "/"); err == nil {
		t.Error("got a sign-in link for a wrong token")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	l := openHome(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	s, err := l.Serve(ctx, local.ServeOptions{Announce: true})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-s.Ended():
	case <-time.After(10 * time.Second):
		t.Fatal("it did not end")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
