package blob_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

// settled writes a file and returns what stat says of it, and a time at which it has settled.
func settled(t testing.TB, name, text string) (fs.FileInfo, time.Time) {
	t.Helper()
	write(t, name, text)
	return stat(t, name), time.Now().Add(3 * time.Second)
}

func stat(t testing.TB, name string) fs.FileInfo {
	t.Helper()
	fi, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return fi
}

func TestMemoryIsSharedThroughItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, file := filepath.Join(dir, "a b\n"), filepath.Join(dir, "index")
	fi, later := settled(t, name, "x")
	a, b := blob.OpenMemory(file), blob.OpenMemory(file)
	if _, ok := b.Lookup(name, fi); ok {
		t.Error("an empty memory remembers")
	}
	a.Remember(name, fi, someDigest, later)
	a.Flush()
	b.Refresh()
	for _, m := range []*blob.Memory{a, b, blob.OpenMemory(file)} {
		if d, ok := m.Lookup(name, fi); d != someDigest || !ok {
			t.Errorf("got %v %v", d, ok)
		}
		if err := m.Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestMemoryDistrustsRecentFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, name := blob.OpenMemory(filepath.Join(dir, "index")), filepath.Join(dir, "f")
	write(t, name, "x")
	m.Remember(name, stat(t, name), someDigest, time.Now())
	if _, ok := m.Lookup(name, stat(t, name)); ok {
		t.Error("remembers a file written this second")
	}
	old, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if err := os.Chtimes(name, future, future); err != nil {
		t.Fatal(err)
	}
	m.Remember(name, stat(t, name), someDigest, time.Now().Add(3*time.Second))
	if _, ok := m.Lookup(name, stat(t, name)); ok {
		t.Error("remembers a file from the future")
	}
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	m.Remember(name, stat(t, name), someDigest, time.Now())
	if _, ok := m.Lookup(name, stat(t, name)); ok && hasCtime(t) {
		t.Error("remembers a file whose time was put back this second")
	}
}

// hasCtime tells whether stat shows more here than size and mtime.
func hasCtime(t testing.TB) bool {
	t.Helper()
	return os.PathSeparator == '/'
}

func TestMemoryNoticesAnEditThatKeepsSizeAndTime(t *testing.T) {
	t.Parallel()
	if !hasCtime(t) {
		t.Skip("stat shows no ctime here")
	}
	dir := t.TempDir()
	m, name := blob.OpenMemory(filepath.Join(dir, "index")), filepath.Join(dir, "f")
	fi, later := settled(t, name, "x")
	m.Remember(name, fi, someDigest, later)
	time.Sleep(20 * time.Millisecond) // The file system's clock has to tick once.
	write(t, name, "y")
	if err := os.Chtimes(name, fi.ModTime(), fi.ModTime()); err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Lookup(name, stat(t, name)); ok {
		t.Error("an edit went unnoticed")
	}
}

func TestMemoryToleratesGarbage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, file := filepath.Join(dir, "f"), filepath.Join(dir, "index")
	fi, later := settled(t, name, "x")
	m := blob.OpenMemory(file)
	m.Remember(name, fi, someDigest, later)
	m.Flush()
	good := read(t, file)
	other := blob.DigestBytes([]byte("other")).Hex()
	forged := strings.Replace(good, someDigest.Hex(), other, 1)
	for _, text := range []string{"\x00\xff\n" + good, good + forged, good + "0badc0de half a li", strings.Repeat("z", 1<<20) + "\n" + good + "\n\n\n"} {
		write(t, file, text)
		if d, ok := blob.OpenMemory(file).Lookup(name, fi); d != someDigest || !ok {
			t.Errorf("%.20q...: got %v %v", text, d, ok)
		}
	}
	write(t, file, good+"0badc0de half a li")
	second, later := settled(t, filepath.Join(dir, "g"), "y")
	m = blob.OpenMemory(file)
	m.Remember(filepath.Join(dir, "g"), second, someDigest, later)
	m.Flush()
	if _, ok := blob.OpenMemory(file).Lookup(filepath.Join(dir, "g"), second); !ok {
		t.Error("half a line swallowed the next one")
	}
}

func TestMemoryIsCompacted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, file := filepath.Join(dir, "f"), filepath.Join(dir, "index")
	fi, later := settled(t, name, "x")
	m := blob.OpenMemory(file)
	last := someDigest
	for i := range 9000 {
		last = blob.DigestBytes(fmt.Append(nil, i))
		m.Remember(name, fi, last, later)
	}
	m.Flush()
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	if size := stat(t, file).Size(); size > 1000 {
		t.Errorf("the file still has %d bytes", size)
	}
	for _, m := range []*blob.Memory{m, blob.OpenMemory(file)} {
		if d, ok := m.Lookup(name, fi); d != last || !ok {
			t.Errorf("got %v %v, want the newest", d, ok)
		}
	}
}

func TestMemoryOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, file := filepath.Join(dir, "f"), filepath.Join(dir, "index")
	fi, later := settled(t, name, "x")
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			m := blob.OpenMemory(file)
			for i := range 100 {
				m.Remember(fmt.Sprint("/", w, "/", i), fi, someDigest, later)
				m.Flush()
			}
		})
	}
	all.Wait()
	m := blob.OpenMemory(file)
	for w := range 4 {
		for i := range 100 {
			if _, ok := m.Lookup(fmt.Sprint("/", w, "/", i), fi); !ok {
				t.Fatalf("%d of process %d is lost", i, w)
			}
		}
	}
}

func TestMemoryThatCannotBeWrittenSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fi, later := settled(t, filepath.Join(dir, "f"), "x")
	m := blob.OpenMemory(filepath.Join(dir, "no such folder", "index"))
	m.Remember(filepath.Join(dir, "f"), fi, someDigest, later)
	m.Flush()
	if m.Err() == nil {
		t.Error("no error")
	}
}

func TestRememberedFilesAreNotRead(t *testing.T) {
	t.Parallel()
	s, name := openStore(t), filepath.Join(t.TempDir(), "f")
	fi, later := settled(t, name, "real content")
	lie := put(t, s, "real CONTENT")
	s.Memory().Remember(name, fi, lie, later)
	if d, _, err := s.PutFile(t.Context(), name); d != lie || err != nil {
		t.Errorf("got %v %v: the file was read", d, err)
	}
	if err := s.Remove(lie); err != nil {
		t.Fatal(err)
	}
	if d, _, err := s.PutFile(t.Context(), name); d != blob.DigestBytes([]byte("real content")) || err != nil {
		t.Errorf("got %v %v: a blob that is gone was promised", d, err)
	}
}
