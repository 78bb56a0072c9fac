package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/identity"
)

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget the sign-in that `ischia login` kept",
		Long: "Forget the sign-in that `ischia login`, or the device code of a driver, kept on this machine. That of the Azure CLI\n" +
			"stays: az logout.",
		Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := home.Locate(a.homeDir, a.getenv)
			if err != nil {
				return err
			}
			was, err := identity.LogOut(cmd.Context(), identity.Folder(dir, a.getenv))
			if err != nil {
				return err
			}
			if !was {
				fmt.Fprintln(a.Err, "there was no sign-in")
			}
			return nil
		},
	}
}
