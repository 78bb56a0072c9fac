package entra_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/entra"
)

const (
	vaultURL = "https://team.vault.azure.net"
	vaultFor = "https://vault.azure.net"
)

// openVault is a site with a vault, and a token that may read it.
func openVault(t *testing.T) (*site, string) {
	t.Helper()
	s := open(t, config())
	vault := entra.NewVault(s.directory, vaultURL, map[string]string{"client-secret": secret}, func(c entra.Claims) bool { return c.Client() == appID })
	s.mux.Handle("team.vault.azure.net/", vault.Handler())
	return s, s.token(t, vaultFor, entra.Principal{ClientID: appID})
}

func (s *site) token(t *testing.T, audience string, who entra.Principal) string {
	t.Helper()
	token, _, err := s.directory.Token(audience, who)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVaultGivesSecrets(t *testing.T) {
	t.Parallel()
	s, token := openVault(t)
	var first struct {
		Value, ID  string
		Attributes struct{ Enabled bool }
	}
	for _, path := range []string{"/secrets/client-secret?api-version=7.4", "/secrets/Client-Secret/?api-version=7.6-preview.1"} {
		a := s.get(t, vaultURL+path, "Authorization", "Bearer "+token)
		if err := json.Unmarshal([]byte(a.Text), &first); err != nil || first.Value != secret || !first.Attributes.Enabled {
			t.Fatalf("%s: %v: %s", path, err, a.Text)
		}
	}
	if !strings.HasPrefix(first.ID, vaultURL+"/secrets/") {
		t.Fatalf("its id is %q", first.ID)
	}
	if a := s.get(t, first.ID+"?api-version=7.4", "Authorization", "bearer "+token); a.Status != http.StatusOK {
		t.Errorf("the version: %s", a.Text)
	}
}

func TestVaultChallenges(t *testing.T) {
	t.Parallel()
	s, token := openVault(t)
	manages := s.token(t, manager, entra.Principal{ClientID: appID})
	stranger := open(t, config()).token(t, vaultFor, entra.Principal{ClientID: appID})
	cases := []struct{ name, header, want string }{
		{"no token", "", "AKV10000: Request is missing a Bearer or PoP token."},
		{"another scheme", "Basic " + token, "AKV10000"},
		{"another audience", "Bearer " + manages, "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com."},
		{"another directory", "Bearer " + stranger, "[BearerReadAccessTokenFailed]"},
		{"no JWT", "Bearer x", "[BearerReadAccessTokenFailed]"},
	}
	for _, c := range cases {
		a := s.get(t, vaultURL+"/secrets/client-secret?api-version=7.4", "Authorization", c.header)
		challenge := a.Header.Get("WWW-Authenticate")
		if a.Status != http.StatusUnauthorized || !strings.Contains(a.Text, c.want) || !strings.Contains(a.Text, `"code":"Unauthorized"`) ||
			!strings.HasPrefix(challenge, `Bearer authorization="https://login.microsoftonline.com/`+tenant+`", resource="https://vault.azure.net"`) {
			t.Errorf("%s: %d %s, challenge %s", c.name, a.Status, a.Text, challenge)
		}
	}
	s.clock.pass(2 * time.Hour)
	if a := s.get(t, vaultURL+"/secrets/client-secret?api-version=7.4", "Authorization", "Bearer "+token); !strings.Contains(a.Text, "[TokenExpired]") {
		t.Errorf("expired: %s", a.Text)
	}
}

func TestVaultRefuses(t *testing.T) {
	t.Parallel()
	s, token := openVault(t)
	other := s.token(t, vaultFor, entra.Principal{ClientID: publicID})
	cases := []struct {
		name, path, token string
		status            int
		code              string
	}{
		{"may not read", "/secrets/client-secret?api-version=7.4", other, 403, `"innererror":{"code":"ForbiddenByRbac"}`},
		{"may not even know", "/secrets/nothing?api-version=7.4", other, 403, `"code":"Forbidden"`},
		{"no such secret", "/secrets/nothing?api-version=7.4", token, 404, `"code":"SecretNotFound"`},
		{"no such version", "/secrets/client-secret/abc?api-version=7.4", token, 404, `"code":"SecretNotFound"`},
		{"no api-version", "/secrets/client-secret", token, 400, `"code":"BadParameter"`},
		{"an api-version to come", "/secrets/client-secret?api-version=2031-01-01", token, 400, `"code":"BadParameter"`},
		{"a name that is none", "/secrets/client_secret?api-version=7.4", token, 400, `"code":"BadParameter"`},
		{"a key", "/keys/k?api-version=7.4", token, 404, `"code":"NotFound"`},
	}
	for _, c := range cases {
		a := s.get(t, vaultURL+c.path, "Authorization", "Bearer "+c.token)
		if a.Status != c.status || !strings.Contains(a.Text, c.code) || strings.Contains(a.Text, secret) {
			t.Errorf("%s: %d %s", c.name, a.Status, a.Text)
		}
	}
}

func TestVaultsOfOtherClouds(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	for base, want := range map[string]string{
		vaultURL: vaultFor, "https://v.vault.azure.cn/": "https://vault.azure.cn", "https://v.vault.usgovcloudapi.net": "https://vault.usgovcloudapi.net",
	} {
		if got := entra.NewVault(s.directory, base, nil, nil).Audience(); got != want {
			t.Errorf("%s is for %s, want %s", base, got, want)
		}
	}
}

func TestManagedIdentityRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	s.mux.Handle("identity.example.com/", s.directory.ManagedIdentity("the header"))
	const good = "https://identity.example.com/?api-version=2019-08-01&resource=https://management.azure.com"
	cases := []struct {
		name, address string
		header        []string
		status        int
		want          string
	}{
		{"as it should be", good, []string{"X-IDENTITY-HEADER", "the header"}, 200, `"token_type":"Bearer"`},
		{"one of the apps", good + "&client_id=" + publicID, []string{"X-IDENTITY-HEADER", "the header"}, 200, publicID},
		{"no header", good, nil, 401, "X-IDENTITY-HEADER"},
		{"another header", good, []string{"X-IDENTITY-HEADER", "the heade"}, 401, "X-IDENTITY-HEADER"},
		{"the older header", good, []string{"secret", "the header"}, 401, "X-IDENTITY-HEADER"},
		{"no version", "https://identity.example.com/?resource=https://management.azure.com", []string{"X-IDENTITY-HEADER", "the header"}, 400, "api-version"},
		{"no resource", "https://identity.example.com/?api-version=2019-08-01", []string{"X-IDENTITY-HEADER", "the header"}, 400, "resource"},
		{"an unknown resource", good + ".example.com", []string{"X-IDENTITY-HEADER", "the header"}, 400, "AADSTS500011"},
		{"an unknown identity", good + "&client_id=" + uuid.NewString(), []string{"X-IDENTITY-HEADER", "the header"}, 400, "No User Assigned"},
	}
	for _, c := range cases {
		if a := s.get(t, c.address, c.header...); a.Status != c.status || !strings.Contains(a.Text, c.want) {
			t.Errorf("%s: %d %s", c.name, a.Status, a.Text)
		}
	}
}
