package identity

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/mask"
)

func TestChallenge(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`Bearer authorization_uri="https://login.windows.net/aaaa-bb", error="invalid_token"`:                 "aaaa-bb",
		`Bearer authorization="https://login.microsoftonline.com/aaaa-bb" resource="https://vault.azure.net"`: "aaaa-bb",
		`bearer realm="", authorization_uri=https://login.windows.net/contoso.com/oauth2/authorize, x=y`:      "contoso.com",
		`Bearer authorization_uri="https://login.windows.net/common"`:                                         "",
		`Bearer authorization_uri="https://login.windows.net/../x"`:                                           "",
		`Basic realm="x"`: "",
		``:                "",
	} {
		if got := challengeOf(http.Header{"Www-Authenticate": {header}}).tenant(); got != want {
			t.Errorf("%s: got tenant %q, want %q", header, got, want)
		}
	}
	got := challengeOf(http.Header{"Www-Authenticate": {`Bearer realm="", claims="eyJhIjoxfQ=="`}}).claims()
	if got != `{"a":1}` {
		t.Errorf("claims: got %q", got)
	}
}

func FuzzParameters(f *testing.F) {
	f.Add(`a="b", c=d e="f`)
	f.Fuzz(func(t *testing.T, text string) {
		ch := parameters(text)
		if tenant := ch.tenant(); tenant != "" && !tenantForm.MatchString(tenant) {
			t.Errorf("%q: got tenant %q", text, tenant)
		}
		ch.claims()
	})
}

// TestAdvice goes through the table of codes: each has a kind, a cause and a
// fix, and stands there once.
func TestAdvice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range advices() {
		if a.kind == "" || a.cause == "" || a.fix == "" {
			t.Errorf("%v lacks something: %+v", a.codes, a)
		}
		for _, code := range a.codes {
			if seen[code] || aadsts.FindString(code) != code {
				t.Errorf("%s stands twice, or is no code", code)
			}
			seen[code] = true
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	try := attempt{doing: "sign in", app: "APP", tenant: "TENANT", place: "the variable X"}
	for name, c := range map[string]struct {
		body, want string
		behind     time.Duration
	}{
		"expired with a date": {
			body: `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'APP' are expired. It expired on '2026-10-01'. Trace ID: x Timestamp: 2026-11-24 12:00:00Z"}`,
			want: "sign in: the client secret has expired on 2026-10-01 (AADSTS7000222); make a new one for the app APP and put it into the variable X",
		},
		"unknown code, many lines": {
			body: `{"error":"invalid_request","error_description":"AADSTS12345: Something\r\nis wrong.\r\nTrace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 3"}`,
			want: "sign in: Something is wrong. (AADSTS12345)",
		},
		"the clock": {
			body:   `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}`,
			behind: 17 * time.Minute,
			want:   "sign in: the assertion is not valid at this time, and this machine's clock is 17m behind login.test (AADSTS700024); set this machine's clock right",
		},
		"no code": {body: `{"error":"authorization_declined"}`, want: "sign in: the sign-in was declined in the browser; try again, and accept it"},
		"no json": {body: `<html>gateway</html>`, want: "sign in: login.test answered with status 400"},
		"control characters": {
			body: `{"error":"x","error_description":"AADSTS99999: a\u001b[2Jb\u0000"}`,
			want: "sign in: ab (AADSTS99999)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &exchange{host: "login.test", status: 400, body: []byte(c.body), date: now.Add(c.behind)}
			if got := try.explain(t.Context(), nil, e, now).Error(); oneLine(got) != c.want {
				t.Errorf("got  %s\nwant %s", oneLine(got), c.want)
			}
		})
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	m := mask.New([]string{"s3cr3t-value", "two  words"})
	for text, want := range map[string]string{
		"it is s3cr3t-value.":             "it is ***.",
		"it is s3cr\x1b[1m3t-value.":      "it is ***.",
		"it is s3cr\x1b]0;x\a3t-value.":   "it is ***.",
		"it is two  words.":               "it is ***.",
		"it is czNjcjN0LXZhbHVl.":         "it is ***.",
		"\x1b[31mred\x1b[0m":              "red",
		"\x00 ":                           "no reason is given",
		strings.Repeat("x", 2000) + "end": strings.Repeat("x", maxPart) + "...",
	} {
		if got := (&Error{Cause: text}).masked(m).Cause; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"error":{"code":"Forbidden","message":"m","innererror":{"code":"AccessDenied"}}}`))
	f.Add([]byte(`{"error":"invalid_grant","error_description":"AADSTS70000: x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fault := attempt{doing: "x"}.refused(read(data), &exchange{host: "h", status: 400}, time.Now()).masked(nil)
		for _, r := range fault.Error() {
			if r < ' ' {
				t.Errorf("got %q, want one line", fault.Error())
			}
		}
	})
}

func TestStore(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), store{filepath.Join(t.TempDir(), "home", "login")}
	if r, err := s.load(ctx); err != nil || r.ID != "" {
		t.Fatalf("an empty store: got %+v, %v", r, err)
	}
	if err := s.save(ctx, record{ID: "1", User: "ada", Tokens: []byte("a")}); err != nil {
		t.Fatal(err)
	}
	if err := s.update(ctx, "1", []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := s.update(ctx, "other", []byte("c")); err != nil {
		t.Fatal(err)
	}
	if r, err := s.load(ctx); err != nil || string(r.Tokens) != "b" {
		t.Errorf("got tokens %q, %v, want those of the same sign-in", r.Tokens, err)
	}
	checkClosed(t, s.dir)
	if was, err := s.remove(ctx); !was || err != nil {
		t.Errorf("remove: got %t, %v", was, err)
	}
	if err := s.update(ctx, "1", []byte("d")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.path()); err == nil {
		t.Error("a late update brought back a sign-in that was forgotten")
	}
	if was, err := s.remove(ctx); was || err != nil {
		t.Errorf("remove again: got %t, %v", was, err)
	}
}

// TestStoreFaults has files that somebody else made.
func TestStoreFaults(t *testing.T) {
	t.Parallel()
	s := store{t.TempDir()}
	if err := os.WriteFile(s.path(), []byte(`{"id":"1","us`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := s.load(t.Context()); err != nil || r.ID != "" {
		t.Errorf("a damaged file: got %+v, %v, want none", r, err)
	}
	if err := os.Remove(s.path()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(t.TempDir(), "else"), s.path()); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := s.load(t.Context()); err == nil {
		t.Error("a link: got no error")
	}
}

// TestStoreTogether has many write at once; whoever reads sees a whole file.
func TestStoreTogether(t *testing.T) {
	t.Parallel()
	s := store{t.TempDir()}
	if err := s.save(t.Context(), record{ID: "1"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if err := s.update(t.Context(), "1", []byte("tokens")); err != nil {
					t.Error(err)
				}
				if r, err := s.load(t.Context()); err != nil || r.ID != "1" {
					t.Errorf("got %+v, %v", r, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAzureCLIText(t *testing.T) {
	t.Parallel()
	s := &cliSource{o: Options{}.withDefaults()}
	for text, want := range map[string]struct {
		kind Kind
		line string
	}{
		"AzureCLICredential: executable not found on path": {NoSignIn, ""},
		"ERROR: Please run 'az login' to setup account.\n": {NoSignIn, ""},
		"WARNING: old\nERROR: AADSTS700082: The refresh token has expired due to inactivity.\r\nTrace ID: 1\nInteractive authentication is needed. Please run:\naz login --scope x\n": {
			Expired, "sign in with the Azure CLI: the sign-in has expired or was revoked (AADSTS700082); sign in anew: az login --tenant T"},
		"ERROR: AADSTS50076: Due to a configuration change, you must use multi-factor authentication": {
			Policy, "sign in with the Azure CLI: the tenant T wants a second factor (AADSTS50076); sign in anew: az login --tenant T"},
		"WARNING: old\nERROR: boom\nTraceback": {Refused, "sign in with the Azure CLI: boom; try `az account get-access-token` yourself"},
		"AzureCLICredential.GetToken(): Azure CLI requires multifactor authentication or additional claims. Run this command then retry the operation: az login --tenant T --claims-challenge eyJ9": {
			Policy, "sign in with the Azure CLI: the service wants a sign-in that satisfies more; run: az login --tenant T --claims-challenge eyJ9"},
	} {
		got := s.explain("T", text).masked(nil)
		if got.Kind != want.kind || want.line != "" && got.Error() != want.line {
			t.Errorf("%q:\ngot  %s %s\nwant %s %s", text, got.Kind, got, want.kind, want.line)
		}
	}
}

func TestExplainEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := attempt{doing: "sign in"}.explain(ctx, errors.New("x"), &exchange{}, time.Now())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

func checkClosed(t *testing.T, dir string) {
	t.Helper()
	if os.PathSeparator != '/' {
		return // access lists, not modes
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: got %v, %v, want 0700", dir, info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
}
