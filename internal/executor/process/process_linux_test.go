package process_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

func TestMarked(t *testing.T) {
	t.Parallel()
	const environ = "A=1\x00ISCHIA_OUTER_GUARDS=up.1 top.2\x00ISCHIA_GUARD=run.a\x00ISCHIA_STEP_GUARD=run.a.7\x00"
	for _, c := range []struct {
		nonce, guard string
		want         bool
	}{
		{"run.a", "", true}, {"run", "", false}, {"up", "", true}, {"top", "", true}, {"a", "", false},
		{"", "run.a.7", true}, {"", "run.a.70", false}, {"", "run.a", false}, {"", "top.2", true}, {"", "top.1", false},
	} {
		if got := process.Marked(environ, c.nonce, c.guard); got != c.want {
			t.Errorf("nonce %q, guard %q: got %v", c.nonce, c.guard, got)
		}
	}
}

// Not every kernel lists children; what is used instead finds the same.
func TestChildrenByStat(t *testing.T) {
	t.Parallel()
	x := process.New(nil)
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	if got := process.ChildrenByStat(); !slices.Contains(got, child.Process.Pid) {
		t.Errorf("ChildrenByStat() = %v, want %d among them", got, child.Process.Pid)
	}
	_ = x.Children() // lists it only if the first thread started it
}

// Other parts of the program start processes too; their exit statuses are
// theirs, also while steps leave orphans behind.
func TestOtherChildrenUndisturbed(t *testing.T) {
	t.Parallel()
	x := process.New(nil)
	task := executor.Task{Name: "step", Command: "setsid sleep 60 & sleep 60 &", Dir: t.TempDir(), Env: os.Environ()}
	for range 50 {
		for _, attr := range []*syscall.SysProcAttr{nil, {Setsid: true}, {Setpgid: true}} {
			other := exec.Command("sh", "-c", "exit 3")
			other.SysProcAttr = attr
			if err := other.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := x.Run(t.Context(), task); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := other.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Fatalf("%+v: %v, want exit status 3", attr, err)
			}
		}
	}
}

// A process that left the session and lost the marker is beyond us, but it
// does not hold up the step whose output it keeps open.
func TestUnknownStrayHoldsPipe(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	task := executor.Task{Name: "step", Dir: t.TempDir(), Env: os.Environ(), Output: &out,
		Command: "env -i $(command -v setsid) $(command -v sleep) 60 & echo $!; sleep 0.2"}
	begin := time.Now()
	exit, err := process.New(nil).Run(t.Context(), task)
	if err != nil || exit.Code != 0 {
		t.Errorf("got %+v, %v", exit, err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the stray is gone, and this test says nothing: %v", err)
	}
}
