package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// writerEnv makes the test binary a process that writes to a ledger; its value
// is the path, and the arguments are a prefix for job names and how many jobs
// to write (0: until killed).
const writerEnv = "ISCHIA_TEST_LEDGER"

func TestMain(m *testing.M) {
	path := os.Getenv(writerEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := writeJobs(context.Background(), path, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

const writerSteps = 3

// tends begins the prefix of a writer that tends its log, as a server does.
const tends = "tends"

// writeJobs takes job after job from submission to its end, and prints each
// record as soon as it was acknowledged.
func writeJobs(ctx context.Context, path, prefix, count string) (err error) {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if strings.HasPrefix(prefix, tends) {
		go func() { _ = s.TendLogAlways(ctx) }() // until the process is killed
	}
	w := workspace.New(workspace.Config{Store: s})
	for i := 0; n == 0 || i < n; i++ {
		if err := writeJob(ctx, w, prefix+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

func writeJob(ctx context.Context, w *workspace.Workspace, name string) error {
	scope := workspace.BuiltIn()
	sub := workspace.Submission{Name: name, Type: "pipeline"}
	for i := range writerSteps {
		sub.Steps = append(sub.Steps, workspace.StepSubmission{Path: "s" + strconv.Itoa(i), Type: "command"})
	}
	t, err := w.Submit(ctx, scope, sub)
	if err != nil {
		return err
	}
	fmt.Println(name, name, workspace.NotStarted)
	do := func(j *workspace.Job, to workspace.Status, files ...workspace.File) {
		if err == nil {
			err = w.Advance(ctx, scope, workspace.Change{Job: j.Name, Status: to, Files: files})
		}
		if err == nil {
			fmt.Println(name, j.Name, to)
		}
	}
	do(t.Root, workspace.Running)
	for _, step := range t.Steps {
		do(step, workspace.Running)
		do(step, workspace.Completed, workspace.File{Datastore: "store", Path: step.Name, Digest: "d"})
	}
	do(t.Root, workspace.Completed)
	return err
}

// writer is a process that runs writeJobs.
func writer(ctx context.Context, t *testing.T, path, prefix string, count int) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, exe, prefix, strconv.Itoa(count))
	c.Env = append(os.Environ(), writerEnv+"="+path)
	return c
}

// TestManyProcesses has several processes make one ledger and write to it at
// the same time, while this one reads.
func TestManyProcesses(t *testing.T) {
	t.Parallel()
	const processes, jobs = 4, 25
	path := filepath.Join(t.TempDir(), "ledger.db")
	done := make(chan error)
	for p := range processes {
		c := writer(t.Context(), t, path, fmt.Sprintf("p%d.", p), jobs)
		go func() {
			out, err := c.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
			done <- err
		}()
	}
	s := openAt(t, path)
	for ended := 0; ended < processes; {
		select {
		case err := <-done:
			ended++
			if err != nil {
				t.Error(err)
			}
		default:
			if _, err := s.Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn(), Limit: 50}); err != nil {
				t.Error(err)
			}
		}
	}
	checkLedger(t, s)
	all, err := s.Jobs(t.Context(), workspace.Filter{
		Scope: workspace.BuiltIn(), Statuses: []workspace.Status{workspace.Completed},
	})
	if err != nil || len(all) != processes*jobs {
		t.Fatalf("%d jobs completed, %v; want %d", len(all), err, processes*jobs)
	}
	for _, j := range all {
		events, err := s.Events(t.Context(), j.Scope, j.Name, 0, 0)
		if want := 3 + 3*writerSteps; err != nil || len(events) != want {
			t.Errorf("job %s has %d events, %v; want %d", j.Name, len(events), err, want)
		}
	}
}

// TestKill kills a process that writes, again and again, and looks whether all
// that it had acknowledged is there.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 30
	if testing.Short() {
		kills = 5
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	for i := range kills {
		kind := []string{"k", tends}[i%2]
		acknowledged := writeAndKill(t, path, fmt.Sprintf("%s%d.", kind, i))
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		checkLedger(t, s)
		checkAcknowledged(t, s, acknowledged)
		recoverAll(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeAndKill runs a writer, kills it at a random moment, and returns what it
// had acknowledged, each line "root job status".
func writeAndKill(t *testing.T, path, prefix string) []string {
	t.Helper()
	c := writer(t.Context(), t, path, prefix, 0)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	var lines []string
	last := 1 + rand.IntN(100)
	for {
		line, err := in.ReadString('\n')
		if err != nil { // half a line was not acknowledged
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			break
		}
		lines = append(lines, strings.TrimSpace(line))
		if len(lines) == last {
			time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, func() {
				if err := c.Process.Kill(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if err := c.Wait(); err == nil || len(lines) < last {
		t.Fatalf("the writer ended by itself after %d lines: %v", len(lines), err)
	}
	return lines
}

// checkLedger asks SQLite whether the file is sound.
func checkLedger(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if got, err := s.Pragma(t.Context(), "integrity_check"); err != nil || got != "ok" {
		t.Fatalf("integrity check: %s, %v", got, err)
	}
	if err := s.ForeignKeyCheck(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// checkAcknowledged looks for every record, and for the outputs of every step
// that is said to have completed.
func checkAcknowledged(t *testing.T, s *sqlite.Store, lines []string) {
	t.Helper()
	have := map[string]bool{}
	read := map[string]bool{}
	for _, line := range lines {
		root, _, _ := strings.Cut(line, " ")
		if !read[root] {
			read[root] = true
			readEvents(t, s, root, have)
		}
		if !have[line] {
			t.Errorf("acknowledged, but not there: %s", line)
		}
	}
}

func readEvents(t *testing.T, s *sqlite.Store, root string, have map[string]bool) {
	t.Helper()
	events, err := s.Events(t.Context(), workspace.BuiltIn(), root, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		have[fmt.Sprint(e.Root, " ", e.Job, " ", e.Status)] = true
		j, err := s.Job(t.Context(), workspace.BuiltIn(), e.Job)
		if err != nil {
			t.Error(err)
			continue
		}
		_, err = s.Files().File(t.Context(), workspace.BuiltIn(), "store", e.Job)
		if completed := j.Step != "" && j.Status == workspace.Completed; completed != (err == nil) {
			t.Errorf("step %s of %s is %s, its output: %v", j.Step, root, j.Status, err)
		}
	}
}

// recoverAll ends what the killed process left, and sees that it has ended.
func recoverAll(t *testing.T, s *sqlite.Store) {
	t.Helper()
	w := workspace.New(workspace.Config{Store: s})
	nobody := func(workspace.Scope, string) bool { return false }
	if _, err := w.Recover(t.Context(), nobody, time.Now()); err != nil {
		t.Fatal(err)
	}
	again, err := w.Recover(t.Context(), nobody, time.Now())
	if err != nil || len(again) != 0 {
		t.Errorf("recovered again: %v, %v", again, err)
	}
}

// TestBusyNeverSurfaces keeps the write lock for longer than SQLite waits by
// itself.
func TestBusyNeverSurfaces(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	holder, waiter := openAt(t, path), openAt(t, path)
	create(t, holder, tree("a", 1, time.Now()))
	release := make(chan struct{})
	held := make(chan error)
	holding := make(chan struct{})
	go func() { held <- holder.Hold(t.Context(), holding, release) }()
	<-holding
	advance := func(ctx context.Context) error {
		c := []workspace.Change{{Job: "a.0", Status: workspace.Running, Time: time.Now()}}
		return waiter.Advance(ctx, workspace.BuiltIn(), c)
	}
	// Whoever does not want to wait need not.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := advance(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	// Readers do not wait at all.
	if _, err := waiter.Job(t.Context(), workspace.BuiltIn(), "a"); err != nil {
		t.Error(err)
	}
	time.AfterFunc(1500*time.Millisecond, func() { close(release) })
	if err := advance(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-held; err != nil {
		t.Error(err)
	}
}
