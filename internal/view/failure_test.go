package view_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/view"
)

func TestFailureReport(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "line %d\n", i)
	}
	tests := map[string]struct {
		log   string
		f     view.Failure
		color bool
		want  string // LOG stands for the path of the log
	}{
		"usual": {
			log: "one\ntwo\n", f: view.Failure{Step: "train", ExitCode: exit(3), Error: "the process exited with status 3"},
			want: "step train failed: the process exited with status 3\n  | one\n  | two\n  the whole log: LOG\n",
		},
		"code only": {
			log: "x", f: view.Failure{Step: "a/b", Display: "Train it", ExitCode: exit(1)},
			want: "step a/b (Train it) failed: the process exited with status 1\n  | x\n  the whole log: LOG\n",
		},
		"other reason": {
			log: "x", f: view.Failure{Step: "a", Display: "a", ExitCode: exit(0), Error: "output model was not written"},
			want: "step a failed: output model was not written\n  | x\n  the whole log: LOG\n",
		},
		"reason and code": {
			log: "x", f: view.Failure{Step: "a", ExitCode: exit(137), Error: "out of memory"},
			want: "step a failed: out of memory (exit status 137)\n  | x\n  the whole log: LOG\n",
		},
		"last lines": {
			log: many.String() + "\n\n", f: view.Failure{Step: "a", Lines: 2},
			want: "step a failed\n  | line 48\n  | line 49\n  the whole log: LOG\n",
		},
		"empty":      {log: " \n", f: view.Failure{Step: "a"}, want: "step a failed\n  its log is empty: LOG\n"},
		"blank line": {log: "a\n\nb\n", f: view.Failure{Step: "a"}, want: "step a failed\n  | a\n  |\n  | b\n  the whole log: LOG\n"},
		"progress": {
			log: "\r 1%\r 2%\r\n\tdone\r\n", f: view.Failure{Step: "a"},
			want: "step a failed\n  |  2%\n  |     done\n  the whole log: LOG\n",
		},
		"tricks": {
			log: "\x1b[31mred\x1b[2J\n::error::x\n##vso[x]\x1b]0;t\x07", f: view.Failure{Step: "a"},
			want: "step a failed\n  | red\n  | : :error::x\n  | # #vso[x]\n  the whole log: LOG\n",
		},
		"colour": {
			log: "\x1b[31mred", f: view.Failure{Step: "a"}, color: true,
			want: "\x1b[31mstep a failed\x1b[0m\n  \x1b[2m|\x1b[0m \x1b[31mred\x1b[0m\n  the whole log: LOG\n",
		},
		"long line": {
			log: strings.Repeat("x", 600), f: view.Failure{Step: "a"},
			want: "step a failed\n  | " + strings.Repeat("x", 500) + " ... (100 more)\n  the whole log: LOG\n",
		},
		"huge": {
			log: "lost\n" + strings.Repeat("y", 300<<10) + "\nend\n", f: view.Failure{Step: "a"},
			want: "step a failed\n  | end\n  the whole log: LOG\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.f.LogPath = filepath.Join(t.TempDir(), "std_log.txt")
			if err := os.WriteFile(test.f.LogPath, []byte(test.log), 0o600); err != nil {
				t.Fatal(err)
			}
			expectReport(t, test.f, test.color, test.want)
		})
	}
}

func TestFailureReportWithoutLog(t *testing.T) {
	t.Parallel()
	expectReport(t, view.Failure{Step: "a"}, false, "step a failed\n")
	missing := filepath.Join(t.TempDir(), "none.txt")
	expectReport(t, view.Failure{Step: "a", LogPath: missing}, false, "step a failed\n  it has no log: there is no file LOG\n")
	folder := t.TempDir()
	expectReport(t, view.Failure{Step: "a", LogPath: folder}, false,
		"step a failed\n  its log cannot be read: open log LOG: it is not a file\n")
}

func expectReport(t *testing.T, f view.Failure, color bool, want string) {
	t.Helper()
	var b strings.Builder
	view.FailureReport(&b, f, color)
	got := b.String()
	if f.LogPath != "" {
		got = strings.ReplaceAll(got, f.LogPath, "LOG")
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
