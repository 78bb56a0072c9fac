package entra

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Claims are what a token says. Which of them it has depends on its version:
// see [Directory.Token].
type Claims struct {
	Audience  string           `json:"aud"`
	Issuer    string           `json:"iss"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	Expires   *jwt.NumericDate `json:"exp"`

	AppID     string   `json:"appid,omitempty"`    // version 1
	AppIDACR  string   `json:"appidacr,omitempty"` // version 1: 0 public, 1 secret, 2 assertion
	AZP       string   `json:"azp,omitempty"`      // version 2
	AZPACR    string   `json:"azpacr,omitempty"`   // version 2
	ACR       string   `json:"acr,omitempty"`
	AMR       []string `json:"amr,omitempty"`
	IDP       string   `json:"idp,omitempty"`
	IDType    string   `json:"idtyp,omitempty"` // app or user
	Name      string   `json:"name,omitempty"`
	ObjectID  string   `json:"oid"`
	Preferred string   `json:"preferred_username,omitempty"`
	Scopes    string   `json:"scp,omitempty"`
	Subject   string   `json:"sub"`
	Tenant    string   `json:"tid"`
	Unique    string   `json:"unique_name,omitempty"`
	UPN       string   `json:"upn,omitempty"`
	TokenID   string   `json:"uti,omitempty"`
	Version   string   `json:"ver"`
}

// GetExpirationTime is for the JWT library.
func (c Claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.Expires, nil }

// GetIssuedAt is for the JWT library.
func (c Claims) GetIssuedAt() (*jwt.NumericDate, error) { return c.IssuedAt, nil }

// GetNotBefore is for the JWT library.
func (c Claims) GetNotBefore() (*jwt.NumericDate, error) { return c.NotBefore, nil }

// GetIssuer is for the JWT library.
func (c Claims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetSubject is for the JWT library.
func (c Claims) GetSubject() (string, error) { return c.Subject, nil }

// GetAudience is for the JWT library.
func (c Claims) GetAudience() (jwt.ClaimStrings, error) { return jwt.ClaimStrings{c.Audience}, nil }

// Client is the app that the token was given to.
func (c Claims) Client() string {
	if c.AppID != "" {
		return c.AppID
	}
	return c.AZP
}

// User is the person that the app acts for; "" for the app itself.
func (c Claims) User() string {
	if c.UPN != "" {
		return c.UPN
	}
	return c.Preferred
}

// backdate is how long before its making a token is good already, as the
// service does it for clocks that are late.
const backdate = 5 * time.Minute

// grantee is a principal in a tenant, with how it proved itself.
type grantee struct {
	Principal
	tenant string
	proof  string // 0 nothing (public client), 1 secret, 2 assertion
}

// Token is an access token of who for audience, which stands in it as given.
//
// Azure's own services take tokens of version 1, whoever asks at which
// endpoint; a resource that is named by a GUID is an app of the directory's
// own and gets version 2.
func (d *Directory) Token(audience string, who Principal) (accessToken string, expires time.Time, err error) {
	return d.access(audience, grantee{Principal: who, tenant: d.config.Tenant, proof: "1"}, "")
}

func (d *Directory) access(audience string, who grantee, scopes string) (string, time.Time, error) {
	if audience == "" {
		return "", time.Time{}, errors.New("make an access token: no audience is given")
	}
	who = complete(who)
	now := d.config.Now()
	c := d.claims(audience, who, now)
	if uuid.Validate(audience) == nil {
		c.Version, c.Issuer, c.AZP, c.AZPACR = "2.0", d.issuer2(who.tenant), who.ClientID, who.proof
	} else {
		c.Version, c.Issuer, c.AppID, c.AppIDACR = "1.0", d.issuer1(who.tenant), who.ClientID, who.proof
		c.IDP = c.Issuer
	}
	if who.User == "" {
		c.IDType = "app"
	} else {
		c.actFor(who, scopes)
	}
	token, err := d.sign(c)
	return token, c.Expires.Time, err
}

// complete fills in what is not given of a principal.
func complete(who grantee) grantee {
	if who.ClientID == "" {
		who.ClientID = azureCLI
	}
	if who.ObjectID == "" {
		who.ObjectID = madeID(who.User + "\n" + who.ClientID)
		if who.User != "" {
			who.ObjectID = madeID(who.User)
		}
	}
	return who
}

// claims are those that every token has.
func (d *Directory) claims(audience string, who grantee, now time.Time) Claims {
	start := jwt.NewNumericDate(now.Add(-backdate))
	return Claims{
		Audience: audience, IssuedAt: start, NotBefore: start, Expires: jwt.NewNumericDate(now.Add(d.config.Life)),
		ObjectID: who.ObjectID, Subject: who.ObjectID, Tenant: who.tenant, TokenID: tokenID(),
	}
}

// actFor adds what a token says of the person.
func (c *Claims) actFor(who grantee, scopes string) {
	if scopes == "" {
		scopes = "user_impersonation"
	}
	c.IDType, c.Scopes, c.Subject = "user", scopes, pairwise(who)
	c.Name = who.User
	if c.Version == "2.0" {
		c.Preferred = who.User
		return
	}
	c.ACR, c.AMR, c.IDP, c.UPN, c.Unique = "1", []string{"pwd", "mfa"}, "", who.User, who.User
}

// identity is the id token of a person for the app that signed them in.
func (d *Directory) identity(who grantee) (string, error) {
	who = complete(who)
	c := d.claims(who.ClientID, who, d.config.Now())
	c.Version, c.Issuer, c.Subject = "2.0", d.issuer2(who.tenant), pairwise(who)
	c.Name, c.Preferred = who.User, who.User
	return d.sign(c)
}

func (d *Directory) sign(c Claims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	token.Header["kid"], token.Header["x5t"] = d.keyID, d.keyID
	signed, err := token.SignedString(d.key)
	if err != nil {
		return "", fmt.Errorf("sign a token for %s: %w", c.Audience, err)
	}
	return signed, nil
}

// Verify is what a token says, if it is signed by this directory, for one of
// the audiences (at least one; compared exactly), and good now.
func (d *Directory) Verify(token string, audiences ...string) (Claims, error) {
	var c Claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithTimeFunc(d.config.Now), jwt.WithExpirationRequired(), jwt.WithStrictDecoding())
	if _, err := parser.ParseWithClaims(token, &c, d.keyOf); err != nil {
		return Claims{}, fmt.Errorf("verify a token: %w", err)
	}
	if c.NotBefore == nil || !slices.Contains([]string{d.issuer1(c.Tenant), d.issuer2(c.Tenant)}, c.Issuer) {
		return Claims{}, fmt.Errorf("verify a token: its issuer is %q: %w", c.Issuer, jwt.ErrTokenInvalidIssuer)
	}
	if c.Tenant != d.config.Tenant && !d.config.Open {
		return Claims{}, fmt.Errorf("verify a token: it is of tenant %q: %w", c.Tenant, jwt.ErrTokenInvalidIssuer)
	}
	if !slices.Contains(audiences, c.Audience) {
		return Claims{}, fmt.Errorf("verify a token: it is for %q: %w", c.Audience, jwt.ErrTokenInvalidAudience)
	}
	return c, nil
}

// keyOf hands the parser the key, for tokens that name it.
func (d *Directory) keyOf(token *jwt.Token) (any, error) {
	if token.Header["kid"] != d.keyID {
		return nil, jwt.ErrTokenUnverifiable
	}
	return &d.key.PublicKey, nil
}

// issuer1 is who signs tokens of version 1. China has a service of its own.
func (d *Directory) issuer1(tenant string) string {
	if strings.HasSuffix(d.config.Login, ".cn") {
		return "https://sts.chinacloudapi.cn/" + tenant + "/"
	}
	return "https://sts.windows.net/" + tenant + "/"
}

// issuer2 is who signs tokens of version 2, and id tokens.
func (d *Directory) issuer2(tenant string) string { return d.config.Login + "/" + tenant + "/v2.0" }

// pairwise is a person's subject: another one for each app.
func pairwise(who grantee) string {
	sum := sha256.Sum256([]byte(who.ObjectID + "\n" + strings.ToLower(who.ClientID)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func tokenID() string {
	id := uuid.New()
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// keyID names a key by its digest.
func keyID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// webKey is a public key as clients that check signatures read it.
type webKey struct {
	Kind     string `json:"kty"`
	Use      string `json:"use"`
	ID       string `json:"kid"`
	Thumb    string `json:"x5t"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
	Alg      string `json:"alg"`
}

func (d *Directory) webKeys() []webKey {
	public := d.key.PublicKey
	encode := base64.RawURLEncoding.EncodeToString
	return []webKey{{
		Kind: "RSA", Use: "sig", ID: d.keyID, Thumb: d.keyID, Alg: "RS256",
		Modulus: encode(public.N.Bytes()), Exponent: encode(big.NewInt(int64(public.E)).Bytes()),
	}}
}
