package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// scopeRow is a row of the table scopes: its number, and the scope as it was
// spelled first.
type scopeRow struct {
	id    int64
	scope workspace.Scope
}

// fold is a scope as it is compared: like NOCASE, ignoring the case of ASCII
// letters only.
func fold(s workspace.Scope) workspace.Scope {
	lower := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + ('a' - 'A')
			}
			return r
		}, s)
	}
	return workspace.Scope{
		Subscription:  lower(s.Subscription),
		ResourceGroup: lower(s.ResourceGroup),
		Workspace:     lower(s.Workspace),
	}
}

// known is the row of a scope, ErrNotFound when nothing was ever written to it.
func (s *Store) known(ctx context.Context, scope workspace.Scope) (scopeRow, error) {
	k := fold(scope)
	s.mu.Lock()
	row, ok := s.scopes[k]
	s.mu.Unlock()
	if ok {
		return row, nil
	}
	err := s.readers.QueryRowContext(ctx, `
		SELECT id, subscription, resource_group, workspace FROM scopes
		WHERE subscription = ? AND resource_group = ? AND workspace = ?`,
		scope.Subscription, scope.ResourceGroup, scope.Workspace,
	).Scan(&row.id, &row.scope.Subscription, &row.scope.ResourceGroup, &row.scope.Workspace)
	if errors.Is(err, sql.ErrNoRows) {
		return scopeRow{}, workspace.ErrNotFound
	}
	if err != nil {
		return scopeRow{}, err
	}
	s.mu.Lock()
	s.scopes[k] = row
	s.mu.Unlock()
	return row, nil
}

// ensure is known, after writing the scope down if it is new. That is a
// transaction of its own: a scope without anything in it is not visible.
func (s *Store) ensure(ctx context.Context, scope workspace.Scope) (scopeRow, error) {
	row, err := s.known(ctx, scope)
	if !errors.Is(err, workspace.ErrNotFound) {
		return row, err
	}
	err = s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		_, err := t.conn.ExecContext(ctx, `
			INSERT INTO scopes (subscription, resource_group, workspace) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`, scope.Subscription, scope.ResourceGroup, scope.Workspace)
		return err
	})
	if err != nil {
		return scopeRow{}, err
	}
	return s.known(ctx, scope)
}
