package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// Home is an opened home. It only knows paths, so copies are fine and nothing
// has to be closed.
type Home struct {
	dir string
}

// Open opens the home at dir and creates it if it is not there, with its
// folders and mode 0700. Several processes may do so at the same moment.
//
// Errors to tell apart: *FormatError for a newer home, *ModeError for one that
// other users can write to.
func Open(dir string) (*Home, error) {
	return open(dir, current())
}

func open(dir string, l layout) (*Home, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open home %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create home %s: %w", dir, err)
	}
	if err := closeToOthers(dir); err != nil {
		return nil, err
	}
	if err := l.settle(dir); err != nil {
		return nil, err
	}
	h := &Home{dir: dir}
	for _, sub := range []string{h.BlobsDir(), h.CacheDir(), h.JobsDir()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, fmt.Errorf("open home %s: %w", dir, err)
		}
	}
	return h, nil
}

// ModeError is a home that other users may have written to. What they could
// have left there (a ledger, a link) is not to be trusted, so the mode is not
// quietly mended.
type ModeError struct {
	Dir  string
	Mode fs.FileMode
}

func (e *ModeError) Error() string {
	return fmt.Sprintf("home %s can be written by other users (mode %04o): look at what is in it, then run chmod 700 %s, or choose another with --home or ISCHIA_HOME",
		e.Dir, e.Mode.Perm(), e.Dir)
}

// closeToOthers makes the mode 0700. An existing folder is often 0755 or, with
// a umask of 002, 0775, which is mended while it is empty; a folder with
// something in it that others can write to is refused.
func closeToOthers(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("open home: %w", err)
	}
	if !modes() || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if info.Mode().Perm()&0o022 != 0 {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("open home: %w", err)
		}
		if len(entries) > 0 && !closedMeanwhile(dir) {
			return &ModeError{Dir: dir, Mode: info.Mode()}
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close home to other users: %w", err)
	}
	return nil
}

// modes: Windows has no such bits; there the user's profile is closed by
// default.
func modes() bool { return runtime.GOOS != "windows" }

// closedMeanwhile: another process opened the same empty folder a moment ago.
func closedMeanwhile(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode().Perm()&0o077 == 0
}

// Dir is the home itself, an absolute path.
func (h *Home) Dir() string { return h.dir }

// LedgerPath is the SQLite database of all workspaces.
func (h *Home) LedgerPath() string { return filepath.Join(h.dir, "ledger.db") }

// BlobsDir holds files under their digest.
func (h *Home) BlobsDir() string { return filepath.Join(h.dir, "blobs") }

// CacheDir holds what may be deleted at any time.
func (h *Home) CacheDir() string { return filepath.Join(h.dir, "cache") }

// JobsDir holds a folder per job.
func (h *Home) JobsDir() string { return filepath.Join(h.dir, "jobs") }

// ServePath tells where a running server listens.
func (h *Home) ServePath() string { return filepath.Join(h.dir, "serve.json") }

// ServeLockPath is the lease that makes the server unique.
func (h *Home) ServeLockPath() string { return filepath.Join(h.dir, "serve.lock") }

// ErrName says that a name from outside is not one that may become a path.
var ErrName = errors.New("the name may hold letters, digits, '.', '_' and '-', begins with a letter or digit, and has at most 255 characters")

var allowed = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]*\z`)

// JobDir is the folder of a job, which need not exist. The name may come from
// anywhere: one that could lead out of the jobs' folder gives ErrName.
func (h *Home) JobDir(name string) (string, error) {
	if len(name) > 255 || !allowed.MatchString(name) {
		return "", fmt.Errorf("job name %.300q: %w", name, ErrName)
	}
	return filepath.Join(h.JobsDir(), name), nil
}
