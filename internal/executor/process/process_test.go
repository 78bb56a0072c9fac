package process_test

import (
	"os"
	"testing"

	"github.com/ischia-ml/ischia/internal/executor/process"
)

// TestMain makes this test program its own guardian, and its own runner.
func TestMain(m *testing.M) {
	if process.GuardianMain() {
		os.Exit(0)
	}
	if done, code := runnerMain(); done {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
