package remote_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/remote"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/iris.csv":
			_, _ = io.WriteString(w, "a,b\n1,2\n")
		case "/short":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "only this")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	for _, tt := range []struct{ path, want, err string }{
		{"/iris.csv?sig=secret", "a,b\n1,2\n", ""},
		{"/none?sig=secret", "", "404"},
		{"/short", "only this", "EOF"},
	} {
		rc, err := remote.Open(t.Context(), srv.URL+tt.path)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(rc)
			rc.Close()
		}
		if string(got) != tt.want {
			t.Errorf("%s: read %q, want %q", tt.path, got, tt.want)
		}
		if (err == nil) != (tt.err == "") || err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: error %v, want one with %q and without the query", tt.path, err, tt.err)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://h/d/iris.csv?x=1": "iris.csv", "https://h": "data", "https://h/a/": "a", "https://h/..": "data",
	} {
		if got := remote.Name(uri); got != want {
			t.Errorf("Name(%q) = %q, want %q", uri, got, want)
		}
	}
}
