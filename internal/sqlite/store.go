package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is a ledger in an SQLite file.
type Store struct {
	path    string
	readers *sql.DB
	writers *sql.DB // one connection, held as writer
	writer  *sql.Conn
	st      *statements
	turn    chan struct{} // holds one token: who has it may use writer
	now     func() time.Time
	writes  atomic.Int64 // how many transactions were committed

	mu sync.Mutex
	// scopes, guarded by mu, knows the rows of the table: they never change.
	scopes map[workspace.Scope]scopeRow
}

var _ workspace.Store = (*Store)(nil)

// Open opens the ledger at path, and makes it when it is not there; its folder
// has to be. A ledger of an older ischia is migrated, after a copy of it was
// put beside it as path.bak-N, N being its old version. One of a newer ischia
// is refused with a [NewerError].
func Open(ctx context.Context, path string) (*Store, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return open(ctx, path, sub)
}

// open is Open with the migrations handed in.
func open(ctx context.Context, path string, migrations fs.FS) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	if err := touch(path); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	s := &Store{path: path, turn: make(chan struct{}, 1), now: time.Now, scopes: make(map[workspace.Scope]scopeRow)}
	if err := s.start(ctx, migrations); err != nil {
		return nil, errors.Join(s.fault("open", err), s.Close())
	}
	s.turn <- struct{}{}
	return s, nil
}

// touch makes the file if need be, for its owner alone. SQLite gives the files
// that it puts beside it the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// start connects, brings the schema up to date and prepares the statements.
func (s *Store) start(ctx context.Context, migrations fs.FS) (err error) {
	if s.writers, err = dial(s.path, writing); err != nil {
		return err
	}
	err = untilFree(ctx, func(ctx context.Context) error {
		s.writer, err = s.writers.Conn(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if err := migrate(ctx, s.path, s.writer, migrations); err != nil {
		return err
	}
	if s.readers, err = dial(s.path, reading); err != nil {
		return err
	}
	s.st, err = prepare(ctx, s.writer, s.readers)
	return err
}

// Close lets go of the file. Nobody may use the store any more.
func (s *Store) Close() error {
	var errs []error
	if s.st != nil {
		errs = append(errs, s.st.close())
	}
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.writers != nil {
		errs = append(errs, s.writers.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close ledger %s: %w", s.path, err)
	}
	return nil
}
