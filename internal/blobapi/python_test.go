package blobapi_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestPythonSDK has the unmodified client for Python say what it gets. CI's
// stage blob installs it and names the interpreter.
func TestPythonSDK(t *testing.T) {
	t.Parallel()
	python := os.Getenv("ISCHIA_BLOB_PYTHON")
	if python == "" {
		t.Skip("needs azure-storage-blob: ISCHIA_BLOB_PYTHON is not set")
	}
	s := newServer(t)
	out, err := exec.CommandContext(t.Context(), python, "-W", "error::ResourceWarning",
		"../../conformance/blob/conformance.py", s.url(""), s.account.Keys[0].Base64()).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	if s.log.Len() > 0 {
		t.Errorf("faults of ours: %s", s.log)
	}
}
