package cli

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/driver"
)

// newDriverCommand is `ischia driver -f FILE`: a driver whose pipeline is a YAML
// file, with the very same flags.
func newDriverCommand(s Streams) *cobra.Command {
	return &cobra.Command{
		Use:                "driver -f FILE [flags]",
		Short:              "Check, submit or publish a pipeline in YAML, with the flags of a driver",
		DisableFlagParsing: true, // the flags are the driver's
		RunE: func(cmd *cobra.Command, args []string) error {
			file, rest := cutFile(args)
			help := slices.Contains(rest, "--help") || slices.Contains(rest, "-h")
			if file == "" && !help {
				return usageError(errors.New("driver needs -f FILE"))
			}
			status := driver.Run(cmd.Context(), rest, driver.Streams(s), driver.Program{
				Pipeline: driver.FromFile(filepath.Base(file)), Dir: filepath.Dir(file), Command: "ischia driver -f " + cmp.Or(file, "FILE"),
			})
			if status != 0 {
				return silent(status)
			}
			return nil
		},
	}
}

// cutFile takes -f FILE or --file FILE out of args.
func cutFile(args []string) (file string, rest []string) {
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		switch {
		case name != "-f" && name != "--file":
			rest = append(rest, args[i])
		case inline:
			file = value
		case i+1 < len(args):
			i++
			file = args[i]
		}
	}
	return file, rest
}
