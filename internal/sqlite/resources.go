package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// resources are the things that are registered.
type resources struct{ s *Store }

var _ workspace.ResourceStore = resources{}

// Resources implements workspace.Store.
func (s *Store) Resources() workspace.ResourceStore { return resources{s} }

// resourceColumns are what scanResource reads, of resources as r and scopes as
// s.
const resourceColumns = `
	s.subscription, s.resource_group, s.workspace, r.collection, r.name, r.version,
	r.created, r.modified, r.created_by, r.archived, r.anonymous, r.body, r.digests`

const selectResource = `SELECT ` + resourceColumns + ` FROM resources r JOIN scopes s ON s.id = r.scope`

const (
	readResource = selectResource + ` WHERE r.scope = ? AND r.collection = ? AND r.key = ? AND r.version = ?`
	readLatest   = selectResource + ` WHERE r.scope = ? AND r.collection = ? AND r.key = ? AND r.version <> '' AND r.archived = 0
		ORDER BY r.created DESC LIMIT 1`
	readHighest = `SELECT max(number) FROM resources WHERE scope = ? AND collection = ? AND key = ? AND number IS NOT NULL`
	readNewest  = `SELECT max(created) FROM resources WHERE scope = ? AND collection = ?`
)

func scanResource(row scanner) (*workspace.Resource, error) {
	r := &workspace.Resource{}
	var created, modified int64
	var body, digests string
	err := row.Scan(&r.Scope.Subscription, &r.Scope.ResourceGroup, &r.Scope.Workspace, &r.Collection, &r.Name, &r.Version,
		&created, &modified, &r.CreatedBy, &r.Archived, &r.Anonymous, &body, &digests)
	if err != nil {
		return nil, err
	}
	r.Created, r.Modified = time.UnixMicro(created).UTC(), time.UnixMicro(modified).UTC()
	r.Body = json.RawMessage(body)
	if digests != "[]" {
		err = json.Unmarshal([]byte(digests), &r.Digests)
	}
	return r, err
}

// rowOf is the first row of a query as a resource; nil when there is none.
func rowOf(ctx context.Context, q rowQuerier, query string, args ...any) (*workspace.Resource, error) {
	return orNone(scanResource(q.QueryRowContext(ctx, query, args...)))
}

// orNone makes nil of the row that is not there.
func orNone(r *workspace.Resource, err error) (*workspace.Resource, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// Resource implements workspace.ResourceStore.
func (rs resources) Resource(ctx context.Context, key workspace.ResourceKey) (*workspace.Resource, error) {
	doing := label(key)
	if err := key.Check(); err != nil {
		return nil, rs.s.fault(doing, err)
	}
	var r *workspace.Resource
	row, err := rs.s.known(ctx, key.Scope)
	if err == nil {
		r, err = orNone(scanResource(rs.s.st.readResource.QueryRowContext(ctx,
			row.id, string(key.Collection), key.Collection.Fold(key.Name), key.Version)))
	}
	return found(rs.s, doing, r, err)
}

// LatestVersion implements workspace.ResourceStore.
func (rs resources) LatestVersion(
	ctx context.Context, scope workspace.Scope, c workspace.Collection, name string,
) (*workspace.Resource, error) {
	key := workspace.ResourceKey{Scope: scope, Collection: c, Name: name}
	doing := "latest version of " + label(key)
	if err := key.Check(); err != nil {
		return nil, rs.s.fault(doing, err)
	}
	var r *workspace.Resource
	row, err := rs.s.known(ctx, scope)
	if err == nil {
		r, err = rowOf(ctx, rs.s.readers, readLatest, row.id, string(c), c.Fold(name))
	}
	return found(rs.s, doing, r, err)
}

// found is r, or the fault that it is not there.
func found(s *Store, doing string, r *workspace.Resource, err error) (*workspace.Resource, error) {
	if err == nil && r == nil {
		err = workspace.ErrNotFound
	}
	if err != nil {
		return nil, s.fault(doing, err)
	}
	return r, nil
}

// NextVersion implements workspace.ResourceStore.
func (rs resources) NextVersion(
	ctx context.Context, scope workspace.Scope, c workspace.Collection, name string,
) (string, error) {
	key := workspace.ResourceKey{Scope: scope, Collection: c, Name: name}
	doing := "next version of " + label(key)
	if err := checkAsset(key); err != nil {
		return "", rs.s.fault(doing, err)
	}
	row, err := rs.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return "1", nil
	}
	next := ""
	if err == nil {
		next, err = nextVersion(ctx, rs.s.readers, row.id, key)
	}
	return next, rs.s.fault(doing, err)
}

// checkAsset: the key names an asset.
func checkAsset(key workspace.ResourceKey) error {
	if err := key.Check(); err != nil {
		return err
	}
	if !key.Collection.Versioned() {
		return fmt.Errorf("%s have no versions: %w", key.Collection, workspace.ErrInvalid)
	}
	return nil
}

func nextVersion(ctx context.Context, q rowQuerier, scope int64, key workspace.ResourceKey) (string, error) {
	var highest *int64
	err := q.QueryRowContext(ctx, readHighest, scope, string(key.Collection), key.Collection.Fold(key.Name)).Scan(&highest)
	if err != nil || highest == nil {
		return "1", err
	}
	return fmt.Sprint(*highest + 1), nil
}

// ResourceDigests implements workspace.ResourceStore.
func (rs resources) ResourceDigests(ctx context.Context, yield func(digest string) error) error {
	const doing = "list what resources refer to"
	rows, err := rs.s.readers.QueryContext(ctx, `SELECT digests FROM resources WHERE digests <> '[]'`)
	if err != nil {
		return rs.s.fault(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.RawBytes
		if err := rows.Scan(&text); err != nil {
			return rs.s.fault(doing, err)
		}
		var digests []string
		if err := json.Unmarshal(text, &digests); err != nil {
			return rs.s.fault(doing, err)
		}
		for _, d := range digests {
			if err := yield(d); err != nil {
				return err
			}
		}
	}
	return rs.s.fault(doing, rows.Err())
}

// label is a key for people.
func label(k workspace.ResourceKey) string {
	text := string(k.Collection) + " " + k.Name
	if k.Version != "" {
		text += ":" + k.Version
	}
	return text
}
