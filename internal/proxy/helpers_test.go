package proxy_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/proxy"
)

const (
	homeToken = "the-token-of-the-home"
	tenant    = "11111111-2222-4333-8444-555555555555"
)

// seen is a request that has come to the doors.
type seen struct {
	method, host, path string
	header             http.Header
	body               string
	hosts              hosts.Hosts
}

// rig is a proxy before doors that write down what comes.
type rig struct {
	*testing.T
	proxy     *proxy.Proxy
	directory *entra.Directory
	list      *lines

	mu   sync.Mutex
	came []seen
}

func newRig(t *testing.T, change func(*proxy.Config)) *rig {
	t.Helper()
	r := &rig{T: t, list: &lines{}}
	var err error
	if r.directory, err = entra.New(entra.Config{Tenant: tenant, Open: true}); err != nil {
		t.Fatal(err)
	}
	c := proxy.Config{
		Doors: http.HandlerFunc(r.door), Token: homeToken, Pages: "http://127.0.0.1:1", Location: "local",
		Directory: r.directory, Tenant: tenant, Scope: proxy.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}, Environ: []string{"TMPDIR=" + t.TempDir()}, Requests: r.list,
	}
	if change != nil {
		change(&c)
	}
	if r.proxy, err = proxy.Start(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) door(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.came = append(r.came, seen{q.Method, q.Host, q.URL.Path, q.Header.Clone(), string(body), hosts.Of(q)})
	r.mu.Unlock()
	_, _ = io.WriteString(w, "from the door")
}

func (r *rig) requests() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]seen(nil), r.came...)
}

// lines is a list that requests are written to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// environ is the child's environment.
func (r *rig) environ() map[string]string {
	all := map[string]string{}
	for _, kv := range r.proxy.Child() {
		name, value, _ := strings.Cut(kv, "=")
		all[name] = value
	}
	return all
}

func (r *rig) url() *url.URL {
	r.Helper()
	u, err := url.Parse(r.proxy.URL())
	if err != nil {
		r.Fatal(err)
	}
	return u
}

func (r *rig) roots() *x509.CertPool {
	r.Helper()
	text, err := os.ReadFile(r.environ()["SSL_CERT_FILE"])
	if err != nil {
		r.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

// client does as its environment says.
func (r *rig) client() *http.Client {
	r.Helper()
	transport := &http.Transport{Proxy: http.ProxyURL(r.url()), TLSClientConfig: &tls.Config{RootCAs: r.roots()}, ForceAttemptHTTP2: true}
	r.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	*http.Response
	body string
}

// get sends a request by way of the proxy; headers are "Name: value".
func (r *rig) send(method, address, body string, headers ...string) answer {
	r.Helper()
	q, err := http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		q.Header.Add(name, value)
	}
	a, err := r.client().Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer{a, string(text)}
}

func (r *rig) token(audience string) string {
	r.Helper()
	token, _, err := r.directory.Token(audience, entra.Principal{ClientID: "c"})
	if err != nil {
		r.Fatal(err)
	}
	return token
}

func (r *rig) credentials() string {
	r.Helper()
	secret, _ := r.url().User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(r.url().User.Username()+":"+secret))
}

// raw sends text to the proxy's port as it is.
func (r *rig) raw(text string) (net.Conn, said, string) {
	r.Helper()
	conn, err := net.DialTimeout("tcp", r.url().Host, 5*time.Second)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = conn.Close() })
	return r.say(conn, text)
}

// said is an answer, of which the body has been read.
type said struct {
	StatusCode int
	Status     string
	Header     http.Header
}

func (r *rig) say(conn net.Conn, text string) (net.Conn, said, string) {
	r.Helper()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		r.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		r.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	a, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		r.Fatalf("%.80q: %v", text, err)
	}
	defer a.Body.Close()
	answer := said{a.StatusCode, a.Status, a.Header}
	if method == http.MethodConnect && a.StatusCode == http.StatusOK {
		return conn, answer, ""
	}
	body, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err != nil {
		r.Fatal(err)
	}
	return conn, answer, string(body)
}

// tunnel is a connection to a host by way of the proxy, encrypted in HTTP/1.1.
func (r *rig) tunnel(host, sni string) (*tls.Conn, error) {
	r.Helper()
	conn, a, _ := r.raw("CONNECT " + host + ":443 HTTP/1.1\r\nHost: " + host + ":443\r\nProxy-Authorization: " + r.credentials() + "\r\n\r\n")
	if a.StatusCode != http.StatusOK {
		r.Fatalf("CONNECT %s: got %s", host, a.Status)
	}
	secure := tls.Client(conn, &tls.Config{RootCAs: r.roots(), ServerName: sni, NextProtos: []string{"http/1.1"}})
	return secure, secure.HandshakeContext(r.Context())
}
