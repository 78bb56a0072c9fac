package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const selectContainer = `SELECT name, datastore, created, modified, metadata FROM containers WHERE scope = ?`

func scanContainer(row scanner, c *workspace.Container) error {
	var created, modified int64
	var metadata string
	err := row.Scan(&c.Name, &c.Datastore, &created, &modified, &metadata)
	if err != nil {
		return err
	}
	c.Created, c.Modified = time.UnixMicro(created).UTC(), time.UnixMicro(modified).UTC()
	c.Metadata, err = fromMapJSON(metadata)
	return err
}

// readContainer reads one; nil when there is none.
func readContainer(ctx context.Context, q rowQuerier, row scopeRow, name string) (*workspace.Container, error) {
	c := &workspace.Container{Scope: row.scope}
	err := scanContainer(q.QueryRowContext(ctx, selectContainer+` AND name = ?`, row.id, name), c)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return c, err
}

// Container implements workspace.ContainerStore.
func (st storage) Container(
	ctx context.Context, scope workspace.Scope, name string,
) (*workspace.Container, error) {
	var c *workspace.Container
	row, err := st.s.known(ctx, scope)
	if err == nil {
		c, err = readContainer(ctx, st.s.readers, row, name)
	}
	if err == nil && c == nil {
		err = workspace.ErrNotFound
	}
	return c, st.s.fault("container "+name, err)
}

// Containers implements workspace.ContainerStore.
func (st storage) Containers(
	ctx context.Context, scope workspace.Scope, prefix, after string, limit int,
) ([]workspace.Container, error) {
	row, err := st.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil
	}
	var list []workspace.Container
	if err == nil {
		list, err = st.containers(ctx, row, prefix, after, limit)
	}
	if err != nil {
		return nil, st.s.fault("list containers", err)
	}
	return list, nil
}

func (st storage) containers(
	ctx context.Context, row scopeRow, prefix, after string, limit int,
) ([]workspace.Container, error) {
	where, args := between("name", prefix, prefix, after)
	rows, err := st.s.readers.QueryContext(ctx, selectContainer+where+` ORDER BY name LIMIT ?`,
		append(append([]any{row.id}, args...), sqlLimit(limit))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []workspace.Container
	for rows.Next() {
		c := workspace.Container{Scope: row.scope}
		if err := scanContainer(rows, &c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// ChangeContainer implements workspace.ContainerStore.
func (st storage) ChangeContainer(
	ctx context.Context, scope workspace.Scope, name string,
	change func(old *workspace.Container) (*workspace.Container, error),
) (now *workspace.Container, err error) {
	row, err := st.s.ensure(ctx, scope)
	if err != nil {
		return nil, st.s.fault("write container "+name, err)
	}
	err = st.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		old, err := readContainer(ctx, t.conn, row, name)
		if err != nil {
			return err
		}
		now, err = change(old)
		if err != nil {
			return refusal{err}
		}
		if now == nil {
			return t.deleteContainer(ctx, row.id, old)
		}
		c := *now
		c.Scope, c.Name = row.scope, name
		c.Created = c.Created.UTC().Truncate(time.Microsecond)
		c.Modified = c.Modified.UTC().Truncate(time.Microsecond)
		if old != nil && !c.Modified.After(old.Modified) {
			c.Modified = old.Modified.Add(time.Microsecond)
		}
		now = &c
		return t.putContainer(ctx, row.id, now)
	})
	if refused, ok := errors.AsType[refusal](err); ok {
		return nil, refused.error
	}
	if err != nil {
		return nil, st.s.fault("write container "+name, err)
	}
	return now, nil
}

func (t *tx) putContainer(ctx context.Context, scope int64, c *workspace.Container) error {
	metadata, err := mapJSON(c.Metadata, &bytes.Buffer{})
	if err != nil {
		return err
	}
	_, err = t.conn.ExecContext(ctx, `
		INSERT INTO containers (scope, name, datastore, created, modified, metadata) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET datastore = excluded.datastore, created = excluded.created,
			modified = excluded.modified, metadata = excluded.metadata`,
		scope, c.Name, c.Datastore, c.Created.UnixMicro(), c.Modified.UnixMicro(), metadata)
	return err
}

// deleteContainer deletes a container with all that is in it.
func (t *tx) deleteContainer(ctx context.Context, scope int64, c *workspace.Container) error {
	if c == nil {
		return nil
	}
	if _, err := t.delete(ctx, scope, c.Datastore, ""); err != nil {
		return err
	}
	_, err := t.conn.ExecContext(ctx, `DELETE FROM staged_blocks WHERE scope = ? AND datastore = ?`, scope, c.Datastore)
	if err != nil {
		return err
	}
	_, err = t.conn.ExecContext(ctx, `DELETE FROM containers WHERE scope = ? AND name = ?`, scope, c.Name)
	return err
}
