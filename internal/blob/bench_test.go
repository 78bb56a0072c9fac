package blob_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

const benchFiles = 20_000

// manyFiles makes a folder of small files that have not been touched for an hour (as far as their
// mtime goes) and waits until their digests may be remembered.
func manyFiles(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	old := time.Now().Add(-time.Hour)
	for i := range benchFiles {
		name := filepath.Join(dir, fmt.Sprint(i%100), fmt.Sprint(i))
		write(b, name, strings.Repeat(fmt.Sprintln(i), 100))
		if err := os.Chtimes(name, old, old); err != nil {
			b.Fatal(err)
		}
	}
	time.Sleep(2100 * time.Millisecond)
	return dir
}

func perFile(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchFiles, "us/file")
}

func BenchmarkSnapshotFirst(b *testing.B) {
	dir := manyFiles(b)
	for b.Loop() {
		s := openStore(b)
		if _, _, err := s.Snapshot(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
	perFile(b)
}

func BenchmarkSnapshotUnchanged(b *testing.B) {
	dir, s := manyFiles(b), openStore(b)
	if _, _, err := s.Snapshot(b.Context(), dir); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		// A new process: the memory is read from its file.
		if _, _, err := openAt(b, s.Dir()).Snapshot(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
	perFile(b)
}

func BenchmarkMaterializeTree(b *testing.B) {
	dir, s := manyFiles(b), openStore(b)
	tree, _, err := s.Snapshot(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.MaterializeTree(b.Context(), tree, filepath.Join(b.TempDir(), "out"), blob.Mode{ReadOnly: true}); err != nil {
			b.Fatal(err)
		}
	}
	perFile(b)
}

func BenchmarkPutGigabyte(b *testing.B) {
	name := filepath.Join(b.TempDir(), "big")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	piece := []byte(strings.Repeat("some content\n", 80_000))
	for range 1000 {
		if _, err := f.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(piece)) * 1000)
	for b.Loop() {
		if _, _, err := openStore(b).PutFile(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}
