package entra_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/entra"
)

// FuzzToken sends the token endpoint anything. It answers with a token that
// verifies for the resource asked, or refuses with one number; it never breaks,
// and no token is for a client without its secret.
func FuzzToken(f *testing.F) {
	d, err := entra.New(config())
	if err != nil {
		f.Fatal(err)
	}
	handler := d.Handler()
	good := url.Values{}
	for pairs := asApp(); len(pairs) > 0; pairs = pairs[2:] {
		good.Set(pairs[0], pairs[1])
	}
	f.Add(tokenPath, "application/x-www-form-urlencoded", good.Encode())
	f.Add(oldPath, "application/x-www-form-urlencoded; charset=utf-8", good.Encode()+"&resource="+manager)
	f.Add(devicePath, "application/x-www-form-urlencoded", "client_id="+cliID+"&scope="+url.QueryEscape(everything))
	f.Add(tokenPath, "application/json", `{"grant_type":"client_credentials"}`)
	f.Add("/common/oauth2/v2.0/token", "application/x-www-form-urlencoded", "grant_type=refresh_token&client_id="+cliID+"&refresh_token=%zz;&scope=a/b")
	f.Add("//oauth2/token", "", "&&==%")
	f.Fuzz(func(t *testing.T, path, kind, body string) {
		if !strings.HasSuffix(path, "/token") && !strings.HasSuffix(path, "/devicecode") {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.Path, r.Host = path, "login.microsoftonline.com"
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		checkFuzzed(t, d, w, body)
	})
}

func checkFuzzed(t *testing.T, d *entra.Directory, w *httptest.ResponseRecorder, body string) {
	t.Helper()
	if w.Code == http.StatusNotFound {
		return
	}
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	switch {
	case w.Code >= 500:
		t.Errorf("%d: %s", w.Code, w.Body)
	case w.Code >= 400 && (a.Error == "" || len(a.Codes) != 1 || a.Access != ""):
		t.Errorf("a refusal without a reason: %s", w.Body)
	case a.Access != "":
		values, err := url.ParseQuery(body)
		if err != nil || values.Get("client_secret") != secret {
			t.Errorf("a token for %q", body)
		}
		resource := strings.Fields(values.Get("scope") + " ")
		audiences := []string{values.Get("resource")}
		for _, one := range resource {
			audiences = append(audiences, strings.TrimSuffix(one, "/.default"))
		}
		if _, err := d.Verify(a.Access, audiences...); err != nil {
			t.Error(err)
		}
	}
}
