package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/identity"
)

type loginFlags struct {
	tenant, user, variable string
	principal, deviceCode  bool
	password               string
	noSubscriptions        bool
}

func (a *app) loginCommand() *cobra.Command {
	var r resultFlags
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to Azure and keep that for later runs",
		Long: "Sign in to Azure: you open an address in a browser, on this machine or another, and enter the code that is shown.\n" +
			"Later runs use the sign-in until `ischia logout`. Who has signed in with the Azure CLI (az login) need not do it again.\n" +
			"Prints the subscriptions, as az login does.\n\n" +
			"A service principal's secret is read from an environment variable, now and in later runs; it is not kept. The\n" +
			"configuration of a driver (auth) needs no login at all.",
		Example: "  ischia login\n" +
			"  ischia login --tenant contoso.onmicrosoft.com\n" +
			"  ischia login --service-principal -u 11111111-1111-1111-1111-111111111111 --secret-env AZURE_CLIENT_SECRET --tenant contoso.onmicrosoft.com",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd, &r, f) },
	}
	r.add(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&f.tenant, "tenant", "t", "", "the Microsoft Entra tenant, by id or domain (default: your own)")
	fl.BoolVar(&f.principal, "service-principal", false, "sign in as a service principal")
	fl.StringVarP(&f.user, "username", "u", "", "its client id")
	fl.StringVar(&f.variable, "secret-env", "AZURE_CLIENT_SECRET", "the environment variable that holds its secret")
	fl.StringVarP(&f.password, "password", "p", "", "refused: what stands on a command line can be read by others")
	fl.Lookup("password").Hidden = true
	fl.BoolVar(&f.deviceCode, "use-device-code", false, "as az: accepted, it is the only way for a person")
	fl.BoolVar(&f.noSubscriptions, "allow-no-subscriptions", false, "as az: accepted, they are not needed")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (f loginFlags) check() error {
	switch {
	case f.password != "":
		return usageError(errors.New("a secret does not belong on a command line, where others can read it: put it into an environment variable and name that with --secret-env"))
	case f.principal && f.user == "":
		return usageError(errors.New("--service-principal needs its client id: -u ID"))
	case f.principal && f.tenant == "":
		return usageError(errors.New("--service-principal needs its tenant: --tenant TENANT"))
	case !f.principal && f.user != "":
		return usageError(errors.New("-u is for --service-principal; who you are, you say in the browser"))
	}
	return nil
}

func (a *app) login(cmd *cobra.Command, r *resultFlags, f loginFlags) error {
	o, err := a.options(r)
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	who, err := a.identityOptions(ctx)
	if err != nil {
		return err
	}
	who.Tenant = f.tenant
	logIn := identity.LogIn
	if f.principal {
		who.ClientID, who.SecretVariable, logIn = f.user, f.variable, identity.LogInPrincipal
	}
	c, err := logIn(ctx, who)
	if err != nil {
		return notSignedIn(ctx, err)
	}
	all, err := a.accounts(ctx, c)
	if err != nil {
		return notSignedIn(ctx, err)
	}
	return a.print(all, o, "")
}

// identityOptions are those of every command that signs in.
func (a *app) identityOptions(ctx context.Context) (identity.Options, error) {
	dir, err := home.Locate(a.homeDir, a.getenv)
	if err != nil {
		return identity.Options{}, err
	}
	cloud, err := identity.LookUp(ctx, "", a.getenv, nil)
	if err != nil {
		return identity.Options{}, notSignedIn(ctx, err)
	}
	return identity.Options{Cloud: cloud, Getenv: a.getenv, Prompt: a.Err, Folder: identity.Folder(dir, a.getenv)}, nil
}

// notSignedIn gives a failed sign-in its exit status.
func notSignedIn(ctx context.Context, err error) error {
	var fault *identity.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &fault) && fault.Kind == identity.BadSetting:
		return usageError(err)
	case errors.As(err, &fault):
		return &statusError{exitDenied, err}
	}
	return err
}

// accounts are the subscriptions of who is signed in, as `az account list` has
// them; without any, the tenant stands in for one, as az does it.
func (a *app) accounts(ctx context.Context, c *identity.Credential) ([]object, error) {
	who, err := c.Who(ctx)
	if err != nil {
		return nil, err
	}
	subscriptions, err := c.Subscriptions(ctx)
	if err != nil {
		fmt.Fprintf(a.Err, "WARNING: %v\n", err)
	}
	all := []object{}
	for _, s := range subscriptions {
		all = append(all, account(who, s, "cloudName", len(all) == 0))
	}
	if len(all) == 0 {
		all = append(all, account(who, tenantLevel(who), "cloudName", true))
	}
	return all, nil
}

// tenantLevel is what az shows in place of a subscription when there is none.
func tenantLevel(who identity.Account) identity.Subscription {
	return identity.Subscription{ID: who.Tenant, Name: "N/A(tenant level account)", State: "Enabled", Tenant: who.Tenant}
}

// account is one element of `az account list`, or with another key for the
// cloud, `az account show`.
func account(who identity.Account, s identity.Subscription, cloudKey string, isDefault bool) object {
	o := object{
		cloudKey: who.Cloud, "id": s.ID, "isDefault": isDefault, "managedByTenants": []any{}, "name": s.Name,
		"state": s.State, "tenantId": who.Tenant, "user": object{"name": who.User, "type": who.Kind},
	}
	if s.HomeTenant != "" {
		o["homeTenantId"] = s.HomeTenant
	} else {
		o["homeTenantId"] = who.Home
	}
	return o
}
