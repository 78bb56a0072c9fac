package blobapi_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/golden"
)

// atNoon makes everything happen at one time, and under one name.
func atNoon(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	s.now = func() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }
	return s
}

// wire is an answer as it goes over the wire, but for what differs each time.
func (s *server) wire(method, path, body string, headers ...string) string {
	s.t.Helper()
	r := s.request(method, "http://ischia.test/blob/"+account+path, body, append([]string{"Authorization: Bearer " + token}, headers...)...)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%d\n", method, path, w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(w.Header()[name], ","))
	}
	b.WriteString("\n" + strings.ReplaceAll(w.Body.String(), "><", ">\n<") + "\n\n")
	guid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	return guid.ReplaceAllString(b.String(), "GUID")
}

func TestWire(t *testing.T) {
	t.Parallel()
	s := atNoon(t)
	list := "/" + home + "?restype=container&comp=list"
	steps := []struct{ method, path, body, headers string }{
		{"PUT", "/other?restype=container", "", "X-Ms-Meta-Team: a & b"},
		{"PUT", "/" + home + "/LocalUpload/1/train.py", "print('<&>')\n", "X-Ms-Blob-Type: BlockBlob|X-Ms-Blob-Content-Type: text/x-python|X-Ms-Version: 2024-11-04"},
		{"PUT", "/" + home + "/LocalUpload/1/train.py?comp=metadata", "", "X-Ms-Meta-Upload_status: completed|X-Ms-Meta-Name: n & m"},
		{"PUT", "/" + home + "/LocalUpload/empty", "", "X-Ms-Blob-Type: BlockBlob"},
		{"PUT", "/" + home + "/x?comp=block&blockid=MQ==", "1", ""},
		{"PUT", "/" + home + "/x?comp=block&blockid=Mg==", "22", ""},
		{"GET", "/" + home + "/x?comp=blocklist&blocklisttype=all", "", ""},
		{"PUT", "/" + home + "/x?comp=blocklist", commitOne, "X-Ms-Blob-Content-Type: text/plain"},
		{"GET", "/" + home + "/x?comp=blocklist", "", ""},
		{"PUT", "/" + home + "/y", "", "X-Ms-Copy-Source: http://ischia.test/blob/" + account + "/" + home + "/x?sv=1"},
		{"HEAD", "/" + home + "/LocalUpload/1/train.py", "", "X-Ms-Client-Request-Id: mine"},
		{"GET", "/" + home + "/LocalUpload/1/train.py", "", "X-Ms-Range: bytes=0-4"},
		{"GET", "/" + home + "/LocalUpload/1/train.py?comp=metadata", "", ""},
		{"GET", list + "&include=metadata", "", ""},
		{"GET", list + "&delimiter=%2F&maxresults=1", "", ""},
		{"GET", list + "&delimiter=%2F&prefix=LocalUpload%2F", "", ""},
		{"GET", "/?comp=list&include=metadata", "", ""},
		{"GET", "/" + home + "?restype=container", "", ""},
		{"GET", "/?restype=account&comp=properties", "", ""},
		{"GET", "/" + home + "/no", "", ""},
		{"HEAD", "/" + home + "/no", "", ""},
		{"PUT", "/" + home + "/x?comp=tier", "", ""},
		{"DELETE", "/" + home + "/x", "", ""},
		{"DELETE", "/other?restype=container", "", ""},
	}
	var b strings.Builder
	for _, step := range steps {
		var headers []string
		if step.headers != "" {
			headers = strings.Split(step.headers, "|")
		}
		b.WriteString(s.wire(step.method, step.path, step.body, headers...))
	}
	golden.Check(t, []byte(b.String()), "testdata/wire.golden")
}

func TestRanges(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("x", "0123456789")
	s.put("empty", "")
	for _, c := range []struct {
		header, status, body, contentRange string
	}{
		{"Range: bytes=0-3", "206 ", "0123", "bytes 0-3/10"},
		{"X-Ms-Range: bytes=3-", "206 ", "3456789", "bytes 3-9/10"},
		{"Range: bytes=9-100", "206 ", "9", "bytes 9-9/10"},
		{"Range: bytes=10-", "416 InvalidRange", "", "bytes */10"},
		{"Range: bytes=-3", "400 InvalidHeaderValue", "", ""},
		{"Range: bytes=3-2", "400 InvalidHeaderValue", "", ""},
		{"Range: bytes=0-1,3-4", "400 InvalidHeaderValue", "", ""},
		{"Range: lines=0-1", "400 InvalidHeaderValue", "", ""},
		{"Range: bytes=+1-2", "400 InvalidHeaderValue", "", ""},
		{"Range: bytes=99999999999999999999-", "400 InvalidHeaderValue", "", ""},
	} {
		a := s.as("GET", "/"+home+"/x", "", c.header)
		if got := fmt.Sprintf("%d %s", a.status, a.code()); got != c.status || a.status == 206 && a.body != c.body || a.header.Get("Content-Range") != c.contentRange {
			t.Errorf("%s: got %s %q %q, want %s %q %q", c.header, got, a.body, a.header.Get("Content-Range"), c.status, c.body, c.contentRange)
		}
	}
	// The first header that is the protocol's own wins.
	if a := s.as("GET", "/"+home+"/x", "", "Range: bytes=0-0", "X-Ms-Range: bytes=1-1"); a.body != "1" {
		t.Errorf("got %q, want 1", a.body)
	}
	s.as("GET", "/"+home+"/empty", "", "X-Ms-Range: bytes=0-33554431").want(t, 416, "InvalidRange")
	s.as("GET", "/"+home+"/x", "", "X-Ms-Range: bytes=0-1", "X-Ms-Range-Get-Content-Md5: true").want(t, 206, "")
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := atNoon(t)
	s.put("x", "hello")
	tag := s.as("HEAD", "/"+home+"/x", "").header.Get("Etag")
	const before, at, after = "Wed, 04 Mar 2026 11:59:59 GMT", "Wed, 04 Mar 2026 12:00:00 GMT", "Wed, 04 Mar 2026 12:00:01 GMT"
	for _, c := range []struct {
		header      string
		read, write string
	}{
		{"If-Match: " + tag, "200 ", "200 "},
		{"If-Match: *", "200 ", "200 "},
		{`If-Match: "a", ` + tag, "200 ", "200 "},
		{`If-Match: "a"`, "412 ConditionNotMet", "412 ConditionNotMet"},
		{"If-None-Match: " + tag, "304 ConditionNotMet", "412 ConditionNotMet"},
		{`If-None-Match: "a"`, "200 ", "200 "},
		{"If-None-Match: *", "304 ConditionNotMet", "409 BlobAlreadyExists"},
		{"If-Modified-Since: " + before, "200 ", "200 "},
		{"If-Modified-Since: " + at, "304 ConditionNotMet", "412 ConditionNotMet"},
		{"If-Unmodified-Since: " + before, "412 ConditionNotMet", "412 ConditionNotMet"},
		{"If-Unmodified-Since: " + after, "200 ", "200 "},
		{"If-Modified-Since: yesterday", "400 InvalidHeaderValue", "400 InvalidHeaderValue"},
	} {
		a := s.as("GET", "/"+home+"/x", "", c.header)
		if got := fmt.Sprintf("%d %s", a.status, a.code()); got != c.read {
			t.Errorf("read with %s: got %s, want %s", c.header, got, c.read)
		}
		// A write that changes nothing but the version: made anew each time.
		fresh := atNoon(t)
		fresh.put("x", "hello")
		a = fresh.as("PUT", "/"+home+"/x?comp=metadata", "", c.header)
		if got := fmt.Sprintf("%d %s", a.status, a.code()); got != c.write {
			t.Errorf("write with %s: got %s, want %s", c.header, got, c.write)
		}
	}
	s.as("PUT", "/"+home+"/new", "x", "X-Ms-Blob-Type: BlockBlob", "If-Match: *").want(t, 412, "ConditionNotMet")
}

func TestRefusedBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *blobapi.Config) { c.MaxBytes = 100 })
	sum := md5.Sum([]byte("hello"))
	right, wrong := base64.StdEncoding.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(make([]byte, 16))
	put := func(body string, headers ...string) answer {
		return s.as("PUT", "/"+home+"/x", body, append([]string{"X-Ms-Blob-Type: BlockBlob"}, headers...)...)
	}
	put("hello", "Content-Md5: "+right).want(t, 201, "")
	put("hello", "X-Ms-Blob-Content-Md5: "+right).want(t, 201, "")
	put("hello", "Content-Md5: "+wrong).want(t, 400, "Md5Mismatch")
	put("hello", "X-Ms-Blob-Content-Md5: "+wrong).want(t, 400, "Md5Mismatch")
	put("hello", "Content-Md5: x").want(t, 400, "InvalidMd5")
	put("hello", "X-Ms-Content-Crc64: AAAAAAAAAAA=").want(t, 400, "Crc64Mismatch")
	put(strings.Repeat("x", 101)).want(t, 413, "RequestBodyTooLarge")
	put("x", "X-Ms-Meta-A-b: 1").want(t, 400, "InvalidMetadata")
	put("x", "X-Ms-Meta-A: "+strings.Repeat("x", 9000)).want(t, 400, "MetadataTooLarge")
	s.as("PUT", "/"+home+"/x", "x").want(t, 400, "InvalidHeaderValue")
	s.as("PUT", "/"+home+"/x?comp=block&blockid=***", "x").want(t, 400, "InvalidQueryParameterValue")
	s.as("PUT", "/"+home+"/x?comp=block&blockid=MQ==", "").want(t, 400, "InvalidHeaderValue")
	for _, body := range []string{"", "<BlockList>", "<Other/>", "not xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><BlockList><Latest>&a;</Latest></BlockList>"} {
		s.as("PUT", "/"+home+"/x?comp=blocklist", body).want(t, 400, "InvalidXmlDocument")
	}
	s.as("PUT", "/"+home+"/x?comp=blocklist", "<BlockList><Odd>MQ==</Odd></BlockList>").want(t, 400, "InvalidBlockList")
	s.as("GET", "/"+home+"?restype=container&comp=list&maxresults=0", "").want(t, 400, "OutOfRangeQueryParameterValue")
	s.as("GET", "/"+home+"?restype=container&comp=list&marker=x", "").want(t, 400, "InvalidQueryParameterValue")
	s.as("GET", "/"+home+"?restype=container&comp=list&prefix=%ff", "").want(t, 400, "InvalidQueryParameterValue")
	s.as("GET", "/"+home+"?restype=container&comp=list&include=all", "").want(t, 400, "InvalidQueryParameterValue")
	r := s.request("PUT", s.url("/"+home+"/x"), "", "X-Ms-Blob-Type: BlockBlob", "Authorization: Bearer "+token)
	r.Body, r.ContentLength = http.NoBody, -1
	r.Body = nopReader{strings.NewReader("chunked")}
	s.send(r).want(t, 411, "MissingContentLengthHeader")
}

type nopReader struct{ *strings.Reader }

func (nopReader) Close() error { return nil }

// FuzzRange: what is taken lies within.
func FuzzRange(f *testing.F) {
	for _, text := range []string{"bytes=0-", "bytes=1-2", "bytes=-1", "bytes=9-3", "bytes=0-0", "bytes=99999999999999999999-"} {
		f.Add(text, int64(10))
	}
	f.Fuzz(func(t *testing.T, text string, size int64) {
		if size < 0 {
			return
		}
		from, length, ok, err := blobapi.ParseRange(text, size)
		if err != nil || !ok {
			return
		}
		if from < 0 || length < 1 || from+length > size || from+length < from {
			t.Errorf("%q of %d: got %d bytes from %d", text, size, length, from)
		}
	})
}

// FuzzSharedKey: what is signed does not crash on anything, names every header
// of the protocol's, and any change of the query changes it.
func FuzzSharedKey(f *testing.F) {
	f.Add("/blob/a/c/b", "comp=block&blockid=MQ%3D%3D", "x-ms-meta-a", "1")
	f.Add("/", "a=b&A=c&a=%2B", "x-ms-meta-a_b", "x\ty")
	f.Fuzz(func(t *testing.T, path, rawQuery, name, value string) {
		q, err := url.ParseQuery(rawQuery)
		if err != nil {
			return
		}
		r := &http.Request{Method: "GET", URL: &url.URL{Path: path}, Header: http.Header{}}
		r.Header.Set("X-Ms-"+name, value)
		for _, service := range []bool{true, false} {
			text := blobapi.StringToSign(r, account, q, service)
			if !strings.Contains(text, strings.ToLower("x-ms-"+name)+":"+value+"\n") && strings.HasPrefix(strings.ToLower(http.CanonicalHeaderKey("X-Ms-"+name)), "x-ms-") {
				t.Errorf("%q is not signed in %q", name, text)
			}
			q.Add("one-more", "1")
			if more := blobapi.StringToSign(r, account, q, service); more == text {
				t.Errorf("one more parameter changes nothing: %q", text)
			}
			q.Del("one-more")
		}
	})
}

// FuzzSAS: every parameter that is taken is signed, so that none can be changed
// without the key.
func FuzzSAS(f *testing.F) {
	f.Add("sv=2021-12-02&sr=b&sp=r&se=2026-01-01T00:00:00Z&sig=AAAA")
	f.Add("sv=2019-02-02&ss=b&srt=sco&sp=rl&se=2026-01-01&sig=AAAA&spr=https&sip=1.2.3.4-1.2.3.9")
	f.Add("sv=2025-01-05&sr=d&sdd=2&sp=r&st=2026-01-01T00:00Z&se=2026-01-01&sig=AAAA&rscd=x")
	f.Fuzz(func(t *testing.T, rawQuery string) {
		q, err := url.ParseQuery(rawQuery)
		if err != nil {
			return
		}
		text, err := blobapi.SignedText(q, account, "c/b")
		if err != nil {
			return
		}
		names := []string{"sp", "st", "se", "sip", "spr", "sv"}
		if q.Get("sr") != "" {
			names = append(names, "rscc", "rscd", "rsce", "rscl", "rsct")
		} else {
			names = append(names, "ss", "srt")
		}
		for _, name := range names {
			old := q[name]
			q[name] = []string{q.Get(name) + "x"}
			if other, err := blobapi.SignedText(q, account, "c/b"); err == nil && other == text {
				t.Errorf("%s can be changed in %q", name, rawQuery)
			}
			if q[name] = old; old == nil {
				q.Del(name)
			}
		}
	})
}

// TestOldSignatures: before version 2020-12-06 a line less was signed.
func TestOldSignatures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, want string
	}{
		{"sv=2020-10-02&sr=b&sp=r&se=E&sig=", "r\n\nE\n/blob/a/c/b\n\n\n\n2020-10-02\nb\n\n\n\n\n\n"},
		{"sv=2020-12-06&sr=b&sp=r&se=E&sig=", "r\n\nE\n/blob/a/c/b\n\n\n\n2020-12-06\nb\n\n\n\n\n\n\n"},
		{"sv=2020-10-02&ss=b&srt=o&sp=r&se=E&sig=", "a\nr\nb\no\n\nE\n\n\n2020-10-02\n"},
		{"sv=2020-12-06&ss=b&srt=o&sp=r&se=E&sig=&ses=s", "a\nr\nb\no\n\nE\n\n\n2020-12-06\ns\n"},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := blobapi.SignedText(q, "a", "c/b"); got != c.want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", c.query, got, err, c.want)
		}
	}
	for _, bad := range []string{
		"", "sig=x", "sv=2017-01-01&sr=b&sig=", "sv=2021-12-02&sr=bs&sig=", "sv=2021-12-02&sr=b&ss=b&srt=o&sig=", "sv=2021-12-02&sig=",
		"sv=2021-12-02&sr=b&sig=%25", "sv=2021-12-02&sr=d&sig=", "sv=2021-12-02&sr=b&si=policy&sig=", "sv=2021-12-02&sr=b&skoid=x&sig=",
		"sv=2021-12-02&sr=b&sr=c&sig=",
	} {
		q, err := url.ParseQuery(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := blobapi.SignedText(q, "a", "c/b"); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

// TestHeaderOrder: the service's order of names, where it is not that of bytes.
func TestHeaderOrder(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"x-ms-meta-a_", "x-ms-meta-a1"}, {"x-ms-meta-a1", "x-ms-meta-ab"}, {"x-ms-blob-type", "x-ms-date"},
		{"x-ms-range", "x-ms-range-get-content-md5"}, {"x-ms-copy-source", "x-ms-copy-source-authorization"},
	} {
		if blobapi.CompareHeaders(c[0], c[1]) >= 0 || blobapi.CompareHeaders(c[1], c[0]) <= 0 {
			t.Errorf("%s does not come before %s", c[0], c[1])
		}
	}
}

// TestRefusalIsRead: a client that sends everything before it looks sees why
// it is refused, and no broken connection.
func TestRefusalIsRead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("x", "x")
	big := strings.Repeat("x", 8<<20)
	for range 3 {
		s.as("PUT", "/"+home+"/x", big, "X-Ms-Blob-Type: BlockBlob", "If-None-Match: *").want(t, 409, "BlobAlreadyExists")
	}
}
