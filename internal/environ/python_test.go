package environ_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/environ"
)

func TestPython(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs Unix: the stand-ins are shell scripts")
	}
	for name, test := range map[string]struct {
		programs []string
		want     bool
	}{
		"both":        {[]string{"python", "python3"}, false},
		"python only": {[]string{"python"}, false},
		"neither":     {nil, false},
		"python3":     {[]string{"python3"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := filepath.Join(t.TempDir(), "it's a folder")
			write(t, bin, map[string]string{"README": ""})
			for _, program := range test.programs {
				if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\necho \"$0\" \"$@\"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			env, dir := []string{"PATH=/absent", "PATH=" + bin}, filepath.Join(t.TempDir(), "shims")
			for range 2 { // the second time the shim is there already
				got, note, err := environ.Python(env, dir)
				if err != nil || (got != "") != test.want || (note != "") != test.want {
					t.Fatalf("shim %q, note %q, %v", got, note, err)
				}
			}
			if !test.want {
				return
			}
			out, err := exec.Command(filepath.Join(dir, "python"), "x.py", "a b").Output()
			if want := filepath.Join(bin, "python3") + " x.py a b\n"; err != nil || string(out) != want {
				t.Errorf("python x.py runs %q, %v; want %q", out, err, want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "new-*")); len(left) > 0 {
				t.Errorf("left over: %s", strings.Join(left, " "))
			}
		})
	}
}
