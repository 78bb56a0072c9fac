//go:build unix

package process_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/executortest"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

// runnerVar makes this program a runner with the nonce that it holds.
const runnerVar = "ISCHIA_TEST_RUNNER"

// runnerGrace is the grace of the guardian of such a runner.
const runnerGrace = 300 * time.Millisecond

// runnerSteps are what such a runner starts, without end.
var runnerSteps = []string{
	"true",
	"sleep 60",
	"sleep 60 & sleep 60 & wait",
	"trap '' HUP INT TERM; while :; do sleep 0.05; done",
	"setsid sleep 60 & sleep 0.01",
	"setsid sh -c 'trap \"\" HUP INT TERM; while :; do sleep 0.05; done' & sleep 60",
	"setsid sh -c 'setsid sleep 60 & sleep 60' & sleep 60",
}

// runnerMain runs steps, four at once, until it is killed. Each line on its
// output says that one more was given to Run.
func runnerMain() (done bool, code int) {
	nonce := os.Getenv(runnerVar)
	if nonce == "" {
		return false, 0
	}
	g, err := process.StartGuardian(context.Background(), process.Config{Nonce: nonce, Grace: runnerGrace})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return true, 1
	}
	fmt.Println("guardian", process.GuardianPID(g))
	x := process.New(g)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				command := runnerSteps[rand.IntN(len(runnerSteps))]
				task := executor.Task{Name: "step", Command: command, Dir: "/", Env: os.Environ(),
					Timeout: time.Duration(rand.IntN(100)) * time.Millisecond, Grace: 20 * time.Millisecond}
				if _, err := x.Run(context.Background(), task); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		})
	}
	all.Wait()
	return true, 0
}

// runner is a running runnerMain.
type runner struct {
	cmd      *exec.Cmd
	nonce    string
	guardian int
}

func startRunner(t *testing.T, nonce string, env ...string) *runner {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), env...), runnerVar+"="+nonce)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &runner{cmd: cmd, nonce: nonce}
	if _, err := fmt.Fscanf(out, "guardian %d\n", &r.guardian); err != nil {
		t.Fatalf("runner %s: %v", nonce, err)
	}
	return r
}

// die kills the runner and nothing else.
func (r *runner) die(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait() // says that it was killed
}

// leftovers are the living processes with the run's nonce.
func leftovers(t *testing.T, nonce string) []string {
	t.Helper()
	environs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range environs {
		environ, _ := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if slices.Contains(strings.Split(string(environ), "\x00"), "ISCHIA_GUARD="+nonce) {
			command, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
			left = append(left, entry.Name()+" "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return left
}

// eventually waits until the condition holds.
func eventually(within time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

// The promise: whenever the runner dies, its steps die within the grace.
func TestGuardianRunnerKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc to see what is left")
	}
	runs := 24
	if testing.Short() {
		runs = 6
	}
	for i := range runs {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			r := startRunner(t, fmt.Sprintf("killed-%d.%d", os.Getpid(), i))
			// Also right at the start, when the guardian is not ready yet.
			time.Sleep(time.Duration(rand.IntN(25*(i+1))) * time.Millisecond)
			r.die(t)
			slack := 5 * time.Second // a busy machine
			if !eventually(runnerGrace+slack, func() bool {
				return !executortest.Alive(r.guardian) && len(leftovers(t, r.nonce)) == 0
			}) {
				t.Errorf("alive after the grace: guardian %v, %q", executortest.Alive(r.guardian), leftovers(t, r.nonce))
			}
		})
	}
}

// With the guardian dead as well, whoever opens the home next kills the rest.
func TestKillMarked(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows the environment of processes")
	}
	r := startRunner(t, fmt.Sprintf("orphaned-%d", os.Getpid()))
	if !eventually(5*time.Second, func() bool { return len(leftovers(t, r.nonce)) > 2 }) {
		t.Fatal("the runner starts nothing")
	}
	guardian, err := os.FindProcess(r.guardian)
	if err != nil {
		t.Fatal(err)
	}
	if err := guardian.Kill(); err != nil {
		t.Fatal(err)
	}
	r.die(t)
	if n, err := process.KillMarked(r.nonce + "x"); n != 0 || err != nil {
		t.Errorf("another nonce: killed %d, %v", n, err)
	}
	before := leftovers(t, r.nonce)
	n, err := process.KillMarked(r.nonce)
	if err != nil || (n == 0 && len(before) > 0) {
		t.Errorf("killed %d of %q, %v", n, before, err)
	}
	if left := leftovers(t, r.nonce); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A run inside a step belongs to that step, its guardian and all.
func TestRunInsideStep(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs the marker")
	}
	inner := fmt.Sprintf("inner-%d", os.Getpid())
	exit, err := process.New(guardian(t)).Run(t.Context(), executor.Task{
		Name: "outer", Command: "exec '" + os.Args[0] + "'", Dir: t.TempDir(),
		Env:     append(os.Environ(), runnerVar+"="+inner),
		Timeout: 500 * time.Millisecond,
	})
	if err != nil || !exit.TimedOut {
		t.Fatalf("%+v, %v", exit, err)
	}
	if left := leftovers(t, inner); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestGuardianDismissed(t *testing.T) {
	t.Parallel()
	g, err := process.StartGuardian(t.Context(), process.Config{Nonce: nonce(t)})
	if err != nil {
		t.Fatal(err)
	}
	pid := process.GuardianPID(g)
	if !executortest.Alive(pid) {
		t.Error("not alive after the start")
	}
	for range 2 {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	if executortest.Alive(pid) {
		t.Error("alive after Close")
	}
}

// Close while a step runs ends it as the death of the runner would.
func TestGuardianClosedEarly(t *testing.T) {
	t.Parallel()
	g, err := process.StartGuardian(t.Context(), process.Config{Nonce: nonce(t)})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() {
		<-ready
		_ = g.Close()
	}()
	exit, err := process.New(g).Run(t.Context(), executor.Task{Name: "step", Command: "echo; exec sleep 60", Dir: t.TempDir(),
		Env: os.Environ(), Output: closer(ready)})
	if err != nil || exit.Signal != "terminated" {
		t.Errorf("got %+v, %v, want terminated", exit, err)
	}
}

// closer closes itself at the first write.
type closer chan struct{}

func (c closer) Write(p []byte) (int, error) {
	select {
	case <-c:
	default:
		close(c)
	}
	return len(p), nil
}

func TestGuardianRefusals(t *testing.T) {
	for _, nonce := range []string{"", "a b", "a\x00", "a/b"} {
		if _, err := process.StartGuardian(t.Context(), process.Config{Nonce: nonce}); err == nil {
			t.Errorf("nonce %q: no error", nonce)
		}
		if _, err := process.KillMarked(nonce); err == nil {
			t.Errorf("KillMarked(%q): no error", nonce)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := process.StartGuardian(ctx, process.Config{Nonce: "n"}); err == nil {
		t.Error("ended context: no error")
	}
	t.Setenv("ISCHIA_GUARDIAN", "1")
	if _, err := process.StartGuardian(t.Context(), process.Config{Nonce: "n"}); err == nil {
		t.Error("inside a guardian: no error")
	}
	if process.GuardianMain() {
		t.Error("GuardianMain took over without a guardian's arguments")
	}
}

func TestGuardianHears(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pieces []string
		groups []int
		bye    bool
	}{
		{nil, nil, false},
		{[]string{"+12\n+13\n"}, []int{12, 13}, false},
		{[]string{"+12\n-12\nbye\n"}, nil, true},
		{[]string{"+1", "2\n-", "13\n+14"}, []int{12}, false},
		{[]string{"+0\n+1\n+-5\nx\n\n+\n"}, nil, false},
		{[]string{"+12\nby"}, []int{12}, false},
	} {
		groups, bye := process.Heard(c.pieces...)
		var got []int
		for pid := range groups {
			got = append(got, pid)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.groups) || bye != c.bye {
			t.Errorf("%q: got %v, %v, want %v, %v", c.pieces, got, bye, c.groups, c.bye)
		}
	}
}

// Where a step that is not registered is lost, it does not begin before it is.
func TestGateStaysShut(t *testing.T) {
	t.Parallel()
	made := filepath.Join(t.TempDir(), "made")
	cmd := process.AbandonedAtGate("echo > '" + made + "'")
	if cmd.Err != nil {
		t.Fatal(cmd.Err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 125 {
		t.Errorf("err = %v, want exit status 125", err)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("the step ran")
	}
}

// Who asks a program to end asks once: many take the second time for "now".
func TestGuardianAsksOnce(t *testing.T) {
	t.Parallel()
	g, err := process.StartGuardian(t.Context(), process.Config{Nonce: nonce(t)})
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() {
		<-ready
		_ = g.Close()
	}()
	log := filepath.Join(t.TempDir(), "log")
	_, err = process.New(g).Run(t.Context(), executor.Task{Name: "step", Dir: t.TempDir(), Env: os.Environ(), Output: closer(ready),
		Command: "trap 'echo asked >> \"" + log + "\"; n=10' TERM; n=1000; echo; " +
			"while [ $((n -= 1)) -gt 0 ]; do sleep 0.02 & wait $!; done"})
	if err != nil {
		t.Fatal(err)
	}
	if asked, err := os.ReadFile(log); string(asked) != "asked\n" {
		t.Errorf("got %q, %v", asked, err)
	}
}

func TestEnviron(t *testing.T) {
	t.Parallel()
	task := executor.Task{Env: []string{"A=1", "ISCHIA_GUARD=old", "ISCHIA_STEP_GUARD=old.1", "ISCHIA_GUARDED=2"}}
	got := process.EnvironOf(process.NewGuardian("n", "outer.3"), task)
	want := []string{"A=1", "ISCHIA_GUARDED=2", "ISCHIA_OUTER_GUARDS=outer.3", "ISCHIA_GUARD=n", "ISCHIA_STEP_GUARD=n.1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
