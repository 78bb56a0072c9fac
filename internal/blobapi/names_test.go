package blobapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{
		"/" + home + "/../x", "/" + home + "/a/..", "/" + home + "/a/%2e%2e/b", "/" + home + "/%2e%2e%2fb",
		"/" + home + "/a%2f..%2fb", "/" + home + "/a%5c..%5cb", "/" + home + "/a%00b", "/" + home + "/a//b",
		"/" + home + "/a/", "/" + home + "/./a", "/" + home + "/a%0ab", "/" + home + "/%ff", "/" + home + "/a%7f",
		"/" + home + "/" + strings.Repeat("a", 1025), "/" + home + "/%ef%bf%bf", "//" + home + "/a", "/UPPER/a", "/a--b/a",
		"/ab/x", "/-abc/x", "/" + strings.Repeat("a", 64) + "/x", "/$root/x", "/" + home + "%2f..%2fother/x", "/" + home + "%00/x",
	} {
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodHead, http.MethodDelete} {
			a := s.as(method, path, "x", "X-Ms-Blob-Type: BlockBlob")
			if a.status < 400 || a.status > 499 {
				t.Errorf("%s %.80s: got %d, want 4xx", method, path, a.status)
			}
		}
	}
	huge := strings.Repeat("a", 500<<10)
	for _, path := range []string{
		"/" + huge, "/" + home + "/" + huge, "/" + home + "/x?comp=block&blockid=" + huge,
		"/" + home + "?restype=container&comp=list&marker=" + huge, "/" + home + "/x?comp=" + huge,
	} {
		if a := s.as(http.MethodPut, path, "x"); a.status < 400 || a.status > 499 {
			t.Errorf("%.60s...: got %d, want 4xx", path, a.status)
		}
	}
	list := s.as(http.MethodGet, "/"+home+"?restype=container&comp=list", "")
	if strings.Contains(list.body, "<Name>") {
		t.Errorf("something was written: %s", list.body)
	}
	if s.log.Len() > 0 {
		t.Errorf("a name was taken for our own fault: %s", s.log)
	}
}

func TestGoodNames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, name := range []string{
		"a", "a b", "ä/ö/ü", "日本/語.txt", "a..b", "...", "a.", "%41", "a+b", "a&b=c?d#e", `"quoted" <xml> 'x'`, "~a/.hidden", strings.Repeat("é", 1024),
		"\u0085next", "a\u2028b", "LocalUpload/0123/x.py",
	} {
		address := s.url("/" + home + "/" + escape(name))
		s.do("PUT", address, name, "X-Ms-Blob-Type: BlockBlob", "Authorization: Bearer "+token).want(t, 201, "")
		if a := s.do("GET", address, "", "Authorization: Bearer "+token); a.body != name {
			t.Errorf("%q: got %d %q", name, a.status, a.body)
		}
	}
}

// escape escapes each segment of a name.
func escape(name string) string {
	var segments []string
	for segment := range strings.SplitSeq(name, "/") {
		segments = append(segments, url.PathEscape(segment))
	}
	return strings.Join(segments, "/")
}

func TestContainerNames(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"abc": true, "a-b": true, "a1-2-b": true, strings.Repeat("a", 63): true, "": false, "ab": false, "Abc": false, "a_b": false,
		"-ab": false, "ab-": false, "a--b": false, "a.b": false, strings.Repeat("a", 64): false, "$web": false, "a/b": false,
	} {
		if err := blobapi.CheckContainer(name); (err == nil) != good {
			t.Errorf("%q: got %v, want good %v", name, err, good)
		}
	}
}

// FuzzBlobName: a name that is taken is a path in an index and nothing else.
func FuzzBlobName(f *testing.F) {
	for _, name := range []string{"a/b", "../a", `a\b`, "a\x00", "a//b", "é", "a/.", "\xff"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if blobapi.CheckBlob(name) != nil {
			return
		}
		if strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00\n") || strings.Contains("/"+name+"/", "/../") {
			t.Errorf("%q was taken", name)
		}
		if err := (workspace.File{Datastore: "d", Path: name}).Check(); err != nil {
			t.Errorf("the index refuses what was taken: %v", err)
		}
	})
}
