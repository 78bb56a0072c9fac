package local_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestPythonSDK has the unmodified client for Python say what it gets from the
// storage of a home that is served, with the key that another client was told.
// CI's stage blob installs it and names the interpreter.
func TestPythonSDK(t *testing.T) {
	t.Parallel()
	python := os.Getenv("ISCHIA_BLOB_PYTHON")
	if python == "" {
		t.Skip("needs azure-storage-blob: ISCHIA_BLOB_PYTHON is not set")
	}
	c := newClients(t, "")
	c.makeWorkspace()
	_, account, key := c.store()
	out, err := exec.CommandContext(t.Context(), python, "-W", "error::ResourceWarning",
		"../../conformance/blob/conformance.py", c.serving.URL+"/blob/"+account, key).CombinedOutput()
	t.Logf("%s", strings.ReplaceAll(string(out), key, "KEY"))
	if err != nil {
		t.Error(err)
	}
	if !regexp.MustCompile(`Ran [1-9]`).Match(out) {
		t.Error("the client ran no test")
	}
}
