package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

// openAt opens the ledger at path for the time of the test.
func openAt(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	workspacetest.Run(t, func(t *testing.T) workspace.Store {
		return openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	})
}
