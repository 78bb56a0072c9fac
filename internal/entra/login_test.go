package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/entra"
)

const (
	tokenPath  = "/" + tenant + "/oauth2/v2.0/token"
	oldPath    = "/" + tenant + "/oauth2/token"
	devicePath = "/" + tenant + "/oauth2/v2.0/devicecode"
	deviceType = "urn:ietf:params:oauth:grant-type:device_code"
	everything = manager + "/.default openid profile offline_access"
)

// asApp is a good request of an app, with pairs that replace or, where the
// value is "-", remove what is in it.
func asApp(pairs ...string) []string {
	all := []string{"grant_type", "client_credentials", "client_id", appID, "client_secret", secret, "scope", manager + "/.default"}
	for i := 0; i < len(pairs); i += 2 {
		if at := slices.Index(all, pairs[i]); at >= 0 {
			all = slices.Delete(all, at, at+2)
		}
		if pairs[i+1] != "-" {
			all = append(all, pairs[i], pairs[i+1])
		}
	}
	return all
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	unknown := uuid.NewString()
	cases := []struct {
		name, path string
		pairs      []string
		status     int
		word       string
		code       int
	}{
		{"wrong secret", tokenPath, asApp("client_secret", "nope"), 401, "invalid_client", 7000215},
		{"wrong secret, by a prefix", tokenPath, asApp("client_secret", secret[:5]), 401, "invalid_client", 7000215},
		{"expired secret", tokenPath, asApp("client_secret", "an old one"), 401, "invalid_client", 7000222},
		{"no secret", tokenPath, asApp("client_secret", "-"), 401, "invalid_client", 7000216},
		{"a public client's secret", tokenPath, asApp("client_id", publicID), 401, "invalid_client", 700025},
		{"a public client for itself", tokenPath, asApp("client_id", publicID, "client_secret", "-"), 401, "invalid_client", 7000216},
		{"an assertion nobody trusts", tokenPath, asApp("client_secret", "-", "client_assertion", "a.b.c",
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), 401, "invalid_client", 50027},
		{"unknown app", tokenPath, asApp("client_id", unknown), 400, "unauthorized_client", 700016},
		{"unknown tenant", "/" + unknown + "/oauth2/v2.0/token", asApp(), 400, "invalid_request", 90002},
		{"no grant", tokenPath, asApp("grant_type", "-"), 400, "invalid_request", 900144},
		{"no client", tokenPath, asApp("client_id", "-"), 400, "invalid_request", 900144},
		{"no scope", tokenPath, asApp("scope", "-"), 400, "invalid_request", 900144},
		{"a parameter twice", tokenPath, append(asApp(), "scope", "x"), 400, "invalid_request", 9000411},
		{"a grant that is not", tokenPath, asApp("grant_type", "telepathy"), 400, "unsupported_grant_type", 70003},
		{"a password", tokenPath, asApp("grant_type", "password"), 400, "unsupported_grant_type", 70003},
		{"not the default scope", tokenPath, asApp("scope", manager+"/user_impersonation"), 400, "invalid_scope", 1002012},
		{"a scope that is none", tokenPath, asApp("scope", "manager/.default"), 400, "invalid_scope", 70011},
		{"two resources", tokenPath, asApp("scope", manager+"/.default https://vault.azure.net/.default"), 400, "invalid_scope", 28000},
		{"unknown resource", tokenPath, asApp("scope", "https://example.net/.default"), 400, "invalid_resource", 500011},
		{"no consent", tokenPath, asApp("scope", "https://storage.azure.com/.default"), 400, "invalid_grant", 65001},
		{"version 1: no resource", oldPath, asApp(), 400, "invalid_request", 900144},
		{"version 1: wrong secret", oldPath, asApp("resource", manager, "client_secret", "x"), 401, "invalid_client", 7000215},
		{"device: unknown app", devicePath, []string{"client_id", unknown, "scope", everything}, 400, "unauthorized_client", 700016},
		{"device: no resource", devicePath, []string{"client_id", cliID, "scope", "openid"}, 400, "invalid_scope", 28002},
		{"device: a code nobody gave", tokenPath, []string{"grant_type", deviceType, "client_id", cliID, "device_code", "x"}, 400, "bad_verification_code", 70018},
		{"device: an app that must prove itself", tokenPath, []string{"grant_type", deviceType, "client_id", appID, "device_code", "x"}, 401, "invalid_client", 7000218},
		{"refresh: a token nobody gave", tokenPath, []string{"grant_type", "refresh_token", "client_id", cliID, "refresh_token", "x", "scope", everything}, 400, "invalid_grant", 9002313},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := s.post(t, c.path, c.pairs...)
			if a.Status != c.status || a.Error != c.word || !slices.Equal(a.Codes, []int{c.code}) {
				t.Errorf("got %d %s %v, want %d %s %d\n%s", a.Status, a.Error, a.Codes, c.status, c.word, c.code, a.Text)
			}
			if strings.Contains(a.Text, secret) || strings.Contains(a.Text, "an old one") {
				t.Errorf("a secret is in the answer: %s", a.Text)
			}
		})
	}
}

func TestRefusalOnTheWire(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	a := s.post(t, tokenPath, asApp("client_secret", "nope")...)
	var body map[string]any
	if err := json.Unmarshal([]byte(a.Text), &body); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri"} {
		if body[name] == nil {
			t.Errorf("%s is missing in %s", name, a.Text)
		}
	}
	if !strings.HasPrefix(a.Words, "AADSTS7000215: Invalid client secret provided.") || body["error_uri"] != login+"/error?code=7000215" {
		t.Errorf("it says %s", a.Text)
	}
	if a.Header.Get("Content-Type") != "application/json; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store, no-cache" {
		t.Errorf("the header is %v", a.Header)
	}
}

func TestRequestsThatAreNoForms(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	if a := s.send(t, tokenPath, "application/json", `{"grant_type":"client_credentials"}`); !slices.Equal(a.Codes, []int{900144}) {
		t.Errorf("JSON: %s", a.Text)
	}
	if a := s.get(t, login+tokenPath); !slices.Equal(a.Codes, []int{900561}) {
		t.Errorf("GET: %s", a.Text)
	}
	if a := s.send(t, tokenPath, "application/x-www-form-urlencoded", "a="+strings.Repeat("x", 1<<20)); !slices.Equal(a.Codes, []int{90013}) {
		t.Errorf("a megabyte: %s", a.Text)
	}
	if a := s.get(t, login+"/"+tenant+"/nothing"); a.Status != http.StatusNotFound {
		t.Errorf("nothing: %d", a.Status)
	}
}

func TestVersion1(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	a := s.post(t, oldPath, asApp("resource", manager+"/", "scope", "-")...)
	var body map[string]string // all texts
	if err := json.Unmarshal([]byte(a.Text), &body); err != nil {
		t.Fatalf("%v: %s", err, a.Text)
	}
	if body["resource"] != manager+"/" || body["expires_in"] != "3599" || body["expires_on"] == "" || body["not_before"] == "" {
		t.Errorf("it says %s", a.Text)
	}
	if _, err := s.directory.Verify(a.Access, manager+"/"); err != nil {
		t.Error(err)
	}
}

func TestBasicCredentials(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, login+tokenPath,
		strings.NewReader("grant_type=client_credentials&scope="+manager+"/.default"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(appID, "s3cret~value%20with%2Bsigns%26more")
	if a := s.do(t, r); a.Status != http.StatusOK {
		t.Error(a.Text)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	a := s.get(t, login+"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/authorize")
	if a.Status != http.StatusOK || !strings.Contains(a.Text, login+"/"+tenant+"/v2.0/.well-known/openid-configuration") {
		t.Errorf("instance: %s", a.Text)
	}
	a = s.get(t, login+"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.example.com/x/authorize")
	if a.Error != "invalid_instance" {
		t.Errorf("a stranger's instance: %s", a.Text)
	}
	a = s.get(t, login+"/"+strings.ToUpper(tenant)+"/v2.0/.well-known/openid-configuration")
	var raw map[string]any
	if err := json.Unmarshal([]byte(a.Text), &raw); err != nil {
		t.Fatal(err)
	}
	if raw["issuer"] != login+"/"+tenant+"/v2.0" {
		t.Errorf("the issuer is %q", raw["issuer"])
	}
	address, _ := raw["jwks_uri"].(string)
	if keys := s.get(t, address); !strings.Contains(keys.Text, `"kty":"RSA"`) || strings.Contains(keys.Text, `"d":`) {
		t.Errorf("the keys are %s", keys.Text)
	}
	if a := s.get(t, login+"/contoso.com/v2.0/.well-known/openid-configuration"); a.Error != "invalid_tenant" || a.Status != 400 {
		t.Errorf("another tenant: %s", a.Text)
	}
	if a := s.get(t, login+"/common/UserRealm/Ada@example.com?api-version=1.0"); !strings.Contains(a.Text, `"account_type":"Managed"`) {
		t.Errorf("the realm: %s", a.Text)
	}
}

func startDevice(t *testing.T, s *site) answer {
	t.Helper()
	a := s.post(t, devicePath, "client_id", cliID, "scope", everything)
	if a.Status != http.StatusOK || len(a.User) != 9 || a.Device == "" {
		t.Fatalf("device code: %s", a.Text)
	}
	return a
}

func (s *site) redeem(t *testing.T, device string) answer {
	t.Helper()
	return s.post(t, tokenPath, "grant_type", deviceType, "client_id", cliID, "device_code", device, "client_info", "1")
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	code := startDevice(t, s)
	for _, step := range []struct {
		wait time.Duration
		word string
		code int
	}{{0, "authorization_pending", 70016}, {time.Second, "slow_down", 70022}, {5 * time.Second, "authorization_pending", 70016}} {
		s.clock.pass(step.wait)
		if a := s.redeem(t, code.Device); a.Error != step.word || !slices.Equal(a.Codes, []int{step.code}) {
			t.Errorf("after %s: %s", step.wait, a.Text)
		}
	}
	if err := s.directory.ApproveAs(strings.ToLower(code.User), "grace@example.com"); err != nil {
		t.Fatal(err)
	}
	if a := s.post(t, tokenPath, "grant_type", deviceType, "client_id", publicID, "device_code", code.Device); a.Error != "bad_verification_code" {
		t.Errorf("another client: %s", a.Text)
	}
	a := s.redeem(t, code.Device)
	claims, err := s.directory.Verify(a.Access, manager)
	if err != nil || claims.User() != "grace@example.com" || a.Refresh == "" || !strings.Contains(a.Scope, manager+"/.default") {
		t.Fatalf("%v: %s", err, a.Text)
	}
	checkIdentity(t, a)
	if again := s.redeem(t, code.Device); again.Error != "invalid_grant" || !slices.Equal(again.Codes, []int{54005}) {
		t.Errorf("a second time: %s", again.Text)
	}
}

// checkIdentity looks for what clients keep their accounts by.
func checkIdentity(t *testing.T, a answer) {
	t.Helper()
	id := payload(t, a.ID)
	text, err := base64.RawURLEncoding.DecodeString(a.Info)
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]string
	if err := json.Unmarshal(text, &info); err != nil {
		t.Fatal(err)
	}
	if id["aud"] != cliID || id["preferred_username"] != "grace@example.com" || id["oid"] != info["uid"] || id["tid"] != info["utid"] ||
		id["iss"] != login+"/"+tenant+"/v2.0" || id["ver"] != "2.0" {
		t.Errorf("the id token is %v, the client's info %v", id, info)
	}
}

func TestDeviceCodeEndsOtherwise(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	denied, late := startDevice(t, s), startDevice(t, s)
	if err := s.directory.Deny(denied.User); err != nil {
		t.Fatal(err)
	}
	if a := s.redeem(t, denied.Device); a.Error != "authorization_declined" {
		t.Errorf("declined: %s", a.Text)
	}
	if err := s.directory.Approve(denied.User); err == nil {
		t.Error("what was declined is approved")
	}
	s.clock.pass(15 * time.Minute)
	if a := s.redeem(t, late.Device); a.Error != "expired_token" || !slices.Equal(a.Codes, []int{70020}) {
		t.Errorf("expired: %s", a.Text)
	}
	if err := s.directory.Approve(late.User); err == nil {
		t.Error("what expired is approved")
	}
	if err := s.directory.ApproveAs(late.User, "mallory@example.com"); err == nil {
		t.Error("somebody unknown signs in")
	}
}

func TestDevicePage(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	code := startDevice(t, s)
	if a := s.get(t, login+"/devicelogin"); a.Status != http.StatusOK || !strings.Contains(a.Text, `name="otc"`) {
		t.Errorf("the page: %s", a.Text)
	}
	if a := s.post(t, "/devicelogin", "otc", "<b>", "answer", "yes"); a.Status != http.StatusBadRequest || strings.Contains(a.Text, "<b>") {
		t.Errorf("no such code: %s", a.Text)
	}
	if a := s.post(t, "/devicelogin", "otc", code.User, "answer", "yes", "login", "grace@example.com"); a.Status != http.StatusOK {
		t.Errorf("the code: %s", a.Text)
	}
	if a := s.redeem(t, code.Device); a.Access == "" {
		t.Error(a.Text)
	}
}

func signIn(t *testing.T, s *site) answer {
	t.Helper()
	code := startDevice(t, s)
	if err := s.directory.Approve(code.User); err != nil {
		t.Fatal(err)
	}
	return s.redeem(t, code.Device)
}

func (s *site) again(t *testing.T, token string, pairs ...string) answer {
	t.Helper()
	return s.post(t, tokenPath, append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	first := signIn(t, s)
	vault := []string{"client_id", cliID, "scope", "https://vault.azure.net/.default offline_access"}
	second := s.again(t, first.Refresh, vault...)
	if _, err := s.directory.Verify(second.Access, "https://vault.azure.net"); err != nil {
		t.Fatalf("%v: %s", err, second.Text)
	}
	if second.Refresh == "" || second.Refresh == first.Refresh {
		t.Errorf("the refresh token is not a new one")
	}
	if a := s.again(t, first.Refresh, vault...); a.Status != http.StatusOK {
		t.Errorf("the first one is not good any more, as it is at the service: %s", a.Text)
	}
	if a := s.again(t, second.Refresh, "client_id", publicID, "scope", everything); a.Error != "invalid_grant" {
		t.Errorf("another client: %s", a.Text)
	}
	s.clock.pass(90 * 24 * time.Hour)
	if a := s.again(t, second.Refresh, vault...); a.Error != "invalid_grant" || !slices.Equal(a.Codes, []int{70008}) {
		t.Errorf("after 90 days: %s", a.Text)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	before := signIn(t, s)
	s.directory.Revoke("Ada@example.com")
	args := []string{"client_id", cliID, "scope", everything}
	if a := s.again(t, before.Refresh, args...); a.Error != "invalid_grant" || !slices.Equal(a.Codes, []int{50173}) {
		t.Errorf("after a new password: %s", a.Text)
	}
	s.clock.pass(time.Second)
	if a := s.again(t, signIn(t, s).Refresh, args...); a.Status != http.StatusOK {
		t.Errorf("signed in again: %s", a.Text)
	}
}

func TestOpenDirectory(t *testing.T) {
	t.Parallel()
	s := open(t, entra.Config{Tenant: tenant, Open: true})
	other := uuid.NewString()
	a := s.post(t, "/"+other+"/oauth2/v2.0/token", asApp("scope", "https://anything.example.com/.default", "client_secret", "anything")...)
	claims, err := s.directory.Verify(a.Access, "https://anything.example.com")
	if err != nil || claims.Tenant != other || claims.AppID != appID {
		t.Errorf("%v: %s", err, a.Text)
	}
	a = s.again(t, "the real service gave it", "client_id", cliID, "scope", everything)
	if claims, err := s.directory.Verify(a.Access, manager); err != nil || claims.User() == "" {
		t.Errorf("%v: %s", err, a.Text)
	}
	code := s.post(t, "/organizations/oauth2/v2.0/devicecode", "client_id", cliID, "scope", everything)
	if a := s.redeem(t, code.Device); a.Access == "" {
		t.Error(a.Text)
	}
	if a := s.post(t, tokenPath, asApp("client_secret", "-")...); a.Error != "invalid_client" {
		t.Errorf("without a secret: %s", a.Text)
	}
}

func TestBrowsersAreToldWhatElse(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	if a := s.get(t, login+"/common/oauth2/v2.0/authorize?client_id="+cliID); a.Status != http.StatusNotImplemented || !strings.Contains(a.Text, "device code") {
		t.Errorf("%d %s", a.Status, a.Text)
	}
	if a := s.get(t, login+"/error?code=70016"); a.Status != http.StatusFound {
		t.Errorf("%d %s", a.Status, a.Text)
	}
	if a := s.get(t, login+"/common/v2.0/.well-known/openid-configuration"); !strings.Contains(a.Text, `"issuer":"`+login+`/{tenantid}/v2.0"`) {
		t.Errorf("the issuer of everybody's tenant: %s", a.Text)
	}
}

// A directory of another cloud, and one at an address of its own.
func TestOtherLogins(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn/" + tenant + "/",
		"https://login.microsoftonline.us":         "https://sts.windows.net/" + tenant + "/",
		"https://127.0.0.1:8443":                   "https://sts.windows.net/" + tenant + "/",
	} {
		c := config()
		c.Login = base
		s := open(t, c)
		token := s.token(t, manager, entra.Principal{ClientID: appID})
		if claims, err := s.directory.Verify(token, manager); err != nil || claims.Issuer != want {
			t.Errorf("%s: %+v, %v", base, claims, err)
		}
		a := s.get(t, login+"/common/discovery/instance?authorization_endpoint="+base+"/"+tenant+"/oauth2/v2.0/authorize")
		if !strings.Contains(a.Text, `"tenant_discovery_endpoint":"`+base+"/") {
			t.Errorf("%s: %s", base, a.Text)
		}
	}
}

func TestWhatIsConfiguredExists(t *testing.T) {
	t.Parallel()
	c := config()
	c.Resources = []string{"https://127.0.0.1:8443"}
	s := open(t, c)
	for _, resource := range []string{"https://127.0.0.1:8443", publicID, "api://" + publicID, "https://account.blob.core.windows.net"} {
		a := s.post(t, tokenPath, asApp("scope", resource+"/.default")...)
		if _, err := s.directory.Verify(a.Access, resource); err != nil {
			t.Errorf("%s: %s", resource, a.Text)
		}
	}
	if _, err := entra.New(entra.Config{Login: "localhost"}); err == nil {
		t.Error("a login address that is none")
	}
	if _, err := entra.New(entra.Config{Apps: []entra.App{{}}}); err == nil {
		t.Error("an app without an id")
	}
}
