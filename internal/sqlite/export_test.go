package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// OpenWith is Open with other migrations.
func OpenWith(ctx context.Context, path string, migrations fs.FS) (*Store, error) {
	return open(ctx, path, migrations)
}

// Migrations are those of the package.
func Migrations() (fs.FS, error) { return fs.Sub(migrations, "migrations") }

// Exec executes a statement on the writing connection, in a transaction.
func (s *Store) Exec(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		_, err := t.conn.ExecContext(ctx, query, args...)
		return err
	})
}

// Pragma reads or sets a pragma of the writing connection.
func (s *Store) Pragma(ctx context.Context, name string) (value string, err error) {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	err = s.writer.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
	return value, err
}

// Plan is how SQLite answers the query of a filter, a line a step.
func (s *Store) Plan(ctx context.Context, f workspace.Filter) (string, error) {
	query, args := listQuery(f, 1)
	return s.ExplainQuery(ctx, query, args...)
}

// PlanResources is how SQLite answers a query for resources.
func (s *Store) PlanResources(ctx context.Context, q workspace.ResourceQuery) (string, error) {
	query, args := resourceQuery(q, 1)
	return s.ExplainQuery(ctx, query, args...)
}

// ExplainQuery is how SQLite answers a query, a line a step.
func (s *Store) ExplainQuery(ctx context.Context, query string, args ...any) (string, error) {
	rows, err := s.readers.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		lines = append(lines, detail)
	}
	return strings.Join(lines, "\n"), rows.Err()
}

// HotQueries are the statements that are prepared, with how many parameters
// each has.
func HotQueries() map[string]int {
	return map[string]int{
		advanceJob: 10, readJob: 2, readEvents: 4, readCanceled: 2, editJob: 8, endTicket: 2, startTicket: 2, readWaiting: 2,
		readDefinition: 2, readTickets: 2, readResource: 4, readLatest: 3, readHighest: 3, readNewest: 2,
	}
}

// OrderedQueries are statements that find the last of something, with the index
// that says which.
func OrderedQueries() map[string]string {
	return map[string]string{
		readLatest: "INDEX resources_latest", readHighest: "INDEX resources_number",
		`SELECT max(created) FROM resources WHERE scope = ?1 AND collection = ?2 AND ?3 <> ''`: "INDEX resources_created",
	}
}

// Fill records n root jobs, one a second, without the events: quickly. Most
// have ended; a few are in an experiment of their own, or archived.
func (s *Store) Fill(ctx context.Context, n int, start time.Time) error {
	row, err := s.ensure(ctx, workspace.BuiltIn())
	if err != nil {
		return err
	}
	return s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		for i := range n {
			name := "job" + strconv.Itoa(i)
			j := &workspace.Job{
				Name: name, Root: name, Type: "pipeline", Experiment: "taxi", Status: workspace.Completed,
				Created: start.Add(time.Duration(i) * time.Second), Archived: i%1000 == 1,
			}
			if i%1000 == 0 {
				j.Experiment, j.Status = "rare", workspace.Failed
			}
			if i%10_000 == 5 {
				j.Status = workspace.Running
			}
			args, err := jobArgs(row.id, j, &bytes.Buffer{})
			if err != nil {
				return err
			}
			if err := t.exec(ctx, t.st.insertJob, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetQueryOnly makes SQLite refuse to write, as a read-only file does.
func (s *Store) SetQueryOnly(ctx context.Context) error {
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	_, err := s.writer.ExecContext(ctx, "PRAGMA query_only = 1")
	return err
}

// RootEnds tries changes, undoes them, and says whether a transaction with them
// has to survive a power cut.
func (s *Store) RootEnds(ctx context.Context, changes []workspace.Change) (bool, error) {
	row, err := s.known(ctx, workspace.BuiltIn())
	if err != nil {
		return false, err
	}
	undo := errors.New("undo")
	err = s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		for i := range changes {
			if err := t.advance(ctx, row.id, &move{Change: changes[i]}); err != nil {
				return err
			}
		}
		return undo
	})
	if errors.Is(err, errRootEnds) {
		return true, nil
	}
	if errors.Is(err, undo) {
		return false, nil
	}
	return false, err
}

// SynchronousDuringDurableWrite is the level of the writing connection in such
// a transaction, and after it.
func (s *Store) SynchronousDuringDurableWrite(ctx context.Context) (during, after string, err error) {
	err = s.write(ctx, powerCut, func(ctx context.Context, t *tx) error {
		return t.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&during)
	})
	if err == nil {
		after, err = s.Pragma(ctx, "synchronous")
	}
	return during, after, err
}

// Hold keeps the write lock from when it closes holding until release is.
func (s *Store) Hold(ctx context.Context, holding chan<- struct{}, release <-chan struct{}) error {
	return s.write(ctx, killed, func(context.Context, *tx) error {
		close(holding)
		<-release
		return nil
	})
}

// ForeignKeyCheck looks for rows that refer to none.
func (s *Store) ForeignKeyCheck(ctx context.Context) error {
	rows, err := s.readers.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return errors.New("a row refers to one that is not there")
	}
	return rows.Err()
}

// Tender tends the log when it is told to, and says how many pages that had.
func (s *Store) Tender(tb testing.TB, longest int) func(context.Context) (log int, err error) {
	tb.Helper()
	side, err := dial(s.path, tending)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = side.Close() })
	t := &tender{Store: s, side: side, longest: longest}
	return func(ctx context.Context) (int, error) {
		log, _, err := t.move(ctx, "PASSIVE")
		return log, errors.Join(err, t.checkpoint(ctx))
	}
}

// TendLogAlways is TendLog, all the time.
func (s *Store) TendLogAlways(ctx context.Context) error {
	t := &tender{Store: s, longest: 100}
	return t.run(ctx, time.Millisecond)
}

// Read reads until release is called.
func (s *Store) Read(tb testing.TB) (release func()) {
	tb.Helper()
	tx, err := s.readers.BeginTx(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	if err := tx.QueryRowContext(tb.Context(), "SELECT count(*) FROM jobs").Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}
