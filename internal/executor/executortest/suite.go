package executortest

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
)

// Executor is what the suite tests; sched declares the same for itself.
type Executor interface {
	Run(ctx context.Context, t executor.Task) (executor.Exit, error)
}

// Suite describes the executor under test.
type Suite struct {
	// New returns an executor; the suite calls it once for each case. What
	// it opens is closed by t.Cleanup.
	New func(t *testing.T) Executor
	// Host: tasks are processes of this machine, so that their numbers,
	// sessions and absolute paths mean the same to the test.
	Host bool
	// Rounds is how many tasks the endurance case runs; 1000 when zero.
	Rounds int
}

// patience is the time after which a case that should have ended has failed.
const patience = 20 * time.Second

// Run runs the suite. Commands are lines for a POSIX shell.
func Run(t *testing.T, s Suite) {
	t.Run("status", s.status)
	t.Run("streams", s.streams)
	t.Run("surroundings", s.surroundings)
	t.Run("refusals", s.refusals)
	t.Run("ending", s.ending)
	t.Run("leftovers", s.leftovers)
	t.Run("endurance", s.endurance)
	if s.Host {
		t.Run("host", s.host)
	}
}

// task is one run of a task in a fresh directory.
type task struct {
	executor.Task
	out *record
}

func (s Suite) task(t *testing.T, command string) *task {
	out := &record{changed: make(chan struct{}, 1)}
	return &task{out: out, Task: executor.Task{
		Name:    t.Name(),
		Command: command,
		Dir:     t.TempDir(),
		Env:     []string{"PATH=" + os.Getenv("PATH")},
		Output:  out,
		Grace:   patience,
	}}
}

// run runs the task and fails the test when the executor cannot.
func (s Suite) run(ctx context.Context, t *testing.T, k *task) executor.Exit {
	t.Helper()
	begin := time.Now()
	exit, err := s.New(t).Run(ctx, k.Task)
	if err != nil {
		t.Fatalf("Run(%q): %v", k.Command, err)
	}
	if took := time.Since(begin); took > patience {
		t.Fatalf("Run(%q) took %v", k.Command, took)
	}
	return exit
}

// cancelWhen runs the task and cancels it as soon as its output holds a text.
func (s Suite) cancelWhen(t *testing.T, k *task, text string) executor.Exit {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		k.out.await(ctx, text)
		cancel()
	}()
	return s.run(ctx, t, k)
}

// record is an Output that can be waited on. Not being a file, it makes the
// executor use a pipe.
type record struct {
	changed chan struct{}

	mu   sync.Mutex // guards text
	text strings.Builder
}

// Write implements io.Writer.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.Write(p)
	select {
	case r.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

// String returns what was written so far.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// await returns when the text was written, or ctx ended.
func (r *record) await(ctx context.Context, text string) {
	for !strings.Contains(r.String(), text) {
		select {
		case <-r.changed:
		case <-ctx.Done():
			return
		}
	}
}
