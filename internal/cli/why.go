package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/spf13/cobra"
)

func (a *app) whyCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "why JOB STEP",
		Short: "Tell why a step ran, or from which job it was reused",
		Long: "Compare a step's key with the nearest earlier execution of the step: which part differs, down to the file\n" +
			"and, for text, the line.",
		Example: "  ischia why brave_sun_1a2b3c4d5e train",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError(errors.New("why needs a JOB and a STEP"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.why(cmd.Context(), args[0], args[1], format) },
	}
	cmd.Flags().StringVarP(&format, "output", "o", "", "print as json, yaml, ... instead of text")
	a.addScopeFlags(cmd)
	return cmd
}

func (a *app) why(ctx context.Context, job, stepPath, format string) error {
	l, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return err
	}
	w, err := l.Why(ctx, scope, job, stepPath)
	if err != nil {
		return err
	}
	if format != "" {
		o, err := output.Parse(format, "", a.color(a.Out))
		if err != nil {
			return err
		}
		return output.Print(a.Out, w, o, "")
	}
	printWhy(a.Out, w)
	return nil
}

func printWhy(out io.Writer, w local.Why) {
	switch {
	case w.Reused != "":
		fmt.Fprintf(out, "%s was reused from job %s: every part of its key is the same\n", w.Step, w.Reused)
	case w.Never != "":
		fmt.Fprintf(out, "%s ran: %s\n", w.Step, w.Never)
	case w.Against == "":
		fmt.Fprintf(out, "%s ran: it never ran before\n", w.Step)
	case len(w.Changes) == 0:
		fmt.Fprintf(out, "%s ran, though its key is that of job %s: the run was forced, or that result was gone or never complete\n", w.Step, w.Against)
	default:
		fmt.Fprintf(out, "%s ran: since job %s (step of %s) this has changed:\n", w.Step, w.Against, w.Root)
		printChanges(out, w.Changes)
	}
}

// maxParts bounds how many files of one change are listed.
const maxParts = 20

func printChanges(out io.Writer, changes []local.KeyChange) {
	for _, c := range changes {
		if len(c.Parts) == 0 {
			printChange(out, c)
			continue
		}
		fmt.Fprintf(out, "  %s\n", c.Field)
		for i, p := range c.Parts {
			if i == maxParts {
				fmt.Fprintf(out, "    and %d more\n", len(c.Parts)-maxParts)
				break
			}
			printPart(out, p)
		}
	}
}

func printChange(out io.Writer, c local.KeyChange) {
	private := strings.HasPrefix(c.Field, "variable ") || strings.HasPrefix(c.Field, "passed variable ")
	switch {
	case private && c.Old != "" && c.New != "":
		fmt.Fprintf(out, "  %s: another value\n", c.Field)
	case c.Old == "":
		fmt.Fprintf(out, "  %s: added%s\n", c.Field, shownValue(c.New, private))
	case c.New == "":
		fmt.Fprintf(out, "  %s: removed\n", c.Field)
	default:
		fmt.Fprintf(out, "  %s\n    - %s\n    + %s\n", c.Field, oneLine(c.Old), oneLine(c.New))
	}
}

func shownValue(v string, private bool) string {
	if private {
		return ""
	}
	return ": " + oneLine(v)
}

func printPart(out io.Writer, p local.PartChange) {
	switch {
	case p.Line > 0:
		fmt.Fprintf(out, "    %s:%d\n      - %s\n      + %s\n", p.Name, p.Line, oneLine(p.Old), oneLine(p.New))
	case p.Old != "" && p.New != "":
		fmt.Fprintf(out, "    %s: %s -> %s\n", p.Name, oneLine(p.Old), oneLine(p.New))
	default:
		fmt.Fprintf(out, "    %s: %s %s\n", p.Name, p.Kind, oneLine(p.Old+p.New))
	}
}

// oneLine makes a value fit on a line of a terminal.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:157]) + "..."
	}
	return s
}

// printForeseen prints what `run --plan` foresees.
func printForeseen(out io.Writer, list []local.Foreseen) {
	for _, f := range list {
		what := f.Because
		if f.From != "" {
			what = "from job " + f.From
		}
		if len(f.Changes) > 0 {
			what = "since job " + f.Against + " this has changed:"
		}
		fmt.Fprintf(out, "%-4s  %s  %s\n", f.Verdict, stepLabel(f.Step, "the command"), what)
		printChanges(out, f.Changes)
	}
}
