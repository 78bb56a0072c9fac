package workspacetest

import (
	"errors"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Digests of some contents.
const (
	one = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	two = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

const store = workspace.BlobStore

// errRefused is what a change says that wants nothing to happen.
var errRefused = errors.New("refused")

// write puts a blob whatever is there.
func write(t *testing.T, s workspace.Storage, path string, w workspace.BlobWrite) *workspace.Blob {
	t.Helper()
	b, _, err := s.ChangeBlob(t.Context(), scope(), store, path,
		func(*workspace.Blob) (workspace.BlobWrite, error) { return w, nil })
	must(t, err)
	return b
}

// content is new content as one piece.
func content(digest string, when time.Time) workspace.BlobWrite {
	return workspace.BlobWrite{Content: true, Blob: &workspace.Blob{
		File: workspace.File{Digest: digest, Size: 3, Mode: 0o644, Modified: when},
	}}
}

func blob(t *testing.T, s workspace.Storage, path string) *workspace.Blob {
	t.Helper()
	b, err := s.Blob(t.Context(), scope(), store, path)
	must(t, err)
	return b
}

func blobs(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	_, err := s.Blob(t.Context(), scope(), store, "a/b")
	expect(t, err, workspace.ErrNotFound)

	w := content(one, at(0))
	w.Blob.Properties = workspace.BlobProperties{
		ContentType: "text/plain", ContentMD5: []byte{1, 2}, Metadata: map[string]string{"k": "<v>"},
		Copy: &workspace.BlobCopy{ID: "i", Source: "s", Ended: at(1)},
	}
	first := write(t, s, "a/b", w)
	same(t, "as written", blob(t, s, "a/b"), first)
	same(t, "properties", first.Properties, w.Blob.Properties)
	if !first.Created.Equal(at(0)) || !first.Modified.Equal(at(0)) {
		t.Errorf("got created %v and modified %v, want %v", first.Created, first.Modified, at(0))
	}

	// A second write at the same moment is a later version; who writes says
	// since when the blob exists.
	var seen *workspace.Blob
	second, _, err := s.ChangeBlob(t.Context(), scope(), store, "a/b", func(old *workspace.Blob) (workspace.BlobWrite, error) {
		seen = old
		w := content(two, at(0))
		w.Blob.Created = old.Created
		return w, nil
	})
	must(t, err)
	same(t, "what the change saw", seen, first)
	same(t, "as written", blob(t, s, "a/b"), second)
	if !second.Modified.After(first.Modified) || second.Properties.ContentType != "" {
		t.Errorf("got %+v after %+v", second, first)
	}
	file, err := ws.Files().File(t.Context(), scope(), store, "a/b")
	must(t, err)
	same(t, "the file", *file, second.File)

	if gone := write(t, s, "a/b", workspace.BlobWrite{}); gone != nil {
		t.Errorf("got %+v, want nothing", gone)
	}
	_, err = s.Blob(t.Context(), scope(), store, "a/b")
	expect(t, err, workspace.ErrNotFound)
}

func blobsRefused(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	_, _, err := s.ChangeBlob(t.Context(), scope(), store, "a", func(old *workspace.Blob) (workspace.BlobWrite, error) {
		if old != nil {
			t.Errorf("got %+v, want nothing there", old)
		}
		return content(one, at(0)), errRefused
	})
	expect(t, err, errRefused)
	_, err = s.Blob(t.Context(), scope(), store, "a")
	expect(t, err, workspace.ErrNotFound)
	for _, path := range []string{"", "/a", "a/", "a//b", "../a", "a/../b", "./a"} {
		_, _, err := s.ChangeBlob(t.Context(), scope(), store, path, func(*workspace.Blob) (workspace.BlobWrite, error) {
			return content(one, at(0)), nil
		})
		expect(t, err, workspace.ErrInvalid)
		expect(t, s.StageBlock(t.Context(), scope(), store, path, workspace.Block{ID: "x"}), workspace.ErrInvalid)
	}
}

func blobsAndFiles(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	w := content(one, at(0))
	w.Blob.Properties.ContentType = "text/plain"
	write(t, s, "a", w)
	// A step puts a file at the same path: what was said is of the other.
	step := workspace.File{Scope: scope(), Datastore: store, Path: "a", Digest: one, Size: 3, Modified: at(5)}
	must(t, ws.Files().Put(t.Context(), []workspace.File{step}))
	same(t, "the step's", *blob(t, s, "a"), workspace.Blob{File: step, Created: at(5)})
	// What is said of a step's file holds.
	w.Blob.File = step
	w.Content = false
	write(t, s, "a", w)
	if got := blob(t, s, "a").Properties.ContentType; got != "text/plain" {
		t.Errorf("got type %q, want text/plain", got)
	}
	if n, err := ws.Files().Delete(t.Context(), scope(), store, "a"); n != 1 || err != nil {
		t.Fatalf("got %d deleted, %v", n, err)
	}
	write(t, s, "a", content(one, at(6)))
	if got := blob(t, s, "a").Properties.ContentType; got != "" {
		t.Errorf("got type %q of a blob that was deleted", got)
	}
}

func blobsByPrefix(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	for _, path := range []string{"a", "a/1", "a/2", "a0", "ab", "b/é", "b/ê", "z"} {
		write(t, s, path, content(one, at(0)))
	}
	for _, c := range []struct {
		q    workspace.BlobQuery
		want []string
	}{
		{workspace.BlobQuery{}, []string{"a", "a/1", "a/2", "a0", "ab", "b/é", "b/ê", "z"}},
		{workspace.BlobQuery{Prefix: "a"}, []string{"a", "a/1", "a/2", "a0", "ab"}},
		{workspace.BlobQuery{Prefix: "a/"}, []string{"a/1", "a/2"}},
		{workspace.BlobQuery{Prefix: "a", After: "a/1", Limit: 2}, []string{"a/2", "a0"}},
		{workspace.BlobQuery{Prefix: "a", From: "a0"}, []string{"a0", "ab"}},
		{workspace.BlobQuery{From: "a0", After: "a0"}, []string{"ab", "b/é", "b/ê", "z"}},
		{workspace.BlobQuery{Prefix: "b/é"}, []string{"b/é"}},
		{workspace.BlobQuery{Prefix: "c"}, nil},
		{workspace.BlobQuery{Prefix: "a", After: "y"}, nil},
	} {
		list, err := s.Blobs(t.Context(), scope(), store, c.q)
		must(t, err)
		var got []string
		for _, b := range list {
			got = append(got, b.Path)
		}
		same(t, "list", got, c.want)
	}
	other := scope()
	other.Workspace = "other"
	list, err := s.Blobs(t.Context(), other, store, workspace.BlobQuery{})
	if err != nil || len(list) > 0 {
		t.Errorf("got %v, %v in another workspace", list, err)
	}
}

func blocks(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	stage := func(id, digest string, size int64, when time.Time) {
		t.Helper()
		must(t, s.StageBlock(t.Context(), scope(), store, "a", workspace.Block{ID: id, Digest: digest, Size: size, Staged: when}))
	}
	expectBlocks := func(committed, staged []workspace.Block) {
		t.Helper()
		gotCommitted, gotStaged, err := s.Blocks(t.Context(), scope(), store, "a")
		must(t, err)
		same(t, "committed", gotCommitted, committed)
		same(t, "staged", gotStaged, staged)
	}
	expectBlocks(nil, nil)
	stage("Mg==", two, 2, at(0))
	stage("MQ==", one, 9, at(0))
	stage("MQ==", one, 1, at(1))
	staged := []workspace.Block{{ID: "MQ==", Digest: one, Size: 1, Staged: at(1)}, {ID: "Mg==", Digest: two, Size: 2, Staged: at(0)}}
	expectBlocks(nil, staged)
	_, err := s.Blob(t.Context(), scope(), store, "a")
	expect(t, err, workspace.ErrNotFound)

	w := content(one, at(2))
	w.Blocks = []workspace.Block{{ID: "MQ==", Size: 1}, {ID: "Mg==", Size: 2}}
	write(t, s, "a", w)
	expectBlocks(w.Blocks, nil)

	// Properties change neither.
	stage("Mw==", two, 2, at(3))
	staged = []workspace.Block{{ID: "Mw==", Digest: two, Size: 2, Staged: at(3)}}
	p := content(one, at(4))
	p.Content = false
	write(t, s, "a", p)
	expectBlocks(w.Blocks, staged)

	_, dropped, err := s.ChangeBlob(t.Context(), scope(), store, "a", func(*workspace.Blob) (workspace.BlobWrite, error) {
		return content(two, at(5)), nil
	})
	must(t, err)
	same(t, "dropped", dropped, []string{two})
	expectBlocks(nil, nil)
	stage("Mw==", two, 2, at(6))
	write(t, s, "a", workspace.BlobWrite{})
	expectBlocks(nil, nil)
}

func blocksOfMany(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	stage := func(path, digest string, when time.Time) {
		t.Helper()
		must(t, s.StageBlock(t.Context(), scope(), store, path, workspace.Block{ID: "MQ==", Digest: digest, Size: 1, Staged: when}))
	}
	stage("a", one, at(0))
	stage("b", one, at(1))
	stage("c", two, at(0))
	drop := func(before time.Time, digests, want []string) {
		t.Helper()
		unused, err := s.DropStaged(t.Context(), before, digests...)
		must(t, err)
		same(t, "unused", unused, want)
	}
	drop(time.Time{}, []string{one, two}, nil)
	drop(time.Time{}, []string{one, "gone"}, []string{"gone"})
	drop(at(1), nil, []string{two})
	drop(at(2), nil, []string{one})
	drop(at(3), nil, nil)
}

func containers(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	_, err := s.Container(t.Context(), scope(), "a")
	expect(t, err, workspace.ErrNotFound)
	put := func(name string, c *workspace.Container) *workspace.Container {
		t.Helper()
		got, err := s.ChangeContainer(t.Context(), scope(), name,
			func(*workspace.Container) (*workspace.Container, error) { return c, nil })
		must(t, err)
		return got
	}
	made := put("a-1", &workspace.Container{Datastore: "x", Created: at(0), Modified: at(0), Metadata: map[string]string{"k": "v"}})
	got, err := s.Container(t.Context(), scope(), "a-1")
	must(t, err)
	same(t, "container", got, made)
	if again := put("a-1", made); !again.Modified.After(made.Modified) {
		t.Errorf("got %v, want later than %v", again.Modified, made.Modified)
	}
	_, err = s.ChangeContainer(t.Context(), scope(), "a-2", func(old *workspace.Container) (*workspace.Container, error) {
		return &workspace.Container{Datastore: "y"}, errRefused
	})
	expect(t, err, errRefused)
	for _, name := range []string{"a-3", "b", "a-2"} {
		put(name, &workspace.Container{Datastore: name, Created: at(0), Modified: at(0)})
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 0, []string{"a-1", "a-2", "a-3", "b"}},
		{"a-", "", 2, []string{"a-1", "a-2"}},
		{"a-", "a-2", 2, []string{"a-3"}},
		{"c", "", 0, nil},
	} {
		list, err := s.Containers(t.Context(), scope(), c.prefix, c.after, c.limit)
		must(t, err)
		var names []string
		for _, c := range list {
			names = append(names, c.Name)
		}
		same(t, "names", names, c.want)
	}
}

func containerDeleted(t *testing.T, ws workspace.Store) {
	s := ws.Storage()
	change := func(c *workspace.Container) {
		t.Helper()
		_, err := s.ChangeContainer(t.Context(), scope(), "a",
			func(*workspace.Container) (*workspace.Container, error) { return c, nil })
		must(t, err)
	}
	change(&workspace.Container{Datastore: store, Created: at(0), Modified: at(0)})
	write(t, s, "f", content(one, at(0)))
	must(t, s.StageBlock(t.Context(), scope(), store, "g", workspace.Block{ID: "MQ==", Digest: one, Staged: at(0)}))
	change(nil)
	_, err := s.Container(t.Context(), scope(), "a")
	expect(t, err, workspace.ErrNotFound)
	_, err = s.Blob(t.Context(), scope(), store, "f")
	expect(t, err, workspace.ErrNotFound)
	if _, staged, err := s.Blocks(t.Context(), scope(), store, "g"); err != nil || len(staged) > 0 {
		t.Errorf("got %v, %v, want no block", staged, err)
	}
	change(nil) // not there: fine
}
