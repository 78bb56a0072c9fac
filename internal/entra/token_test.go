package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ischia-ml/ischia/internal/entra"
)

func TestTokenStates(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	issuer1, issuer2 := "https://sts.windows.net/"+tenant+"/", login+"/"+tenant+"/v2.0"
	app, person := entra.Principal{ClientID: appID, ObjectID: "an-object"}, entra.Principal{User: "ada@example.com"}
	cases := []struct {
		name, audience string
		who            entra.Principal
		want           map[string]string
	}{
		{"an app at the manager", manager, app, map[string]string{
			"aud": manager, "iss": issuer1, "appid": appID, "appidacr": "1", "oid": "an-object", "sub": "an-object",
			"tid": tenant, "idtyp": "app", "ver": "1.0", "idp": issuer1, "upn": "", "scp": "", "azp": ""}},
		{"a slash stays", manager + "/", app, map[string]string{"aud": manager + "/", "ver": "1.0"}},
		{"a person", "https://ml.azure.com", person, map[string]string{
			"aud": "https://ml.azure.com", "iss": issuer1, "appid": cliID, "idtyp": "user", "upn": "ada@example.com",
			"unique_name": "ada@example.com", "scp": "user_impersonation", "tid": tenant, "ver": "1.0"}},
		{"an app of one's own", publicID, app, map[string]string{
			"aud": publicID, "iss": issuer2, "azp": appID, "azpacr": "1", "appid": "", "ver": "2.0", "idtyp": "app"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			token, expires, err := s.directory.Token(c.audience, c.who)
			if err != nil {
				t.Fatal(err)
			}
			claims := payload(t, token)
			for name, want := range c.want {
				if got, _ := claims[name].(string); got != want {
					t.Errorf("%s is %v, want %q", name, claims[name], want)
				}
			}
			now := s.clock.now()
			if claims["nbf"] != claims["iat"] || claims["exp"] != float64(expires.Unix()) || expires.Unix() != now.Add(time.Hour).Unix() {
				t.Errorf("it is good from %v to %v (%s)", claims["nbf"], claims["exp"], expires)
			}
			if _, err := s.directory.Verify(token, "https://another", c.audience); err != nil {
				t.Error(err)
			}
		})
	}
	if _, _, err := s.directory.Token("", app); err == nil {
		t.Error("a token for no audience")
	}
}

// payload reads the claims without looking at the signature.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestObjectsAreTheSameInEveryRun(t *testing.T) {
	t.Parallel()
	object := func() any {
		token, _, err := open(t, config()).directory.Token(manager, entra.Principal{User: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		return payload(t, token)["oid"]
	}
	if first, second := object(), object(); first != second {
		t.Errorf("%v is another one than %v", first, second)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	s, stranger := open(t, config()), open(t, config())
	good, _, err := s.directory.Token(manager, entra.Principal{ClientID: appID})
	if err != nil {
		t.Fatal(err)
	}
	foreign, _, err := stranger.directory.Token(manager, entra.Principal{ClientID: appID})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(payload(t, good))).SignedString([]byte("a guess"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, token string
		audiences   []string
		want        error
	}{
		{"another audience", good, []string{"https://vault.azure.net"}, jwt.ErrTokenInvalidAudience},
		{"an audience with a slash more", good, []string{manager + "/"}, jwt.ErrTokenInvalidAudience},
		{"no audience at all", good, nil, jwt.ErrTokenInvalidAudience},
		{"another directory's key", foreign, []string{manager}, jwt.ErrTokenUnverifiable},
		{"no signature", none, []string{manager}, jwt.ErrTokenSignatureInvalid},
		{"a signature with a password", forged, []string{manager}, jwt.ErrTokenSignatureInvalid},
		{"claims of another token", parts[0] + "." + strings.Split(foreign, ".")[1] + "." + parts[2], []string{manager}, jwt.ErrTokenSignatureInvalid},
		{"no token", "Bearer", []string{manager}, jwt.ErrTokenMalformed},
		{"nothing", "", []string{manager}, jwt.ErrTokenMalformed},
	}
	for _, c := range cases {
		if _, err := s.directory.Verify(c.token, c.audiences...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestTokensAreGoodForATime(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	token, _, err := s.directory.Token(manager, entra.Principal{ClientID: appID})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.pass(-4 * time.Minute) // a clock that is late
	if _, err := s.directory.Verify(token, manager); err != nil {
		t.Error(err)
	}
	s.clock.pass(-2 * time.Minute)
	if _, err := s.directory.Verify(token, manager); !errors.Is(err, jwt.ErrTokenNotValidYet) {
		t.Errorf("before its time: %v", err)
	}
	s.clock.pass(6*time.Minute + time.Hour)
	if _, err := s.directory.Verify(token, manager); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Errorf("after its time: %v", err)
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	if _, err := entra.New(entra.Config{Tenant: "contoso.com"}); err == nil {
		t.Error("a directory without an id")
	}
	d, err := entra.New(entra.Config{})
	if err != nil || d.Tenant() == "" {
		t.Errorf("a directory of the id %q: %v", d.Tenant(), err)
	}
}
