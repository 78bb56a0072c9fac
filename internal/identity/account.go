package identity

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// What an account can be, in az's words.
const (
	User             = "user"
	ServicePrincipal = "servicePrincipal"
)

// Account is who is signed in.
type Account struct {
	// Kind is [User] or [ServicePrincipal].
	Kind string
	// User is the name of a user, or the client id of a service principal.
	User string
	// Tenant is the directory, Home the one that the user belongs to.
	Tenant, Home string
	// Cloud is the name of the cloud.
	Cloud string
	// Source says where the sign-in comes from.
	Source string
}

// Who signs in, if that was not done, and says as whom.
func (c *Credential) Who(ctx context.Context) (Account, error) {
	token, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.o.Cloud.ManagerScope()}})
	if err != nil {
		return Account{}, err
	}
	c.busy <- struct{}{}
	who := c.source.account()
	<-c.busy
	return who.with(token.Token, c.o.Cloud), nil
}

// with is the account and what a token adds. The token was not made for us; it
// is read as az does it, to show a name, and decides nothing.
func (a Account) with(token string, cloud Cloud) Account {
	var claims struct {
		UPN     string `json:"upn"`
		Name    string `json:"preferred_username"`
		Unique  string `json:"unique_name"`
		App     string `json:"appid"`
		AppTwo  string `json:"azp"`
		Type    string `json:"idtyp"`
		Tenant  string `json:"tid"`
		Subject string `json:"sub"`
		Object  string `json:"oid"`
	}
	a.Cloud = cloud.Name
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return a
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return a
	}
	a.Tenant = cmp.Or(claims.Tenant, a.Tenant)
	name := cmp.Or(claims.UPN, claims.Name, claims.Unique)
	if a.Kind == "" {
		a.Kind = User
		if claims.Type == "app" || name == "" && claims.App != "" {
			a.Kind = ServicePrincipal
		}
	}
	if a.Kind == ServicePrincipal {
		a.User = cmp.Or(a.User, claims.App, claims.AppTwo)
	}
	a.User = cmp.Or(a.User, name, claims.Object, claims.Subject)
	a.Home = cmp.Or(a.Home, a.Tenant)
	return a
}
