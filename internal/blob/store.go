package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// tmpAge is how long a temporary file may stay untouched before Open takes it for garbage.
	tmpAge = time.Hour
	// touchAge is how stale the time of a blob may get while the blob is still in use. A
	// collector that spares blobs younger than a few hours spares what was just found present.
	touchAge = time.Hour
	// bufferSize is the piece in which content is copied and hashed.
	bufferSize = 256 << 10
)

// Store is a directory of blobs. Its methods may be called from several goroutines, and several
// processes may have the same directory open.
type Store struct {
	dir      string
	memory   *Memory
	buffers  sync.Pool // of *[]byte, bufferSize long
	leaveOut []string  // folders that no snapshot takes
}

// Info describes one stored blob.
type Info struct {
	Digest Digest
	Size   int64
	// Used is when the blob was last stored or asked for, exact to about an hour.
	Used time.Time
}

// Open opens the store in dir, makes the directory if it is not there, and removes temporary
// files that a process left behind more than an hour ago. A store on a read-only file system
// opens too; it can be read.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	for _, d := range []string{filepath.Join(dir, "sha256"), filepath.Join(dir, "tmp")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, fmt.Errorf("open blob store %s: %w", dir, err)
		}
	}
	s := &Store{dir: dir, memory: OpenMemory(filepath.Join(dir, "stat-index"))}
	s.buffers.New = func() any { b := make([]byte, bufferSize); return &b }
	s.cleanTmp(time.Now().Add(-tmpAge))
	return s, nil
}

// Dir is the directory of the store.
func (s *Store) Dir() string { return s.dir }

// Memory is the store's digest memory.
func (s *Store) Memory() *Memory { return s.memory }

// cleanTmp removes what was last written before limit. Errors do not matter: another process may
// be cleaning too, and garbage that stays is tried again at the next Open.
func (s *Store) cleanTmp(limit time.Time) {
	entries, err := os.ReadDir(s.tmp())
	if err != nil {
		return
	}
	for _, e := range entries {
		if fi, err := e.Info(); err == nil && fi.ModTime().Before(limit) {
			_ = os.RemoveAll(filepath.Join(s.tmp(), e.Name()))
		}
	}
}

func (s *Store) tmp() string { return filepath.Join(s.dir, "tmp") }

// path is where the blob lies. Digests are checked here, at the last door, because this is where
// a false one would become a path.
func (s *Store) path(d Digest) (string, error) {
	if _, err := ParseDigest(string(d)); err != nil {
		return "", err
	}
	hex := d.Hex()
	return filepath.Join(s.dir, "sha256", hex[:2], hex[2:]), nil
}

// Open opens a blob for reading. The error matches fs.ErrNotExist when it is not stored.
func (s *Store) Open(d Digest) (*os.File, error) {
	name, err := s.path(d)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	if fi, err := f.Stat(); err == nil {
		touch(name, fi)
	}
	return f, nil
}

// Stat describes a blob. The error matches fs.ErrNotExist when it is not stored.
func (s *Store) Stat(d Digest) (Info, error) {
	name, err := s.path(d)
	if err != nil {
		return Info{}, err
	}
	fi, err := os.Stat(name)
	if err != nil {
		return Info{}, fmt.Errorf("stat blob %s: %w", d, err)
	}
	return Info{Digest: d, Size: fi.Size(), Used: fi.ModTime()}, nil
}

// Has tells whether a blob is stored. It does not read it.
func (s *Store) Has(d Digest) bool {
	_, err := s.Stat(d)
	return err == nil
}

// holds tells whether a blob of that size is stored whole, and if so marks it as used. A damaged
// one counts as missing, so that storing the content again repairs it. It costs a stat when nobody
// has touched the blob since its content was last read.
func (s *Store) holds(ctx context.Context, d Digest, size int64) bool {
	name, err := s.path(d)
	if err != nil {
		return false
	}
	fi, err := os.Stat(name)
	if err != nil || fi.Size() != size {
		return false
	}
	if got, _, err := s.digestFile(ctx, name, fi); err != nil || got != d {
		return false
	}
	touch(name, fi)
	return true
}

// used marks a blob as used.
func (s *Store) used(d Digest) {
	name, err := s.path(d)
	if err != nil {
		return
	}
	if fi, err := os.Stat(name); err == nil {
		touch(name, fi)
	}
}

// touch marks a blob as used. A store that cannot be written to is not collected either.
func touch(name string, fi fs.FileInfo) {
	if now := time.Now(); now.Sub(fi.ModTime()) > touchAge {
		_ = os.Chtimes(name, now, now)
	}
}

// Verify reads a blob and compares it with its name: nil, an error that matches ErrDamaged, or
// one that matches fs.ErrNotExist.
func (s *Store) Verify(ctx context.Context, d Digest) error {
	name, err := s.path(d)
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("verify blob %s: %w", d, err)
	}
	defer f.Close()
	got, _, err := s.hash(ctx, f)
	if err != nil {
		return fmt.Errorf("verify blob %s: %w", d, err)
	}
	if got != d {
		return fmt.Errorf("verify blob %s: %w: content is %s", d, ErrDamaged, got)
	}
	return nil
}

// Check is Verify at the cost of a stat for a blob that nobody has touched since its content was
// last read. Call Memory.Flush some time after many of them.
func (s *Store) Check(ctx context.Context, d Digest) error {
	name, err := s.path(d)
	if err != nil {
		return err
	}
	got, _, err := s.digestFile(ctx, name, nil)
	if err != nil {
		return fmt.Errorf("check blob %s: %w", d, err)
	}
	if got != d {
		return fmt.Errorf("check blob %s: %w: content is %s", d, ErrDamaged, got)
	}
	return nil
}

// Remove deletes a blob; one that is not there is no error. The caller knows that nobody needs it.
func (s *Store) Remove(d Digest) error {
	name, err := s.path(d)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove blob %s: %w", d, err)
	}
	return nil
}

// Walk calls fn for every blob, in the order of their digests, until fn returns an error. Blobs
// that come or go meanwhile may be seen or not. Files that are no blobs are passed over.
func (s *Store) Walk(ctx context.Context, fn func(Info) error) error {
	shards, err := os.ReadDir(filepath.Join(s.dir, "sha256"))
	if err != nil {
		return fmt.Errorf("walk blob store: %w", err)
	}
	for _, shard := range shards {
		if err := s.walkShard(ctx, shard.Name(), fn); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) walkShard(ctx context.Context, shard string, fn func(Info) error) error {
	files, err := os.ReadDir(filepath.Join(s.dir, "sha256", shard))
	if err != nil {
		return fmt.Errorf("walk blob store: %w", err)
	}
	for _, e := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := ParseDigest(algorithm + shard + e.Name())
		if err != nil {
			continue
		}
		fi, err := e.Info()
		if err != nil {
			continue // Removed since the directory was read.
		}
		if err := fn(Info{Digest: d, Size: fi.Size(), Used: fi.ModTime()}); err != nil {
			return err
		}
	}
	return nil
}

// hash reads r to its end.
func (s *Store) hash(ctx context.Context, r io.Reader) (Digest, int64, error) {
	h := sha256.New()
	n, err := s.copy(ctx, h, r)
	if err != nil {
		return "", n, err
	}
	return digestOf(h.Sum(nil)), n, nil
}

// copy is io.Copy with a large buffer of the store's, ending when ctx does.
func (s *Store) copy(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	buf := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buf)
	// Hiding WriteTo and ReadFrom makes sure that every piece passes the look at ctx.
	return io.CopyBuffer(struct{ io.Writer }{w}, ctxReader{ctx, r}, *buf)
}

// ctxReader stops reading when its context ends. The context lives as long as one call.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
