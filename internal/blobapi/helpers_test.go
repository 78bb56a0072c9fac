package blobapi_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

const (
	account = "ischiatest1"
	home    = "azureml-blobstore-1"
	token   = "a-token"
)

// server is a storage account over a real ledger.
type server struct {
	t       testing.TB
	handler *blobapi.Handler
	http    *httptest.Server
	account *blobapi.Account
	index   workspace.Storage
	store   *sqlite.Store
	blobs   *blob.Store
	staging *blob.Store
	dir     string
	// now is the time of the handler; the machine's when nil.
	now func() time.Time
	// errors is what the handler logged.
	log *bytes.Buffer
}

func newServer(t testing.TB, change ...func(*blobapi.Config)) *server {
	t.Helper()
	return newServerAt(t, t.TempDir(), change...)
}

// newServerAt is newServer on what a folder holds already.
func newServerAt(t testing.TB, dir string, change ...func(*blobapi.Config)) *server {
	t.Helper()
	s := &server{t: t, dir: dir, log: &bytes.Buffer{}}
	var err error
	if s.store, err = sqlite.Open(t.Context(), filepath.Join(s.dir, "ledger.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	s.index = s.store.Storage()
	if s.blobs, err = blob.Open(filepath.Join(s.dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	if s.staging, err = blob.Open(filepath.Join(s.dir, "blobs", "staged")); err != nil {
		t.Fatal(err)
	}
	key := sha256.Sum256([]byte("a key for tests"))
	other := sha256.Sum256([]byte("another"))
	s.account = &blobapi.Account{
		Name: account, Scope: workspace.BuiltIn(), Keys: []blobapi.Key{key[:], other[:]},
		Datastores: map[string]string{home: workspace.BlobStore}, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	c := blobapi.Config{
		Accounts: s.find, Index: s.index, Blobs: s.blobs, Staging: s.staging, Bearer: bearer, Prefix: "/blob",
		AccountOf: accountOf, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Now: func() time.Time {
			if s.now != nil {
				return s.now()
			}
			return time.Now()
		},
	}
	for _, f := range change {
		f(&c)
	}
	s.handler = blobapi.New(c)
	s.http = httptest.NewServer(s.handler)
	t.Cleanup(s.http.Close)
	return s
}

func (s *server) find(_ context.Context, name string) (*blobapi.Account, error) {
	if name != s.account.Name {
		return nil, workspace.ErrNotFound
	}
	return s.account, nil
}

// bearer lets the token do anything but in the folder "secret".
func bearer(_ context.Context, text string, a blobapi.Access) bool {
	return text == token && !strings.HasPrefix(a.Blob, "secret/")
}

// accountOf knows names as Azure has them.
func accountOf(_ *http.Request, host string) string {
	name, _, ok := strings.Cut(host, ".blob.")
	if !ok {
		return ""
	}
	return name
}

// url is the address of something in the account.
func (s *server) url(path string) string { return s.http.URL + "/blob/" + account + path }

// anyHost is a transport that takes every host for the server.
func (s *server) anyHost() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.http.Listener.Addr().String())
		},
	}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// code is the error's.
func (a answer) code() string { return a.header.Get("X-Ms-Error-Code") }

// do sends a request. Headers are given as "Name: value".
func (s *server) do(method, address, body string, headers ...string) answer {
	s.t.Helper()
	r := s.request(method, address, body, headers...)
	return s.send(r)
}

func (s *server) request(method, address, body string, headers ...string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func (s *server) send(r *http.Request) answer {
	s.t.Helper()
	client := s.anyHost()
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// as sends a request with the token.
func (s *server) as(method, path, body string, headers ...string) answer {
	s.t.Helper()
	return s.do(method, s.url(path), body, append([]string{"Authorization: Bearer " + token}, headers...)...)
}

// sign signs a request with a shared key, as the protocol's documents say.
func (s *server) sign(r *http.Request) {
	s.t.Helper()
	r.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
	text := blobapi.StringToSign(r, account, r.URL.Query(), false)
	h := hmac.New(sha256.New, s.account.Keys[0])
	h.Write([]byte(text))
	r.Header.Set("Authorization", "SharedKey "+account+":"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

// put uploads a small blob.
func (s *server) put(path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.as(http.MethodPut, "/"+home+"/"+path, body, append([]string{"X-Ms-Blob-Type: BlockBlob"}, headers...)...)
	if a.status != http.StatusCreated {
		s.t.Fatalf("put %s: got %d %s, want 201", path, a.status, a.body)
	}
	return a
}

// want compares status and error code.
func (a answer) want(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("got %d %q (%s), want %d %q", a.status, a.code(), a.body, status, code)
	}
	if code == "" || a.body == "" {
		return
	}
	var e struct{ Code, Message string }
	if err := xml.Unmarshal([]byte(a.body), &e); err != nil || e.Code != code {
		t.Errorf("got body %q (%v), want an Error with code %s", a.body, err, code)
	}
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}
