package driver

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/config"
)

// Action is what a driver does with a pipeline that is in order.
type Action string

// The actions.
const (
	Validate         Action = "validate"
	SubmitExperiment Action = "submit-experiment"
	PublishPipeline  Action = "publish-pipeline"
)

func actions() []string {
	return []string{string(Validate), string(SubmitExperiment), string(PublishPipeline)}
}

// flags are the command line, read and checked.
type flags struct {
	local, help, dryRun, noWait bool
	format                      string // of what a dry run prints
	target, printADF            string
	workspace, env              string
	action                      Action
	markerDatastore, markerPath string
	// ownGroup: the resource group does not get the workspace's name.
	ownGroup   bool
	overrides  map[string]string // of the configuration, by key
	parameters []parameter
}

// parameter gives an input of the pipeline a value.
type parameter struct{ name, value string }

// nameForm is what names from outside may consist of. Their length is checked
// apart: a counted repetition of this size takes milliseconds to compile.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

const maxName = 255

// parseFlags reads the command line. Everything that can be wrong with it
// alone is found here.
func parseFlags(args []string) (flags, error) {
	var f flags
	var action string
	var given []string
	set := flagSet(&f, &action, &given)
	addOverrides(set)
	err := set.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		f.help = true
		return f, nil
	}
	if err != nil {
		return f, explain(err, set)
	}
	if f.help {
		return f, nil
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q: a driver takes flags only", set.Arg(0))
	}
	f.action = Action(action)
	f.overrides = map[string]string{}
	for _, k := range config.Keys() {
		if flag := set.Lookup(k.Name); flag.Changed {
			f.overrides[k.Name] = flag.Value.String()
		}
	}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return f, fmt.Errorf("--parameter %s: write NAME=VALUE", text)
		}
		f.parameters = append(f.parameters, parameter{name, value})
	}
	return f, f.check()
}

// flagSet registers every flag but the overrides. The guide's names have underscores; the same
// words with hyphens are taken too.
func flagSet(f *flags, action *string, parameters *[]string) *pflag.FlagSet {
	set := pflag.NewFlagSet("driver", pflag.ContinueOnError)
	set.SetOutput(io.Discard) // what is wrong is returned, and printed once
	set.Usage = func() {}
	set.SortFlags = false
	set.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(strings.ReplaceAll(name, "-", "_"))
	})
	set.BoolVar(&f.local, "local", false, "run the pipeline's logic in this process; no other flag is needed")
	set.StringVar(&f.workspace, "workspace_name", "", "`NAME` of the workspace")
	set.StringVar(&f.env, "env", "", "`NAME` of the environment: a devbox (alias-devbox) or a branch (develop)")
	set.StringVar(action, "action", string(Validate), "`ACTION`: "+strings.Join(actions(), ", "))
	set.StringArrayVar(parameters, "parameter", nil, "give the input `NAME=VALUE` of the pipeline; may be repeated")
	set.StringVar(&f.markerDatastore, "publish_datastore_name", "", "datastore `NAME` for the published pipeline's marker (default: the workspace's)")
	set.StringVar(&f.markerPath, "publish_datastore_path", "", "folder `DIR` on it; empty: no marker is written")
	set.BoolVar(&f.ownGroup, "use_workspace_name_for_rg", false,
		"do NOT name the resource group after the workspace (done otherwise, unless resource_group is given)")
	set.StringVar(&f.target, "target", "",
		"`WHERE` the workspace is: embedded (on this machine), azure, or the address of an ischia server\n"+
			"(default: azure when subscription_id is given, else embedded)")
	set.BoolVar(&f.dryRun, "dry_run", false, "print the requests that would be sent to a place where nothing exists yet; send none, sign in nowhere")
	set.BoolVar(&f.noWait, "no_wait", false, "with submit-experiment, end once the run is accepted; it goes on where it was submitted to")
	set.StringVar(&f.format, "format", formatText, "with dry_run, `FORM` of what is printed: text or json")
	set.StringVar(&f.printADF, "print_adf", "",
		"with publish-pipeline, print a Data Factory pipeline (`FORM`: execute or batch) that calls what was published, instead of its GUID")
	set.Lookup("print_adf").NoOptDefVal = adfExecute
	set.BoolVarP(&f.help, "help", "h", false, "show this")
	return set
}

// addOverrides registers a flag for each key of the configuration.
func addOverrides(set *pflag.FlagSet) {
	for _, k := range config.Keys() {
		set.String(k.Name, "", k.Help)
	}
}

// check holds what is required against what is given.
func (f flags) check() error {
	if f.local {
		return nil
	}
	switch {
	case !slices.Contains(actions(), string(f.action)):
		hint := "actions are " + strings.Join(actions(), ", ")
		if near := diag.DidYouMean(string(f.action), actions()); near != "" {
			hint = near
		}
		return fmt.Errorf("--action: %q is not an action; %s", f.action, hint)
	case f.workspace == "" && f.env == "":
		return errors.New("--workspace_name and --env are required (or --local, to run the logic in this process)")
	case f.workspace == "":
		return errors.New("--workspace_name is required")
	case f.env == "":
		return errors.New("--env is required: a devbox (alias-devbox) or a branch (develop)")
	}
	for name, value := range map[string]string{"--workspace_name": f.workspace, "--env": f.env} {
		if len(value) > maxName || !nameForm.MatchString(value) {
			return fmt.Errorf("%s %q: a name has letters, digits, '.', '_' and '-', and begins with a letter or digit", name, value)
		}
	}
	switch t := f.target; {
	case t == "", t == targetEmbedded, t == targetAzure, strings.HasPrefix(t, "http://"), strings.HasPrefix(t, "https://"):
	default:
		return fmt.Errorf("--target: %q is neither embedded nor azure nor an address (http://127.0.0.1:PORT, https://HOST)", t)
	}
	switch {
	case f.printADF != "" && f.printADF != adfExecute && f.printADF != adfBatch:
		return fmt.Errorf("--print_adf: %q is neither execute nor batch", f.printADF)
	case f.format != formatText && f.format != formatJSON:
		return fmt.Errorf("--format: %q is neither text nor json", f.format)
	case f.noWait && f.action != SubmitExperiment:
		return errors.New("--no_wait: only submit-experiment waits for something")
	case f.format != formatText && !f.dryRun:
		return errors.New("--format is for --dry_run")
	case f.printADF != "" && f.action != PublishPipeline:
		return errors.New("--print_adf is for the action publish-pipeline")
	case f.printADF != "" && f.dryRun:
		return errors.New("--print_adf needs what is published: it does not go with --dry_run")
	}
	var checked config.Config
	for name, value := range f.overrides {
		if err := checked.Set(name, value); err != nil {
			return fmt.Errorf("--%w", err)
		}
	}
	return nil
}

// explain says which flag was meant.
func explain(err error, set *pflag.FlagSet) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name := unknown.GetSpecifiedName()
	var known []string
	set.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	meant := diag.Suggest(strings.ReplaceAll(name, "-", "_"), known)
	if slices.Contains(known, "auth."+name) {
		meant = "auth." + name
	}
	if meant == "" {
		return fmt.Errorf("unknown flag --%s; --help lists all", name)
	}
	return fmt.Errorf("unknown flag --%s; did you mean --%s?", name, meant)
}

// usage is the help: every flag, and an example for each action.
func usage(p Program) string {
	command := p.command()
	var f flags
	var action string
	var parameters []string
	var b strings.Builder
	b.WriteString("Usage:\n")
	if p.Local != nil {
		fmt.Fprintf(&b, "  %s --local\n", command)
	}
	fmt.Fprintf(&b, "  %s --workspace_name NAME --env NAME [--action ACTION] [flags]\n\n", command)
	b.WriteString("Every action gets or creates the workspace and its compute, and checks the pipeline.\n" +
		"submit-experiment then runs it, publish-pipeline makes it one that others run.\n\nFlags (hyphens do as well as underscores):\n")
	b.WriteString(flagSet(&f, &action, &parameters).FlagUsages())
	fmt.Fprintf(&b, "\nIn place of the key of that name in %s:\n", config.FileName)
	overrides := pflag.NewFlagSet("overrides", pflag.ContinueOnError)
	overrides.SortFlags = false
	addOverrides(overrides)
	b.WriteString(overrides.FlagUsages())
	b.WriteString("\nExamples:\n")
	if p.Local != nil {
		fmt.Fprintf(&b, "  %s --local\n", command)
	}
	for _, action := range actions() {
		fmt.Fprintf(&b, "  %s --workspace_name my-workspace --env my-devbox --action %s\n", command, action)
	}
	b.WriteString("\nExit status: 0 fine, 1 invalid or failed, 2 wrong flags, 3 not found,\n4 the workspace cannot be reached or does not let you in, 130 interrupted.\n")
	return b.String()
}
