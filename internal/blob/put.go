package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	// smallFile is the size up to which a file is read into memory before anything is written,
	// so that content which is stored already costs no write at all.
	smallFile = 256 << 10
	// readTries is how often a file that changes while it is read is read again.
	readTries = 3
)

// PutBytes stores data.
func (s *Store) PutBytes(ctx context.Context, data []byte) (Digest, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	d := DigestBytes(data)
	if s.holds(ctx, d, int64(len(data))) {
		return d, nil
	}
	if _, _, err := s.PutReader(ctx, bytes.NewReader(data)); err != nil {
		return "", err
	}
	return d, nil
}

// PutReader stores what r yields, and returns its digest and size. If r or the disk fails,
// nothing is stored.
func (s *Store) PutReader(ctx context.Context, r io.Reader) (Digest, int64, error) {
	var d Digest
	var size int64
	err := s.write(ctx, func(tmp *os.File) (Digest, error) {
		h := sha256.New()
		n, err := s.copy(ctx, io.MultiWriter(h, tmp), r)
		d, size = digestOf(h.Sum(nil)), n
		return d, err
	})
	if err != nil {
		return "", 0, fmt.Errorf("store blob: %w", err)
	}
	return d, size, nil
}

// write gives fill a temporary file, and moves the file to the digest that fill returns.
func (s *Store) write(ctx context.Context, fill func(tmp *os.File) (Digest, error)) (err error) {
	tmp, err := os.CreateTemp(s.tmp(), "put-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // A second Close does no harm.
			_ = os.Remove(tmp.Name())
		}
	}()
	d, err := fill(tmp)
	if err != nil {
		return err
	}
	if err := tmp.Chmod(0o444); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return s.rename(ctx, tmp.Name(), d)
}

// rename makes a complete file the blob d. Where two processes store the same content the later
// one replaces a file by its equal.
func (s *Store) rename(ctx context.Context, from string, d Digest) error {
	to, err := s.path(d)
	if err != nil {
		return err
	}
	err = os.Rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		err = os.Rename(from, to)
	}
	if err == nil {
		return nil
	}
	// Windows does not replace a file that somebody has open: then the content is here already.
	if a, serr := os.Stat(from); serr == nil && s.holds(ctx, d, a.Size()) && os.Remove(from) == nil {
		return nil
	}
	return err
}

// PutFile stores a copy of a regular file (a symbolic link is followed), and returns its digest
// and size. A file whose digest is remembered, and whose content is stored, is not read. A file
// that keeps changing while it is read is an error that matches ErrChanged.
func (s *Store) PutFile(ctx context.Context, path string) (Digest, int64, error) {
	d, n, err := s.putFile(ctx, path, nil)
	s.memory.Flush()
	return d, n, err
}

// putFile takes what a listing has learnt by stat, or nil.
func (s *Store) putFile(ctx context.Context, path string, fi fs.FileInfo) (Digest, int64, error) {
	never := func(string, fs.FileInfo) (Digest, bool) { return "", false }
	return s.remembered(ctx, path, fi, s.holds, never, s.putOnce)
}

// DigestFile is the digest and size of a regular file, remembered or read. It stores nothing.
func (s *Store) DigestFile(ctx context.Context, path string) (Digest, int64, error) {
	d, n, err := s.digestFile(ctx, path, nil)
	s.memory.Flush()
	return d, n, err
}

func (s *Store) digestFile(ctx context.Context, path string, fi fs.FileInfo) (Digest, int64, error) {
	always := func(context.Context, Digest, int64) bool { return true }
	quick := func(path string, fi fs.FileInfo) (Digest, bool) {
		began := time.Now()
		d, ok := s.hashQuick(path, fi)
		if ok {
			s.memory.Remember(path, fi, d, began)
		}
		return d, ok
	}
	return s.remembered(ctx, path, fi, always, quick, s.hashFile)
}

// hashFile is hash in the shape of a reading of one open file.
func (s *Store) hashFile(ctx context.Context, f *os.File, _ int64) (Digest, int64, error) {
	return s.hash(ctx, f)
}

// reading reads one open file of the given size, does with its content what it has to do, and
// returns digest and number of bytes read.
type reading func(ctx context.Context, f *os.File, size int64) (Digest, int64, error)

// remembered answers from the memory if enough says that a remembered digest will do, or by the
// quick way; else it reads the file, again if it changed meanwhile, and remembers.
func (s *Store) remembered(ctx context.Context, path string, fi fs.FileInfo, enough func(context.Context, Digest, int64) bool,
	quick func(string, fs.FileInfo) (Digest, bool), read reading,
) (Digest, int64, error) {
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	var err error
	if !filepath.IsAbs(path) {
		if path, err = filepath.Abs(path); err != nil {
			return "", 0, err
		}
	}
	if fi == nil {
		if fi, err = os.Stat(path); err != nil {
			return "", 0, err
		}
	}
	if err := regular(path, fi); err != nil {
		return "", 0, err
	}
	if d, ok := s.memory.Lookup(path, fi); ok && enough(ctx, d, fi.Size()) {
		return d, fi.Size(), nil
	}
	if d, ok := quick(path, fi); ok {
		return d, fi.Size(), nil
	}
	for range readTries {
		start := time.Now()
		d, before, err := s.readStable(ctx, path, read)
		if errors.Is(err, ErrChanged) {
			continue
		}
		if err != nil {
			return "", 0, err
		}
		s.memory.Remember(path, before, d, start)
		return d, before.Size(), nil
	}
	return "", 0, fmt.Errorf("read %s: %w", path, ErrChanged)
}

// readStable reads a file once, and fails with ErrChanged if the file was not the same before and
// after. What the reading has stored by then is a blob nobody asked for, but a true one.
func (s *Store) readStable(ctx context.Context, path string, read reading) (Digest, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	if err := regular(path, before); err != nil {
		return "", nil, err
	}
	d, n, err := read(ctx, f, before.Size())
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", path, err)
	}
	after, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	if n != before.Size() || stampOf(before) != stampOf(after) {
		return "", nil, ErrChanged
	}
	return d, before, nil
}

// putOnce stores the content of an open file. A small one is hashed in memory first; a large one
// is cloned where the file system can (and then hashed at leisure, as nobody else can reach the
// clone), else copied and hashed in one pass.
func (s *Store) putOnce(ctx context.Context, f *os.File, size int64) (Digest, int64, error) {
	if size <= smallFile {
		return s.putSmall(ctx, f, size)
	}
	var d Digest
	var n int64
	err := s.write(ctx, func(tmp *os.File) (Digest, error) {
		var err error
		if cloneFile(tmp, f) == nil {
			d, n, err = s.hash(ctx, tmp)
			return d, err
		}
		h := sha256.New()
		n, err = s.copy(ctx, io.MultiWriter(h, tmp), f)
		d = digestOf(h.Sum(nil))
		return d, err
	})
	return d, n, err
}

func (s *Store) putSmall(ctx context.Context, f *os.File, size int64) (Digest, int64, error) {
	data := make([]byte, 0, size+1)
	for len(data) < cap(data) {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", 0, err
		}
	}
	if int64(len(data)) != size {
		return "", int64(len(data)), nil // It changed; the caller sees that and reads again.
	}
	d, err := s.PutBytes(ctx, data)
	return d, size, err
}

// regular refuses what is not a plain file; opening a pipe, for one, would wait for ever.
func regular(path string, fi fs.FileInfo) error {
	if fi.Mode().IsRegular() {
		return nil
	}
	return fmt.Errorf("store %s: it is a %s, not a regular file", path, kind(fi.Mode()))
}

// kind names a type of file for an error message.
func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	default:
		return "special file"
	}
}
