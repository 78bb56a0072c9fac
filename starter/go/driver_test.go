package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/driver"
)

// run is main with other streams.
func run(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program()
	p.Home = t.TempDir()
	status = driver.Run(t.Context(), args, driver.Streams{Out: &stdout, Err: &stderr}, p)
	return status, stdout.String(), stderr.String()
}

func TestLocal(t *testing.T) {
	t.Chdir(t.TempDir())
	status, out, errs := run(t, "--local")
	if status != 0 || errs != "" {
		t.Fatalf("status %d\n%s", status, errs)
	}
	for _, want := range []string{"rows kept: 333", "train_test_ratio: 0.75", "accuracy: 0."} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	for _, file := range []string{"model.json", "metrics.json"} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// The pipeline is in order, also with other values.
func TestValidate(t *testing.T) {
	t.Parallel()
	for _, parameter := range []string{"train_test_ratio=0.6", "use_test_dataset=False"} {
		status, out, errs := run(t, "--workspace_name", "w", "--env", "e", "--parameter", parameter)
		if status != 0 || out != "the pipeline is valid\n" {
			t.Errorf("%s: status %d\n%s%s", parameter, status, out, errs)
		}
	}
}
