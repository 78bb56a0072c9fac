package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"help":       {[]string{"--help"}, 0, "train_test_ratio"},
		"no data":    {[]string{"--train_input", "OUT", "--outputs_folder", "OUT"}, 1, "run the preprocess step first"},
		"no input":   {[]string{"--outputs_folder", "OUT"}, 2, "--train_input and --outputs_folder are required"},
		"no number":  {[]string{"--train_test_ratio", "most"}, 2, "train_test_ratio"},
		"stray word": {[]string{"--train_input", "OUT", "--outputs_folder", "OUT", "0.75"}, 2, `unexpected argument "0.75"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			var args []string
			for _, arg := range test.args {
				args = append(args, strings.Replace(arg, "OUT", folder, 1))
			}
			var out bytes.Buffer
			if status := run(args, &out, &out); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("output lacks %q:\n%s", test.want, out.String())
			}
		})
	}
}
