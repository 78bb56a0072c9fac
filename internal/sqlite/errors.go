package sqlite

import (
	"errors"
	"fmt"

	"github.com/ischia-ml/ischia/internal/workspace"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// NewerError says that a newer ischia has written the ledger.
type NewerError struct {
	Path string
	// Version is the ledger's, Known the newest that this program knows.
	Version, Known int
}

// Error implements error.
func (e *NewerError) Error() string {
	return fmt.Sprintf("ledger %s was written by a newer ischia (version %d of its tables, this one knows %d): update ischia",
		e.Path, e.Version, e.Known)
}

// code is SQLite's result code in err, 0 when there is none.
func code(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()
	}
	return 0
}

// primary is a code without what SQLite adds to it.
func primary(code int) int { return code & 0xff }

// isBusy says whether another process has the file locked.
func isBusy(err error) bool { return primary(code(err)) == codes.SQLITE_BUSY }

// isTaken says whether a row with the same key is there.
func isTaken(err error) bool {
	c := code(err)
	return c == codes.SQLITE_CONSTRAINT_UNIQUE || c == codes.SQLITE_CONSTRAINT_PRIMARYKEY
}

// fault says what was being done to the ledger when err came, and what the
// user can do about it where that is known. What the workspace's own errors
// have to say needs no file name.
func (s *Store) fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{workspace.ErrNotFound, workspace.ErrConflict, workspace.ErrInvalid} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	why := ""
	switch primary(code(err)) {
	case codes.SQLITE_FULL:
		why = "the disk is full: "
	case codes.SQLITE_READONLY:
		why = "it cannot be written to: "
	case codes.SQLITE_BUSY:
		why = "another process has kept it locked for a long time: "
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		why = "the file is damaged: "
	}
	return fmt.Errorf("%s: ledger %s: %s%w", doing, s.path, why, err)
}
