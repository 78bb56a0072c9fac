package executortest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
)

// status: how a task ended is told as a shell tells it.
func (s Suite) status(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, command string
		want          executor.Exit
	}{
		{"success", "true", executor.Exit{}},
		{"failure", "exit 3", executor.Exit{Code: 3}},
		{"largest", "exit 255", executor.Exit{Code: 255}},
		{"last command decides", "false; true", executor.Exit{}},
		{"command not found", "no-such-command-anywhere", executor.Exit{Code: 127}},
		{"not a command", "/", executor.Exit{Code: 126}},
		{"syntax error", "if", executor.Exit{Code: 2}},
		{"terminated", "kill -TERM $$; sleep 60", executor.Exit{Code: 143, Signal: "terminated"}},
		{"killed", "kill -KILL $$; sleep 60", executor.Exit{Code: 137, Signal: "killed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := s.run(t.Context(), t, s.task(t, c.command))
			if s.Host && got.PID <= 1 {
				t.Errorf("PID = %d", got.PID)
			}
			if c.name == "syntax error" && got.Code != 0 {
				got.Code = 2 // bash says 1 or 2, dash 2
			}
			if got.PID = 0; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// streams: output and error are one stream, complete and in order; input is
// empty.
func (s Suite) streams(t *testing.T) {
	t.Parallel()
	t.Run("both in order", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "echo one; echo two >&2; echo three")
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "one\ntwo\nthree\n")
	})
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "echo one; echo two >&2; echo three")
		f, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		k.Output = f
		s.run(t.Context(), t, k)
		got, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		expect(t, string(got), "one\ntwo\nthree\n")
	})
	t.Run("nowhere", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "echo one; echo two >&2")
		k.Output = nil
		expect(t, strconv.Itoa(s.run(t.Context(), t, k).Code), "0")
	})
	t.Run("empty input", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "cat; echo end")
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "end\n")
	})
	t.Run("big", func(t *testing.T) {
		t.Parallel()
		const size = 8 << 20
		k := s.task(t, "head -c "+strconv.Itoa(size)+" /dev/zero | tr '\\0' x; echo end >&2")
		s.run(t.Context(), t, k)
		if got := k.out.String(); len(got) != size+4 || !strings.HasSuffix(got, "xend\n") {
			t.Errorf("got %d bytes, want %d ending in \"xend\\n\"", len(got), size+4)
		}
	})
	t.Run("broken", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "echo one; echo two")
		k.Output = broken{}
		if _, err := s.New(t).Run(t.Context(), k.Task); !errors.Is(err, errBroken) {
			t.Errorf("err = %v, want %v", err, errBroken)
		}
	})
}

// surroundings: directory and environment are those of the task.
func (s Suite) surroundings(t *testing.T) {
	t.Parallel()
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "cat given; echo made > made")
		if err := os.WriteFile(filepath.Join(k.Dir, "given"), []byte("hello\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "hello\n")
		made, err := os.ReadFile(filepath.Join(k.Dir, "made"))
		if err != nil {
			t.Fatal(err)
		}
		expect(t, string(made), "made\n")
	})
	t.Run("environment", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, `printf '<%s>' "$PLAIN" "$ODD" "$EMPTY" "${ABSENT-absent}"`)
		k.Env = append(k.Env, "PLAIN=a b", "ODD=x=1\n'\"$y", "EMPTY=")
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "<a b><x=1\n'\"$y><><absent>")
	})
	t.Run("last value wins", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, `echo "$TWICE"`)
		k.Env = append(k.Env, "TWICE=first", "TWICE=second")
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "second\n")
	})
	t.Run("command line as it is", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "for i in 1 2\ndo echo \"line $i\" 'and $i'\ndone")
		s.run(t.Context(), t, k)
		expect(t, k.out.String(), "line 1 and $i\nline 2 and $i\n")
	})
}

// refusals: what cannot be started is an error, and says what is wrong.
func (s Suite) refusals(t *testing.T) {
	t.Parallel()
	t.Run("missing directory", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "true")
		k.Dir = filepath.Join(k.Dir, "missing")
		_, err := s.New(t).Run(t.Context(), k.Task)
		if err == nil || !strings.Contains(err.Error(), k.Dir) || !strings.Contains(err.Error(), k.Name) {
			t.Errorf("err = %v, want one naming %s and %s", err, k.Name, k.Dir)
		}
	})
	t.Run("relative directory", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "true")
		k.Dir = "."
		if _, err := s.New(t).Run(t.Context(), k.Task); err == nil {
			t.Error("no error")
		}
	})
	t.Run("cancelled before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		k := s.task(t, "echo ran")
		got := s.run(ctx, t, k)
		if want := (executor.Exit{Code: 130, Canceled: true}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		expect(t, k.out.String(), "")
	})
}

// loop makes a shell wait without a child that lives long: a trap runs only
// when the current command has ended.
const loop = "while :; do sleep 0.02; done"

// ending: interrupt, terminate, kill, and the time between them.
func (s Suite) ending(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, command, output string
		grace                 time.Duration
		want                  executor.Exit
	}{
		{"interrupt", "echo ready; exec sleep 60", "ready\n", patience,
			executor.Exit{Code: 130, Signal: "interrupt", Canceled: true}},
		{"saves its work", "trap 'echo saved; exit 7' INT; echo ready; " + loop, "ready\nsaved\n", patience,
			executor.Exit{Code: 7, Canceled: true}},
		{"calls it a success", "trap 'exit 0' INT; echo ready; " + loop, "ready\n", patience,
			executor.Exit{Canceled: true}},
		{"listens to terminate only", "trap '' INT; trap 'echo saved; exit 7' TERM; echo ready; " + loop, "ready\nsaved\n",
			time.Second, executor.Exit{Code: 7, Canceled: true}},
		{"listens to nothing", "trap '' INT TERM; echo ready; " + loop, "ready\n", 300 * time.Millisecond,
			executor.Exit{Code: 137, Signal: "killed", Canceled: true}},
		{"no grace", "trap '' INT TERM; echo ready; " + loop, "ready\n", 0,
			executor.Exit{Code: 137, Signal: "killed", Canceled: true}},
		{"grace outlives the shell",
			"trap 'exit 7' INT; (trap 'sleep 0.2; echo saved; exit' TERM; echo ready; " + loop + ") & " + loop,
			"ready\nsaved\n", 2 * time.Second, executor.Exit{Code: 7, Canceled: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := s.task(t, c.command)
			k.Grace = c.grace
			got := s.cancelWhen(t, k, "ready\n")
			if got.PID = 0; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			// bash reports that its sleep was terminated.
			expect(t, strings.ReplaceAll(k.out.String(), "Terminated\n", ""), c.output)
		})
	}
	t.Run("timeout", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "trap '' INT; exec sleep 60")
		k.Timeout, k.Grace = 200*time.Millisecond, 200*time.Millisecond
		got := s.run(t.Context(), t, k)
		want := executor.Exit{Code: 143, Signal: "terminated", TimedOut: true}
		if got.PID = 0; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("in time", func(t *testing.T) {
		t.Parallel()
		k := s.task(t, "true")
		k.Timeout = patience
		got := s.run(t.Context(), t, k)
		if got.PID = 0; got != (executor.Exit{}) {
			t.Errorf("got %+v, want success", got)
		}
	})
}

// leftovers: Run returns soon though something holds the output open, and does
// not wait for what it would have said.
func (s Suite) leftovers(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"background":     "sleep 60 & echo end",
		"grandchild":     "(sleep 60 & sleep 60) & echo end",
		"deaf":           "(trap '' HUP INT TERM; echo end; sleep 60) & sleep 0.2",
		"stopped":        "sleep 60 & kill -STOP $!; echo end",
		"failed":         "sleep 60 & echo end; exit 3",
		"killed by hand": "sleep 60 & echo end; kill -KILL $$",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := s.task(t, command)
			begin := time.Now()
			s.run(t.Context(), t, k)
			expect(t, k.out.String(), "end\n")
			if took := time.Since(begin); took > patience/2 {
				t.Errorf("took %v", took)
			}
		})
	}
}

// endurance: nothing wears out, and runs do not disturb each other.
func (s Suite) endurance(t *testing.T) {
	t.Run("in a row", func(t *testing.T) {
		rounds := s.Rounds
		if rounds == 0 {
			rounds = 1000
		}
		x, k := s.New(t), s.task(t, "true")
		k.Output = nil
		for i := range rounds {
			if exit, err := x.Run(t.Context(), k.Task); err != nil || exit.Code != 0 {
				t.Fatalf("run %d: %+v, %v", i, exit, err)
			}
		}
	})
	t.Run("at once", func(t *testing.T) {
		x := s.New(t)
		var all sync.WaitGroup
		for i := range 8 {
			k := s.task(t, "sleep 60 & echo $MINE; exit $MINE")
			k.Env = append(k.Env, "MINE="+strconv.Itoa(i))
			all.Go(func() { together(t, x, k, i) })
		}
		all.Wait()
	})
}

// together runs a task that leaves something behind, again and again.
func together(t *testing.T, x Executor, k *task, mine int) {
	for range 20 {
		var out bytes.Buffer
		k.Output = &out
		exit, err := x.Run(t.Context(), k.Task)
		if err != nil || exit.Code != mine || out.String() != strconv.Itoa(mine)+"\n" {
			t.Errorf("task %d: %+v, %q, %v", mine, exit, out.String(), err)
		}
	}
}

var errBroken = errors.New("disk full")

// broken is an Output that cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
