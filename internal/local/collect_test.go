package local_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// shared is a folder of step results.
type shared struct {
	t       *testing.T
	dir     string
	entries *cache.Cache
	blobs   *blob.Store
}

func newShared(t *testing.T) *shared {
	t.Helper()
	s := &shared{t: t, dir: t.TempDir()}
	var err error
	if s.entries, err = cache.Open(s.dir, false); err != nil {
		t.Fatal(err)
	}
	if s.blobs, err = blob.Open(filepath.Join(s.dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shared) folder() *local.CacheFolder {
	s.t.Helper()
	f, err := local.OpenSharedCache(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// put adds an entry whose output is a folder with these texts, used so long ago.
func (s *shared) put(name string, used time.Duration, texts ...string) cache.Key {
	s.t.Helper()
	var tree blob.Tree
	for i, text := range texts {
		d, err := s.blobs.PutBytes(s.t.Context(), []byte(text))
		if err != nil {
			s.t.Fatal(err)
		}
		tree.Entries = append(tree.Entries, blob.Entry{Path: fmt.Sprintf("f%03d", i), Digest: d, Size: int64(len(text))})
	}
	root, err := s.blobs.PutBytes(s.t.Context(), tree.Encode())
	if err != nil {
		s.t.Fatal(err)
	}
	var d cache.Description
	d.Add("command", name)
	e := cache.Entry{
		Key: d.Key(), Description: d.Text(), Job: "j", Step: name,
		Outputs: []cache.Output{{Name: "o", Type: "uri_folder", Digest: string(root), Folder: true}},
	}
	if err := s.entries.Put(e); err != nil {
		s.t.Fatal(err)
	}
	ago := time.Now().Add(-used)
	if err := os.Chtimes(s.entryFile(e.Key), ago, ago); err != nil {
		s.t.Fatal(err)
	}
	return e.Key
}

func (s *shared) entryFile(k cache.Key) string {
	return filepath.Join(s.dir, "steps-1", string(k[:2]), string(k))
}

func (s *shared) left(keys ...cache.Key) string {
	s.t.Helper()
	var b strings.Builder
	for i, k := range keys {
		if _, ok, err := s.entries.Get(k); err != nil {
			s.t.Error(err)
		} else if ok {
			b.WriteByte("abcdefgh"[i])
		}
	}
	return b.String()
}

// age makes all blobs below a folder look unused for long.
func age(t *testing.T, dir string) {
	t.Helper()
	ago := time.Now().Add(-48 * time.Hour)
	err := filepath.WalkDir(filepath.Join(dir, "sha256"), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(name, ago, ago)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shared) collect(o local.CollectOptions) local.Collected {
	s.t.Helper()
	done, err := s.folder().Collect(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.sound()
	return done
}

func (s *shared) sound() {
	s.t.Helper()
	v, err := s.folder().Verify(s.t.Context(), false)
	if err != nil || len(v.Problems) > 0 {
		s.t.Errorf("verify: %+v, %v", v.Problems, err)
	}
}

func (s *shared) count() int {
	s.t.Helper()
	n := 0
	if err := s.blobs.Walk(s.t.Context(), func(blob.Info) error { n++; return nil }); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestCollectTakesTheOldestFirst(t *testing.T) {
	t.Parallel()
	big := func(c string) string { return strings.Repeat(c, 10_000) }
	s := newShared(t)
	a := s.put("a", 3*time.Hour, big("1"), big("2"))
	b := s.put("b", 4*time.Hour, big("2"), big("3"))
	c := s.put("c", 50*time.Hour, big("4"))
	age(t, s.blobs.Dir())
	if got := s.collect(local.CollectOptions{MaxBytes: local.DefaultCacheBytes}); got.Entries+got.Blobs != 0 || got.KeptEntries != 3 {
		t.Errorf("within the bound: %+v", got)
	}
	dry := s.collect(local.CollectOptions{MaxBytes: 35_000, DryRun: true})
	if got := s.left(a, b, c); got != "abc" {
		t.Errorf("after a dry run there are %s", got)
	}
	got := s.collect(local.CollectOptions{MaxBytes: 35_000})
	if dry.DryRun, got.DryRun = false, false; got != dry {
		t.Errorf("the dry run said %+v, done was %+v", dry, got)
	}
	if left := s.left(a, b, c); left != "ab" || got.Blobs != 2 || got.KeptBytes > 35_000 {
		t.Errorf("left %s, %+v", left, got)
	}
	// b shares a file with a: only its own goes.
	if got := s.collect(local.CollectOptions{MaxBytes: 30_000}); s.left(a, b, c) != "a" || got.Blobs != 2 || s.count() != 3 {
		t.Errorf("left %s, %+v, %d blobs", s.left(a, b, c), got, s.count())
	}
	s.collect(local.CollectOptions{MaxBytes: 0})
	if s.left(a, b, c) != "" || s.count() != 0 {
		t.Errorf("left %q and %d blobs", s.left(a, b, c), s.count())
	}
}

func TestCollectByAge(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	a, b := s.put("a", 40*24*time.Hour, "1"), s.put("b", 20*24*time.Hour, "2")
	got := s.collect(local.CollectOptions{MaxBytes: local.DefaultCacheBytes, MaxAge: 30 * 24 * time.Hour})
	if s.left(a, b) != "b" || got.Entries != 1 {
		t.Errorf("left %s, %+v", s.left(a, b), got)
	}
	// The blobs were stored just now: they stay for a while.
	if got.Spared != 2 || got.Blobs != 0 || s.count() != 4 {
		t.Errorf("%+v, %d blobs", got, s.count())
	}
}

func TestCollectCleansUp(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	litter := []string{
		filepath.Join(s.dir, "tmp", "entry-1"), filepath.Join(s.dir, "blobs", "tmp", "put-1"), filepath.Join(s.dir, "blobs", "stat-index-1"),
	}
	ago := time.Now().Add(-3 * time.Hour)
	for _, name := range litter {
		writeExecutable(t, name, "half")
		if err := os.Chtimes(name, ago, ago); err != nil {
			t.Fatal(err)
		}
	}
	bad := s.put("bad", time.Minute, "x")
	if err := os.WriteFile(s.entryFile(bad), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.collect(local.CollectOptions{MaxBytes: local.DefaultCacheBytes}); got.Entries != 1 {
		t.Errorf("a damaged entry stays: %+v", got)
	}
	for _, name := range litter {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is there", name)
		}
	}
}

func TestNoCacheThere(t *testing.T) {
	t.Parallel()
	if _, err := local.OpenSharedCache(t.TempDir()); !errors.Is(err, local.ErrNoCache) {
		t.Errorf("got %v", err)
	}
}

// TestCollectKeepsWhatTheLedgerHolds: whatever goes, each output can be
// exported, each step reused or run, in any workspace.
func TestCollectKeepsWhatTheLedgerHolds(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	other := workspace.BuiltIn()
	other.Workspace = "other"
	var results []local.Result
	for _, scope := range []workspace.Scope{workspace.BuiltIn(), other} {
		req := p.request()
		req.Scope = scope
		res, err := p.l.Run(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, res)
	}
	blobs := filepath.Join(p.l.Dir(), "blobs")
	garbage := putGarbage(t, p.l)
	age(t, blobs)
	folder, err := p.l.Cache()
	if err != nil {
		t.Fatal(err)
	}
	got, err := folder.Collect(t.Context(), local.CollectOptions{})
	if err != nil || got.Entries != 2 || got.Blobs != 1 {
		t.Fatalf("collected %+v, %v", got, err)
	}
	if store, _ := p.l.Blobs(); store.Has(garbage) {
		t.Error("a blob that nobody refers to stays")
	}
	v, err := folder.Verify(t.Context(), false)
	if err != nil || len(v.Problems) > 0 || v.Blobs < 4 {
		t.Errorf("verify: %+v, %v", v, err)
	}
	for i, scope := range []workspace.Scope{workspace.BuiltIn(), other} {
		out := filepath.Join(t.TempDir(), "out")
		if err := p.l.Export(t.Context(), scope, results[i].Outputs, out); err != nil {
			t.Error(err)
		}
	}
	p.want("after the collection", local.CacheOptions{}, "", "prep train")
	p.want("again", local.CacheOptions{}, "prep train", "")
	size, err := folder.Size(t.Context())
	if err != nil || size.Entries != 2 || size.Blobs != size.LedgerBlobs+size.CacheBlobs+size.LooseBlobs || size.LedgerBytes == 0 {
		t.Errorf("size: %+v, %v", size, err)
	}
}

func putGarbage(t *testing.T, l *local.Local) blob.Digest {
	t.Helper()
	blobs, err := l.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	d, err := blobs.PutBytes(t.Context(), []byte("nobody's"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestVerifyAndFix damages what is stored, each in its way.
func TestVerifyAndFix(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	res := p.run(t.Context())
	folder, err := p.l.Cache()
	if err != nil {
		t.Fatal(err)
	}
	blobs, _ := p.l.Blobs()
	output := blob.DigestBytes([]byte("PENGUINS\n"))
	name := filepath.Join(blobs.Dir(), "sha256", output.Hex()[:2], output.Hex()[2:])
	for _, tt := range []struct {
		kind  string
		spoil func() error
	}{
		{"damaged", func() error {
			return errors.Join(os.Chmod(name, 0o644), os.WriteFile(name, []byte("pENGUINS\n"), 0o644))
		}},
		{"missing", func() error { return os.Remove(name) }},
	} {
		if err := tt.spoil(); err != nil {
			t.Fatal(err)
		}
		v, err := folder.Verify(t.Context(), false)
		if err != nil || len(v.Problems) != 1 || v.Sound() {
			t.Fatalf("%s: %+v, %v", tt.kind, v, err)
		}
		if got := v.Problems[0]; got.Kind != tt.kind || got.Name != string(output) || got.NeededBy == "" || got.Fixed {
			t.Errorf("%s: %+v", tt.kind, got)
		}
		if v, err = folder.Verify(t.Context(), true); err != nil || v.Sound() {
			t.Errorf("%s: what the record needs passes for fixed: %+v, %v", tt.kind, v, err)
		}
		p.want("after the fix of "+tt.kind, local.CacheOptions{}, "prep", "train")
		if v, err = folder.Verify(t.Context(), false); err != nil || len(v.Problems) != 0 {
			t.Errorf("%s: the step has run, and still: %+v, %v", tt.kind, v, err)
		}
	}
	if err := p.l.Export(t.Context(), workspace.BuiltIn(), res.Outputs, filepath.Join(t.TempDir(), "out")); err != nil {
		t.Error(err)
	}
}

func TestVerifyAndFixShared(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	good, torn, poor := s.put("good", 0, "1"), s.put("torn", 0, "2"), s.put("poor", 0, "3")
	if err := os.WriteFile(s.entryFile(torn), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.blobs.Remove(blob.DigestBytes([]byte("3"))); err != nil {
		t.Fatal(err)
	}
	v, err := s.folder().Verify(t.Context(), false)
	if err != nil || v.Entries != 3 || len(v.Problems) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	if v, err = s.folder().Verify(t.Context(), true); err != nil || !v.Sound() || len(v.Problems) != 2 {
		t.Errorf("fix: %+v, %v", v, err)
	}
	if left := s.left(good, torn, poor); left != "a" {
		t.Errorf("left %s", left)
	}
	s.sound()
}

// TestCollectWhileAJobRuns: it is refused, and says which job.
func TestCollectWhileAJobRuns(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	folder, err := p.l.Cache()
	if err != nil {
		t.Fatal(err)
	}
	req := p.request()
	var once []error
	req.Watch = func(e local.Event) {
		if e.Step == "prep" && e.Status == workspace.Running {
			_, err := folder.Collect(t.Context(), local.CollectOptions{})
			once = append(once, err)
		}
	}
	res, err := p.l.Run(t.Context(), req)
	if err != nil || len(once) != 1 {
		t.Fatal(err, once)
	}
	var busy *local.BusyError
	if !errors.As(once[0], &busy) || !slices.Equal(busy.Jobs, []string{res.Name}) {
		t.Errorf("got %v, want that job %s runs", once[0], res.Name)
	}
	if _, err := folder.Collect(t.Context(), local.CollectOptions{}); err != nil {
		t.Error(err)
	}
}
