package sqlite_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// withMore are the package's migrations and one of tomorrow, number.
func withMore(t *testing.T, script string) (all fs.FS, number int) {
	t.Helper()
	ours, err := sqlite.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	more := fstest.MapFS{}
	names, err := fs.Glob(ours, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(ours, name)
		if err != nil {
			t.Fatal(err)
		}
		more[name] = &fstest.MapFile{Data: text}
	}
	number = len(names) + 1
	more[fmt.Sprintf("%04d_more.sql", number)] = &fstest.MapFile{Data: []byte(script)}
	return more, number
}

// oldLedger is the path of a closed ledger with one job.
func oldLedger(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	create(t, s, tree("a", 2, time.Now()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenMakesPrivateFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "led%20ger #1.db")
	s := openAt(t, path)
	create(t, s, tree("a", 0, time.Now()))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	for name, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "busy_timeout": "1000",
	} {
		got, err := s.Pragma(t.Context(), name)
		if err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestOpenMigrates(t *testing.T) {
	t.Parallel()
	path := oldLedger(t)
	more, number := withMore(t, "CREATE TABLE more (x); INSERT INTO more VALUES (1);")
	var wg sync.WaitGroup
	for range 4 { // as many processes would: one of them migrates
		wg.Go(func() {
			s, err := sqlite.OpenWith(t.Context(), path, more)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Job(t.Context(), workspace.BuiltIn(), "a.1"); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// What was there before is in the copy, which today's program opens.
	old := openAt(t, fmt.Sprintf("%s.bak-%d", path, number-1))
	if _, err := old.Job(t.Context(), workspace.BuiltIn(), "a.1"); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(path + "*tmp*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	_, err = sqlite.Open(t.Context(), path)
	newer, ok := errors.AsType[*sqlite.NewerError](err)
	if !ok || newer.Version != number || newer.Known != number-1 || newer.Path != path {
		t.Errorf("a newer ledger was opened: %v", err)
	}
}

func TestMigrationIsAtomic(t *testing.T) {
	t.Parallel()
	path := oldLedger(t)
	more, _ := withMore(t, "CREATE TABLE more (x); CREATE TABLE jobs (x);")
	if _, err := sqlite.OpenWith(t.Context(), path, more); err == nil || !strings.Contains(err.Error(), "_more.sql") {
		t.Fatalf("error is %v", err)
	}
	s := openAt(t, path) // still at the version before
	if _, err := s.Job(t.Context(), workspace.BuiltIn(), "a"); err != nil {
		t.Error(err)
	}
	if err := s.Exec(t.Context(), "SELECT x FROM more"); err == nil {
		t.Error("half of a migration stayed")
	}
}

func TestMigrationsHaveNoGap(t *testing.T) {
	t.Parallel()
	gap := fstest.MapFS{"0002_x.sql": {Data: []byte("SELECT 1")}}
	if _, err := sqlite.OpenWith(t.Context(), filepath.Join(t.TempDir(), "l.db"), gap); err == nil {
		t.Error("no error")
	}
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database at all\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), text); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a text file: %v", err)
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(dir, "no", "ledger.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := sqlite.Open(t.Context(), dir); err == nil {
		t.Error("a folder was opened")
	}
	other := filepath.Join(dir, "other.db")
	foreign := fstest.MapFS{}
	s, err := sqlite.OpenWith(t.Context(), other, foreign)
	if err == nil {
		t.Error(s.Close(), "a store without tables was opened")
	}
}
