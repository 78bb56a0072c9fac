package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Scripts for az rely on its parser, Python's argparse: a long flag may be cut
// short as long as it stays unique, and faults are told in argparse's words.

// threeState marks a flag that is a switch or takes true or false as the next
// argument: --all-results, --all-results false.
const threeState = "ischia_three_state"

// expandFlags is args with long flags written out in full. It walks the
// arguments as cobra does, to know which command's flags count and which
// arguments are values. What it does not know it leaves to the parser.
//
// A normalizing function of pflag would not do: pflag asks it for the flags'
// own names too, and --output would become --output-name.
func expandFlags(root *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], "__complete") {
		return args, nil // the shell asks what an unfinished flag could be
	}
	x := expander{}
	x.enter(root)
	for len(args) > 0 {
		n, err := x.take(args)
		if err != nil {
			return nil, err
		}
		args = args[n:]
	}
	return x.out, nil
}

type expander struct {
	cmd *cobra.Command
	out []string
}

// enter goes on with the flags of cmd and of the commands above it.
func (x *expander) enter(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag() // merges the flags of the commands above, too
	x.cmd = cmd
}

// take writes out the first argument, with its value, and says how many
// arguments that were.
func (x *expander) take(args []string) (int, error) {
	arg := args[0]
	switch {
	case arg == "--" || x.cmd.DisableFlagParsing:
		return x.keep(args, len(args)), nil
	case strings.HasPrefix(arg, "--"):
		return x.long(args)
	case strings.HasPrefix(arg, "-") && arg != "-":
		return x.short(args), nil
	}
	for _, sub := range x.cmd.Commands() {
		if sub.Name() == arg || sub.HasAlias(arg) {
			x.enter(sub)
			break
		}
	}
	return x.keep(args, 1), nil
}

// keep takes n arguments as they are, or as many as there are.
func (x *expander) keep(args []string, n int) int {
	n = min(n, len(args))
	x.out = append(x.out, args[:n]...)
	return n
}

func (x *expander) long(args []string) (int, error) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(args[0], "--"), "=")
	flag, err := x.find(name)
	if err != nil {
		return 0, err
	}
	if flag == nil {
		return x.keep(args, 1), nil
	}
	full := "--" + flag.Name
	switch {
	case hasValue:
		x.out = append(x.out, full+"="+value)
		return 1, nil
	case flag.Annotations[threeState] != nil && len(args) > 1 && isBool(args[1]):
		x.out = append(x.out, full+"="+strings.ToLower(args[1]))
		return 2, nil
	}
	x.out = append(x.out, full)
	if flag.NoOptDefVal != "" {
		return 1, nil
	}
	return 1 + x.keep(args[1:], 1), nil
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

// find is the flag of that name or, else, the only one whose name begins with
// it; nil when there is none.
func (x *expander) find(name string) (*pflag.Flag, error) {
	if name == "" {
		return nil, nil
	}
	if flag := x.cmd.Flags().Lookup(name); flag != nil {
		return flag, nil
	}
	var found []*pflag.Flag
	var names []string
	x.cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if strings.HasPrefix(flag.Name, name) && !flag.Hidden {
			found, names = append(found, flag), append(names, "--"+flag.Name)
		}
	})
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, usageError(fmt.Errorf("ambiguous option: --%s could match %s", name, strings.Join(names, ", ")))
}

// short is -n VALUE, -nVALUE, -n=VALUE, or several switches in one argument.
func (x *expander) short(args []string) int {
	for i, letter := range args[0][1:] {
		if letter > 0x7f {
			break
		}
		flag := x.cmd.Flags().ShorthandLookup(string(letter))
		if flag == nil {
			break
		}
		if flag.NoOptDefVal != "" {
			continue
		}
		switch rest := args[0][i+2:]; rest {
		case "":
			return x.keep(args, 2)
		case "=":
			// pflag would take the sign itself for the value.
			if i > 0 {
				x.out = append(x.out, args[0][:i+1])
			}
			x.out = append(x.out, "--"+flag.Name+"=")
			return 1
		}
		break
	}
	return x.keep(args, 1)
}

// flagError is a fault of pflag's in the words of argparse and az.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return unrecognized("-" + unknown.GetSpecifiedShortnames())
	case errors.As(err, &unknown):
		return unrecognized("--" + unknown.GetSpecifiedName())
	case errors.As(err, &missing):
		return usageError(fmt.Errorf("argument %s: expected one argument", bothNames(missing.GetFlag())))
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return badChoice(cmd, invalid.GetFlag().Name, invalid.GetValue(), "true", "false")
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		return usageError(fmt.Errorf("argument %s: invalid %s value: '%s'", bothNames(flag), flag.Value.Type(), invalid.GetValue()))
	}
	return usageError(err)
}

func unrecognized(args ...string) error {
	return usageError(fmt.Errorf("unrecognized arguments: %s", strings.Join(args, " ")))
}

// required says which arguments are missing, each as bothNames has it.
func required(names ...string) error {
	return usageError(fmt.Errorf("the following arguments are required: %s", strings.Join(names, ", ")))
}

func badChoice(cmd *cobra.Command, flag, value string, allowed ...string) error {
	return usageError(azText(fmt.Sprintf("%s: '%s' is not a valid value for '--%s'. Allowed values: %s.",
		cmd.CommandPath(), value, flag, strings.Join(allowed, ", "))))
}

// azText is an error in az's own words, which do not follow our rules for
// errors' texts.
type azText string

func (t azText) Error() string { return string(t) }

// bothNames is --name/-n.
func bothNames(flag *pflag.Flag) string {
	if flag.Shorthand == "" {
		return "--" + flag.Name
	}
	return "--" + flag.Name + "/-" + flag.Shorthand
}
