package blob

import (
	"crypto/sha256"
	"io/fs"
	"syscall"
)

// quickBytes is how large a file may be that is hashed in one go.
const quickBytes = 64 << 10

// hashQuick is the digest of a small file that looked as fi says, if it looks so
// still when it has been read. It makes five calls to the system where package os
// makes thirteen: thousands of small files are hashed when what was made a moment
// ago is used again. Whatever does not go smoothly goes the long way.
func (s *Store) hashQuick(path string, fi fs.FileInfo) (Digest, bool) {
	if fi.Size() > quickBytes {
		return "", false
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", false
	}
	defer func() { _ = syscall.Close(fd) }()
	buf := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buf)
	size := int(fi.Size())
	for n := 0; n <= size; { // the last read finds the end
		got, err := syscall.Read(fd, (*buf)[n:])
		if err != nil || (got == 0) != (n == size) || n+got > size {
			return "", false
		}
		if got == 0 {
			break
		}
		n += got
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return "", false
	}
	now := stamp{size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(), inode: st.Ino, device: uint64(st.Dev)}
	if now != stampOf(fi) {
		return "", false
	}
	sum := sha256.Sum256((*buf)[:size])
	return digestOf(sum[:]), true
}
