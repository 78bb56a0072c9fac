package identity

import (
	"cmp"
	"context"
	"encoding/json"
)

// kept is the sign-in of an earlier run, if it is for this cloud.
func (c *Credential) kept(ctx context.Context, tenant, _ string) (source, error) {
	r, err := store{c.o.Folder}.load(ctx)
	if err != nil || r.ID == "" || r.Cloud != c.o.Cloud.Name {
		return nil, err
	}
	if r.Kind == ServicePrincipal {
		return c.keptPrincipal(r, tenant)
	}
	d := &deviceSource{c: c, tenant: tenant, mayAsk: !c.o.unattended(), who: r.who(), kept: &keptTokens{store: store{c.o.Folder}, id: r.ID}}
	if err := d.dial(); err != nil {
		return nil, err
	}
	accounts, err := d.client.Accounts(ctx)
	if err != nil {
		return nil, d.try(tenant).fault(Expired, "", "the sign-in that was kept cannot be read", "sign in anew: {login}")
	}
	for _, a := range accounts {
		if a.HomeAccountID == r.Account {
			d.user = a
		}
	}
	if d.tenant == "" {
		d.tenant = r.Tenant
	}
	return d, nil
}

// keptPrincipal is a service principal that `ischia login` was told of.
func (c *Credential) keptPrincipal(r record, tenant string) (source, error) {
	secret := secretIn(c.o.Getenv, r.Variable)
	if secret == "" {
		try := attempt{doing: "sign in as the service principal " + r.User}
		return nil, try.fault(NoSignIn, "", "the environment variable "+r.Variable+" is not set, or empty", "put the client secret into it, or sign out: ischia logout")
	}
	c.hide(secret)
	return newPrincipal(c.o, cmp.Or(tenant, r.Tenant), r.User, secret, "the environment variable "+r.Variable)
}

func (r record) who() Account {
	return Account{Kind: r.Kind, User: r.User, Tenant: r.Tenant, Home: r.Home, Cloud: r.Cloud, Source: keptSource}
}

// refreshTokens are what must never be shown of MSAL's data.
func (k *keptTokens) refreshTokens() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var data struct {
		RefreshToken map[string]struct {
			Secret string `json:"secret"`
		}
	}
	if json.Unmarshal(k.data, &data) != nil {
		return nil
	}
	var found []string
	for _, t := range data.RefreshToken {
		found = append(found, t.Secret)
	}
	return found
}
