package identity

import (
	"context"

	"github.com/google/uuid"
)

// LogIn signs a user in with a device code, whatever was kept, and keeps that
// in o.Folder. It asks in CI, too: who calls it wants to be asked.
func LogIn(ctx context.Context, o Options) (*Credential, error) {
	o.ClientID, o.SecretVariable, o.VaultURL, o.VaultSecret = "", "", "", ""
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	if c.o.Prompt == nil {
		return nil, &Error{Kind: NoSignIn, Doing: "sign in to Azure", Cause: "there is nowhere to show a code"}
	}
	d, err := c.newDevice(c.o.Tenant)
	if err != nil {
		return nil, c.clean(err)
	}
	c.source = d
	_, err = c.Who(ctx)
	return c, err
}

// LogInPrincipal signs a service principal in, with the secret in the variable
// that o names, and keeps who it is and the name of the variable. The secret
// itself is not kept: later runs read the variable again.
func LogInPrincipal(ctx context.Context, o Options) (*Credential, error) {
	o.VaultURL, o.VaultSecret = "", ""
	c, err := New(o)
	if err != nil {
		return nil, err
	}
	who, err := c.Who(ctx)
	if err != nil {
		return nil, err
	}
	return c, store{c.o.Folder}.save(ctx, record{
		ID: uuid.NewString(), Kind: ServicePrincipal, User: c.o.ClientID, Tenant: who.Tenant, Home: who.Home,
		Cloud: c.o.Cloud.Name, Variable: c.o.SecretVariable,
	})
}

// LogOut forgets the sign-in that is kept in a folder and reports whether there
// was one. Sign-ins of the Azure CLI are not touched.
func LogOut(ctx context.Context, folder string) (bool, error) {
	return store{folder}.remove(ctx)
}
