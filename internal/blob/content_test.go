package blob_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/internal/blob"
)

func TestContentNames(t *testing.T) {
	t.Parallel()
	d := blob.DigestBytes(nil)
	for _, c := range []blob.Content{
		{Digest: d}, {Digest: d, File: "a b.csv"}, {Digest: d, File: ".tree"}, {Digest: d, File: "run.sh", Executable: true}, {Digest: d, File: "é\\x"},
	} {
		got, ok := blob.ParseContent(c.Name())
		if !ok || got != c || !fs.ValidPath(c.Name()) {
			t.Errorf("ParseContent(%q) = %v, %v, want %v", c.Name(), got, ok, c)
		}
	}
	digest := string(d)
	for _, name := range []string{
		"", ".", ".tree", ".tree/", ".tree/x", ".tree/" + digest + "/", ".tree/" + digest + "/a", ".file/" + digest, ".file/" + digest + "/",
		".file/" + digest + "/..", ".file/" + digest + "/.", ".file/" + digest + "/a/b", ".file/" + digest + "/a\x00", ".file/" + digest + "/\xff",
		".program/" + digest, ".other/" + digest, "/.tree/" + digest, ".tree/" + strings.ToUpper(digest), "home/.tree/" + digest,
		"./.tree/" + digest, ".tree/../.tree/" + digest,
	} {
		if got, ok := blob.ParseContent(name); ok {
			t.Errorf("ParseContent(%q) = %v, want nothing", name, got)
		}
	}
}

func TestContentFS(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"a/x": "1", "a/b/y": "22", "a.b": "", "z": "333"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, d, err := s.Snapshot(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	fsys := blob.ContentFS(s)
	sub, err := fs.Sub(fsys, blob.TreeContent(d).Name())
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(sub, "a/x", "a/b/y", "a.b", "z"); err != nil {
		t.Error(err)
	}
	e, _ := tree.Find("a/b/y")
	got, err := fs.ReadFile(fsys, blob.FileContent(e).Name())
	if string(got) != "22" || err != nil {
		t.Errorf("the file holds %q, %v", got, err)
	}
	info, err := fs.Stat(fsys, blob.FileContent(e).Name())
	if err != nil || info.Name() != "y" || info.Size() != 2 || info.Mode() != 0o444 {
		t.Errorf("stat of the file says %v, %v", info, err)
	}
	e.Executable = true
	if info, err = fs.Stat(fsys, blob.FileContent(e).Name()); err != nil || info.Mode() != 0o555 {
		t.Errorf("stat of the program says %v, %v", info, err)
	}
	absent := string(blob.DigestBytes([]byte("absent")))
	for _, name := range []string{
		".", ".tree", ".file", "etc/passwd", ".tree/" + string(d) + "/nothing", ".tree/" + string(d) + "/z/deeper", ".file/" + string(e.Digest),
		".tree/" + absent, ".file/" + absent + "/x", "sha256",
	} {
		if _, err := fs.Stat(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat of %s says %v, want that it is not there", name, err)
		}
	}
	for _, name := range []string{"../x", "/etc/passwd", ".tree/" + string(d) + "/../z"} {
		if _, err := fs.Stat(fsys, name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("stat of %s says %v, want that the name is invalid", name, err)
		}
	}
}

// TestContentLinks: links of a tree are followed, and lead nowhere else.
func TestContentLinks(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d, err := s.PutBytes(t.Context(), []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	tree := blob.Tree{Entries: []blob.Entry{
		{Path: "dir/file", Digest: d, Size: 4}, {Path: "dir/link", Link: "../one"}, {Path: "loop", Link: "loop"}, {Path: "one", Link: "dir/file"},
		{Path: "to", Link: "dir"},
	}}
	root, err := s.PutBytes(t.Context(), tree.Encode())
	if err != nil {
		t.Fatal(err)
	}
	sub, err := fs.Sub(blob.ContentFS(s), blob.TreeContent(root).Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "dir/link"} {
		if got, err := fs.ReadFile(sub, name); string(got) != "text" || err != nil {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if list, err := fs.ReadDir(sub, "to"); err != nil || len(list) != 2 {
		t.Errorf("the folder that a link leads to holds %v, %v", list, err)
	}
	if _, err := fs.Stat(sub, "loop"); err == nil {
		t.Error("a link to itself leads somewhere")
	}
}

// TestContentDamaged: a file that is shorter than its tree says is no file.
func TestContentDamaged(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d, err := s.PutBytes(t.Context(), []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := s.PutBytes(t.Context(), blob.Tree{Entries: []blob.Entry{{Path: "f", Digest: d, Size: 5}}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(blob.ContentFS(s), blob.TreeContent(root).Name()+"/f"); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("reading it says %v, want that it is damaged", err)
	}
}

func FuzzParseContent(f *testing.F) {
	d := blob.DigestBytes(nil)
	f.Add(blob.TreeContent(d).Name())
	f.Add(blob.Content{Digest: d, File: "a"}.Name())
	f.Add(".program/" + string(d) + "/..")
	f.Fuzz(func(t *testing.T, name string) {
		c, ok := blob.ParseContent(name)
		if ok && (c.Name() != name || !fs.ValidPath(name) || strings.ContainsRune(c.File, '/')) {
			t.Errorf("%q is read as %+v, which is %q", name, c, c.Name())
		}
	})
}
