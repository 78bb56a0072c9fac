package cli

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/driver"
)

// driverCommand is `ischia driver -f FILE`: a driver whose pipeline is a YAML
// file, with the very same flags.
func (a *app) driverCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "driver -f FILE [flags]",
		Short:              "Check, submit or publish a pipeline in YAML, with the flags of a driver",
		DisableFlagParsing: true, // the flags are the driver's
		RunE:               func(cmd *cobra.Command, args []string) error { return a.drive(cmd.Context(), "driver", args) },
	}
}

// actionCommand is a driver that does one thing.
func (a *app) actionCommand(name, short string, action driver.Action) *cobra.Command {
	return &cobra.Command{
		Use:                name + " FILE [flags]",
		Short:              short,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.ContainsFunc(args, func(arg string) bool { return arg == "--action" || strings.HasPrefix(arg, "--action=") }) {
				return usageError(errors.New(name + " has its action: leave --action out, or use `ischia driver`"))
			}
			args = homeLast(args)
			if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
				args = append([]string{"--file=" + args[0]}, args[1:]...)
			}
			return a.drive(cmd.Context(), name, append(args, "--action="+string(action)))
		},
	}
}

// homeLast puts flags of the root that were given before the verb, and so stand
// first, behind the rest.
func homeLast(args []string) []string {
	switch {
	case len(args) > 1 && args[0] == "--home":
		return append(slices.Clone(args[2:]), args[:2]...)
	case len(args) > 0 && (strings.HasPrefix(args[0], "--home=") || args[0] == "--debug"):
		return append(slices.Clone(args[1:]), args[0])
	}
	return args
}

// drive runs a driver. The flags of the root that stand among its own are taken
// out.
func (a *app) drive(ctx context.Context, name string, args []string) error {
	file, args := cutFlag(args, "-f", "--file")
	home, args := cutFlag(args, "--home")
	args = slices.DeleteFunc(args, func(arg string) bool { return arg == "--debug" })
	help := slices.Contains(args, "--help") || slices.Contains(args, "-h")
	if file == "" && !help {
		return usageError(errors.New(name + " needs -f FILE, before or between its flags"))
	}
	if home == "" {
		home = a.getenv("ISCHIA_HOME")
	}
	status := driver.Run(ctx, args, driver.Streams(a.Streams), driver.Program{
		Pipeline: driver.FromFile(filepath.Base(file)), Dir: filepath.Dir(file), Home: home, Command: "ischia " + name + " -f " + cmp.Or(file, "FILE"),
	})
	if status != 0 {
		return silent(status)
	}
	return nil
}

// cutFlag takes a flag and its value out of args.
func cutFlag(args []string, names ...string) (found string, rest []string) {
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		switch {
		case !slices.Contains(names, name):
			rest = append(rest, args[i])
		case inline:
			found = value
		case i+1 < len(args):
			i++
			found = args[i]
		}
	}
	return found, rest
}
