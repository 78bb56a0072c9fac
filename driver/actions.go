package driver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// FromFile is a pipeline that stands in a YAML file. A relative name starts in
// the driver's folder.
func FromFile(name string) BuildFunc {
	return func(_ context.Context, env Env) (*pipeline.Pipeline, error) {
		p, list := load.Pipeline(env.FS, pipeline.ResolveName(env.Dir, name))
		if err := env.report(list); err != nil {
			// What could be read is checked too, so that all faults show at once.
			if load.Unreadable(list) {
				p = nil
			}
			return p, err
		}
		return p, nil
	}
}

// define defines the pipeline and checks it, and shows what was found.
func (d *driver) define(ctx context.Context, env Env) (*pipeline.Pipeline, error) {
	p, found, err := d.check(ctx, env)
	if err != nil {
		return nil, err
	}
	return p, d.show(found, true)
}

// check defines the pipeline and returns all that is to be said about it. An
// error is something else than a fault of the pipeline.
func (d *driver) check(ctx context.Context, env Env) (*pipeline.Pipeline, diag.List, error) {
	p, err := d.program.Pipeline(ctx, env)
	found, rest := diagnostics(err)
	if rest != nil {
		return nil, nil, fmt.Errorf("define the pipeline: %w", rest)
	}
	found = append(found, *env.warnings...)
	if p == nil {
		if !found.HasErrors() {
			return nil, nil, errors.New("define the pipeline: the driver gave none")
		}
		return nil, found, nil
	}
	if err := d.setParameters(p, env); err != nil {
		return nil, nil, err
	}
	p.Locate(env.Dir)
	found = append(found, p.Validate(env.FS)...)
	if d.flags.action != Validate {
		requireData(found)
	}
	if !found.HasErrors() {
		_, more := plan.Build(p)
		if d.target(env) == targetAzure {
			// Azure runs what this machine does not.
			more = slices.DeleteFunc(more, func(m diag.Diagnostic) bool { return m.Code == diag.CodeUnsupportedKind })
		}
		found = append(found, more...)
	}
	return p, found, nil
}

// setParameters gives inputs the values of the command line, and those of a
// submission that the command line does not give. A relative path starts where
// the command was given, as paths on a command line do; one that the driver
// gives, in the driver's folder.
func (d *driver) setParameters(p *pipeline.Pipeline, env Env) error {
	here, err := filepath.Abs(".")
	if err != nil {
		return fmt.Errorf("find the current folder: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(env.Parameters)) {
		if err := p.SetInput(name, env.Parameters[name], load.Name(here)); err != nil {
			return &usageError{fmt.Errorf("--parameter %s: %w", name, err)}
		}
	}
	if d.flags.action != SubmitExperiment || d.program.Parameters == nil {
		return nil
	}
	own := d.program.Parameters(env)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if _, given := env.Parameters[name]; given {
			continue
		}
		if err := p.SetInput(name, own[name], env.Dir); err != nil {
			return fmt.Errorf("the driver's parameter %s: %w", name, err)
		}
	}
	return nil
}

// requireData makes local data that is not there an error: it may still be
// made before a run, but a submission needs it now.
func requireData(found diag.List) {
	for i := range found {
		if found[i].Code == diag.CodeMissingData {
			found[i].Severity = diag.Error
		}
	}
}

// diagnostics takes the diagnostics out of an error. rest is the error itself
// if it holds anything else.
func diagnostics(err error) (list diag.List, rest error) {
	if err == nil {
		return nil, nil
	}
	if d, ok := err.(diag.Diagnostic); ok { //nolint:errorlint // the tree is walked here, one node at a time
		return diag.List{d}, nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil, err
	}
	for _, e := range joined.Unwrap() {
		some, rest := diagnostics(e)
		if rest != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// show prints diagnostics; errors among them make it return errShown. Lines of
// the files are shown on demand.
func (d *driver) show(list diag.List, excerpts bool) error {
	o := diag.Options{}
	if excerpts {
		o.Source = os.ReadFile
	}
	if err := diag.Render(d.streams.Err, diag.Text, list.MapFiles(d.volume.shown), o); err != nil {
		return fmt.Errorf("print the diagnostics: %w", err)
	}
	if list.HasErrors() {
		return errShown
	}
	return nil
}
