package gitinfo_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/gitinfo"
)

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	fixed := []string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"}
	cmd := exec.Command("git", append(fixed, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// repository has one commit on the branch main and a folder sub.
func repository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, "sub", "train.py"), "print(1)\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "first")
	return dir
}

func read(t *testing.T, dir string) *gitinfo.Info {
	t.Helper()
	info, ok := gitinfo.Read(t.Context(), dir)
	if !ok {
		t.Fatalf("nothing known about %s", dir)
	}
	return info
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	commit := git(t, dir, "rev-parse", "HEAD")
	want := &gitinfo.Info{Branch: "main", Commit: commit}
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Errorf("no remote: %s", diff)
	}
	git(t, dir, "remote", "add", "origin", "https://ada:secret@example.com/team/repo.git")
	want.RepositoryURL = "https://example.com/team/repo.git"
	if diff := cmp.Diff(want, read(t, filepath.Join(dir, "sub"))); diff != "" {
		t.Errorf("remote: %s", diff)
	}
	git(t, dir, "checkout", "-q", "--detach")
	want.Branch = ""
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Errorf("detached: %s", diff)
	}
}

func TestDirtyIsAboutTheFolder(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	write(t, filepath.Join(dir, "new.txt"), "x")
	if !read(t, dir).Dirty {
		t.Error("an untracked file does not make the tree dirty")
	}
	if read(t, filepath.Join(dir, "sub")).Dirty {
		t.Error("a file elsewhere makes the folder dirty")
	}
	write(t, filepath.Join(dir, "sub", "train.py"), "print(2)\n")
	if !read(t, filepath.Join(dir, "sub")).Dirty {
		t.Error("a change does not make the folder dirty")
	}
}

func TestNewRepository(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	if diff := cmp.Diff(&gitinfo.Info{Branch: "main"}, read(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestNothingToTell(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx context.Context
		dir string
	}{
		"no repository": {t.Context(), t.TempDir()},
		"inside .git":   {t.Context(), filepath.Join(dir, ".git")},
		"no folder":     {t.Context(), filepath.Join(dir, "missing")},
		"canceled":      {canceled, dir},
	} {
		if info, ok := gitinfo.Read(c.ctx, c.dir); ok {
			t.Errorf("%s: %+v", name, info)
		}
	}
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if info, ok := gitinfo.Read(t.Context(), t.TempDir()); ok {
		t.Errorf("got %+v", info)
	}
}

func TestSlowGit(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the slow git is a shell script")
	}
	bin := t.TempDir()
	// Not exec: the sleep keeps git's pipe open when git is killed.
	write(t, filepath.Join(bin, "git"), "#!/bin/sh\nsleep 8\n")
	if err := os.Chmod(filepath.Join(bin, "git"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	start := time.Now()
	if info, ok := gitinfo.Read(t.Context(), t.TempDir()); ok {
		t.Errorf("got %+v", info)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A git hook runs us with GIT_DIR of its repository.
func TestForeignGitDirIsIgnored(t *testing.T) {
	dir, other := repository(t), repository(t)
	git(t, other, "checkout", "-q", "-b", "elsewhere")
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	if got := read(t, dir).Branch; got != "main" {
		t.Errorf("branch %q", got)
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	full := &gitinfo.Info{RepositoryURL: "https://h/r", Branch: "b", Commit: "c", Dirty: true}
	want := map[string]string{
		"azureml.git.repository_uri": "https://h/r", "mlflow.source.git.repoURL": "https://h/r",
		"azureml.git.branch": "b", "mlflow.source.git.branch": "b",
		"azureml.git.commit": "c", "mlflow.source.git.commit": "c",
		"azureml.git.dirty": "True",
	}
	if diff := cmp.Diff(want, full.Properties()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"azureml.git.dirty": "False"}, (&gitinfo.Info{}).Properties()); diff != "" {
		t.Error(diff)
	}
}

func TestCredentialsAreRemoved(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://example.com/a/b.git\n":              "https://example.com/a/b.git",
		"https://SECRET@example.com/a":               "https://example.com/a",
		"https://u:SECRET@example.com:8443/a":        "https://example.com:8443/a",
		"https://u:SEC%2FRET@example.com/a%20b":      "https://example.com/a%20b",
		"https://u:SEC/RET@example.com/a":            "https://example.com/a",
		"https://u:1#SECRET@example.com/a":           "https://example.com/a",
		"https://u:1?SECRET@example.com/a":           "https://example.com/a",
		"https://example.com/a?token=SECRET":         "https://example.com/a",
		"https://example.com/a#SECRET":               "https://example.com/a",
		"https://u:SEC@RET@example.com/a":            "https://example.com/a",
		"https://dev.azure.com/SECRET@org/p/_git/r":  "https://dev.azure.com/org/p/_git/r",
		"https://org@dev.azure.com/org/p/_git/r":     "https://dev.azure.com/org/p/_git/r",
		"https://example.com/@scope/r":               "https://example.com/@scope/r",
		"git@github.com:team/repo.git":               "git@github.com:team/repo.git",
		"u:SECRET@example.com:a":                     "example.com:a",
		"ssh://git@example.com:22/a.git":             "ssh://git@example.com:22/a.git",
		"ssh://git:SECRET@example.com/a":             "ssh://git@example.com/a",
		"codecommit::https://u:SECRET@example.com/a": "codecommit::https://example.com/a",
		"ssh://git@[::1]/a":                          "ssh://git@[::1]/a",
		"https://u:%zzSECRET@example.com/a":          "https://example.com/a",
		"/srv/git/repo.git":                          "/srv/git/repo.git",
		"../repo":                                    "../repo",
		`C:\git\repo`:                                `C:\git\repo`,
		"file:///srv/repo":                           "file:///srv/repo",
		"origin":                                     "",
		"":                                           "",
	} {
		if got := gitinfo.CleanRemote(raw); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	for _, seed := range []string{"p", "a/b", "#", "?", "@", "%", ":", "//", "1?", "::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, noise string) {
		raw := "https://user:" + noise + "SECRET" + noise + "@example.com/repo"
		if got := gitinfo.CleanRemote(raw); strings.Contains(got, "SECRET") {
			t.Errorf("%q gave %q", raw, got)
		}
	})
}
