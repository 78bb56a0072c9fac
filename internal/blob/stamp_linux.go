package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stampOf takes from a FileInfo all that tells one state of a file from another.
func stampOf(fi fs.FileInfo) stamp {
	s := stamp{size: fi.Size(), mtime: fi.ModTime().UnixNano()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		s.ctime, s.inode, s.device = st.Ctim.Nano(), st.Ino, uint64(st.Dev)
	}
	return s
}

func linkCount(fi fs.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// cloneFile makes dst share the blocks of src (btrfs, xfs, overlay on them): instant, and private
// from the first write on.
func cloneFile(dst, src *os.File) error {
	return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
}

// soleOwner fails when a process has the file open, or mapped, for writing: the kernel grants a
// read lease only on a file without writers. Where leases are not to be had (a network file
// system, a file of another user) the answer is no error.
func soleOwner(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if errors.Is(err, unix.EAGAIN) {
		return fmt.Errorf("adopt %s: it is still open for writing", path)
	}
	if err == nil {
		_, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return nil
}
