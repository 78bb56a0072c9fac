package workspacetest_test

import (
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	workspacetest.Run(t, func(*testing.T) workspace.Store { return workspacetest.NewMemory() })
}
