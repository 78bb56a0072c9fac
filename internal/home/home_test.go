package home_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/home"
)

// role makes the test binary a process that opens a home.
const role = "HOME_TEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "open" {
		os.Exit(m.Run())
	}
	if _, err := home.Open(os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *home.Home {
	t.Helper()
	h, err := home.Open(dir)
	must(t, err)
	return h
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

func put(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != want {
		t.Errorf("%s has mode %04o, want %04o", path, got, want)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	env := map[string]string{"HOME": base, "USERPROFILE": base, "ISCHIA_HOME": filepath.Join(base, "env")}
	getenv := func(key string) string { return env[key] }
	locate := func(flag, want string) {
		t.Helper()
		if got, err := home.Locate(flag, getenv); err != nil || got != want {
			t.Errorf("Locate(%q) = %s, %v; want %s", flag, got, err, want)
		}
	}
	locate(filepath.Join(base, "flag"), filepath.Join(base, "flag"))
	locate("", filepath.Join(base, "env"))
	here, err := os.Getwd()
	must(t, err)
	locate("x/../y", filepath.Join(here, "y"))
	locate("~/y", filepath.Join(here, "~", "y"))
	delete(env, "ISCHIA_HOME")
	locate("", filepath.Join(base, ".ischia"))
	clear(env)
	if got, err := home.Locate("", getenv); err == nil || !strings.Contains(err.Error(), "ISCHIA_HOME") {
		t.Errorf("without anything: %s, %v", got, err)
	}
}

func TestOpenCreates(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "home")
	h := open(t, dir)
	if h.Dir() != dir {
		t.Errorf("Dir is %s", h.Dir())
	}
	if got := text(t, filepath.Join(dir, "format")); got != "1\n" {
		t.Errorf("format is %q", got)
	}
	for _, path := range []string{dir, h.BlobsDir(), h.CacheDir(), h.JobsDir()} {
		wantMode(t, path, 0o700)
	}
	wantMode(t, filepath.Join(dir, "format"), 0o600)
	open(t, dir)
}

func TestPaths(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir())
	for got, want := range map[string]string{
		h.LedgerPath(): "ledger.db", h.BlobsDir(): "blobs", h.CacheDir(): "cache", h.JobsDir(): "jobs",
		h.TokenPath(): "token", h.ServePath(): "serve.json", h.ServeLockPath(): "serve.lock",
	} {
		if got != filepath.Join(h.Dir(), want) {
			t.Errorf("%s is not %s", got, want)
		}
	}
}

func TestRelativeHomeBecomesAbsolute(t *testing.T) {
	t.Chdir(t.TempDir())
	h := open(t, "here")
	if !filepath.IsAbs(h.Dir()) {
		t.Errorf("Dir is %s", h.Dir())
	}
}

func TestJobDir(t *testing.T) {
	t.Parallel()
	h := open(t, t.TempDir())
	for _, name := range []string{"a", "brave_sun_1a2b3c4d5e", "A.b-c_9", strings.Repeat("x", 255), "a..b"} {
		got, err := h.JobDir(name)
		if err != nil || got != filepath.Join(h.Dir(), "jobs", name) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../x", "a/b", `a\b`, "-x", "_x", ".x", "a b", "a\n", "\na", "a\x00", "é", "a:b", strings.Repeat("x", 256),
	} {
		if got, err := h.JobDir(name); !errors.Is(err, home.ErrName) || got != "" {
			t.Errorf("%q: %s, %v", name, got, err)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	for _, c := range []struct {
		name    string
		mode    fs.FileMode
		content bool
		refused bool
	}{
		{"readable, empty", 0o755, false, false},
		{"readable, full", 0o755, true, false},
		{"group may write, empty", 0o775, false, false},
		{"group may write, full", 0o775, true, true},
		{"all may write, full", 0o777, true, true},
	} {
		dir := t.TempDir()
		if c.content {
			put(t, filepath.Join(dir, "something"), "x")
		}
		must(t, os.Chmod(dir, c.mode))
		_, err := home.Open(dir)
		var mode *home.ModeError
		if refused := errors.As(err, &mode); refused != c.refused || err != nil && !refused {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.refused {
			wantMode(t, dir, c.mode)
			if !strings.Contains(err.Error(), "chmod 700 "+dir) {
				t.Errorf("%s: the message does not help: %v", c.name, err)
			}
			continue
		}
		wantMode(t, dir, 0o700)
	}
}

func TestTroubleNamesThePath(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, "x")
	for _, dir := range []string{file, filepath.Join(file, "home")} {
		if _, err := home.Open(dir); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	taken := t.TempDir()
	put(t, filepath.Join(taken, "blobs"), "a file in the folder's place")
	if _, err := home.Open(taken); err == nil || !strings.Contains(err.Error(), filepath.Join(taken, "blobs")) {
		t.Errorf("blobs is a file: %v", err)
	}
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user may write everywhere")
	}
	closed := t.TempDir()
	must(t, os.Chmod(closed, 0o500))
	if _, err := home.Open(filepath.Join(closed, "home")); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), closed) {
		t.Errorf("no permission: %v", err)
	}
}

func TestManyProcessesOpenAnEmptyHome(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "home")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], dir)
			cmd.Env = append(os.Environ(), role+"=open")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	for range 8 {
		wg.Go(func() {
			if _, err := home.Open(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := text(t, filepath.Join(dir, "format")); got != "1\n" {
		t.Errorf("format is %q", got)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".format-*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
