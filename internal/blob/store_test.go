package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
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
	"testing"
	"testing/iotest"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

func TestParseDigest(t *testing.T) {
	t.Parallel()
	if d, err := blob.ParseDigest(string(someDigest)); d != someDigest || err != nil {
		t.Errorf("got %v %v", d, err)
	}
	for _, s := range []string{"", "sha256:", "sha1:" + someDigest.Hex(), someDigest.Hex(), string(someDigest) + "0", "sha256:../" + someDigest.Hex()[3:]} {
		if _, err := blob.ParseDigest(s); err == nil {
			t.Errorf("%q parses", s)
		}
		if _, err := openStore(t).Open(blob.Digest(s)); err == nil {
			t.Errorf("%q opens", s)
		}
	}
}

func TestPutGivesBackWhatWasPut(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t), t.TempDir()
	for _, size := range []int{0, 1, 256 << 10, 256<<10 + 1, 3 << 20} {
		data := make([]byte, size)
		_, _ = rand.Read(data)
		name := filepath.Join(dir, fmt.Sprint(size))
		write(t, name, string(data))
		want := blob.DigestBytes(data)
		if d, n, err := s.DigestFile(t.Context(), name); d != want || n != int64(size) || err != nil || s.Has(want) {
			t.Errorf("DigestFile: got %v %v %v", d, n, err)
		}
		if d, n, err := s.PutFile(t.Context(), name); d != want || n != int64(size) || err != nil {
			t.Errorf("PutFile: got %v %v %v", d, n, err)
		}
		if d, n, err := s.PutReader(t.Context(), bytes.NewReader(data)); d != want || n != int64(size) || err != nil {
			t.Errorf("PutReader: got %v %v %v", d, n, err)
		}
		f, err := s.Open(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, data) {
			t.Errorf("size %d: got %d bytes, %v", size, len(got), err)
		}
		if i, err := s.Stat(want); i.Size != int64(size) || err != nil {
			t.Errorf("Stat: got %+v %v", i, err)
		}
		if d, _, err := s.Adopt(t.Context(), name); d != want || err != nil {
			t.Errorf("Adopt: got %v %v", d, err)
		}
	}
	if n := verifyAll(t, s); n != 5 || leftovers(t, s) != 0 {
		t.Errorf("got %d blobs and %d temporary files", n, leftovers(t, s))
	}
}

func TestMissingAndDamagedBlobs(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	_, err1 := s.Open(someDigest)
	_, err2 := s.Stat(someDigest)
	err3 := s.Verify(t.Context(), someDigest)
	err4 := s.Materialize(t.Context(), someDigest, filepath.Join(t.TempDir(), "x"), 0o444)
	_, err5 := s.GetTree(t.Context(), someDigest)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want ErrNotExist", err)
		}
	}
	d := put(t, s, "some content")
	hex := d.Hex()
	name := filepath.Join(s.Dir(), "sha256", hex[:2], hex[2:])
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, name, "cut")
	if err := s.Verify(t.Context(), d); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	if _, err := s.GetTree(t.Context(), d); !errors.Is(err, blob.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	put(t, s, "some content")
	if err := s.Verify(t.Context(), d); err != nil {
		t.Errorf("storing again did not repair: %v", err)
	}
	if err := errors.Join(s.Remove(d), s.Remove(d)); err != nil || s.Has(d) {
		t.Errorf("remove: %v", err)
	}
}

// TestStoringRepairs: content whose blob was edited, its size kept, is stored
// anew by all ways of storing it.
func TestStoringRepairs(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	ways := map[string]func(name string) error{
		"bytes": func(string) error { _, err := s.PutBytes(t.Context(), []byte("some content")); return err },
		"file":  func(name string) error { _, _, err := s.PutFile(t.Context(), name); return err },
		"adopt": func(name string) error { _, _, err := s.Adopt(t.Context(), name); return err },
		"tree": func(name string) error {
			_, _, err := s.PutTree(t.Context(), filepath.Dir(name), blob.TreeOptions{})
			return err
		},
	}
	file := filepath.Join(t.TempDir(), "f")
	long := time.Now().Add(-time.Hour)
	for name, store := range ways {
		write(t, file, "some content")
		if err := os.Chtimes(file, long, long); err != nil {
			t.Fatal(err)
		}
		d := put(t, s, "some content")
		hex := d.Hex()
		stored := filepath.Join(s.Dir(), "sha256", hex[:2], hex[2:])
		if err := os.Chmod(stored, 0o644); err != nil {
			t.Fatal(err)
		}
		write(t, stored, "sOmE cOnTeNt")
		if err := errors.Join(store(file), s.Verify(t.Context(), d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFailedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("line cut")))
	if _, _, err := s.PutReader(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "line cut") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	name := filepath.Join(t.TempDir(), "f")
	write(t, name, "x")
	_, _, err1 := s.PutReader(ctx, strings.NewReader("x"))
	_, _, err2 := s.PutFile(ctx, name)
	_, _, err3 := s.Adopt(ctx, name)
	_, _, err4 := s.PutTree(ctx, filepath.Dir(name), blob.TreeOptions{})
	err5 := s.Materialize(ctx, someDigest, name+"2", 0o444)
	for i, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%d: got %v, want Canceled", i, err)
		}
	}
	if n := verifyAll(t, s); n != 0 || leftovers(t, s) != 0 {
		t.Errorf("got %d blobs and %d temporary files", n, leftovers(t, s))
	}
}

func TestPutRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	if _, _, err := s.PutFile(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat("/dev/null"); err == nil {
		if _, _, err := s.PutFile(t.Context(), "/dev/null"); err == nil || !strings.Contains(err.Error(), "device") {
			t.Errorf("got %v", err)
		}
	}
}

func TestMaterializedCopyIsPrivate(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := put(t, s, "precious")
	dst := filepath.Join(t.TempDir(), "in")
	if err := s.Materialize(t.Context(), d, dst, 0o555); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Stat(dst); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o555 {
		t.Errorf("got %v %v", fi.Mode(), err)
	}
	if err := s.Materialize(t.Context(), d, dst, 0o444); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want ErrExist", err)
	}
	if err := os.Chmod(dst, 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, dst, "PRECIOUS")
	if err := s.Verify(t.Context(), d); err != nil {
		t.Error(err)
	}
}

func TestAdoptCopiesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t), t.TempDir()
	first, second, open := filepath.Join(dir, "1"), filepath.Join(dir, "2"), filepath.Join(dir, "3")
	write(t, first, "linked")
	if err := os.Link(first, second); err != nil {
		t.Skip("no hard links: ", err)
	}
	linked, _, err := s.Adopt(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	write(t, second, "LINKED")
	write(t, open, "written later")
	f, err := os.OpenFile(open, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	late, _, err := s.Adopt(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("WRITTEN"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{first, open} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there", name)
		}
	}
	if err := s.Verify(t.Context(), linked); err != nil {
		t.Error(err)
	}
	if err := s.Verify(t.Context(), late); runtime.GOOS == "linux" && err != nil {
		t.Error(err)
	}
}

func TestFileThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	s, name := openStore(t), filepath.Join(t.TempDir(), "log")
	write(t, name, strings.Repeat("x", 1<<20))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for ctx.Err() == nil {
			_, _ = f.WriteString("more")
			runtime.Gosched()
		}
		_ = f.Close()
	})
	for range 5 {
		if _, _, err := s.PutFile(t.Context(), name); err != nil && !errors.Is(err, blob.ErrChanged) {
			t.Errorf("got %v, want ErrChanged or nothing", err)
		}
	}
	cancel()
	writer.Wait()
	verifyAll(t, s)
}

func TestOpenCleansOldTemporaryFilesOnly(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	old, young := filepath.Join(s.Dir(), "tmp", "old"), filepath.Join(s.Dir(), "tmp", "young")
	write(t, old, "")
	write(t, young, "")
	then := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	openAt(t, s.Dir())
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Error("old one is still there")
	}
	read(t, young)
}

func TestUseKeepsABlobYoung(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	d := put(t, s, "x")
	name := filepath.Join(s.Dir(), "sha256", d.Hex()[:2], d.Hex()[2:])
	for what, use := range map[string]func() error{
		"put":  func() error { _, err := s.PutBytes(t.Context(), []byte("x")); return err },
		"open": func() error { f, err := s.Open(d); return errors.Join(err, f.Close()) },
	} {
		then := time.Now().Add(-48 * time.Hour)
		if err := errors.Join(os.Chtimes(name, then, then), use()); err != nil {
			t.Fatal(err)
		}
		if i, _ := s.Stat(d); time.Since(i.Used) > time.Hour {
			t.Errorf("%s: last used %v", what, i.Used)
		}
	}
}

func TestTwoStoresOnOneDirectory(t *testing.T) {
	t.Parallel()
	dir, src := filepath.Join(t.TempDir(), "blobs"), t.TempDir()
	for i := range 50 {
		write(t, filepath.Join(src, fmt.Sprint(i)), strings.Repeat(fmt.Sprint(i), 10*i))
	}
	var both sync.WaitGroup
	var digests [4]blob.Digest
	for i := range digests {
		s := openAt(t, dir)
		both.Go(func() {
			for range 5 {
				_, d, err := s.PutTree(t.Context(), src, blob.TreeOptions{})
				if err != nil {
					t.Error(err)
				}
				digests[i] = d
			}
		})
	}
	both.Wait()
	if digests[0] != digests[1] || digests[0] != digests[3] {
		t.Errorf("got %v, want one digest", digests)
	}
	s := openAt(t, dir)
	if n := verifyAll(t, s); n != 51 || leftovers(t, s) != 0 {
		t.Errorf("got %d blobs, want 50 files and a tree; %d temporary files", n, leftovers(t, s))
	}
}

func TestKilledWriterLeavesNoWrongBlob(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills 10 processes")
	}
	dir := filepath.Join(t.TempDir(), "blobs")
	for i := range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "BLOB_TEST_WRITE_INTO="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+17*i) * time.Millisecond) // A process is killed by the clock.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	s := openAt(t, dir)
	if n := verifyAll(t, s); n < 10 {
		t.Errorf("only %d blobs were written", n)
	}
}
