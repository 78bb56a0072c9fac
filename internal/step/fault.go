package step

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ischia-ml/ischia/internal/blob"
)

// blame says whose fault it is that something in the folder (or file) dir
// could not be stored: the user's when it lies in what is there, a pipe, a
// link to nowhere, a file that may not be read; ours when the machine fails.
func blame(err error, dir string) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	e := &Error{Code: UserError, Exit: -1, Err: err}
	var errno syscall.Errno
	if errors.Is(err, blob.ErrDamaged) || errors.As(err, &errno) && !content(err, dir) {
		e.Code = SystemError
	}
	return e
}

// content reports whether a fault of the system is about what lies in dir, and
// not about the disk it lies on.
func content(err error, dir string) bool {
	var at *fs.PathError
	if !errors.As(err, &at) || at.Path != dir && !strings.HasPrefix(at.Path, dir+string(filepath.Separator)) {
		return false
	}
	for _, kind := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ENOTDIR} {
		if errors.Is(at.Err, kind) {
			return true
		}
	}
	return false
}

// diskFull reports whether there was no room for something.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
