package blobapi_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/blobapi"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// staged counts the content that waits for its blob.
func (s *server) staged() int {
	s.t.Helper()
	n := 0
	err := s.staging.Walk(s.t.Context(), func(blob.Info) error { n++; return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *server) stage(path, id, text string) {
	s.t.Helper()
	s.as("PUT", "/"+home+"/"+path+"?"+query("comp", "block", "blockid", id), text).want(s.t, http.StatusCreated, "")
}

const commitOne = `<?xml version="1.0" encoding="utf-8"?><BlockList><Latest>MQ==</Latest></BlockList>`

// TestStagedContent: content that several wait for stays until the last is made.
func TestStagedContent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.stage("a", "MQ==", "same")
	s.stage("b", "MQ==", "same")
	s.stage("b", "Mg==", "other")
	if n := s.staged(); n != 2 {
		t.Fatalf("got %d pieces of content, want 2", n)
	}
	// A collection of the home's blobs walks them, and must not see these.
	err := s.blobs.Walk(t.Context(), func(i blob.Info) error { return fmt.Errorf("the home's store shows %s", i.Digest) })
	if err != nil {
		t.Error(err)
	}
	s.as("PUT", "/"+home+"/a?comp=blocklist", commitOne).want(t, 201, "")
	if n := s.staged(); n != 2 {
		t.Errorf("got %d pieces of content, want 2: b waits for both", n)
	}
	s.as("PUT", "/"+home+"/b?comp=blocklist", commitOne).want(t, 201, "")
	if n := s.staged(); n != 0 {
		t.Errorf("got %d pieces of content, want none", n)
	}
	for _, path := range []string{"a", "b"} {
		if got := s.as("GET", "/"+home+"/"+path, "").body; got != "same" {
			t.Errorf("%s: got %q", path, got)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.stage("a", "MQ==", "old")
	later := func(d time.Duration) { s.now = func() time.Time { return time.Now().Add(d) } }
	sweep := func(want int) {
		t.Helper()
		if n, err := s.handler.Sweep(t.Context()); err != nil || n != want {
			t.Errorf("got %d removed, %v, want %d", n, err, want)
		}
	}
	if _, err := s.staging.PutBytes(t.Context(), []byte("of a process that died")); err != nil {
		t.Fatal(err)
	}
	later(time.Hour)
	sweep(0)
	later(6 * 24 * time.Hour)
	sweep(1)
	later(blobapi.StagedFor + time.Hour)
	sweep(1)
	s.now = nil
	s.as("PUT", "/"+home+"/a?comp=blocklist", commitOne).want(t, 400, "InvalidBlockList")
}

// TestSurvives: what was answered with success is there for another process,
// without anything having been closed.
func TestSurvives(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.put("a", "hello", "X-Ms-Meta-K: v")
	s.stage("b", "MQ==", "block")
	other, err := sqlite.Open(t.Context(), filepath.Join(s.dir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	next := newServer(t, func(c *blobapi.Config) { c.Index, c.Blobs, c.Staging = other.Storage(), s.blobs, s.staging })
	if a := next.as("GET", "/"+home+"/a", ""); a.body != "hello" || a.header.Get("X-Ms-Meta-K") != "v" {
		t.Errorf("got %q, %v", a.body, a.header)
	}
	next.as("PUT", "/"+home+"/b?comp=blocklist", commitOne).want(t, 201, "")
	if a := s.as("GET", "/"+home+"/b", ""); a.body != "block" {
		t.Errorf("got %q", a.body)
	}
}

// TestManyWriters: of those who may only make a blob, one does.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for i := range 8 {
		wg.Go(func() {
			a := s.as("PUT", "/"+home+"/one", strings.Repeat("x", i), "X-Ms-Blob-Type: BlockBlob", "If-None-Match: *")
			mu.Lock()
			defer mu.Unlock()
			got[a.status]++
		})
	}
	wg.Wait()
	if got[201] != 1 || got[409] != 7 {
		t.Errorf("got %v, want one 201 and seven 409", got)
	}
}

// TestSteps: what a step has made is read as a blob, and the other way round.
func TestSteps(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	d, err := s.blobs.PutBytes(t.Context(), []byte("made"))
	if err != nil {
		t.Fatal(err)
	}
	file := workspace.File{
		Scope: workspace.BuiltIn(), Datastore: workspace.BlobStore, Path: "azureml/job/out/a.csv",
		Digest: string(d), Size: 4, Mode: 0o755, Modified: time.Now(),
	}
	if err := s.store.Files().Put(t.Context(), []workspace.File{file}); err != nil {
		t.Fatal(err)
	}
	a := s.as("GET", "/"+home+"/azureml/job/out/a.csv", "")
	if a.body != "made" || a.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %q, %v", a.body, a.header)
	}
	s.put("up/load", "uploaded")
	f, err := s.store.Files().File(context.WithoutCancel(t.Context()), workspace.BuiltIn(), workspace.BlobStore, "up/load")
	if err != nil || f.Size != 8 || f.Digest != string(blob.DigestBytes([]byte("uploaded"))) {
		t.Errorf("got %+v, %v", f, err)
	}
	// A blob that is gone from the store is our fault, and is told to the log only.
	if err := s.blobs.Remove(blob.Digest(f.Digest)); err != nil {
		t.Fatal(err)
	}
	s.as("GET", "/"+home+"/up/load", "").want(t, 500, "InternalError")
	if !strings.Contains(s.log.String(), "up/load") {
		t.Errorf("got log %q", s.log)
	}
}
