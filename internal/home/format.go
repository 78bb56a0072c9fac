package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
)

// migration changes a home of one format into the next. It may find its own
// half-done work when a process died in it, and must then finish.
type migration func(dir string) error

// layout is a format and the ways to it from older ones.
type layout struct {
	format int
	// steps holds, for a format, what leads to the one after it.
	steps map[int]migration
	// patience is how long to wait for another process that creates or
	// migrates the home.
	patience time.Duration
}

// current is the layout that this program writes. A new format gets a higher
// number and a step from the one before it, and a fixture home in testdata.
func current() layout {
	return layout{format: 1, steps: map[int]migration{}, patience: time.Minute}
}

// FormatError is a home that a newer program has written.
type FormatError struct {
	Dir              string
	Found, Supported int
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("home %s has format %d, this ischia knows formats up to %d: install a newer ischia, or choose another home with --home or ISCHIA_HOME",
		e.Dir, e.Found, e.Supported)
}

const (
	formatFile = "format"
	lockFile   = "format.lock"
	ledgerFile = "ledger.db"
	// noFormat is what a folder has that is not a home yet.
	noFormat = 0
)

// settle brings the home to the layout's format. The usual case reads one
// small file and takes no lock.
func (l layout) settle(dir string) error {
	found, err := l.check(dir)
	if err != nil || found == l.format {
		return err
	}
	lock, err := l.lock(dir)
	if err != nil {
		return err
	}
	err = l.settleLocked(dir)
	if released := lock.Release(); err == nil && released != nil {
		err = fmt.Errorf("open home %s: %w", dir, released)
	}
	return err
}

// settleLocked looks again, because another process may have been faster.
func (l layout) settleLocked(dir string) error {
	found, err := l.check(dir)
	switch {
	case err != nil || found == l.format:
		return err
	case found != noFormat:
		return l.migrate(dir, found)
	}
	if _, err := os.Lstat(filepath.Join(dir, ledgerFile)); err == nil {
		return fmt.Errorf("open home %s: there is a ledger but no file named %s; put it back (it holds a number, %d for this version) if the folder is a home", dir, formatFile, l.format)
	}
	return writeFormat(dir, l.format)
}

// check reads the format and refuses a newer one.
func (l layout) check(dir string) (int, error) {
	found, err := readFormat(dir)
	if err != nil {
		return 0, err
	}
	if found > l.format {
		return 0, &FormatError{Dir: dir, Found: found, Supported: l.format}
	}
	return found, nil
}

func readFormat(dir string) (int, error) {
	path := filepath.Join(dir, formatFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return noFormat, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the home's format: %w", err)
	}
	format, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || format < 1 {
		return 0, fmt.Errorf("read the home's format: %s holds %.40q, which is not a format's number", path, data)
	}
	return format, nil
}

func (l layout) lock(dir string) (*lease.Lease, error) {
	deadline := time.Now().Add(l.patience)
	for {
		lock, err := lease.Acquire(filepath.Join(dir, lockFile))
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, lease.ErrHeld) || time.Now().After(deadline) {
			return nil, fmt.Errorf("prepare home %s: %w", dir, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func writeFormat(dir string, format int) error {
	if err := Replace(filepath.Join(dir, formatFile), fmt.Appendln(nil, format)); err != nil {
		return fmt.Errorf("write the home's format: %w", err)
	}
	return nil
}

// syncDir makes a rename last through a power cut, where the system can.
func syncDir(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	// Windows and some file systems refuse; the rename is done all the same.
	_ = d.Sync()
	_ = d.Close()
}
