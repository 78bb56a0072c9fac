package entra_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ischia-ml/ischia/internal/entra"
)

const (
	actions = "https://token.actions.githubusercontent.com"
	subject = "repo:team/pipelines:ref:refs/heads/main"
)

// federated is a directory whose app trusts a job's tokens, and the key that
// they are signed with.
func federated(t *testing.T) (*site, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := config()
	c.Apps[0].Federated = []entra.Federation{{Issuer: actions, Subject: subject, Key: &key.PublicKey}}
	return open(t, c), key
}

func jobToken(t *testing.T, key *rsa.PrivateKey, change func(*jwt.RegisteredClaims)) string {
	t.Helper()
	claims := jwt.RegisteredClaims{
		Issuer: actions, Subject: subject, Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(10 * time.Minute)),
	}
	change(&claims)
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestClientAssertionCredential(t *testing.T) {
	t.Parallel()
	s, key := federated(t)
	assert := func(context.Context) (string, error) { return jobToken(t, key, func(*jwt.RegisteredClaims) {}), nil }
	credential, err := azidentity.NewClientAssertionCredential(tenant, appID, assert, &azidentity.ClientAssertionCredentialOptions{ClientOptions: s.options()})
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(t.Context(), managerScope())
	if err != nil {
		t.Fatal(err)
	}
	if claims, err := s.directory.Verify(token.Token, manager); err != nil || claims.AppIDACR != "2" {
		t.Errorf("claims are %+v: %v", claims, err)
	}
}

func TestAssertionsAreRefused(t *testing.T) {
	t.Parallel()
	s, key := federated(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		key    *rsa.PrivateKey
		change func(*jwt.RegisteredClaims)
		code   int
	}{
		{"another branch", key, func(c *jwt.RegisteredClaims) { c.Subject += "2" }, 700213},
		{"another issuer", key, func(c *jwt.RegisteredClaims) { c.Issuer += "/x" }, 700211},
		{"another audience", key, func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"sts"} }, 700212},
		{"no audience", key, func(c *jwt.RegisteredClaims) { c.Audience = nil }, 700212},
		{"expired", key, func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(time.Now().Add(-time.Hour)) }, 700024},
		{"for ever", key, func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }, 700027},
		{"another key", stranger, func(*jwt.RegisteredClaims) {}, 700027},
	}
	for _, c := range cases {
		a := s.post(t, tokenPath, asApp("client_secret", "-", "client_assertion", jobToken(t, c.key, c.change),
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")...)
		if a.Status != 401 || a.Error != "invalid_client" || !slices.Equal(a.Codes, []int{c.code}) {
			t.Errorf("%s: %s", c.name, a.Text)
		}
	}
}
