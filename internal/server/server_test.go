package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/server"
)

const token = "a-token-for-tests-only"

// running is a server on a port of its own, whose doors say which they are.
type running struct {
	t      *testing.T
	url    string
	server *server.Server
	stop   context.CancelFunc
	ended  chan error
	log    *lockedBuffer
}

type lockedBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.text.String()
}

func door(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Door", name)
		_, _ = io.WriteString(w, r.URL.EscapedPath())
	})
}

func start(t *testing.T, change ...func(*server.Config)) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan error, 1), log: &lockedBuffer{}}
	c := server.Config{
		ARM: door("arm"), Pipelines: door("pipelines"), Blob: door("blob"), Studio: door("studio"),
		Token: token, Tenant: "a-tenant", Log: slog.New(slog.NewTextHandler(r.log, nil)),
	}
	for _, f := range change {
		f(&c)
	}
	r.server = server.New(c)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + l.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = stop
	go func() { r.ended <- r.server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) code() string {
	var body struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal([]byte(a.body), &body) != nil {
		return ""
	}
	return body.Error.Code
}

// do sends a request; headers are "Name: value", "Host: x" is the Host.
func (r *running) do(client *http.Client, method, path, body string, headers ...string) answer {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			q.Host = value
		}
		q.Header.Add(name, value)
	}
	a, err := client.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{a.StatusCode, a.Header, string(text)}
}

func (r *running) get(path string, headers ...string) answer {
	r.t.Helper()
	return r.do(http.DefaultClient, http.MethodGet, path, "", headers...)
}

func bearer(token string) string { return "Authorization: Bearer " + token }

func TestWhereAPathLeads(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, c := range []struct{ path, door string }{
		{"/subscriptions", "arm"},
		{"/Subscriptions/a/resourceGroups", "arm"},
		{"/subscriptionsx", "studio"},
		{"/pipelines/v1.0/subscriptions/a", "pipelines"},
		{"/pipelinesx", "studio"},
		{"/history/v1.0/subscriptions/a", "pipelines"},
		{"/blob/account/container/a%2Fb%20c/../d//e", "blob"},
		{"/", "studio"},
		{"/jobs/a", "studio"},
	} {
		a := r.get(c.path, bearer(token))
		if a.status != http.StatusOK || a.header.Get("Door") != c.door {
			t.Errorf("%s: got %d at %q, want 200 at %q", c.path, a.status, a.header.Get("Door"), c.door)
		}
		if c.door == "blob" && a.body != c.path {
			t.Errorf("the blob door got %s, want the path as it was sent: %s", a.body, c.path)
		}
	}
}

func TestDoorsThatAreNotThere(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) { c.Pipelines, c.Studio = nil, nil })
	for _, path := range []string{"/", "/pipelines/v1.0/a", "/elsewhere"} {
		if a := r.get(path, bearer(token)); a.status != http.StatusNotFound || a.code() != "NotFound" {
			t.Errorf("%s: got %d %s, want 404 NotFound", path, a.status, a.body)
		}
		if a := r.get(path); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a token: got %d, want 401 and not whether it is there", path, a.status)
		}
	}
}

// TestRefusedServices: clients learn what is not here, and which call it was.
func TestRefusedServices(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, path := range []string{
		"/mlflow/v1.0/subscriptions/a/api/2.0/mlflow/runs/get", "/api/2.0/mlflow/runs/get", "/metric/v2.0/a", "/history/v2.0/a", "/MLFlow",
		"/registrymanagement/v1.0/registries/azureml/discovery", "/genericasset/subscriptions/a/indexes", "/data/v2.0/subscriptions/a",
		"/modelregistry/v2.0/a", "/dataset/v1.2/a", "/artifact/v2.0/a", "/execution/v1.0/a", "/mferp/a", "/rp/workspaces/a",
	} {
		a := r.get(path, bearer(token))
		if a.status != http.StatusNotImplemented || a.code() != "NotImplemented" || !strings.Contains(a.body, "GET "+path+" is not implemented") {
			t.Errorf("%s: got %d %s, want 501 that names it", path, a.status, a.body)
		}
		if !strings.Contains(a.body, `"error_code":"NOT_IMPLEMENTED"`) {
			t.Errorf("%s: %s is no error of MLflow", path, a.body)
		}
		if a := r.get(path); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", path, a.status)
		}
	}
}

func TestWithoutAToken(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, path := range []string{"/subscriptions/a", "/pipelines/v1.0/a", "/history/v1.0/a", "/", "/jobs", "/ping", "/signin", "/discovery/more"} {
		for _, headers := range [][]string{
			nil, {bearer("wrong")}, {bearer("")}, {bearer(token + "x")}, {"Authorization: Basic " + token}, {"Authorization: " + token},
			{bearer(token), bearer("wrong")}, {"Cookie: ischia_session_1=a.b.c"},
		} {
			if path == "/signin" || path == "/discovery/more" {
				headers = append(headers, bearer(token)) // not even then
			}
			a := r.get(path, headers...)
			if a.status != http.StatusUnauthorized || a.code() == "" || a.header.Get("Door") != "" {
				t.Errorf("%s %v: got %d %s, want 401", path, headers, a.status, a.body)
			}
			if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, `Bearer authorization_uri="`+r.url+`/a-tenant"`) {
				t.Errorf("%s: got challenge %q", path, got)
			}
			if a.header.Get("X-Ms-Error-Code") != a.code() || a.header.Get("X-Ms-Request-Id") == "" {
				t.Errorf("%s: got header %v", path, a.header)
			}
		}
	}
	if a := r.get("/", "Accept: text/html"); a.status != http.StatusUnauthorized || !strings.Contains(a.body, "ischia serve --open") {
		t.Errorf("got %d %s, want a page that says how to sign in", a.status, a.body)
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, path := range server.Exceptions() {
		a := r.get(path)
		if a.status != http.StatusOK || !strings.Contains(a.body, r.url) || strings.Contains(a.body, token) {
			t.Errorf("%s: got %d %s", path, a.status, a.body)
		}
		if a := r.do(http.DefaultClient, http.MethodPost, path, "{}"); a.status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: got %d, want 405", path, a.status)
		}
	}
}

func TestForeignHostsAndOrigins(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) { c.Hosts = []string{"build-7"} })
	port := r.url[strings.LastIndex(r.url, ":"):]
	for _, c := range []struct {
		headers []string
		want    int
	}{
		{[]string{"Host: localhost" + port}, 200},
		{[]string{"Host: LOCALHOST:9"}, 200},
		{[]string{"Host: [::1]" + port}, 200},
		{[]string{"Host: BUILD-7" + port}, 200},
		{[]string{"Host: evil.example" + port}, 403},
		{[]string{"Host: localhost.evil.example"}, 403},
		{[]string{"Host: 192.0.2.7" + port}, 403},
		{[]string{"Host: 169.254.169.254"}, 403},
		{[]string{"Origin: " + r.url}, 200},
		{[]string{"Origin: http://127.0.0.1:1"}, 403},
		{[]string{"Origin: https://127.0.0.1" + port}, 403},
		{[]string{"Origin: http://evil.example"}, 403},
		{[]string{"Origin: null"}, 403},
		{[]string{"Origin: "}, 403},
		{[]string{"Origin: " + r.url, "Origin: " + r.url}, 403},
	} {
		for _, path := range []string{"/subscriptions", "/blob/a/b", "/discovery", "/"} {
			if a := r.get(path, append(c.headers, bearer(token))...); a.status != c.want {
				t.Errorf("%s %v: got %d, want %d", path, c.headers, a.status, c.want)
			}
		}
	}
	a := r.do(http.DefaultClient, http.MethodOptions, "/subscriptions", "", "Origin: http://evil.example", "Access-Control-Request-Method: PUT")
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control") {
			t.Errorf("got header %s, want none of CORS", name)
		}
	}
}

func TestStrangePaths(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, path := range []string{
		"/subscriptions/../blob", "/subscriptions/%2e%2e/a", "/subscriptions/a%2fb", "/subscriptions/a%5cb", "/subscriptions/%00",
		"/subscriptions//a", "//evil.example/", "/./", "/jobs/%0d%0aa", "/signin/codes/../..",
	} {
		if a := r.get(path, bearer(token)); a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", path, a.status)
		}
		if a := r.get(path); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a token: got %d, want 401", path, a.status)
		}
	}
	if a := r.get("/subscriptions/"+strings.Repeat("a", 10<<20), bearer(token)); a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a path of 10 MB: got %d, want 431", a.status)
	}
	if a := r.get("/", bearer(token), "X-Large: "+strings.Repeat("a", 1<<20)); a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 1 MB: got %d, want 431", a.status)
	}
}

func TestSigningIn(t *testing.T) {
	t.Parallel()
	r := start(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	made := r.do(http.DefaultClient, http.MethodPost, "/signin/codes", `{"to":"/jobs/a?x=1&y=2"}`, bearer(token))
	var link struct{ URL string }
	if err := json.Unmarshal([]byte(made.body), &link); err != nil || !strings.HasPrefix(link.URL, r.url+"/signin?code=") {
		t.Fatalf("got %d %s, want a link", made.status, made.body)
	}
	if strings.Contains(link.URL, token) {
		t.Errorf("the token is in the link")
	}
	a := r.do(browser, http.MethodGet, strings.TrimPrefix(link.URL, r.url), "")
	if a.status != http.StatusOK || !strings.Contains(a.body, `url=/jobs/a?x=1&amp;y=2"`) {
		t.Errorf("got %d %s, want a page that leads on", a.status, a.body)
	}
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("got cookie %q, want %s", cookie, want)
		}
	}
	if a := r.get(strings.TrimPrefix(link.URL, r.url)); a.status != http.StatusUnauthorized {
		t.Errorf("the link used again: got %d, want 401", a.status)
	}
	r.checkSession(browser)
}

// checkSession: what a browser that is signed in may do, and pages in it.
func (r *running) checkSession(browser *http.Client) {
	r.t.Helper()
	for _, c := range []struct {
		method, path string
		headers      []string
		want         int
	}{
		{"GET", "/jobs/a", nil, 200},
		{"GET", "/jobs/a", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"POST", "/jobs/a", []string{"Origin: " + r.url}, 200},
		{"POST", "/jobs/a", nil, 403},
		{"POST", "/jobs/a", []string{"Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"}, 403},
		{"POST", "/jobs/a", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/jobs/a", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{"GET", "/jobs/a", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 403},
		{"GET", "/jobs/a", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200},
		{"GET", "/jobs/a", []string{bearer("wrong")}, 401},
		// The session is for pages, and for nothing else.
		{"GET", "/subscriptions", nil, 401},
		{"POST", "/pipelines/v1.0/a", []string{"Origin: " + r.url}, 401},
		{"POST", "/signin/codes", []string{"Origin: " + r.url}, 401},
		{"GET", "/ping", nil, 401},
	} {
		if a := r.do(browser, c.method, c.path, "", c.headers...); a.status != c.want {
			r.t.Errorf("%s %s %v: got %d %s, want %d", c.method, c.path, c.headers, a.status, a.body, c.want)
		}
	}
}

func TestLinksAndSessionsEnd(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var lock sync.Mutex
	r := start(t, func(c *server.Config) {
		c.Now = func() time.Time {
			lock.Lock()
			defer lock.Unlock()
			return now
		}
	})
	advance := func(d time.Duration) {
		lock.Lock()
		defer lock.Unlock()
		now = now.Add(d)
	}
	link := strings.TrimPrefix(r.server.SignInLink(r.url, "/"), r.url)
	advance(server.CodeFor)
	if a := r.get(link); a.status != http.StatusUnauthorized {
		t.Errorf("a link after its time: got %d, want 401", a.status)
	}
	a := r.get(strings.TrimPrefix(r.server.SignInLink(r.url, "/"), r.url))
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	if a := r.get("/", "Cookie: "+cookie); a.status != http.StatusOK {
		t.Errorf("in a session: got %d, want 200", a.status)
	}
	changed := strings.Replace(cookie, "=1", "=2", 1)
	if a := r.get("/", "Cookie: "+changed); a.status != http.StatusUnauthorized {
		t.Errorf("with a session that was made longer: got %d, want 401", a.status)
	}
	advance(24 * time.Hour)
	if a := r.get("/", "Cookie: "+cookie); a.status != http.StatusUnauthorized {
		t.Errorf("in a session after its time: got %d, want 401", a.status)
	}
}

func TestLinksLeadNowhereElse(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "", "a", "/a/../../b", "http:/x"} {
		a := r.get(strings.TrimPrefix(r.server.SignInLink(r.url, to), r.url))
		if a.status != http.StatusOK || !strings.Contains(a.body, `0; url=/"`) {
			t.Errorf("%q: got %d %s, want to be led to /", to, a.status, a.body)
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.get("/blob/a/b?sv=1&sig=SECRET1&SiG=SECRET2&%73ig=SECRET3&comp=list")
	r.get("/signin?code=SECRET4")
	r.get("/subscriptions/"+token+"?access_token=SECRET5", bearer(token), "X-Ms-Client-Request-Id: mine")
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	r.ended <- nil
	text := r.log.String()
	if strings.Contains(text, "SECRET") || strings.Contains(text, token) {
		t.Errorf("a secret is in the log:\n%s", text)
	}
	for _, want := range []string{"comp=list", "sig=***", "status=200", "client_id=mine", "method=GET"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in the log:\n%s", want, text)
		}
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) {
		c.ARM = http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { panic("with " + token) })
		c.Pipelines = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("in the middle")
		})
	})
	if a := r.get("/subscriptions", bearer(token)); a.status != http.StatusInternalServerError || a.code() != "InternalServerError" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	q, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/pipelines/v1.0", nil)
	q.Header.Set("Authorization", "Bearer "+token)
	if a, err := http.DefaultClient.Do(q); err == nil {
		defer a.Body.Close()
		if text, err := io.ReadAll(a.Body); err == nil {
			t.Errorf("got all of %q, want a broken answer", text)
		}
	}
	if text := r.log.String(); !strings.Contains(text, "a door panicked") || !strings.Contains(text, "in the middle") || strings.Contains(text, token) {
		t.Errorf("got log:\n%s", text)
	}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *server.Config) {
		c.ARM = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		})
	})
	body := strings.Repeat("a", 33<<20)
	if a := r.do(http.DefaultClient, http.MethodPut, "/subscriptions", body, bearer(token)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("ARM: got %d, want 413", a.status)
	}
	if a := r.do(http.DefaultClient, http.MethodPut, "/blob/a/b/c", body); a.status != http.StatusOK {
		t.Errorf("storage: got %d, want 200: it has its own bounds", a.status)
	}
}

// When the server ends, what is on its way gets its answer, and streams end.
func TestEnding(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}, 2), make(chan struct{})
	r := start(t, func(c *server.Config) {
		c.ARM = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			begun <- struct{}{}
			<-finish
			_, _ = io.WriteString(w, "done")
		})
		c.Studio = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			begun <- struct{}{}
			<-r.Context().Done()
			_, _ = io.WriteString(w, "over")
		})
	})
	answers := make(chan answer, 2)
	for _, path := range []string{"/subscriptions", "/stream"} {
		go func() { answers <- r.get(path, bearer(token)) }()
	}
	<-begun
	<-begun
	r.stop()
	if a := <-answers; a.body != "over" {
		t.Errorf("got %q first, want the stream's end", a.body)
	}
	close(finish)
	if a := <-answers; a.body != "done" {
		t.Errorf("got %q, want the answer", a.body)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
	r.ended <- nil
}
