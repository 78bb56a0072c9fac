package blob

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// stampOf takes from a FileInfo all that tells one state of a file from another.
func stampOf(fi fs.FileInfo) stamp {
	s := stamp{size: fi.Size(), mtime: fi.ModTime().UnixNano()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.ctime, s.inode, s.device = st.Ctimespec.Nano(), st.Ino, uint64(st.Dev)
	}
	return s
}

func linkCount(fi fs.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// cloneFile always fails: clonefile(2) wants to create its target itself, while the callers here
// hold an open one. io.Copy does the work.
func cloneFile(_, _ *os.File) error { return errors.ErrUnsupported }

func soleOwner(string) error { return nil }
