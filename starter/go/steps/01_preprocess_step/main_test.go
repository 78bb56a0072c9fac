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
		"done":        {[]string{"--use_test_dataset", "True", "--preprocess_output", "OUT"}, 0, "rows kept: 333"},
		"done, lower": {[]string{"--use_test_dataset=true", "--preprocess_output=OUT", "--data_path", "/absent"}, 0, "rows kept: 333"},
		"help":        {[]string{"--help"}, 0, "use_test_dataset"},
		"no data":     {[]string{"--preprocess_output", "OUT", "--data_path", "/absent/my_data.csv"}, 1, "/absent/my_data.csv: no such file"},
		"no output":   {[]string{"--use_test_dataset", "True"}, 2, "--preprocess_output is required"},
		"no boolean":  {[]string{"--use_test_dataset", "maybe", "--preprocess_output", "OUT"}, 2, "True or False"},
		"unknown":     {[]string{"--preprocess_outputs", "OUT"}, 2, "preprocess_outputs"},
		"stray word":  {[]string{"--preprocess_output", "OUT", "True"}, 2, `unexpected argument "True"`},
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
