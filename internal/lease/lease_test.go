package lease_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
)

// role makes the test binary one of the processes of a test.
const role = "LEASE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "holder":
		os.Exit(hold(os.Args[1]))
	case "parent":
		os.Exit(holdWithChild(os.Args[1]))
	case "child":
		// Lives until the test closes the pipe.
		_, _ = io.Copy(io.Discard, os.Stdin)
	default:
		os.Exit(m.Run())
	}
}

// hold reports "held" or the trouble, and keeps the lease until its standard
// input ends.
func hold(path string) int {
	l, err := lease.Acquire(path)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := l.Release(); err != nil {
		return 2
	}
	return 0
}

// holdWithChild starts a child that inherits everything a Go child inherits,
// and outlives us.
func holdWithChild(path string) int {
	if _, err := lease.Acquire(path); err != nil {
		fmt.Println(err)
		return 1
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), role+"=child")
	child.Stdin = os.Stdin
	if err := child.Start(); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	select {}
}

// process is a holder in another process.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	said  string
}

func start(t *testing.T, as, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), role+"="+as)
	cmd.Stderr = os.Stderr
	// Pipes of our own, so that Wait does not wait for a grandchild.
	inRead, inWrite, err := os.Pipe()
	must(t, err)
	outRead, outWrite, err := os.Pipe()
	must(t, err)
	cmd.Stdin, cmd.Stdout = inRead, outWrite
	must(t, cmd.Start())
	must(t, inRead.Close())
	must(t, outWrite.Close())
	t.Cleanup(func() {
		_ = inWrite.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = outRead.Close()
	})
	line, err := bufio.NewReader(outRead).ReadString('\n')
	must(t, err)
	return &process{cmd: cmd, stdin: inWrite, said: strings.TrimSpace(line)}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	must(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func lockPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "lock")
}

func wantHeld(t *testing.T, path string, want bool) lease.Holder {
	t.Helper()
	holder, held, err := lease.Held(path)
	if err != nil || held != want {
		t.Fatalf("Held: %v, %v; want %v", held, err, want)
	}
	return holder
}

func TestAcquireAndRelease(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	wantHeld(t, path, false)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("asking made a file: %v", err)
	}
	l, err := lease.Acquire(path)
	must(t, err)
	holder := wantHeld(t, path, true)
	if age := time.Since(holder.Started); holder.PID != os.Getpid() || age < -2*time.Second || age > time.Hour {
		t.Errorf("holder %+v", holder)
	}
	if !l.Intact() {
		t.Error("a fresh lease is not intact")
	}
	must(t, l.Release())
	must(t, l.Release())
	if l.Intact() {
		t.Error("a released lease is intact")
	}
	wantHeld(t, path, false)
	again, err := lease.Acquire(path)
	must(t, err)
	must(t, again.Release())
}

func TestSecondAcquireNamesTheHolder(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	other := start(t, "holder", path)
	if other.said != "held" {
		t.Fatalf("the holder said %q", other.said)
	}
	_, err := lease.Acquire(path)
	if !errors.Is(err, lease.ErrHeld) {
		t.Fatalf("got %v", err)
	}
	var held *lease.HeldError
	if !errors.As(err, &held) || held.Holder.PID != other.cmd.Process.Pid {
		t.Errorf("got %v, want pid %d", err, other.cmd.Process.Pid)
	}
	if !strings.Contains(err.Error(), fmt.Sprint(other.cmd.Process.Pid)) || !strings.Contains(err.Error(), path) {
		t.Errorf("the message %q names neither pid nor path", err)
	}
	must(t, other.stdin.Close())
	must(t, other.cmd.Wait())
	l, err := lease.Acquire(path)
	must(t, err)
	must(t, l.Release())
}

func TestKillFreesTheLease(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	for range 5 {
		other := start(t, "holder", path)
		wantHeld(t, path, true)
		other.kill(t)
		wantHeld(t, path, false)
		l, err := lease.Acquire(path)
		must(t, err)
		if holder := wantHeld(t, path, true); holder.PID != os.Getpid() {
			t.Errorf("the dead holder's pid %d stands in the file", holder.PID)
		}
		must(t, l.Release())
	}
}

// A step that outlives a killed runner must not keep the runner's lease.
func TestChildDoesNotKeepTheLease(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	other := start(t, "parent", path)
	if other.said != "held" {
		t.Fatalf("the parent said %q", other.said)
	}
	wantHeld(t, path, true)
	other.kill(t)
	wantHeld(t, path, false)
}

func TestOneOfManyProcesses(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	said := make([]string, 6)
	var wg sync.WaitGroup
	for i := range said {
		wg.Go(func() { said[i] = start(t, "holder", path).said })
	}
	wg.Wait()
	owners := 0
	for _, s := range said {
		if s == "held" {
			owners++
		} else if !strings.Contains(s, "held by") {
			t.Errorf("a process said %q", s)
		}
	}
	if owners != 1 {
		t.Errorf("%d owners: %q", owners, said)
	}
}

func TestOneOfManyGoroutines(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	var inside, most, won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				l, err := lease.Acquire(path)
				if errors.Is(err, lease.ErrHeld) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), inside.Add(1)))
				won.Add(1)
				inside.Add(-1)
				if err := l.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 || won.Load() == 0 {
		t.Errorf("at most %d inside, %d won", most.Load(), won.Load())
	}
}

// Whoever asks must not make an Acquire fail.
func TestAskingDoesNotDisturb(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := lease.Held(path); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 100 {
		l, err := lease.Acquire(path)
		if err != nil {
			t.Errorf("refused because of askers: %v", err)
			break
		}
		must(t, l.Release())
	}
	close(stop)
	wg.Wait()
}

func TestFileDeletedWhileHeld(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not delete an open file")
	}
	path := lockPath(t)
	first, err := lease.Acquire(path)
	must(t, err)
	must(t, os.Remove(path))
	if first.Intact() {
		t.Error("the first lease does not see that its file is gone")
	}
	wantHeld(t, path, false)
	second, err := lease.Acquire(path)
	must(t, err)
	must(t, first.Release())
	wantHeld(t, path, true)
	if !second.Intact() {
		t.Error("the second lease is broken by the first's release")
	}
	if _, err := lease.Acquire(path); !errors.Is(err, lease.ErrHeld) {
		t.Errorf("a third lease: %v", err)
	}
	must(t, second.Release())
}

// While somebody keeps deleting the file, what is acquired is always the file
// at the path, never one without a name.
func TestFileReplacedAtTheSameMoment(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not delete an open file")
	}
	path := lockPath(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Remove(path)
				time.Sleep(time.Millisecond)
			}
		}
	})
	for range 200 {
		l, err := lease.Acquire(path)
		if err == nil {
			err = l.Release()
		}
		// The file may vanish between locking and signing: an honest error.
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "replaced") {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestTroubleNamesThePath(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "no", "lock")
	if _, err := lease.Acquire(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing folder: %v", err)
	}
	wantHeld(t, missing, false)
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this user may write everywhere")
	}
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o500))
	path := filepath.Join(dir, "lock")
	if _, err := lease.Acquire(path); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), path) {
		t.Errorf("read-only folder: %v", err)
	}
}

func TestGarbageInTheFile(t *testing.T) {
	t.Parallel()
	path := lockPath(t)
	must(t, os.WriteFile(path, []byte(strings.Repeat("garbage ", 100)), 0o600))
	wantHeld(t, path, false)
	l, err := lease.Acquire(path)
	must(t, err)
	if holder := wantHeld(t, path, true); holder.PID != os.Getpid() {
		t.Errorf("holder %+v", holder)
	}
	must(t, l.Release())
}
