package har_test

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/har"
)

// archive is as much of the format as the tests look at.
type archive struct {
	Log struct {
		Version string
		Entries []struct {
			Request struct {
				Method, URL string
				Headers     []struct{ Name, Value string }
				PostData    *content
			}
			Response struct {
				Status  int
				Content content
			}
		}
	}
}

type content struct {
	Size   int64
	Text   string
	Params []struct{ Name, Value string }
	SHA256 string `json:"_sha256"`
}

func record(t *testing.T, r *http.Request, answer http.HandlerFunc) (string, archive) {
	t.Helper()
	return recordAt(t, "", r, answer)
}

func recordAt(t *testing.T, base string, r *http.Request, answer http.HandlerFunc) (string, archive) {
	t.Helper()
	a := har.New("test", "1", nil)
	a.Record(answer, cmp.Or(base, "https://management.azure.com")).ServeHTTP(httptest.NewRecorder(), r)
	var text strings.Builder
	if _, err := a.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	var got archive
	if err := json.Unmarshal([]byte(text.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Log.Version != "1.2" || len(got.Log.Entries) != 1 {
		t.Fatalf("got %s", text.String())
	}
	return text.String(), got
}

func TestRecord(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/subscriptions/s?api-version=1", strings.NewReader(`{"a":1.50,"b":"<x>"}`))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	_, got := record(t, r, func(w http.ResponseWriter, r *http.Request) {
		if text, err := io.ReadAll(r.Body); err != nil || string(text) != `{"a":1.50,"b":"<x>"}` {
			t.Errorf("inside: %s, %v", text, err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "\x00\x01")
	})
	e := got.Log.Entries[0]
	if e.Request.Method != "PUT" || e.Request.URL != "https://management.azure.com/subscriptions/s?api-version=1" {
		t.Errorf("request %s %s", e.Request.Method, e.Request.URL)
	}
	if e.Request.PostData.Text != `{"a":1.50,"b":"<x>"}` || e.Request.PostData.Size != 20 {
		t.Errorf("sent %+v", e.Request.PostData)
	}
	if e.Response.Status != 201 || e.Response.Content.Size != 2 || e.Response.Content.Text != "" || len(e.Response.Content.SHA256) != 64 {
		t.Errorf("answered %+v", e.Response)
	}
}

// TestNothingThatOpensDoors puts a secret into every place that has one.
func TestNothingThatOpensDoors(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t~value"
	for _, tt := range []struct{ name, base, kind, query, body, header string }{
		{name: "token", header: "Authorization"},
		{name: "proxy", header: "Proxy-Authorization"},
		{name: "identity", header: "X-IDENTITY-HEADER"},
		{name: "user token", header: "x-azureml-token"},
		{name: "cookie", header: "Cookie"},
		{name: "signature", query: "sv=2021&sig=" + secret + "&se=1"},
		{name: "form", kind: "application/x-www-form-urlencoded", body: "client_id=a&client_secret=" + secret},
		{name: "refresh", kind: "application/x-www-form-urlencoded", body: "refresh_token=" + secret},
		{name: "json", kind: "application/json", body: `{"properties":{"list":[{"accessToken":"` + secret + `"}]}}`},
		{name: "link", kind: "application/json", body: `{"sasUri":"https://a.blob.core.windows.net/c?sv=1&sig=` + secret + `"}`},
		{name: "key", kind: "application/json", body: `{"secretsType":"AccountKey","key":"` + secret + `"}`},
		{name: "escaped name", query: "%73ig=" + secret},
		{name: "token of a query", query: "a=b&access_token=" + secret},
		{name: "link in a link", query: "to=https%3A%2F%2Fa.example%2Fc%3Fsv%3D1%26sig%3D" + secret},
		{name: "link in XML", kind: "application/xml", body: `<Url>https://a.example/c?sv=1&amp;sig=` + secret + `&amp;se=1</Url>`},
		{name: "keys of an account", kind: "application/json", body: `{"keys":[{"keyName":"key1","value":"` + secret + `","permissions":"FULL"}]}`},
		{name: "passwords", kind: "application/json", body: `{"containerRegistryCredentials":{"passwords":[{"name":"a","value":"` + secret + `"}]}}`},
		{name: "a parameter", kind: "application/json", body: `{"parameters":{"password":{"value":"` + secret + `"}}}`},
		{name: "connection string", kind: "application/json", body: `{"text":"AccountName=a;AccountKey=` + secret + `;EndpointSuffix=x"}`},
		{name: "secret of a vault", base: "https://kv.vault.azure.net", kind: "application/json", body: `{"value":"` + secret + `"}`},
		{name: "key of the client", header: "x-ms-encryption-key"},
		{name: "credential", kind: "application/json", body: `{"azureStorageSection":{"credential":"` + secret + `"}}`},
		{name: "no text", kind: "application/octet-stream", body: secret},
		{name: "spoilt json", kind: "application/json", body: `{"key":"` + secret},
		{name: "two values", kind: "application/json", body: `{} {"key":"` + secret + `"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x?"+tt.query, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.kind)
			if tt.header != "" {
				r.Header.Set(tt.header, secret)
			}
			text, _ := recordAt(t, tt.base, r, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				w.Header().Set("Content-Type", tt.kind)
				_, _ = w.Write(body)
			})
			if strings.Contains(text, secret) {
				t.Errorf("the archive tells it: %s", text)
			}
		})
	}
}

// FuzzRecord sends anything. The archive is one all the same, and neither a
// header nor a signature is in it.
func FuzzRecord(f *testing.F) {
	const secret = "s3cr3t~value"
	f.Add("application/json", "a=1&sig="+secret, []byte(`{"key":"x","a":[1,{"b":null}]}`))
	f.Add("application/x-www-form-urlencoded", "%", []byte("a=b&sig=%zz"))
	f.Add("application/xml; charset=\"", "a=%3Fsig%3D", []byte("<a>?code=b</a>"))
	f.Add("text/json+json", ";sig=b&&=&%73ig", []byte(`[{"keys":{"value":"x"}}]`))
	f.Fuzz(func(t *testing.T, kind, query string, body []byte) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(string(body)))
		r.URL.RawQuery = query + "&sig=" + secret
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", "Bearer "+secret)
		text, _ := record(t, r, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		})
		if strings.Contains(text, secret) && !strings.Contains(query, secret) && !strings.Contains(string(body), secret) && !strings.Contains(kind, secret) {
			t.Errorf("the archive tells it: %s", text)
		}
	})
}
