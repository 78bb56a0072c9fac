package cli

import (
	"errors"
	"runtime/debug"

	"github.com/ischia-ml/ischia/internal/lsp"
	"github.com/spf13/cobra"
)

func (a *app) lspCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "Serve an editor: faults while one types, completion, hover, definitions",
		Long: "Serve an editor over standard input and output, in the Language Server Protocol. An editor starts this itself;\n" +
			"docs/editor.md says how to tell it to.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// This one lives as long as the editor: memory matters more than
			// what Main saves for commands that live for moments.
			debug.SetGCPercent(usualCollections)
			err := lsp.Serve(cmd.Context(), a.In, a.Out, lsp.Options{Version: version()})
			if errors.Is(err, lsp.ErrNoShutdown) {
				return silent(exitFailed) // as the protocol asks
			}
			return err
		},
	}
	// Editors add it, whatever the server; there is no other way here.
	cmd.Flags().Bool("stdio", false, "speak over standard input and output, which is the only way")
	return cmd
}
