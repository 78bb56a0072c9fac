package home_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/lease"
)

type steps = map[int]func(dir string) error

const patience = 20 * time.Second

// oldHome is a home of format 1 with something of everything in it.
func oldHome(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	h := open(t, dir)
	put(t, h.LedgerPath(), "ledger one")
	put(t, filepath.Join(h.BlobsDir(), "ab", "cd"), "blob")
	put(t, filepath.Join(h.CacheDir(), "c"), "cached")
	put(t, h.ServePath(), "{}")
	job, err := h.JobDir("j")
	must(t, err)
	put(t, filepath.Join(job, "user_logs", "std_log.txt"), "hello")
	if runtime.GOOS != "windows" {
		must(t, os.Symlink("user_logs", filepath.Join(job, "logs")))
	}
	return dir
}

func rewriteLedger(dir string) error {
	return os.WriteFile(filepath.Join(dir, "ledger.db"), []byte("ledger two"), 0o600)
}

func TestNewerFormatIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "format"), "7\n")
	_, err := home.Open(dir)
	var format *home.FormatError
	if !errors.As(err, &format) || format.Found != 7 || format.Supported != 1 || format.Dir != dir {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{dir, "format 7", "up to 1", "newer ischia", "--home"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("something was written into a newer home: %v", entries)
	}
}

func TestSpoiledFormat(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "x", "0", "-1", "1.5", "1\n2"} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "format"), content)
		if _, err := home.Open(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "format")) {
			t.Errorf("%q: %v", content, err)
		}
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "ledger.db"), "x")
	if _, err := home.Open(dir); err == nil || !strings.Contains(err.Error(), "no file named format") {
		t.Errorf("a ledger without a format: %v", err)
	}
}

func TestMigrationAfterACopy(t *testing.T) {
	t.Parallel()
	dir := oldHome(t)
	var order []int
	h, err := home.OpenWith(dir, 3, steps{
		1: func(d string) error { order = append(order, 1); return rewriteLedger(d) },
		2: func(string) error { order = append(order, 2); return nil },
	}, patience)
	must(t, err)
	if len(order) != 2 || order[0] != 1 {
		t.Errorf("steps %v", order)
	}
	if got := text(t, filepath.Join(dir, "format")); got != "3\n" {
		t.Errorf("format %q", got)
	}
	if got := text(t, h.LedgerPath()); got != "ledger two" {
		t.Errorf("ledger %q", got)
	}
	backup := filepath.Join(dir, "backup", "format-1")
	for name, want := range map[string]string{
		"format": "1\n", "ledger.db": "ledger one", "blobs/ab/cd": "blob", "jobs/j/user_logs/std_log.txt": "hello",
	} {
		if got := text(t, filepath.Join(backup, name)); got != want {
			t.Errorf("copy of %s: %q", name, got)
		}
	}
	if runtime.GOOS != "windows" {
		if link, err := os.Readlink(filepath.Join(backup, "jobs", "j", "logs")); err != nil || link != "user_logs" {
			t.Errorf("link %q, %v", link, err)
		}
	}
	for _, name := range []string{"cache", "backup", "serve.json", "format.lock"} {
		if _, err := os.Lstat(filepath.Join(backup, name)); err == nil {
			t.Errorf("%s was copied", name)
		}
	}
	// The copy is a home: the old program opens it.
	open(t, backup)
}

func TestFailedMigration(t *testing.T) {
	t.Parallel()
	dir := oldHome(t)
	broken := errors.New("broken")
	_, err := home.OpenWith(dir, 3, steps{
		1: rewriteLedger,
		2: func(string) error { return broken },
	}, patience)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "from format 2 to 3") ||
		!strings.Contains(err.Error(), filepath.Join("backup", "format-1")) {
		t.Errorf("got %v", err)
	}
	if got := text(t, filepath.Join(dir, "format")); got != "2\n" {
		t.Errorf("format %q", got)
	}
	_, err = home.OpenWith(dir, 3, steps{1: nil, 2: func(string) error { return nil }}, patience)
	must(t, err)
	if got := text(t, filepath.Join(dir, "backup", "format-1", "ledger.db")); got != "ledger one" {
		t.Errorf("the first copy became %q", got)
	}
}

func TestNoWayFromThere(t *testing.T) {
	t.Parallel()
	dir := oldHome(t)
	if _, err := home.OpenWith(dir, 3, steps{1: rewriteLedger}, patience); err == nil || !strings.Contains(err.Error(), "no way from format 2 to 3") {
		t.Errorf("got %v", err)
	}
	if got := text(t, filepath.Join(dir, "ledger.db")); got != "ledger one" {
		t.Errorf("a migration without an end was begun: %q", got)
	}
}

func TestOneMigrates(t *testing.T) {
	t.Parallel()
	dir := oldHome(t)
	var runs atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := home.OpenWith(dir, 2, steps{1: func(string) error { runs.Add(1); return nil }}, patience)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if runs.Load() != 1 {
		t.Errorf("migrated %d times", runs.Load())
	}
}

func TestAnotherProcessNeverEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, err := lease.Acquire(filepath.Join(dir, "format.lock"))
	must(t, err)
	if _, err := home.OpenWith(dir, 1, nil, 50*time.Millisecond); !errors.Is(err, lease.ErrHeld) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	must(t, other.Release())
	open(t, dir)
}
