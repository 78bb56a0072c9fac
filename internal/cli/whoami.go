package cli

import (
	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/identity"
)

func (a *app) whoamiCommand() *cobra.Command {
	var r resultFlags
	var tenant string
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Show as whom this machine signs in to Azure",
		Long: "Show as whom this machine signs in to Azure, and where that comes from (signInSource): what `ischia login` kept, else\n" +
			"the Azure CLI, else a workload or managed identity. Gets a token to be sure of it, and asks nobody. The other keys\n" +
			"are those of az account show.",
		Example: "  ischia whoami --query user.name -o tsv",
		Args:    noMoreArgs,
	}
	r.add(cmd)
	cmd.Flags().StringVarP(&tenant, "tenant", "t", "", "in this Microsoft Entra tenant (default: your own)")
	cmd.SetFlagErrorFunc(flagError)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o, err := a.options(&r)
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		who, err := a.identityOptions(ctx)
		if err != nil {
			return err
		}
		who.Tenant, who.NoPrompt = tenant, true
		shown, err := whoami(cmd, who)
		if err != nil {
			return notSignedIn(ctx, err)
		}
		return a.print(shown, o, "")
	}
	return cmd
}

// whoami is the account in the shape of `az account show`. The subscription is
// the first one; that they cannot be listed is no reason not to know the user.
func whoami(cmd *cobra.Command, o identity.Options) (object, error) {
	c, err := identity.New(o)
	if err != nil {
		return nil, err
	}
	who, err := c.Who(cmd.Context())
	if err != nil {
		return nil, err
	}
	s := tenantLevel(who)
	if all, err := c.Subscriptions(cmd.Context()); err == nil && len(all) > 0 {
		s = all[0]
	}
	shown := account(who, s, "environmentName", true)
	shown["signInSource"] = who.Source
	return shown, nil
}
