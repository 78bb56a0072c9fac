package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// storage is the index of the datastores as the storage protocol sees it.
type storage struct{ s *Store }

var _ workspace.Storage = storage{}

// Storage implements workspace.Store.
func (s *Store) Storage() workspace.Storage { return storage{s} }

// selectBlob reads files with their properties, if these are of the version
// that is there.
const selectBlob = `
	SELECT f.path, f.digest, f.size, f.mode, f.modified, b.created, b.properties
	FROM files f LEFT JOIN blobs b
	ON b.scope = f.scope AND b.datastore = f.datastore AND b.path = f.path
		AND b.digest = f.digest AND b.modified = f.modified
	WHERE f.scope = ? AND f.datastore = ?`

// putBlob sets the properties; blocks stay when the parameter before the last
// is false.
const putBlob = `
	INSERT INTO blobs (scope, datastore, path, digest, modified, created, properties, blocks)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9)
	ON CONFLICT DO UPDATE SET
		digest = excluded.digest, modified = excluded.modified, created = excluded.created,
		properties = excluded.properties, blocks = CASE WHEN ?8 THEN excluded.blocks ELSE blocks END`

func scanBlob(row scanner, b *workspace.Blob) error {
	var modified int64
	var created *int64
	var properties *string
	err := row.Scan(&b.Path, &b.Digest, &b.Size, &b.Mode, &modified, &created, &properties)
	if err != nil {
		return err
	}
	b.Modified = time.UnixMicro(modified).UTC()
	b.Created = b.Modified
	if created != nil {
		b.Created = fromMicros(created)
	}
	if properties != nil {
		return json.Unmarshal([]byte(*properties), &b.Properties)
	}
	return nil
}

// rowQuerier is the connection of a transaction, or the reading ones.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readBlob reads one; nil when there is none.
func readBlob(ctx context.Context, q rowQuerier, row scopeRow, datastore, path string) (*workspace.Blob, error) {
	b := &workspace.Blob{File: workspace.File{Scope: row.scope, Datastore: datastore}}
	err := scanBlob(q.QueryRowContext(ctx, selectBlob+` AND f.path = ?`, row.id, datastore, path), b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// Blob implements workspace.BlobIndex.
func (st storage) Blob(
	ctx context.Context, scope workspace.Scope, datastore, path string,
) (*workspace.Blob, error) {
	var b *workspace.Blob
	row, err := st.s.known(ctx, scope)
	if err == nil {
		b, err = readBlob(ctx, st.s.readers, row, datastore, path)
	}
	if err == nil && b == nil {
		err = workspace.ErrNotFound
	}
	return b, st.s.fault("blob "+path+" on datastore "+datastore, err)
}

// Blobs implements workspace.BlobIndex.
func (st storage) Blobs(
	ctx context.Context, scope workspace.Scope, datastore string, q workspace.BlobQuery,
) ([]workspace.Blob, error) {
	row, err := st.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil
	}
	var list []workspace.Blob
	if err == nil {
		list, err = st.blobs(ctx, row, datastore, q)
	}
	if err != nil {
		return nil, st.s.fault("list blobs "+q.Prefix+" on datastore "+datastore, err)
	}
	return list, nil
}

func (st storage) blobs(
	ctx context.Context, row scopeRow, datastore string, q workspace.BlobQuery,
) ([]workspace.Blob, error) {
	where, args := between("f.path", q.Prefix, max(q.From, q.Prefix), q.After)
	args = append([]any{row.id, datastore}, append(args, sqlLimit(q.Limit))...)
	rows, err := st.s.readers.QueryContext(ctx, selectBlob+where+` ORDER BY f.path LIMIT ?`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []workspace.Blob
	for rows.Next() {
		b := workspace.Blob{File: workspace.File{Scope: row.scope, Datastore: datastore}}
		if err := scanBlob(rows, &b); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

// between is the condition that column begins with prefix, is from or more,
// and more than after: one stretch of the index.
func between(column, prefix, from, after string) (where string, args []any) {
	if after >= from {
		where, args = ` AND `+column+` > ?`, []any{after}
	} else {
		where, args = ` AND `+column+` >= ?`, []any{from}
	}
	if prefix == "" {
		return where, args
	}
	// Texts are compared byte by byte, and no text ends with the byte 0xFF: what
	// begins with prefix is less than prefix with its last byte raised.
	end := []byte(prefix)
	end[len(end)-1]++
	return where + ` AND ` + column + ` < ?`, append(args, string(end))
}

// ChangeBlob implements workspace.BlobIndex.
func (st storage) ChangeBlob(
	ctx context.Context, scope workspace.Scope, datastore, path string,
	change func(old *workspace.Blob) (workspace.BlobWrite, error),
) (now *workspace.Blob, dropped []string, err error) {
	doing := "write blob " + path + " on datastore " + datastore
	row, err := st.s.fileRow(ctx, workspace.File{Scope: scope, Datastore: datastore, Path: path})
	if err != nil {
		return nil, nil, st.s.fault(doing, err)
	}
	at := scopeRow{row.scope, scope}
	err = st.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		old, err := readBlob(ctx, t.conn, at, datastore, path)
		if err != nil {
			return err
		}
		w, err := change(old)
		if err != nil {
			return refusal{err}
		}
		if w.Blob != nil {
			now = successor(w.Blob, old)
			now.Scope, now.Datastore, now.Path = scope, datastore, path
			err = t.putBlob(ctx, at.id, now, w)
		} else {
			_, err = t.delete(ctx, at.id, datastore, path)
		}
		if err == nil && (w.Blob == nil || w.Content) {
			dropped, err = t.dropBlocks(ctx, at.id, datastore, path)
		}
		return err
	})
	if refused, ok := errors.AsType[refusal](err); ok {
		return nil, nil, refused.error
	}
	if err != nil {
		return nil, nil, st.s.fault(doing, err)
	}
	return now, dropped, nil
}

// refusal is an error of the caller's own, which is no fault of the ledger.
type refusal struct{ error }

// successor is b as it is written over old.
func successor(b, old *workspace.Blob) *workspace.Blob {
	now := *b
	now.Modified = now.Modified.UTC().Truncate(time.Microsecond)
	if old != nil && !now.Modified.After(old.Modified) {
		now.Modified = old.Modified.Add(time.Microsecond)
	}
	if now.Created = now.Created.UTC().Truncate(time.Microsecond); now.Created.IsZero() {
		now.Created = now.Modified
	}
	return &now
}

func (t *tx) putBlob(ctx context.Context, scope int64, b *workspace.Blob, w workspace.BlobWrite) error {
	if err := t.put(ctx, []fileRow{{scope, b.File}}); err != nil {
		return err
	}
	properties, err := toJSON(b.Properties)
	if err != nil {
		return err
	}
	var blocks any
	if len(w.Blocks) > 0 {
		if blocks, err = toJSON(w.Blocks); err != nil {
			return err
		}
	}
	_, err = t.conn.ExecContext(ctx, putBlob, scope, b.Datastore, b.Path, b.Digest,
		b.Modified.UnixMicro(), b.Created.UnixMicro(), properties, w.Content, blocks)
	return err
}
