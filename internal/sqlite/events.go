package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const insertEvent = `
	INSERT INTO events (scope, root, job, step, time, kind, status, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

const readEvents = `
	SELECT seq, time, job, step, kind, status, data FROM events
	WHERE scope = ?1 AND root = ?2 AND seq > ?3
	AND EXISTS (SELECT 1 FROM jobs WHERE scope = ?1 AND name = ?2 AND archived < 2)
	ORDER BY seq LIMIT ?4`

// log appends one event. Its number is one more than the last: rows are never
// deleted, so numbers are never used twice.
func (t *tx) log(ctx context.Context, scope int64, e workspace.Event) error {
	var data any
	if e.Data != nil {
		data = string(e.Data)
	}
	return t.exec(ctx, t.st.insertEvent,
		scope, e.Root, e.Job, e.Step, e.Time.UnixMicro(), e.Kind, string(e.Status), data)
}

// Events implements workspace.Store.
func (s *Store) Events(
	ctx context.Context, scope workspace.Scope, root string, after int64, limit int,
) ([]workspace.Event, error) {
	row, err := s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		var events []workspace.Event
		if events, err = s.events(ctx, row.id, root, after, limit); err == nil {
			return events, nil
		}
	}
	return nil, s.fault("read the events of job "+root, err)
}

func (s *Store) events(ctx context.Context, scope int64, root string, after int64, limit int) ([]workspace.Event, error) {
	rows, err := s.st.readEvents.QueryContext(ctx, scope, root, after, sqlLimit(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []workspace.Event
	for rows.Next() {
		e := workspace.Event{Root: root}
		var us int64
		var data sql.NullString
		if err := rows.Scan(&e.Seq, &us, &e.Job, &e.Step, &e.Kind, &e.Status, &data); err != nil {
			return nil, err
		}
		e.Time = time.UnixMicro(us).UTC()
		if data.Valid {
			e.Data = []byte(data.String)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// sqlLimit is a limit as SQL has it: -1 for all.
func sqlLimit(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}
