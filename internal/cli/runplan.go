package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// prepared is a definition that is ready to run.
type prepared struct {
	*local.Compiled
	v volume
	// key is what the plan is kept under; empty when it is not to be kept, or
	// is already.
	key string
	// home is open when the plan was found in it.
	home *local.Local
}

// prepare reads, checks and plans, or finds in the home what that came to the
// last time; diagnostics are shown here.
func (a *app) prepare(ctx context.Context, file string, f runFlags) (*prepared, error) {
	v, name, err := openVolume(file)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return nil, &statusError{exitNotFound, fmt.Errorf("%s is not there", file)}
	}
	p := &prepared{v: v, key: planKey(file, v, f)}
	if err := a.findPlan(ctx, p); err != nil || p.Compiled != nil {
		return p, err
	}
	p.Compiled, err = a.compile(ctx, p, name, filepath.IsAbs(file), f)
	return p, err
}

// findPlan looks for the plan in the home, if there is a home.
func (a *app) findPlan(ctx context.Context, p *prepared) error {
	dir, err := home.Locate(a.homeDir, a.getenv)
	if err != nil || p.key == "" || !local.HasCompiled(dir, p.key) {
		return nil //nolint:nilerr // whoever opens the home says so
	}
	read := make(chan *local.Compiled, 1)
	go func() { read <- local.ReadCompiled(dir, p.key) }()
	if p.home, err = a.open(ctx); err != nil {
		return err
	}
	p.home.Warm()
	c := <-read
	if c == nil || !p.home.Holds(ctx, c, p.v.root, p.v.FS) {
		return nil
	}
	p.Compiled = c
	p.key = ""
	said := p.Said[0]
	if a.color(a.Err) {
		said = p.Said[1]
	}
	_, err = fmt.Fprint(a.Err, said)
	return err
}

// keep keeps a plan that was made just now.
func (p *prepared) keep(l *local.Local) {
	if p.key != "" {
		l.KeepCompiled(p.key, p.Compiled)
	}
}

// planKey names a plan by what it was made with, but for files. It is empty when
// that cannot be told, and when there are secrets: they may stand in a plan.
func planKey(file string, v volume, f runFlags) string {
	program, err := os.Executable()
	if err != nil || len(f.secrets) > 0 {
		return ""
	}
	info, err := os.Stat(program)
	if err != nil {
		return ""
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	text := fmt.Sprintf("%q %q %d %d %q %q %t %q %q", version(), program, info.Size(), info.ModTime().UnixNano(),
		abs, v.cwd, filepath.IsAbs(file), f.set, f.inputs)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// compile reads, checks and plans.
func (a *app) compile(ctx context.Context, p *prepared, name string, absolute bool, f runFlags) (*local.Compiled, error) {
	v, seen := p.v, &witness{FS: p.v.FS}
	def, errs := load.Check(seen, name, load.Options{Set: f.set, Inputs: f.inputs})
	for i := range errs {
		if errs[i].Code == diag.CodeMissingData {
			// A run needs the data now.
			errs[i].Severity = diag.Error
		}
	}
	job, ok := def.(pipeline.Job)
	if def != nil && !ok {
		errs.Errorf(def.Place(), diag.CodeUnsupportedKind, "this is a %s: only jobs can be run", def.Kind()).Hint =
			"write a pipeline job with a job that runs it"
	}
	c := &local.Compiled{Job: job}
	if !errs.HasErrors() {
		var more diag.List
		c.Plan, more = plan.Build(job)
		errs = append(errs, more...)
	}
	errs = errs.MapFiles(v.shown(absolute))
	var err error
	if c.Said, err = a.say(errs); err != nil {
		return nil, err
	}
	if errs.HasErrors() {
		return nil, silent(exitFailed)
	}
	for _, n := range c.Plan.Nodes {
		n.Source = shownSource(n.Source, v)
	}
	c.Notes = plan.Parity(c.Plan)
	if c.Uses, ok = seen.all(); !ok || c.Describe(ctx) != nil {
		p.key = ""
	}
	return c, nil
}

// say shows diagnostics, and returns how they look plain and in colour.
func (a *app) say(errs diag.List) (said [2]string, err error) {
	shown := 0
	if a.color(a.Err) {
		shown = 1
	}
	for i := range said {
		var text bytes.Buffer
		if err := diag.Render(&text, diag.Text, errs, diag.Options{Source: source, Color: i == 1}); err != nil {
			return said, fmt.Errorf("print the diagnostics: %w", err)
		}
		said[i] = text.String()
	}
	if _, err := fmt.Fprint(a.Err, said[shown]); err != nil {
		return said, fmt.Errorf("print the diagnostics: %w", err)
	}
	return said, nil
}
