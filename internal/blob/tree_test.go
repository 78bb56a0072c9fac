package blob_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/blob"
)

var someDigest = blob.DigestBytes([]byte("some"))

func TestTreeTextRoundTrip(t *testing.T) {
	t.Parallel()
	tree := blob.Tree{Entries: []blob.Entry{
		{Path: "a b%\n", Digest: someDigest, Size: 4},
		{Path: "bin/run", Digest: someDigest, Size: 4, Executable: true},
		{Path: "bin/run.lnk", Link: "../a b%\n"},
		{Path: "empty", Dir: true},
		{Path: "\xff", Digest: someDigest},
		{Path: "é/ü", Digest: someDigest},
	}}
	sortEntries(&tree)
	got, err := blob.ParseTree(tree.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tree, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if tree.Digest() != blob.DigestBytes(tree.Encode()) {
		t.Error("the digest of a tree is not that of its text")
	}
}

func sortEntries(tree *blob.Tree) {
	e := tree.Entries
	for i := range e {
		for j := i; j > 0 && e[j].Path < e[j-1].Path; j-- {
			e[j], e[j-1] = e[j-1], e[j]
		}
	}
}

func TestParseTreeRefuses(t *testing.T) {
	t.Parallel()
	file := "f " + string(someDigest) + " 4 "
	tests := map[string]struct{ text, want string }{
		"nothing":           {"", "first line"},
		"other version":     {"ischia-tree 2\n", "first line"},
		"up":                {file + "../x\n", "not clean"},
		"up inside":         {file + "a/../../x\n", "not clean"},
		"dot":               {file + ".\n", "empty path"},
		"empty":             {file + "\n", "empty path"},
		"absolute":          {file + "/etc/passwd\n", "absolute"},
		"NUL":               {file + "a%00\n", "NUL"},
		"double slash":      {file + "a//b\n", "not clean"},
		"trailing slash":    {file + "a/\n", "not clean"},
		"twice":             {file + "a\n" + file + "a\n", "not in order"},
		"order":             {file + "b\n" + file + "a\n", "not in order"},
		"below a file":      {file + "a\n" + file + "a-b\n" + file + "a/b\n", "lies below"},
		"below a link":      {"l x a\n" + file + "a/b\n", "lies below"},
		"below an empty":    {"d a\n" + file + "a/b\n", "lies below"},
		"link out":          {"l ../x a\n", "leads out"},
		"link absolute":     {"l /x a\n", "leads out"},
		"link not clean":    {"l b/../../x c/a\n", "leads out"},
		"link through link": {"l b/../.. c/a\n", "leads out"},
		"digest":            {"f sha256:12 4 a\n", "invalid digest"},
		"upper case":        {"f " + strings.ToUpper(string(someDigest)) + " 4 a\n", "invalid digest"},
		"negative":          {"f " + string(someDigest) + " -4 a\n", "negative"},
		"size form":         {"f " + string(someDigest) + " 04 a\n", "canonical"},
		"plus":              {"f " + string(someDigest) + " +4 a\n", "canonical"},
		"needless escape":   {file + "%61\n", "canonical"},
		"lower-case escape": {file + "a%0a\n", "canonical"},
		"bad escape":        {file + "a%zz\n", "bad escape"},
		"short escape":      {file + "a%0\n", "cut-off"},
		"unknown":           {"z a\n", "unknown entry"},
		"too many":          {"d a b\n", "unknown entry"},
		"cut off":           {file + "a", "cut off"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := tt.text
			if name != "nothing" && name != "other version" {
				text = "ischia-tree 1\n" + text
			}
			if _, err := blob.ParseTree([]byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzParseTree(f *testing.F) {
	f.Add([]byte("ischia-tree 1\n"))
	f.Add([]byte("ischia-tree 1\nf " + string(someDigest) + " 4 a%20b\nl a%20b c\nd d/e\n"))
	f.Add([]byte("ischia-tree 1\nl ../../x a/b/c\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		tree, err := blob.ParseTree(text)
		if err != nil {
			return
		}
		if !bytes.Equal(tree.Encode(), text) {
			t.Errorf("encodes to %q", tree.Encode())
		}
		for _, e := range tree.Entries {
			if !fs.ValidPath(strings.ToValidUTF8(e.Path, "?")) {
				t.Errorf("let %q through", e.Path)
			}
			if e.Link != "" && strings.HasPrefix(filepath.Join("/root", filepath.Dir(e.Path), e.Link)+"/", "/root/") == false {
				t.Errorf("let a link out: %q to %q", e.Path, e.Link)
			}
		}
	})
}

func TestTreeThereAndBack(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	write(t, filepath.Join(src, "a-b"), "1")
	write(t, filepath.Join(src, "a", "b"), "2")
	write(t, filepath.Join(src, "run.sh"), "#!")
	if err := os.Chmod(filepath.Join(src, "run.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	mkdir(t, filepath.Join(src, "none", "at all"))
	symlink(t, "../a-b", filepath.Join(src, "a", "link"))
	symlink(t, "gone", filepath.Join(src, "dangling"))
	s := openStore(t)
	tree, d, err := s.PutTree(t.Context(), src, blob.TreeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a-b", "a/b", "a/link", "dangling", "none/at all", "run.sh"}, paths(tree)); diff != "" {
		t.Error(diff)
	}
	got, err := s.GetTree(t.Context(), d)
	if err != nil || cmp.Diff(tree, got) != "" {
		t.Errorf("got %v %v back", got, err)
	}
	for _, readOnly := range []bool{false, true} {
		dst := filepath.Join(t.TempDir(), "out")
		if err := s.MaterializeTree(t.Context(), tree, dst, blob.Mode{ReadOnly: readOnly}); err != nil {
			t.Fatal(err)
		}
		if _, again, err := s.DigestTree(t.Context(), dst, blob.TreeOptions{}); again != d || err != nil {
			t.Errorf("came back as %s %v, want %s", again, err, d)
		}
		checkModes(t, dst, readOnly)
		if err := blob.RemoveAll(dst); err != nil {
			t.Error(err)
		}
	}
	if verifyAll(t, s) == 0 {
		t.Error("nothing stored")
	}
}

func checkModes(t *testing.T, dst string, readOnly bool) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	want := map[string]fs.FileMode{"a-b": 0o644, "run.sh": 0o755, "a": 0o755}
	if readOnly {
		want = map[string]fs.FileMode{"a-b": 0o444, "run.sh": 0o555, "a": 0o555, ".": 0o555, "none/at all": 0o555}
	}
	for p, mode := range want {
		fi, err := os.Stat(filepath.Join(dst, p))
		if err != nil || fi.Mode().Perm() != mode {
			t.Errorf("%s: got %v %v, want %v", p, fi.Mode().Perm(), err, mode)
		}
	}
}

func TestMaterializeTreeStaysInside(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := put(t, s, "evil")
	outside, dst := t.TempDir(), t.TempDir()
	symlink(t, outside, filepath.Join(dst, "door"))
	for name, tree := range map[string]blob.Tree{
		"through a link that is there": {Entries: []blob.Entry{{Path: "door/x", Digest: d, Size: 4}}},
		"up":                           {Entries: []blob.Entry{{Path: "../x", Digest: d, Size: 4}}},
		"link":                         {Entries: []blob.Entry{{Path: "x", Link: "../../x"}}},
	} {
		if err := s.MaterializeTree(t.Context(), tree, dst, blob.Mode{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if e, _ := os.ReadDir(outside); len(e) > 0 {
		t.Errorf("something was written outside: %v", e)
	}
}

func TestMaterializeTreeOverwritesNothingAndChecksSizes(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	tree := blob.Tree{Entries: []blob.Entry{{Path: "x", Digest: put(t, s, "new"), Size: 3}}}
	dst := t.TempDir()
	write(t, filepath.Join(dst, "x"), "old")
	if err := s.MaterializeTree(t.Context(), tree, dst, blob.Mode{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want ErrExist", err)
	}
	if got := read(t, filepath.Join(dst, "x")); got != "old" {
		t.Errorf("got %q, want the old file", got)
	}
	tree.Entries[0].Size = 4
	if err := s.MaterializeTree(t.Context(), tree, t.TempDir(), blob.Mode{}); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestPutTreeTakesContentOfLinksThatLeaveTheFolder(t *testing.T) {
	t.Parallel()
	outside, src := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "f"), "far")
	write(t, filepath.Join(src, "near", "f"), "near")
	symlink(t, filepath.Join(outside, "f"), filepath.Join(src, "absolute"))
	symlink(t, "near/../near/f", filepath.Join(src, "unclean"))
	symlink(t, "near/f", filepath.Join(src, "kept"))
	symlink(t, filepath.Join(src, "near"), filepath.Join(src, "dir"))
	s := openStore(t)
	tree, _, err := s.AdoptTree(t.Context(), src, blob.TreeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near, far := blob.DigestBytes([]byte("near")), blob.DigestBytes([]byte("far"))
	want := []blob.Entry{
		{Path: "absolute", Digest: far, Size: 3}, {Path: "dir/f", Digest: near, Size: 4},
		{Path: "kept", Link: "near/f"}, {Path: "near/f", Digest: near, Size: 4}, {Path: "unclean", Digest: near, Size: 4},
	}
	if diff := cmp.Diff(want, tree.Entries); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if got := read(t, filepath.Join(outside, "f")); got != "far" {
		t.Error("adopting a folder took a file from elsewhere")
	}
}
