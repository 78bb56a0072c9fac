package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// putResource adds a resource or replaces it; what names it and when it was
// made stay.
const putResource = `
	INSERT INTO resources (
		scope, collection, key, name, version, number, created, modified, created_by, archived, anonymous, body, digests
	) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (scope, collection, key, version) DO UPDATE SET
		modified = excluded.modified, created_by = excluded.created_by, archived = excluded.archived,
		anonymous = excluded.anonymous, body = excluded.body, digests = excluded.digests`

// emptyBody is that of a container that nobody described.
const emptyBody = `{"properties":{}}`

// ChangeResource implements workspace.ResourceStore.
func (rs resources) ChangeResource(
	ctx context.Context, key workspace.ResourceKey, change func(old *workspace.Resource) (*workspace.Resource, error),
) (now *workspace.Resource, made bool, err error) {
	doing := "write " + label(key)
	if err := key.Check(); err != nil {
		return nil, false, rs.s.fault(doing, err)
	}
	row, err := rs.s.ensure(ctx, key.Scope)
	if err != nil {
		return nil, false, rs.s.fault(doing, err)
	}
	err = rs.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		old, err := t.resource(ctx, row.id, key)
		if err != nil {
			return err
		}
		given := old
		if old != nil {
			c := *old // change may write into what it is given
			given = &c
		}
		changed, err := change(given)
		if err != nil {
			return refusal{err}
		}
		if changed == nil {
			return t.deleteResource(ctx, row.id, key)
		}
		c := *changed
		c.ResourceKey = key
		now, err = t.putResource(ctx, row, &c, old)
		made = old == nil
		return err
	})
	if refused, ok := errors.AsType[refusal](err); ok {
		return nil, false, refused.error
	}
	if err != nil {
		return nil, false, rs.s.fault(doing, err)
	}
	return now, made, nil
}

// PutResources implements workspace.ResourceStore.
func (rs resources) PutResources(ctx context.Context, list ...*workspace.Resource) error {
	if len(list) == 0 {
		return nil
	}
	doing := "write " + label(list[0].ResourceKey)
	rows := make([]scopeRow, len(list))
	for i, r := range list {
		err := r.Check()
		if err == nil {
			rows[i], err = rs.s.ensure(ctx, r.Scope)
		}
		if err != nil {
			return rs.s.fault("write "+label(r.ResourceKey), err)
		}
	}
	return rs.s.fault(doing, rs.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		for i, r := range list {
			old, err := t.resource(ctx, rows[i].id, r.ResourceKey)
			if err != nil {
				return err
			}
			if _, err := t.putResource(ctx, rows[i], r, old); err != nil {
				return err
			}
		}
		return nil
	}))
}

// AddVersion implements workspace.ResourceStore.
func (rs resources) AddVersion(ctx context.Context, r *workspace.Resource) (now *workspace.Resource, err error) {
	key := r.ResourceKey
	key.Version = ""
	doing := "add a version of " + label(key)
	if err := checkAsset(key); err != nil {
		return nil, rs.s.fault(doing, err)
	}
	row, err := rs.s.ensure(ctx, key.Scope)
	if err != nil {
		return nil, rs.s.fault(doing, err)
	}
	err = rs.s.write(ctx, killed, func(ctx context.Context, t *tx) (err error) {
		now, err = t.addVersion(ctx, row, r)
		return err
	})
	if err != nil {
		return nil, rs.s.fault(doing, err)
	}
	return now, nil
}

func (t *tx) addVersion(ctx context.Context, row scopeRow, r *workspace.Resource) (*workspace.Resource, error) {
	c := *r
	var err error
	if c.Version, err = nextVersion(ctx, t.conn, row.id, r.ResourceKey); err != nil {
		return nil, err
	}
	// Only a version of more digits than count as a number can be there.
	old, err := t.resource(ctx, row.id, c.ResourceKey)
	if err != nil {
		return nil, err
	}
	if old != nil {
		return nil, fmt.Errorf("version %s is there already: %w", c.Version, workspace.ErrConflict)
	}
	return t.putResource(ctx, row, &c, nil)
}

// resource is one by key; nil when there is none.
func (t *tx) resource(ctx context.Context, scope int64, key workspace.ResourceKey) (*workspace.Resource, error) {
	return rowOf(ctx, t.conn, readResource, scope, string(key.Collection), key.Collection.Fold(key.Name), key.Version)
}

// putResource writes r over old, which is nil when there is none, and returns
// it as it is now.
func (t *tx) putResource(
	ctx context.Context, row scopeRow, r, old *workspace.Resource,
) (*workspace.Resource, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	now := *r
	now.Scope = row.scope
	if len(now.Body) == 0 {
		now.Body = []byte(emptyBody)
	}
	if old != nil {
		now.Name, now.Created = old.Name, old.Created
		now.CreatedBy = cmp.Or(r.CreatedBy, old.CreatedBy)
		now.Modified = later(t.now, old.Modified)
		return &now, t.insertResource(ctx, row.id, &now)
	}
	if now.Version != "" {
		if err := t.meetContainer(ctx, row, &now); err != nil {
			return nil, err
		}
	}
	created, err := t.nextCreated(ctx, row.id, now.Collection)
	if err != nil {
		return nil, err
	}
	now.Created, now.Modified = created, created
	return &now, t.insertResource(ctx, row.id, &now)
}

// meetContainer sees to it that the container of a version is there, and that
// it is anonymous only if all versions are.
func (t *tx) meetContainer(ctx context.Context, row scopeRow, r *workspace.Resource) error {
	key := r.ResourceKey
	key.Version = ""
	c, err := t.resource(ctx, row.id, key)
	switch {
	case err != nil:
		return err
	case c == nil:
		c = &workspace.Resource{ResourceKey: key, CreatedBy: r.CreatedBy, Anonymous: r.Anonymous}
		_, err = t.putResource(ctx, row, c, nil)
		return err
	case c.Anonymous && !r.Anonymous:
		c.Anonymous = false
		return t.insertResource(ctx, row.id, c)
	}
	return nil
}

func (t *tx) insertResource(ctx context.Context, scope int64, r *workspace.Resource) error {
	digests := "[]"
	if len(r.Digests) > 0 {
		var err error
		if digests, err = toJSON(r.Digests); err != nil {
			return err
		}
	}
	var number any
	if n, ok := workspace.VersionNumber(r.Version); ok {
		number = n
	}
	_, err := t.conn.ExecContext(ctx, putResource, scope, string(r.Collection), r.Collection.Fold(r.Name), r.Name, r.Version,
		number, r.Created.UnixMicro(), r.Modified.UnixMicro(), r.CreatedBy, r.Archived, r.Anonymous, string(r.Body), digests)
	return err
}

// nextCreated is now, or just after the newest of the collection.
func (t *tx) nextCreated(ctx context.Context, scope int64, c workspace.Collection) (time.Time, error) {
	var newest *int64
	err := t.conn.QueryRowContext(ctx, readNewest, scope, string(c)).Scan(&newest)
	if err != nil || newest == nil {
		return t.now, err
	}
	return later(t.now, fromMicros(newest)), nil
}

// later is now, or the moment after t when now is not after it.
func later(now, t time.Time) time.Time {
	if now.After(t) {
		return now
	}
	return t.Add(time.Microsecond)
}

// deleteResource deletes a resource, and what cannot be without it.
func (t *tx) deleteResource(ctx context.Context, scope int64, key workspace.ResourceKey) error {
	name := key.Collection.Fold(key.Name)
	if key.Collection == workspace.Endpoints {
		_, err := t.conn.ExecContext(ctx, `DELETE FROM resources WHERE scope = ? AND collection = ? AND key > ? AND key < ?`,
			scope, string(workspace.Deployments), name+"/", name+"0")
		if err != nil {
			return err
		}
	}
	query, args := `DELETE FROM resources WHERE scope = ? AND collection = ? AND key = ?`, []any{scope, string(key.Collection), name}
	if key.Version != "" {
		query, args = query+` AND version = ?`, append(args, key.Version)
	}
	_, err := t.conn.ExecContext(ctx, query, args...)
	return err
}

// resourceRow is a resource whose scope has been looked up.
type resourceRow struct {
	scope scopeRow
	*workspace.Resource
}

// registeredBy are the assets that changes register, ready to be written.
func (s *Store) registeredBy(ctx context.Context, own scopeRow, changes []workspace.Change) ([]resourceRow, error) {
	var rows []resourceRow
	for _, c := range changes {
		for _, r := range c.Register {
			given := *r
			row := own
			if given.Scope == (workspace.Scope{}) {
				given.Scope = own.scope
			}
			err := given.Check()
			if err == nil {
				err = checkAsset(given.ResourceKey)
			}
			if err == nil && given.Scope != own.scope {
				row, err = s.ensure(ctx, given.Scope)
			}
			if err != nil {
				return nil, fmt.Errorf("register %s: %w", label(given.ResourceKey), err)
			}
			rows = append(rows, resourceRow{row, &given})
		}
	}
	return rows, nil
}

// register adds versions of assets, but for those that are there.
func (t *tx) register(ctx context.Context, rows []resourceRow) error {
	for _, r := range rows {
		if err := t.registerOne(ctx, r); err != nil {
			return fmt.Errorf("register %s: %w", label(r.ResourceKey), err)
		}
	}
	return nil
}

func (t *tx) registerOne(ctx context.Context, r resourceRow) error {
	if r.Version == "" {
		_, err := t.addVersion(ctx, r.scope, r.Resource)
		return err
	}
	old, err := t.resource(ctx, r.scope.id, r.ResourceKey)
	switch {
	case err != nil:
		return err
	case old == nil:
		_, err = t.putResource(ctx, r.scope, r.Resource, nil)
		return err
	case !r.SameContent(old):
		return fmt.Errorf("this version is there already, with other content: %w", workspace.ErrInvalid)
	}
	return nil
}
