package blobapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blobapi"
)

// address is where an operation happens.
func address(o blobapi.Operation) string {
	path := []string{"/", "/" + home, "/" + home + "/a/b.txt"}[o.Level]
	q := url.Values{}
	if o.Restype != "" {
		q.Set("restype", o.Restype)
	}
	if o.Comp != "" {
		q.Set("comp", o.Comp)
	}
	return path + "?" + q.Encode()
}

// TestNobody walks all operations with nothing, and with what is not right.
func TestNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("a/b.txt", "hello")
	expired := s.account.SAS(blobapi.Link{Container: home, Permissions: "racwdl", Expiry: time.Now().Add(-time.Minute)})
	for _, o := range blobapi.Operations() {
		var headers []string
		if o.Header != "" {
			headers = append(headers, o.Header+": "+s.url("/"+home+"/a/b.txt"))
		}
		for _, authorization := range []string{
			"", "Bearer wrong", "Bearer ", "SharedKey " + account + ":AAAA", "SharedKey x", "Basic YTpi",
			"SharedKeyLite " + account + ":AAAA", "SharedKey devstoreaccount1:AAAA", "Bearer",
		} {
			with := append([]string{"X-Ms-Date: " + time.Now().UTC().Format(http.TimeFormat)}, headers...)
			if authorization != "" {
				with = append(with, "Authorization: "+authorization)
			}
			a := s.do(o.Method, s.url(address(o)), "", with...)
			if a.status != http.StatusForbidden || a.code() != "AuthenticationFailed" {
				t.Errorf("%s %s (%s) with %q: got %d %s, want 403", o.Method, address(o), o.Name, authorization, a.status, a.code())
			}
		}
		a := s.do(o.Method, s.url(address(o))+"&"+expired, "", headers...)
		if a.status != http.StatusForbidden {
			t.Errorf("%s with a signature that has expired: got %d, want 403", o.Name, a.status)
		}
	}
	for _, path := range []string{"/blob/otheraccount/c/b", "/blob/UPPER/c", "/blob/" + account + "/c/../b"} {
		a := s.do(http.MethodGet, s.http.URL+path, "")
		if a.status != http.StatusForbidden && a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 403 or 400", path, a.status)
		}
	}
	if got := s.as(http.MethodGet, "/"+home+"/a/b.txt", "").body; got != "hello" {
		t.Errorf("got %q afterwards, want hello", got)
	}
}

// TestUnsupported: what is not supported says so, by its name.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, o := range blobapi.Operations() {
		if o.Supported {
			continue
		}
		a := s.as(o.Method, address(o), "")
		if a.status != http.StatusNotImplemented || a.code() != "NotImplemented" || o.Method != http.MethodHead && !strings.Contains(a.body, o.Name) {
			t.Errorf("%s: got %d %s %s, want 501 and its name", o.Name, a.status, a.code(), a.body)
		}
	}
	s.as(http.MethodPut, "/"+home+"/x?comp=nonsense", "").want(t, http.StatusBadRequest, "InvalidQueryParameterValue")
	s.as("PATCH", "/"+home+"/x", "").want(t, http.StatusMethodNotAllowed, "UnsupportedHttpVerb")
	for _, h := range []string{
		"X-Ms-Tags: a=b", "X-Ms-Encryption-Key: x", "X-Ms-If-Tags: x", "X-Ms-Access-Tier: Archive", "X-Ms-Structured-Body: x",
		"X-Ms-Blob-Type: AppendBlob", "X-Ms-Blob-Type: PageBlob",
	} {
		a := s.as(http.MethodPut, "/"+home+"/x", "x", "X-Ms-Blob-Type: BlockBlob", h)
		a.want(t, http.StatusNotImplemented, "NotImplemented")
	}
	s.put("x", "x")
	s.as(http.MethodGet, "/"+home+"/x", "", "X-Ms-Lease-Id: 1").want(t, http.StatusPreconditionFailed, "LeaseNotPresentWithBlobOperation")
	for _, q := range []string{"snapshot=2026-01-01T00:00:00.0000000Z", "versionid=1"} {
		s.as(http.MethodGet, "/"+home+"/x?"+q, "").want(t, http.StatusNotFound, "BlobNotFound")
		s.as(http.MethodDelete, "/"+home+"/x?"+q, "").want(t, http.StatusNotFound, "BlobNotFound")
	}
}

func TestSharedKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	get := func(change func(*http.Request)) answer {
		r := s.request(http.MethodPut, s.url("/"+home+"/a%20b+c?timeout=3&x=%2B"), "hello",
			"X-Ms-Blob-Type: BlockBlob", "X-Ms-Meta-A1: 1", "X-Ms-Meta-A_: 2", "Content-Type: text/plain", "X-Ms-Version: 2021-12-02")
		s.sign(r)
		change(r)
		return s.send(r)
	}
	get(func(*http.Request) {}).want(t, http.StatusCreated, "")
	for name, change := range map[string]func(*http.Request){
		"another header value": func(r *http.Request) { r.Header.Set("X-Ms-Meta-A1", "2") },
		"one more header":      func(r *http.Request) { r.Header.Set("X-Ms-Meta-B", "2") },
		"another type":         func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"another path":         func(r *http.Request) { r.URL.Path += "x" },
		"another query":        func(r *http.Request) { r.URL.RawQuery = "timeout=4" },
		"another method":       func(r *http.Request) { r.Method = http.MethodDelete },
		"a condition":          func(r *http.Request) { r.Header.Set("If-Match", "*") },
		"an old date":          func(r *http.Request) { r.Header.Set("X-Ms-Date", "Fri, 02 Jan 2026 03:04:05 GMT") },
		"no date":              func(r *http.Request) { r.Header.Del("X-Ms-Date") },
	} {
		if a := get(change); a.status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, a.status)
		}
	}
	// The second key is as good as the first, and clocks may differ.
	s.account.Keys[0], s.account.Keys[1] = s.account.Keys[1], s.account.Keys[0]
	get(func(*http.Request) {}).want(t, http.StatusCreated, "")
	for minutes, status := range map[int]int{14: 201, -14: 201, 16: 403, -16: 403} {
		s.now = func() time.Time { return time.Now().Add(time.Duration(minutes) * time.Minute) }
		if a := get(func(*http.Request) {}); a.status != status {
			t.Errorf("a clock %d minutes off: got %d, want %d", minutes, a.status, status)
		}
	}
}

// sasCase is a signature and what becomes of a request with it.
type sasCase struct {
	name, method, path string
	link               blobapi.Link
	status             int
	code               string
}

func TestOurLinks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("d/a b", "hello")
	hour := time.Now().Add(time.Hour)
	const path = "/" + home + "/d/a%20b"
	one := blobapi.Link{Container: home, Blob: "d/a b", Permissions: "r", Expiry: hour}
	all := blobapi.Link{Container: home, Permissions: "rl", Expiry: hour}
	with := func(l blobapi.Link, change func(*blobapi.Link)) blobapi.Link { change(&l); return l }
	for _, c := range []sasCase{
		{"one", "GET", path, one, 200, ""},
		{"one, head", "HEAD", path, one, 200, ""},
		{"all", "GET", path, all, 200, ""},
		{"all, list", "GET", "/" + home + "?restype=container&comp=list", all, 200, ""},
		{"one, list", "GET", "/" + home + "?restype=container&comp=list", one, 403, "AuthenticationFailed"},
		{"one, another", "GET", "/" + home + "/d/other", one, 403, "AuthenticationFailed"},
		{"all, another container", "GET", "/other-container/x", all, 403, "AuthenticationFailed"},
		{"one, write", "PUT", path, one, 403, "AuthorizationPermissionMismatch"},
		{"one, delete", "DELETE", path, one, 403, "AuthorizationPermissionMismatch"},
		{"all, properties of the container", "GET", "/" + home + "?restype=container", all, 403, "AuthorizationPermissionMismatch"},
		{"all, all containers", "GET", "/?comp=list", all, 403, "AuthenticationFailed"},
		{"expired", "GET", path, with(one, func(l *blobapi.Link) { l.Expiry = time.Now().Add(-time.Second) }), 403, "AuthenticationFailed"},
		{"not yet", "GET", path, with(one, func(l *blobapi.Link) { l.Start = hour }), 403, "AuthenticationFailed"},
		{"already", "GET", path, with(one, func(l *blobapi.Link) { l.Start = hour.Add(-2 * time.Hour) }), 200, ""},
		{"without l", "GET", "/" + home + "?restype=container&comp=list", with(all, func(l *blobapi.Link) { l.Permissions = "r" }), 403, "AuthorizationPermissionMismatch"},
		{"create only", "PUT", path, with(all, func(l *blobapi.Link) { l.Permissions = "c" }), 403, "UnauthorizedBlobOverwrite"},
		{"create a new one", "PUT", "/" + home + "/d/new", with(all, func(l *blobapi.Link) { l.Permissions = "c" }), 201, ""},
	} {
		glue := "?"
		if strings.Contains(c.path, "?") {
			glue = "&"
		}
		body := ""
		if c.method == http.MethodPut {
			body = "x"
		}
		a := s.do(c.method, s.url(c.path)+glue+s.account.SAS(c.link), body, "X-Ms-Blob-Type: BlockBlob")
		if a.status != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %s, want %d %s", c.name, a.status, a.code(), c.status, c.code)
		}
	}
	// The headers that a link asks for are signed.
	q := s.account.SAS(with(one, func(l *blobapi.Link) { l.ContentType, l.ContentDisposition = "text/plain", "attachment" }))
	a := s.do("GET", s.url(path)+"?"+q, "")
	if a.header.Get("Content-Type") != "text/plain" || a.header.Get("Content-Disposition") != "attachment" {
		t.Errorf("got %v, want the headers of the link", a.header)
	}
	s.do("GET", s.url(path)+"?"+strings.Replace(q, "plain", "html", 1), "").want(t, 403, "AuthenticationFailed")
	s.do("GET", s.url(path)+"?"+q+"&rsct=text%2Fhtml", "").want(t, 403, "AuthenticationFailed")
}

func TestBearer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("open/x", "x")
	s.as("PUT", "/"+home+"/secret/x", "x", "X-Ms-Blob-Type: BlockBlob").want(t, 403, "AuthenticationFailed")
	// A copy reads its source with the same token.
	s.as("PUT", "/"+home+"/open/y", "", "X-Ms-Copy-Source: "+s.url("/"+home+"/secret/x")).want(t, 403, "AuthenticationFailed")
	s.as("PUT", "/"+home+"/open/y", "", "X-Ms-Copy-Source: "+s.url("/"+home+"/open/x")).want(t, 202, "")
	quiet := newServer(t, func(c *blobapi.Config) { c.Bearer = nil })
	quiet.as("GET", "/"+home+"/x", "").want(t, 403, "AuthenticationFailed")
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	k, err := blobapi.ParseKey("c2VjcmV0")
	if err != nil || k.Base64() != "c2VjcmV0" {
		t.Fatalf("got %s, %v", k.Base64(), err)
	}
	if k.String() != "[redacted]" || k.LogValue().String() != "[redacted]" {
		t.Errorf("got %s and %s", k, k.LogValue())
	}
}
