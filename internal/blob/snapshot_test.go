package blob_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/blob"
)

// snapshotPaths takes a snapshot and lists what is in it, ignore files left out.
func snapshotPaths(t *testing.T, dir string) []string {
	t.Helper()
	tree, _, err := openStore(t).DigestSnapshot(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(paths(tree), func(p string) bool { return p == ".amlignore" || p == ".gitignore" })
}

func TestSnapshotIgnoresWhatAzureIgnores(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("some of the names cannot be made on Windows")
	}
	text, err := os.ReadFile("testdata/azure-ignore.txt")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	dir := t.TempDir()
	for line := range strings.Lines(string(text)) {
		what, data, _ := strings.Cut(line, " ")
		dec := json.NewDecoder(strings.NewReader(data))
		switch what {
		case "files":
			decode(t, dec, &files)
			for _, f := range files {
				write(t, filepath.Join(dir, f), f)
			}
		case "case":
			var lines []string
			var out []int
			decode(t, dec, &lines)
			decode(t, dec, &out)
			var want []string
			for i, f := range files {
				if !slices.Contains(out, i) {
					want = append(want, f)
				}
			}
			slices.Sort(want)
			write(t, filepath.Join(dir, ".amlignore"), strings.Join(lines, "\n"))
			if diff := cmp.Diff(want, snapshotPaths(t, dir)); diff != "" && (len(want) > 0) {
				t.Errorf("%q: want -, got +\n%s", lines, diff)
			}
		}
	}
}

func decode(t *testing.T, dec *json.Decoder, v any) {
	t.Helper()
	if err := dec.Decode(v); err != nil {
		t.Fatal(err)
	}
}

func TestSnapshotChoosesItsIgnoreFile(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"none":                {map[string]string{"a": "", "b": ""}, []string{"a", "b"}},
		"gitignore":           {map[string]string{"a": "", "b": "", ".gitignore": "b"}, []string{"a"}},
		"amlignore wins":      {map[string]string{"a": "", "b": "", ".gitignore": "b", ".amlignore": "a"}, []string{"b"}},
		"even empty":          {map[string]string{"a": "", "b": "", ".gitignore": "b", ".amlignore": ""}, []string{"a", "b"}},
		"nested says nothing": {map[string]string{"d/a": "", "d/.amlignore": "a"}, []string{"d/.amlignore", "d/a"}},
		"windows editor":      {map[string]string{"a": "", "b": "", ".amlignore": "\ufeffa\r\nc\r\n"}, []string{"b"}},
		"git and pycache":     {map[string]string{"a": "", ".git/HEAD": "", "p/__pycache__/x": "", "p/.git": "", ".amlignore": "!.git\n!__pycache__"}, []string{"a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for f, text := range tt.files {
				write(t, filepath.Join(dir, f), text)
			}
			if diff := cmp.Diff(tt.want, snapshotPaths(t, dir)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestSnapshotNeverReadsAnIgnoredDirectory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no named sockets in folders")
	}
	for _, rules := range []string{"secret/", "secret", "/secret\n!keep/me", "!x\nsecret\n!/other/**"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		write(t, filepath.Join(dir, ".amlignore"), rules)
		// A dangling link is an error as soon as somebody looks.
		write(t, filepath.Join(dir, "secret", "deep", "f"), "")
		symlink(t, "nowhere", filepath.Join(dir, "secret", "deep", "link"))
		if got := snapshotPaths(t, dir); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%q: got %v", rules, got)
		}
	}
}

func TestSnapshotRefusesBadRules(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]string{
		"a\n[[:nonsense:]]":                 ".amlignore:2: invalid pattern",
		"a\n\n" + strings.Repeat("x", 5000): ".amlignore:3: pattern is longer",
		"!":                                 ".amlignore:1: invalid pattern",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, ".amlignore"), rules)
		_, _, err := openStore(t).Snapshot(t.Context(), dir)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestSnapshotIsTheSameInACloneElsewhere(t *testing.T) {
	t.Parallel()
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		write(t, filepath.Join(dir, "train.py"), "print()")
		write(t, filepath.Join(dir, ".gitignore"), "*.pyc\n")
	}
	mkdir(t, filepath.Join(b, "empty", "er"))
	write(t, filepath.Join(b, "only", "x.pyc"), "")
	s := openStore(t)
	_, da, err := s.Snapshot(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	_, db, err := s.Snapshot(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if da != db {
		t.Errorf("got %s and %s, want one digest", da, db)
	}
}

func TestSnapshotFollowsLinks(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "lib", "l.py"), "lib")
	write(t, filepath.Join(dir, "a.py"), "a")
	symlink(t, "a.py", filepath.Join(dir, "b.py"))
	symlink(t, filepath.Join(outside, "lib"), filepath.Join(dir, "vendored"))
	tree, _, err := openStore(t).Snapshot(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.py", "b.py", "vendored/l.py"}, paths(tree)); diff != "" {
		t.Error(diff)
	}
	if e, _ := tree.Find("b.py"); e.Digest != blob.DigestBytes([]byte("a")) {
		t.Errorf("got %+v, want the target's content", e)
	}
	symlink(t, ".", filepath.Join(dir, "again"))
	if _, _, err = openStore(t).Snapshot(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v, want a circle noticed", err)
	}
}

func TestSnapshotNamesDanglingLinksAndSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	symlink(t, "nowhere", filepath.Join(dir, "dangling"))
	_, _, err := openStore(t).Snapshot(t.Context(), dir)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, "dangling")) {
		t.Errorf("got %v, want it to name the link", err)
	}
	dir = shortDir(t)
	sock := filepath.Join(dir, "s")
	l, err := net.Listen("unix", sock)
	if err != nil {
		t.Skip("no unix sockets: ", err)
	}
	defer l.Close()
	_, _, err = openStore(t).Snapshot(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), sock+" is a socket") {
		t.Errorf("got %v, want it to name the socket", err)
	}
}

// shortDir is a temporary directory with a name short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "b")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestSnapshotOfOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "train.py"), "print()")
	write(t, filepath.Join(dir, "other.py"), "")
	tree, _, err := openStore(t).Snapshot(t.Context(), filepath.Join(dir, "train.py"))
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(tree); !slices.Equal(got, []string{"train.py"}) {
		t.Errorf("got %v, want the file alone", got)
	}
}
