package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// pinOptions say what the names in a plan are.
type pinOptions struct {
	// Scope is the workspace whose assets labels are labels of.
	Scope workspace.Scope
	// Pinner knows what the names stand for. With nil all must be names of
	// content, as those of definitions are that came through a door.
	Pinner plan.Pinner
}

// pin is a plan that says by content what p says by name; see [plan.Pin]. What
// names a file that is none of content, and nobody knows, is ErrInvalid.
func (l *Local) pin(ctx context.Context, p *plan.Plan, o pinOptions) (*plan.Plan, error) {
	p, err := plan.Resolve(ctx, p, registered{l, o.Scope})
	if err != nil {
		return nil, err
	}
	if o.Pinner == nil {
		o.Pinner = contentOnly{}
	}
	return plan.Pin(ctx, p, o.Pinner)
}

// pinOrder is the plan of a job that came through a door, as it is recorded.
func (l *Local) pinOrder(ctx context.Context, scope workspace.Scope, p *plan.Plan) (*plan.Plan, error) {
	return l.pin(ctx, p, pinOptions{Scope: scope})
}

// settle gives the plan of a request what its references stand for now.
func (l *Local) settle(ctx context.Context, r *Request) error {
	p, err := plan.Resolve(ctx, r.Plan, registered{l, r.Scope})
	if err == nil && p != r.Plan {
		r.Plan, r.Compiled = p, nil // its texts say references
	}
	return err
}

// contentOnly takes no name but those of content.
type contentOnly struct{}

func (contentOnly) check(names ...string) error {
	for _, name := range names {
		if _, ok := blob.ParseContent(name); !ok && name != "" {
			return fmt.Errorf("%.200q is no content of this workspace: %w", name, workspace.ErrInvalid)
		}
	}
	return nil
}

// Code implements plan.Pinner.
func (c contentOnly) Code(_ context.Context, code string, includes []string, _ string) (string, error) {
	if len(includes) > 0 {
		return "", fmt.Errorf("additional_includes are put beside the code before it is uploaded: %w", workspace.ErrInvalid)
	}
	return code, c.check(code)
}

// Data implements plan.Pinner.
func (c contentOnly) Data(_ context.Context, name string) (string, error) { return name, c.check(name) }

// Conda implements plan.Pinner.
func (c contentOnly) Conda(context.Context, string) (string, error) {
	return "", fmt.Errorf("a conda file is uploaded as its text: %w", workspace.ErrInvalid)
}

// Folder makes the code of a step; the compiler's complaints are the user's
// fault.
func (c coder) Folder(ctx context.Context, dir string, includes []string, command string) (blob.Tree, blob.Digest, error) {
	tree, digest, err := c.Coder.Folder(ctx, dir, includes, command)
	var build *environ.BuildError
	if errors.As(err, &build) {
		err = &step.Error{Code: step.UserError, Exit: -1, Err: err}
	}
	return tree, digest, err
}

// remember gives the inputs of a plan that was read from a record the names that
// people know them by, from the record of its jobs.
func remember(p *plan.Plan, root *workspace.Job, steps []*workspace.Job) {
	named(p.Inputs, root)
	known := make(map[string]*workspace.Job, len(steps))
	for _, s := range steps {
		known[s.Step] = s
	}
	for _, n := range p.Nodes {
		if n.Path == "" {
			named(n.Inputs, root)
		} else if s := known[n.Path]; s != nil {
			named(n.Inputs, s)
		}
	}
}

func named(list []plan.Input, job *workspace.Job) {
	for i := range list {
		if list[i].Local == "" {
			continue
		}
		for _, port := range job.Spec.Inputs {
			if port.Name == list[i].Name {
				list[i].Source = port.URI
			}
		}
	}
}
