package local

import (
	"context"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func (l *Local) pinOrder(_ context.Context, _ workspace.Scope, p *plan.Plan) (*plan.Plan, error) {
	return p, nil
}
