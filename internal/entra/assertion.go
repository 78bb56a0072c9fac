package entra

import (
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// Federation is trust in another issuer's tokens instead of a secret: workload
// identity, as in GitHub's and Kubernetes' jobs.
type Federation struct {
	Issuer   string
	Subject  string
	Audience string           // api://AzureADTokenExchange when ""
	Key      crypto.PublicKey // what the issuer signs with (RS256)
}

const (
	assertionType    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	exchangeAudience = "api://AzureADTokenExchange"
)

// checkAssertion verifies another issuer's token and that the app trusts
// exactly its issuer, subject and audience.
func (d *Directory) checkAssertion(app App, kind, assertion string) *fault {
	if kind != assertionType {
		return badAssertion(7000217, fmt.Sprintf("The value '%s' of 'client_assertion_type' is not supported.", kind))
	}
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, &claims); err != nil {
		return badAssertion(50027, "JWT token is invalid or malformed.")
	}
	trust, f := app.trusts(claims)
	if f != nil {
		return f
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(d.config.Now),
		jwt.WithExpirationRequired(), jwt.WithLeeway(backdate))
	_, err := parser.ParseWithClaims(assertion, &jwt.RegisteredClaims{}, func(*jwt.Token) (any, error) { return trust.Key, nil })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenExpired) || errors.Is(err, jwt.ErrTokenNotValidYet):
		return badAssertion(700024, "Client assertion is not within its valid time range. Please see the documentation of "+
			"certificate credentials to know more: https://aka.ms/certCreds.")
	}
	return badAssertion(700027, "The certificate with identifier used to sign the client assertion is not registered on application. "+
		"Client assertion contains an invalid signature.")
}

// trusts is the app's trust in whom the claims name. What is refused is the
// first that fits no record: issuer, subject, audience.
func (a App) trusts(claims jwt.RegisteredClaims) (*Federation, *fault) {
	if len(a.Federated) == 0 {
		return nil, untrusted(70021, "")
	}
	f := untrusted(700211, fmt.Sprintf(" issuer '%s'", claims.Issuer))
	for i, record := range a.Federated {
		audience := record.Audience
		if audience == "" {
			audience = exchangeAudience
		}
		switch {
		case record.Issuer != claims.Issuer:
		case record.Subject != claims.Subject:
			if f.code == 700211 {
				f = untrusted(700213, fmt.Sprintf(" subject '%s'", claims.Subject))
			}
		case !slices.Contains(claims.Audience, audience):
			f = untrusted(700212, fmt.Sprintf(" audience '%s'", first(claims.Audience)))
		default:
			return &a.Federated[i], nil
		}
	}
	return nil, f
}

func untrusted(code int, what string) *fault {
	return badAssertion(code, "No matching federated identity record found for presented assertion"+what+". Please check your federated identity "+
		"credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation")
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
