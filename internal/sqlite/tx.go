package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	codes "modernc.org/sqlite/lib"
)

// statements are those that run often, prepared once.
type statements struct {
	begin, commit, rollback           *sql.Stmt
	insertJob, insertEvent, meet      *sql.Stmt
	insertSubmitted                   *sql.Stmt
	advance, putFile                  *sql.Stmt
	endTicket, startTicket            *sql.Stmt
	newestDefinition                  *sql.Stmt
	insertDefinition, insertTicket    *sql.Stmt
	readResource                      *sql.Stmt
	readJob, readEvents, readCanceled *sql.Stmt
	all                               []*sql.Stmt
}

// prepare prepares all statements: on the writing connection those that write.
func prepare(ctx context.Context, writer *sql.Conn, readers *sql.DB) (*statements, error) {
	st := &statements{}
	onWriter := map[**sql.Stmt]string{
		&st.begin:           "BEGIN IMMEDIATE",
		&st.commit:          "COMMIT",
		&st.rollback:        "ROLLBACK",
		&st.insertJob:       insertJob,
		&st.insertEvent:     insertEvent,
		&st.insertSubmitted: insertSubmitted,
		&st.meet:            meetExperiment,
		&st.advance:         advanceJob,
		&st.putFile:         putFile,
		&st.endTicket:       endTicket,
		&st.startTicket:     startTicket,

		&st.newestDefinition: newestDefinition,
		&st.insertDefinition: insertDefinition,
		&st.insertTicket:     insertTicket,
	}
	onReaders := map[**sql.Stmt]string{
		&st.readJob:      readJob,
		&st.readEvents:   readEvents,
		&st.readCanceled: readCanceled,
		&st.readResource: readResource,
	}
	var errs []error
	add := func(to **sql.Stmt, s *sql.Stmt, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		*to = s
		st.all = append(st.all, s)
	}
	for to, query := range onWriter {
		s, err := writer.PrepareContext(ctx, query)
		add(to, s, err)
	}
	for to, query := range onReaders {
		s, err := readers.PrepareContext(ctx, query)
		add(to, s, err)
	}
	return st, errors.Join(errs...)
}

func (st *statements) close() error {
	var errs []error
	for _, s := range st.all {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// tx is one write transaction.
type tx struct {
	conn     *sql.Conn
	st       *statements
	survives durability
	// now is the time of all that the transaction dates itself.
	now time.Time
	// begun is the root job that was last noted as started.
	begun string
}

func (t *tx) exec(ctx context.Context, s *sql.Stmt, args ...any) error {
	_, err := s.ExecContext(ctx, args...)
	return err
}

// durability is what a transaction survives besides a kill -9.
type durability bool

const (
	// killed: an end of the process, at any moment.
	killed durability = false
	// powerCut: an end of the machine too. It costs an fsync.
	powerCut durability = true
)

// write runs f in a transaction that has the write lock from its start. When f
// fails, nothing of it stays. The context of f does not end: its statements
// take microseconds, and one that was interrupted half way would leave it open
// whether the transaction was committed.
//
// With powerCut the commit waits for the disk. SQLite forbids to change
// "synchronous" inside a transaction, so it is raised around this one. The
// fsync is that of the write-ahead log, and so covers every transaction before
// this one as well, of any process. (A checkpoint would do the same, but does
// nothing while another process has one under way.)
func (s *Store) write(ctx context.Context, d durability, f func(ctx context.Context, t *tx) error) error {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	t := &tx{conn: s.writer, st: s.st, survives: d}
	calm := context.WithoutCancel(ctx)
	if d == powerCut {
		if _, err := t.conn.ExecContext(calm, "PRAGMA synchronous = FULL"); err != nil {
			return err
		}
		defer func() {
			// Should this fail, later writes are slower and no less safe.
			_, _ = t.conn.ExecContext(calm, "PRAGMA synchronous = NORMAL")
		}()
	}
	err := untilFree(ctx, func(ctx context.Context) error { return t.exec(ctx, t.st.begin) })
	if err != nil {
		return err
	}
	t.now = s.now().UTC().Truncate(time.Microsecond)
	if err := t.finish(calm, f); err != nil {
		return err
	}
	s.writes.Add(1)
	return nil
}

// finish runs f and ends the transaction.
func (t *tx) finish(ctx context.Context, f func(ctx context.Context, t *tx) error) (err error) {
	done := false
	defer func() {
		if !done { // f failed or panicked, or the commit did
			err = withoutEnded(err, t.exec(ctx, t.st.rollback))
		}
	}()
	if err := f(ctx, t); err != nil {
		return err
	}
	err = t.exec(ctx, t.st.commit)
	done = err == nil
	return err
}

// withoutEnded is err, and what went wrong when its transaction was rolled
// back. SQLite may have rolled back by itself, as it does when the disk is
// full; that there is no transaction then, a plain SQLITE_ERROR, is no news.
func withoutEnded(err, rollback error) error {
	if rollback == nil || code(rollback) == codes.SQLITE_ERROR {
		return err
	}
	return errors.Join(err, rollback)
}
