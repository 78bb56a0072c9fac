package process_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/executortest"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

func runnerMain() (bool, int) { return false, 0 }

// The conformance suite speaks to a POSIX shell; this is its core for cmd.
func TestWindows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, command, output string
		timeout               time.Duration
		want                  executor.Exit
	}{
		{name: "success", command: "echo one", output: "one\r\n"},
		{name: "failure", command: "exit 3", want: executor.Exit{Code: 3}},
		{name: "quotes", command: `echo "a  b" & echo c`, output: "\"a  b\" \r\nc\r\n"},
		{name: "environment", command: "echo %MINE%", output: "a=b\r\n"},
		{name: "leftover", command: "start /b ping -n 60 127.0.0.1 > nul & echo end", output: "end\r\n"},
		{name: "timeout", command: "ping -n 60 127.0.0.1 > nul", timeout: 200 * time.Millisecond,
			want: executor.Exit{Code: 137, TimedOut: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := process.New(nil).Run(t.Context(), executor.Task{Name: c.name, Command: c.command, Dir: t.TempDir(),
				Env: append(os.Environ(), "MINE=a=b"), Output: &out, Timeout: c.timeout})
			if err != nil {
				t.Fatal(err)
			}
			if executortest.Alive(got.PID) {
				t.Errorf("process %d is alive", got.PID)
			}
			if got.PID = 0; got != c.want || out.String() != c.output {
				t.Errorf("got %+v %q, want %+v %q", got, out.String(), c.want, c.output)
			}
		})
	}
}
