package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/view"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// runShown runs a job and shows it.
func (a *app) runShown(ctx context.Context, l *local.Local, req local.Request, notes []plan.Note, f runFlags) error {
	masker := mask.New(req.Secrets)
	terminal, isLive := a.liveTerminal(f.format)
	if !masker.Empty() {
		// From here on everything that is said goes through the mask.
		out, errs := masker.Writer(a.Out), masker.Writer(a.Err)
		defer out.Close()
		defer errs.Close()
		masked := *a
		masked.Out, masked.Err = out, errs
		a = &masked
	}
	shown := a.newView(f.format)
	if isLive {
		shown = view.NewLive(terminal, view.LiveOptions{Color: a.color(terminal), Mask: masker})
	}
	begun := time.Now()
	logs := map[string]string{} // of the last steps
	recorded := false
	req.Submitted = func(t *workspace.Tree) {
		recorded = true
		a.announce(ctx, l, t, notes, f.format)
		shown.Start(t.Root.Name, viewSteps(req.Plan))
		shown.Event(view.Event{Time: begun, Job: t.Root.Name, Kind: "submitted", Status: string(workspace.NotStarted)})
		for _, n := range lastSteps(req.Plan) {
			name := t.Root.Name
			if n.Path != "" {
				name = t.Steps[n.Index].Name // recorded in the order of the plan
			}
			if dir, err := l.JobDir(name); err == nil {
				logs[n.Path] = filepath.Join(dir, step.StdLog)
			}
		}
		req.Name = t.Root.Name
	}
	req.Watch = func(e local.Event) {
		if e.Warning != "" {
			if f.format == "json" { // the events go to a program, which may drop them
				fmt.Fprintf(a.Err, "WARNING: %s\n", strings.Join(strings.Fields(e.Warning), " "))
			}
			shown.Event(view.Event{Time: e.Time, Job: req.Name, Kind: view.KindNote, Message: "WARNING: " + e.Warning})
			return
		}
		ev := view.Event{
			Time: e.Time, Job: req.Name, Step: e.Step, Kind: "status", Status: string(e.Status), ExitCode: e.ExitCode,
			Error: masker.String(e.Error), ErrorCode: e.Code, LogPath: e.Log,
		}
		if e.Reused != "" {
			if _, ok := logs[e.Step]; ok {
				logs[e.Step] = e.Log
			}
			ev.Reused, ev.Message = true, "reused from "+e.Reused
		}
		shown.Event(ev)
	}
	res, err := l.Run(ctx, req)
	if err == nil {
		shown.Event(view.Event{Time: time.Now(), Job: res.Name, Kind: "end", Status: string(res.Status), Elapsed: time.Since(begun)})
	}
	if closeErr := shown.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("show the run: %w", closeErr)
	}
	if errors.Is(err, workspace.ErrConflict) && !recorded {
		name := cmp.Or(req.Name, req.Job.Head().Name.Value)
		err = fmt.Errorf("the name %s is taken by another job of this home; give this one another with --name", name)
	}
	if err != nil {
		return err
	}
	return a.conclude(ctx, l, req, res, logs, f)
}

// liveTerminal is the terminal that a live view may be drawn on.
func (a *app) liveTerminal(format string) (*os.File, bool) {
	f, ok := isTerminal(a.Err)
	return f, ok && format == "text" && a.getenv("TERM") != "dumb" && a.getenv("CI") == ""
}

func (a *app) newView(format string) view.View {
	if format == "json" {
		return view.NewJSON(a.Out)
	}
	return view.NewPlain(a.Err, time.Now)
}

func viewSteps(p *plan.Plan) []view.Step {
	steps := make([]view.Step, len(p.Nodes))
	for i, n := range p.Nodes {
		steps[i] = view.Step{Path: n.Path, Display: n.DisplayName, Parent: n.Parent, Group: !n.IsAction()}
	}
	return steps
}

// announce says, once, what is different on this machine.
func (a *app) announce(ctx context.Context, l *local.Local, t *workspace.Tree, notes []plan.Note, format string) {
	if format == "json" {
		return
	}
	if dir, err := l.JobDir(t.Root.Name); err == nil {
		if text := parityParagraph(notes, filepath.Join(dir, "parity.json")); text != "" {
			fmt.Fprintln(a.Err, text)
		}
	}
}

// conclude shows how the job ended, and decides the exit status.
func (a *app) conclude(ctx context.Context, l *local.Local, req local.Request, res local.Result, logs map[string]string, f runFlags) error {
	interrupted := errors.Is(context.Cause(ctx), errInterrupted)
	switch {
	case res.Status == workspace.Completed:
		if err := l.Export(context.WithoutCancel(ctx), req.Scope, res.Outputs, f.outputDir); err != nil {
			return fmt.Errorf("job %s is %s, but: %w", res.Name, res.Status, err)
		}
		if f.format == "text" {
			return a.printResult(req, res, logs, f)
		}
		return nil
	case interrupted:
		fmt.Fprintf(a.Err, "interrupted: job %s is recorded as %s\n", res.Name, res.Status)
		return silent(exitInterrupted)
	case res.FailedStep != nil && f.format == "text":
		e := res.FailedStep
		view.FailureReport(a.Err, view.Failure{
			Step: stepLabel(e.Step, res.Name), ExitCode: e.ExitCode, Error: e.Error, LogPath: e.Log, Lines: 20,
		}, a.color(a.Err))
	case f.format == "text":
		fmt.Fprintf(a.Err, "job %s is %s\n", res.Name, res.Status)
	}
	return silent(exitFailed)
}

func stepLabel(path, job string) string {
	if path == "" {
		return job
	}
	return path
}

// printResult is the result of a completed run: what its last steps said, and
// the outputs.
func (a *app) printResult(req local.Request, res local.Result, logs map[string]string, f runFlags) error {
	var text strings.Builder
	for _, n := range lastSteps(req.Plan) {
		lines := tail(logs[n.Path], 15)
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&text, "%s said:\n", stepLabel(n.Path, res.Name))
		for _, line := range lines {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	for _, o := range res.Outputs {
		where := o.URI
		if f.outputDir != "" {
			where = filepath.Join(f.outputDir, o.Name)
		}
		if o.Digest != "" {
			fmt.Fprintf(&text, "output %s: %s\n", o.Name, where)
		}
	}
	fmt.Fprintf(&text, "job %s is %s\n", res.Name, res.Status)
	out := mask.Terminal(a.Out)
	_, err := io.WriteString(out, text.String())
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("print the result of job %s: %w", res.Name, err)
	}
	return nil
}

// lastSteps are the actions whose outputs nothing else takes, three at most.
func lastSteps(p *plan.Plan) []*plan.Node {
	needed := make([]bool, len(p.Nodes))
	for _, n := range p.Nodes {
		for _, i := range n.Needs {
			needed[i] = true
		}
	}
	var out []*plan.Node
	for i, n := range p.Nodes {
		if n.IsAction() && !needed[i] && len(out) < 3 {
			out = append(out, n)
		}
	}
	return out
}

// tailBytes bounds what is read of a log for its last lines.
const tailBytes = 64 << 10

// tail is the last n lines of a file; none when it cannot be read.
func tail(file string, n int) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		if _, err := f.Seek(-tailBytes, io.SeekEnd); err != nil {
			return nil
		}
	}
	var lines []string
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, tailBytes+1)
	for scan.Scan() {
		if lines = append(lines, scan.Text()); len(lines) > n {
			lines = lines[1:]
		}
	}
	return lines
}

// foresee prints what would run, and what would be reused.
func (a *app) foresee(ctx context.Context, l *local.Local, req local.Request, format string) error {
	list, err := l.Foresee(ctx, req)
	if err != nil {
		return err
	}
	if format == "json" {
		enc := json.NewEncoder(a.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			*plan.Plan
			Foreseen []local.Foreseen `json:"foreseen"`
		}{req.Plan, list})
	}
	printForeseen(a.Out, list)
	return nil
}
