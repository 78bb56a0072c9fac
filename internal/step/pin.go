package step

import (
	"context"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
)

// Pinner says what the names in a plan of this run stand for: what its steps
// get, and no other, whatever changes on the disk meanwhile. An error is what the
// step that needs it will fail with.
func (r *Runner) Pinner() plan.Pinner { return pinner{&r.locals} }

type pinner struct{ *locals }

// Code implements plan.Pinner.
func (p pinner) Code(ctx context.Context, code string, includes []string, command string) (string, error) {
	if _, ok := blob.ParseContent(code); ok && len(includes) == 0 {
		return code, nil
	}
	found, err := p.code(ctx, code, includes, command)
	if err != nil {
		return "", err
	}
	return found.content().Name(), nil
}

// Data implements plan.Pinner.
func (p pinner) Data(ctx context.Context, name string) (string, error) {
	if _, ok := blob.ParseContent(name); ok {
		return name, nil
	}
	found, err := p.data(ctx, name)
	if err != nil {
		return "", err
	}
	return found.content().Name(), nil
}

// Conda implements plan.Pinner.
func (p pinner) Conda(ctx context.Context, name string) (string, error) {
	return p.condaText(ctx, name)
}
