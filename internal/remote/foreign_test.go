package remote_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/remote"
)

func TestCheckForeign(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{
		"azureml:iris:1", "azureml:iris@latest", "azureml://datastores/workspaceblobstore/paths/a/b", "azureml://jobs/j/outputs/o",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/data/d/versions/1",
		"https://example.com/a.csv", "http://10.0.0.1/x", "HTTPS://EXAMPLE.com/x",
		"wasbs://c@acct.blob.core.windows.net/p", "abfss://c@acct.dfs.core.windows.net/p", "runs:/abc/model",
		"https://metadata.example.com/x", "https://user@example.com/x", "https://[2001:db8::1]:443/x", "http://169.253.0.1/",
		"${{parent.inputs.data}}", "https://example.com/${{name}}", "http://1.2/x", "http://cafe.babe/x", "",
	} {
		if err := remote.CheckForeign(uri); err != nil || remote.IsLoopback(uri) {
			t.Errorf("%s is refused: %v", uri, err)
		}
	}
	for _, uri := range []string{
		"file:///etc/passwd", "FILE:/etc/passwd", "file:x", "/etc/passwd", "//host/share", `\\host\share`, `C:\data`, "c:/data",
		"data/a.csv", "./a", "../a", "~/a", " file:///etc/passwd", "\tfile:///x", "/etc/pass:wd", "a/b:c",
		"http://169.254.169.254/latest/meta-data", "https://169.254.1.2:80/x", "http://[fe80::1]/x", "http://[fe80::1%25eth0]/x",
		"http://[::ffff:169.254.169.254]/x", "http://[64:ff9b::a9fe:a9fe]/x", "http://[2002:a9fe:a9fe::]/x", "http://[fd00:ec2::254]/",
		"http://2852039166/x", "http://0xa9fea9fe/", "http://0xA9.0xFE.0251.0376/", "http://169.16689662/", "http://0251.0376.0251.0376/x",
		"http://metadata.google.internal/x", "http://METADATA.google.internal./x", "http://metadata/x", "http://168.63.129.16/x",
		"http://100.100.100.200/", "http://user:secret@169.254.169.254/", "http://example.com@169.254.169.254/", `http://169.254.169.254\@example.com/`,
		"http://169。254。169。254/", "http://%31%36%39.254.169.254/", "http://0.0.0.0/", "http://0/", "http://0xa9.0xfe.0xbe.0xef/", "http://[::]/",
		"http://169.254.169.254/${{x}}", "http://${{x}}/y", "file:${{x}}", "https:", "http:///x", "gopher://x/y", "jar:file:/x",
		"wasbs://c@169.254.169.254/x", "git://169.254.169.254/x", "https://example.com/a b\nc",
	} {
		if err := remote.CheckForeign(uri); err == nil || remote.IsLoopback(uri) {
			t.Errorf("%q is taken", uri)
		}
	}
	for _, uri := range []string{
		"http://127.0.0.1:8080/blob/acct/c/a", "https://localhost/x", "http://LOCALHOST.:1/x", "http://a.localhost/x", "http://[::1]/x",
		"http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://127.9.9.9/x", "http://user@127.0.0.1/",
		"http://[64:ff9b::7f00:1]/", "wasbs://c@127.0.0.1/x", "http://host.docker.internal:80/x", "http://ip6-loopback/", "http://127。0。0。1/",
	} {
		if err := remote.CheckForeign(uri); err == nil || !remote.IsLoopback(uri) {
			t.Errorf("%q: got %v, want that it is this machine", uri, err)
		}
	}
}

// TestOpenForeign: this machine itself is read for whoever sits at it, and for
// nobody else, by whatever name.
func TestOpenForeign(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	body, err := remote.Open(t.Context(), srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = body.Close()
	if body, err := remote.OpenForeign(t.Context(), srv.URL); err == nil {
		_ = body.Close()
		t.Error("the loopback address is read for others")
	}
}

// TestLedAstray: neither a redirection nor a name leads to what is refused.
func TestLedAstray(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/astray":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/there":
			http.Redirect(w, r, "/file", http.StatusFound)
		}
	}))
	t.Cleanup(srv.Close)
	for path, want := range map[string]string{"/astray": "own network", "/round": "10 times", "/there": ""} {
		body, err := remote.Open(t.Context(), srv.URL+path)
		if err == nil {
			_ = body.Close()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func FuzzCheckForeign(f *testing.F) {
	for _, s := range []string{"file:///x", "http://0xa9fea9fe/", "azureml:a:1", "http://[::1", "http://1.2.3.4.5/", "x:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if err := remote.CheckForeign(uri); err == nil && len(uri) > 5 && (uri[:5] == "file:" || uri[0] == '/' && uri[1] == '/') {
			t.Errorf("%q is taken", uri)
		}
	})
}
