package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ischia-ml/ischia/internal/cache"
)

func describe(pairs ...string) cache.Description {
	var d cache.Description
	for i := 0; i < len(pairs); i += 2 {
		d.Add(pairs[i], pairs[i+1])
	}
	return d
}

func entry(pairs ...string) cache.Entry {
	d := describe(pairs...)
	return cache.Entry{
		Key: d.Key(), Description: d.Text(), Job: "j", Root: "r", Step: "s", Created: time.Unix(1, 0).UTC(), Took: time.Second,
		Outputs: []cache.Output{{Name: "o", Type: "uri_folder", Digest: "sha256:00", Folder: true}},
	}
}

func open(t *testing.T, dir string, readOnly bool) *cache.Cache {
	t.Helper()
	c, err := cache.Open(dir, readOnly)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPutGet(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	e := entry("command", "echo a\nb", "input x", "1")
	if _, ok, err := c.Get(e.Key); ok || err != nil {
		t.Fatalf("an empty cache answers %v, %v", ok, err)
	}
	if err := c.Put(e); err != nil {
		t.Fatal(err)
	}
	got, ok, err := c.Get(e.Key)
	if !ok || err != nil || !cmp.Equal(got, e) {
		t.Fatalf("got %+v, %v, %v", got, ok, err)
	}
	ro := open(t, c.Dir(), true)
	if _, ok, err := ro.Get(e.Key); !ok || err != nil {
		t.Errorf("read-only: %v, %v", ok, err)
	}
	other := entry("command", "other")
	if err := ro.Put(other); err != nil {
		t.Error(err)
	}
	if _, ok, _ := c.Get(other.Key); ok {
		t.Error("a read-only cache stored an entry")
	}
	if err := c.Remove(e.Key); err != nil {
		t.Error(err)
	}
	if _, ok, _ := c.Get(e.Key); ok {
		t.Error("a removed entry answers")
	}
}

func TestDamageIsNeverAnAnswer(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	e := entry("command", "echo")
	if err := c.Put(e); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(c.Dir(), "steps-1", string(e.Key[:2]), string(e.Key))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := slices.Clone(whole)
		bad[i] ^= 1
		for _, text := range [][]byte{bad, whole[:i]} {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, ok, err := c.Get(e.Key); ok || !errors.Is(err, cache.ErrDamaged) {
				t.Fatalf("damaged at byte %d: %v, %v", i, ok, err)
			}
		}
	}
}

func TestEntryOfAnotherKey(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	a, b := entry("command", "a"), entry("command", "b")
	if err := c.Put(a); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(c.Dir(), "steps-1")
	if err := os.MkdirAll(filepath.Join(dir, string(b.Key[:2])), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, string(a.Key[:2]), string(a.Key)), filepath.Join(dir, string(b.Key[:2]), string(b.Key))); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Get(b.Key); ok || !errors.Is(err, cache.ErrDamaged) {
		t.Errorf("got %v, %v", ok, err)
	}
}

// TestPathsAreNoNames: a cache folder may be shared with others, and what they
// write there names no file outside the job's folder.
func TestPathsAreNoNames(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir(), false)
	for _, name := range []string{"..", "../other", "/etc", "a/b", "."} {
		job, file := entry("command", "job "+name), entry("command", "file "+name)
		job.Job = name
		file.Outputs = []cache.Output{{Name: "out", File: name}}
		for _, e := range []cache.Entry{job, file} {
			if err := c.Put(e); err != nil {
				t.Fatal(err)
			}
			_, ok, err := c.Get(e.Key)
			_, answers, fault := c.Answer(e.Key)
			if ok || answers || !errors.Is(err, cache.ErrDamaged) || !errors.Is(fault, cache.ErrDamaged) {
				t.Errorf("%q: %v %v, %v %v", name, ok, err, answers, fault)
			}
		}
	}
}

func TestManyWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := entry("command", "same")
	var wg sync.WaitGroup
	for range 20 {
		c := open(t, dir, false)
		wg.Go(func() {
			for range 20 {
				if err := c.Put(e); err != nil {
					t.Error(err)
				}
				if _, ok, err := c.Get(e.Key); !ok || err != nil {
					t.Errorf("%v, %v", ok, err)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	if err := open(t, dir, true).Walk(func(cache.Info) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d entries, %v; want 1", n, err)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old := describe("command", "a", "input x", "1", "package numpy", "1.0")
	now := describe("command", "a", "input x", "2", "package scipy", "2.0")
	want := []cache.Difference{
		{Field: "input x", Old: "1", New: "2"},
		{Field: "package scipy", New: "2.0", Added: true},
		{Field: "package numpy", Old: "1.0", Removed: true},
	}
	if got := cache.Diff(old, now); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if len(cache.Diff(now, now)) != 0 {
		t.Error("a description differs from itself")
	}
}

func FuzzDescription(f *testing.F) {
	f.Add("command", "echo a", "input\nx", "\xff\"")
	f.Fuzz(func(t *testing.T, f1, v1, f2, v2 string) {
		d := describe(f1, v1, f2, v2)
		got, err := cache.ParseDescription(d.Text())
		if err != nil || !slices.Equal(got.Lines, d.Lines) {
			t.Fatalf("%q reads as %+v, %v", d.Text(), got, err)
		}
		if f1 != f2 && d.Key() == describe(f2, v2, f1, v1).Key() {
			t.Fatal("order does not count")
		}
	})
}

func FuzzParseDescription(f *testing.F) {
	f.Add(describe("a", "b").Text())
	f.Fuzz(func(t *testing.T, text string) {
		d, err := cache.ParseDescription(text)
		if err == nil && d.Text() != text {
			t.Fatalf("%q reads, and prints as %q", text, d.Text())
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Fatal("an error without words")
		}
	})
}
