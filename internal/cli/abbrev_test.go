package cli_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/cli"
	"github.com/spf13/cobra"
)

// tree is a program with the flags that matter here.
func tree() *cobra.Command {
	nothing := func(*cobra.Command, []string) error { return nil }
	root := &cobra.Command{Use: "ischia", RunE: nothing}
	root.PersistentFlags().String("home", "", "")
	root.PersistentFlags().Bool("debug", false, "")
	job := &cobra.Command{Use: "job", RunE: nothing}
	job.PersistentFlags().StringP("output", "o", "", "")
	show := &cobra.Command{Use: "show", Aliases: []string{"get"}, RunE: nothing}
	show.Flags().StringP("name", "n", "", "")
	show.Flags().String("output-name", "", "")
	show.Flags().BoolP("web", "e", false, "")
	show.Flags().Bool("all-results", false, "")
	show.Flags().Lookup("all-results").Annotations = map[string][]string{cli.ThreeState: {"true"}}
	show.Flags().String("policy", "", "")
	show.Flags().Lookup("policy").Hidden = true
	raw := &cobra.Command{Use: "raw", DisableFlagParsing: true, RunE: nothing}
	job.AddCommand(show)
	root.AddCommand(job, raw)
	return root
}

func TestExpandFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"job show --na x", "job show --name x"},
		{"job show --n=x", "job show --name=x"},
		{"job show --name --out", "job show --name --out"}, // a value, whatever it looks like
		{"job show --output tsv", "job show --output tsv"}, // exact wins
		{"job get --output-n x --hom h", "job get --output-name x --home h"},
		{"--ho h job show --na x", "--home h job show --name x"},
		{"--deb job show --na x", "--debug job show --name x"},
		{"job show -n --na", "job show -n --na"},
		{"job show -nx --we", "job show -nx --web"},
		{"job show -en --na", "job show -en --na"},
		{"job show -o=tsv --we", "job show -o=tsv --web"},
		{"job show -n= --we", "job show --name= --web"},
		{"job show -en= --we", "job show -e --name= --web"},
		{"job show --all-r True x", "job show --all-results=true x"},
		{"job show --all-results x", "job show --all-results x"},
		{"job show --nope --we", "job show --nope --web"},
		{"job show -z --we", "job show -z --web"},
		{"job show -é --we", "job show -é --web"},
		{"job show -- --na x", "job show -- --na x"},
		{"job show - --we", "job show - --web"},
		{"job show --na", "job show --name"},
		{"job show --pol x", "job show --pol x"},
		{"job show --=x", "job show --=x"},
		{"job show --he", "job show --help"},
		{"raw --na --ho", "raw --na --ho"},
		{"__complete job show --na", "__complete job show --na"},
		{"show --na x", "show --na x"},
	} {
		got, err := cli.ExpandFlags(tree(), strings.Fields(c.args))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", c.args, strings.Join(got, " "), err, c.want)
		}
	}
}

func TestAmbiguousFlag(t *testing.T) {
	t.Parallel()
	_, err := cli.ExpandFlags(tree(), []string{"job", "show", "--out", "tsv"})
	if err == nil || err.Error() != "ambiguous option: --out could match --output, --output-name" || cli.StatusOf(err) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestFlagErrors(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--foo=3":         "unrecognized arguments: --foo",
		"-ez":             "unrecognized arguments: -z",
		"-n":              "argument --name/-n: expected one argument",
		"--output-name":   "argument --output-name: expected one argument",
		"--max many":      "argument --max/-r: invalid int value: 'many'",
		"--web=perhaps":   "show: 'perhaps' is not a valid value for '--web'. Allowed values: true, false.",
		"--=x":            "bad flag syntax: --=x",
		"-n a --foo -bar": "unrecognized arguments: --foo",
	} {
		show, _, err := tree().Find([]string{"job", "show"})
		if err != nil {
			t.Fatal(err)
		}
		show.Flags().IntP("max", "r", 0, "")
		show.Parent().RemoveCommand(show)
		show.SetFlagErrorFunc(cli.FlagError)
		show.SilenceErrors, show.SilenceUsage = true, true
		show.SetArgs(strings.Fields(args))
		if err := show.Execute(); err == nil || err.Error() != want || cli.StatusOf(err) != 2 {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
}

// FuzzExpandFlags: nothing gets lost, and what is written out in full stays.
func FuzzExpandFlags(f *testing.F) {
	f.Add("job show --na x")
	f.Add("job show -en= --all-results true -- --x")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		once, err := cli.ExpandFlags(tree(), args)
		if err != nil {
			return
		}
		if len(once) > 2*len(args) {
			t.Errorf("%q became %q", args, once)
		}
		twice, err := cli.ExpandFlags(tree(), once)
		if err != nil || strings.Join(twice, "\x00") != strings.Join(once, "\x00") {
			t.Errorf("%q became %q, then %q, %v", args, once, twice, err)
		}
	})
}
