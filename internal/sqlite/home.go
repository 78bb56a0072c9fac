package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// lastUsed is the key in memory of the workspace used last.
const lastUsed = "last-used-workspace"

// ExperimentID implements workspace.Store.
func (s *Store) ExperimentID(ctx context.Context, scope workspace.Scope, name string) (int64, error) {
	var id int64
	row, err := s.known(ctx, scope)
	if err == nil {
		err = s.readers.QueryRowContext(ctx,
			`SELECT id FROM experiments WHERE scope = ? AND name = ?`, row.id, name).Scan(&id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	return id, s.fault("experiment "+name, err)
}

// LastUsed implements workspace.Store.
func (s *Store) LastUsed(ctx context.Context) (workspace.Scope, error) {
	var text string
	var scope workspace.Scope
	err := s.readers.QueryRowContext(ctx, `SELECT value FROM memory WHERE key = ?`, lastUsed).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &scope)
	}
	return scope, s.fault("workspace used last", err)
}

// SetLastUsed implements workspace.Store.
func (s *Store) SetLastUsed(ctx context.Context, scope workspace.Scope) error {
	text, err := toJSON(scope)
	if err != nil {
		return err
	}
	return s.fault("remember the workspace used last", s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		_, err := t.conn.ExecContext(ctx, `
			INSERT INTO memory (key, value) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`, lastUsed, text)
		return err
	}))
}
