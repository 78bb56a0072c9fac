//go:build unix

package process_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/executor/executortest"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

func rounds() int {
	if testing.Short() {
		return 100
	}
	return 1000
}

func TestConformance(t *testing.T) {
	t.Parallel()
	executortest.Run(t, executortest.Suite{Host: true, Rounds: rounds(), New: func(t *testing.T) executortest.Executor {
		return process.New(guardian(t))
	}})
}

// The gate, which macOS needs, must not be noticed.
func TestConformanceGated(t *testing.T) {
	t.Parallel()
	executortest.Run(t, executortest.Suite{Host: true, Rounds: 50, New: func(t *testing.T) executortest.Executor {
		return process.NewGated(guardian(t))
	}})
}

func TestConformanceUnguarded(t *testing.T) {
	t.Parallel()
	executortest.Run(t, executortest.Suite{Host: true, Rounds: 50, New: func(t *testing.T) executortest.Executor {
		return process.New(nil)
	}})
}

// guardian starts a guardian that is dismissed at the end of the test.
func guardian(t testing.TB) *process.Guardian {
	t.Helper()
	g, err := process.StartGuardian(t.Context(), process.Config{Nonce: nonce(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// nonce is a run's nonce made of the test's name.
func nonce(t testing.TB) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, t.Name())
}
