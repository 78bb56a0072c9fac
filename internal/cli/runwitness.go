package cli

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/local"
)

// witness is a file system that remembers what was looked at in it, and what
// was seen.
type witness struct {
	fs.FS

	mu   sync.Mutex
	uses []local.Use
	// seen, guarded by mu like uses, are the uses noted already.
	seen map[local.Use]bool
	// lost, guarded by mu: something was looked at of which nothing is known.
	lost bool
}

var (
	_ fs.ReadFileFS = (*witness)(nil)
	_ fs.ReadDirFS  = (*witness)(nil)
	_ fs.StatFS     = (*witness)(nil)
)

// all is what was looked at, if that is all.
func (w *witness) all() ([]local.Use, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.uses, !w.lost
}

func (w *witness) note(kind local.UseKind, name, saw string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := local.Use{Kind: kind, Name: name, Saw: saw}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		u.Saw = ""
	case err != nil:
		w.lost = true
	}
	if w.seen == nil {
		w.seen = map[local.Use]bool{}
	}
	if !w.seen[u] {
		w.seen[u] = true
		w.uses = append(w.uses, u)
	}
}

// Open opens a file, and what is read of it stays unknown.
func (w *witness) Open(name string) (fs.File, error) {
	w.mu.Lock()
	w.lost = true
	w.mu.Unlock()
	return w.FS.Open(name)
}

// ReadFile reads a file.
func (w *witness) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(w.FS, name)
	w.note(local.UseFile, name, string(blob.DigestBytes(data)), err)
	return data, err
}

// ReadDir lists a folder.
func (w *witness) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	w.note(local.UseFolder, name, local.SawFolder(entries), err)
	return entries, err
}

// Stat says what is there. Of its size and times nothing is remembered, so
// nobody may go by them.
func (w *witness) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(w.FS, name)
	if err != nil {
		w.note(local.UseStat, name, "", err)
		return nil, err
	}
	w.note(local.UseStat, name, local.SawInfo(info), nil)
	return seenInfo{info, w}, nil
}

// seenInfo is what stat has told; whoever asks it for size or time keeps the
// plan from being kept.
type seenInfo struct {
	fs.FileInfo
	w *witness
}

func (s seenInfo) lose() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.lost = true
}

// Size is the file's.
func (s seenInfo) Size() int64 { s.lose(); return s.FileInfo.Size() }

// ModTime is the file's.
func (s seenInfo) ModTime() time.Time { s.lose(); return s.FileInfo.ModTime() }

// Sys is what the system says of the file.
func (s seenInfo) Sys() any { s.lose(); return s.FileInfo.Sys() }
