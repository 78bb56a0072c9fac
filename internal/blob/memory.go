package blob

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// settle is how long a file must have been left alone before its digest is remembered. Two
	// edits within one tick of the file system's clock look alike to stat; the coarsest clock in
	// use ticks every two seconds (FAT).
	settle = 2 * time.Second
	// compactBytes and compactFactor say when the file is rewritten: when it is at least so large
	// and holds so many times more lines than files.
	compactBytes  = 1 << 20
	compactFactor = 4
	// maxRemembered bounds what survives a rewriting, newest first, so that the cost of loading
	// the memory does not grow with history.
	maxRemembered = 1 << 18
	// firstMemos is room for the files of a run of a thousand steps.
	firstMemos = 1 << 12
)

// stamp is what stat tells about one state of a file. Changing a file's content moves its ctime
// even when size and mtime are put back; replacing it changes the inode. Where the system offers
// no ctime and no inode (Windows) these are zero, and size and mtime have to do.
type stamp struct {
	size, mtime, ctime int64
	inode, device      uint64
}

// recent tells whether the file could change after the moment of hashing without its stamp
// showing it. A stamp from the future is never trusted.
func (s stamp) recent(hashed time.Time) bool {
	return hashed.UnixNano()-max(s.mtime, s.ctime) < int64(settle)
}

type memo struct {
	stamp  stamp
	digest Digest
	seq    int // order of arrival; the highest are the newest
}

// Memory remembers the digests of files by path, size, mtime, ctime, inode and device, in a file
// that only grows, by whole lines, each with its own checksum; now and then it is rewritten
// without what is outdated. Several processes may share the file without a lock: whatever goes
// missing or is garbled costs hashing a file again, nothing else.
//
// A file is only remembered when it had been left alone for two seconds before it was hashed.
type Memory struct {
	file string

	mu      sync.Mutex // guards all below
	memos   map[string]memo
	pending []byte      // lines not yet in the file
	offset  int64       // how far the file has been read
	source  fs.FileInfo // the file that offset belongs to
	lines   int         // lines seen in it
	seq     int
	err     error // why the file could not be written
}

// OpenMemory uses file as memory. Nothing is read before the first question. A file that cannot
// be read is an empty memory.
func OpenMemory(file string) *Memory { return &Memory{file: file} }

// Lookup returns the digest that the file had when it looked exactly as fi says. path must be
// absolute.
func (m *Memory) Lookup(path string, fi fs.FileInfo) (Digest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.memos == nil {
		m.refresh()
	}
	got, ok := m.memos[path]
	if !ok || got.stamp != stampOf(fi) {
		return "", false
	}
	return got.digest, true
}

// Remember notes that the file, looking as fi says from before hashing began at the time given
// until after it ended, had digest d. path must be absolute. [Memory.Flush] writes it down.
func (m *Memory) Remember(path string, fi fs.FileInfo, d Digest, began time.Time) {
	s := stampOf(fi)
	if s.recent(began) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.memos == nil {
		m.refresh()
	}
	if old, ok := m.memos[path]; ok && old.stamp == s && old.digest == d {
		return
	}
	m.add(path, s, d)
	m.pending = appendMemo(m.pending, path, s, d)
}

func (m *Memory) add(path string, s stamp, d Digest) {
	m.seq++
	m.memos[path] = memo{stamp: s, digest: d, seq: m.seq}
}

// Refresh reads what other processes have added.
func (m *Memory) Refresh() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refresh()
}

func (m *Memory) refresh() {
	if m.memos == nil {
		m.memos = make(map[string]memo, firstMemos)
	}
	f, err := os.Open(m.file)
	if err != nil {
		return
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return
	}
	if m.source == nil || !os.SameFile(fi, m.source) || fi.Size() < m.offset {
		m.offset, m.lines = 0, 0 // Somebody rewrote it.
	}
	m.source = fi
	if fi.Size() == m.offset {
		return
	}
	data := make([]byte, fi.Size()-m.offset)
	n, err := f.ReadAt(data, m.offset)
	if err != nil && !errors.Is(err, io.EOF) { // shorter by now, if somebody rewrites it
		return
	}
	data = data[:n]
	m.load(data)
}

// load takes in whole lines; a line that is still being written is left for the next time.
func (m *Memory) load(data []byte) {
	for line, rest, ok := cutLine(data); ok; line, rest, ok = cutLine(rest) {
		m.offset += int64(len(line)) + 1
		m.lines++
		if path, s, d, ok := parseMemo(line); ok {
			m.add(path, s, d)
		}
	}
}

// Flush appends what was learnt since the last time. A failure loses time later, never
// correctness; it is kept for [Memory.Err].
func (m *Memory) Flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.pending) == 0 {
		return
	}
	m.err = m.append()
	m.pending = nil
	m.refresh()
	if m.offset > compactBytes && m.lines > compactFactor*min(len(m.memos), maxRemembered) {
		m.err = m.compact()
	}
}

// append adds the lines in one write, which a local file system does not mix with another's.
func (m *Memory) append() error {
	f, err := os.OpenFile(m.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	// The leading newline ends a line that a dying process left half-written.
	data := append([]byte{'\n'}, m.pending...)
	if _, err := f.Write(data); err != nil {
		return err
	}
	fi, err := f.Stat()
	if err == nil && m.source != nil && os.SameFile(fi, m.source) && fi.Size() == m.offset+int64(len(data)) {
		m.offset = fi.Size() // Nobody else wrote: no need to read one's own lines back.
		m.lines += bytes.Count(data, []byte{'\n'})
	}
	return err
}

// compact writes the newest memos to a new file and puts it in place of the old. Lines that
// another process appends at this moment are lost, and learnt again.
func (m *Memory) compact() error {
	tmp, err := os.CreateTemp(filepath.Dir(m.file), filepath.Base(m.file)+"-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // Gone by then, unless something failed.
	_, err = tmp.Write(m.newest())
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), m.file)
	}
	if err == nil {
		m.memos, m.source = nil, nil
		m.refresh()
	}
	return err
}

// newest encodes the memos worth keeping, oldest first, and forgets the others.
func (m *Memory) newest() []byte {
	paths := make([]string, 0, len(m.memos))
	for p := range m.memos {
		paths = append(paths, p)
	}
	slices.SortFunc(paths, func(a, b string) int { return m.memos[a].seq - m.memos[b].seq })
	paths = paths[max(0, len(paths)-maxRemembered):]
	var out []byte
	for _, p := range paths {
		out = appendMemo(out, p, m.memos[p].stamp, m.memos[p].digest)
	}
	return out
}

// Err is why the memory could last not be written, or nil. It is worth a warning: until it is
// mended every run hashes everything.
func (m *Memory) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}
