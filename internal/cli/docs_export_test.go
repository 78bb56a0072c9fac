package cli

import "github.com/spf13/cobra"

// Root is the tree of all commands, for the reference.
func Root() *cobra.Command { return (&app{}).root() }
