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

// FuzzDoors asks the vault and the managed identity for anything, with anything
// to show. They never break, and give nothing to whoever shows nothing good.
func FuzzDoors(f *testing.F) {
	d, err := entra.New(config())
	if err != nil {
		f.Fatal(err)
	}
	good, _, err := d.Token("https://vault.azure.net", entra.Principal{User: "ada@example.com"})
	if err != nil {
		f.Fatal(err)
	}
	vault := entra.NewVault(d, "https://kv.vault.azure.net", map[string]string{"name": "value-of-it"}, nil).Handler()
	identity := d.ManagedIdentity("the-header")
	f.Add("/secrets/name", "api-version=7.4", "Bearer "+good)
	f.Add("/secrets/name/", "api-version=7.4&api-version=8", "bearer  "+good)
	f.Add("/secrets/../keys/name/%2f", "api-version=%zz", "Bearer a.b.c")
	f.Add("/SECRETS/name/0", "api-version=2019-08-01&resource="+manager, "the-header")
	f.Add("", "api-version=2017-09-01&resource="+manager+"&clientid=x", "the-header")
	f.Fuzz(func(t *testing.T, path, query, shown string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header["Authorization"], r.Header["X-Identity-Header"], r.Header["Secret"] = []string{shown}, []string{shown}, []string{shown}
		for name, door := range map[string]http.Handler{"vault": vault, "identity": identity} {
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			allowed := strings.Contains(shown, good)
			if name == "identity" {
				allowed = shown == "the-header"
			}
			if w.Code == http.StatusOK && !allowed || w.Code >= 500 {
				t.Errorf("%s: %q shows %q and gets %d %s", name, path+"?"+query, shown, w.Code, w.Body)
			}
			if w.Code != http.StatusOK && (strings.Contains(w.Body.String(), "value-of-it") || strings.Contains(w.Body.String(), "access_token")) {
				t.Errorf("%s: the refusal gives something: %s", name, w.Body)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: got %q, want JSON", name, w.Body)
			}
		}
	})
}
