package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const putFile = `
	INSERT INTO files (scope, datastore, path, digest, size, mode, modified) VALUES (?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET
		digest = excluded.digest, size = excluded.size, mode = excluded.mode, modified = excluded.modified`

// files is the index of the datastores.
type files struct{ s *Store }

// Files implements workspace.Store.
func (s *Store) Files() workspace.FileStore { return files{s} }

// fileRow is a file whose scope has been looked up.
type fileRow struct {
	scope int64
	workspace.File
}

func (s *Store) fileRow(ctx context.Context, f workspace.File) (fileRow, error) {
	if err := f.Check(); err != nil {
		return fileRow{}, err
	}
	row, err := s.ensure(ctx, f.Scope)
	return fileRow{row.id, f}, err
}

// put adds or replaces files.
func (t *tx) put(ctx context.Context, rows []fileRow) error {
	for _, f := range rows {
		err := t.exec(ctx, t.st.putFile,
			f.scope, f.Datastore, f.Path, f.Digest, f.Size, f.Mode, f.Modified.UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}

// Put implements workspace.FileStore.
func (fs files) Put(ctx context.Context, list []workspace.File) error {
	if len(list) == 0 {
		return nil
	}
	doing := "put " + list[0].Path + " on datastore " + list[0].Datastore
	rows := make([]fileRow, len(list))
	for i, f := range list {
		var err error
		if rows[i], err = fs.s.fileRow(ctx, f); err != nil {
			return fs.s.fault(doing, err)
		}
	}
	return fs.s.fault(doing, fs.s.write(ctx, killed, func(ctx context.Context, t *tx) error { return t.put(ctx, rows) }))
}

const fileColumns = `path, digest, size, mode, modified`

// File implements workspace.FileStore.
func (fs files) File(
	ctx context.Context, scope workspace.Scope, datastore, path string,
) (*workspace.File, error) {
	f := &workspace.File{Datastore: datastore}
	row, err := fs.s.known(ctx, scope)
	if err == nil {
		f.Scope = row.scope
		err = scanFile(fs.s.readers.QueryRowContext(ctx, `
			SELECT `+fileColumns+` FROM files WHERE scope = ? AND datastore = ? AND path = ?`,
			row.id, datastore, path), f)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	if err != nil {
		return nil, fs.s.fault("file "+path+" on datastore "+datastore, err)
	}
	return f, nil
}

func scanFile(row scanner, f *workspace.File) error {
	var modified int64
	err := row.Scan(&f.Path, &f.Digest, &f.Size, &f.Mode, &modified)
	f.Modified = time.UnixMicro(modified).UTC()
	return err
}

// List implements workspace.FileStore.
func (fs files) List(
	ctx context.Context, scope workspace.Scope, datastore, prefix string, limit int,
) ([]workspace.File, error) {
	row, err := fs.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil
	}
	var list []workspace.File
	if err == nil {
		list, err = fs.list(ctx, row, datastore, prefix, limit)
	}
	if err != nil {
		return nil, fs.s.fault("list "+prefix+" on datastore "+datastore, err)
	}
	return list, nil
}

func (fs files) list(
	ctx context.Context, row scopeRow, datastore, prefix string, limit int,
) ([]workspace.File, error) {
	query, args := under(`SELECT `+fileColumns+` FROM files`, row.id, datastore, prefix)
	rows, err := fs.s.readers.QueryContext(ctx,
		strings.Join(query, " UNION ALL ")+" ORDER BY path LIMIT ?", append(args, sqlLimit(limit))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []workspace.File
	for rows.Next() {
		f := workspace.File{Scope: row.scope, Datastore: datastore}
		if err := scanFile(rows, &f); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// under are the statements that do verb to the files at or below prefix: one
// for the file at it, one for those below it, which lie between "prefix/" and
// "prefix0", 0 being the character after the slash. Each is one stretch of the
// index; an OR of them would not be.
func under(verb string, scope int64, datastore, prefix string) (statements []string, args []any) {
	const where = ` WHERE scope = ? AND datastore = ? AND `
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix == "" {
		return []string{verb + where + `path > ''`}, []any{scope, datastore}
	}
	return []string{verb + where + `path = ?`, verb + where + `path > ? AND path < ?`},
		[]any{scope, datastore, prefix, scope, datastore, prefix + "/", prefix + "0"}
}

// Delete implements workspace.FileStore.
func (fs files) Delete(
	ctx context.Context, scope workspace.Scope, datastore, prefix string,
) (int, error) {
	row, err := fs.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return 0, nil
	}
	n := int64(0)
	if err == nil {
		err = fs.s.write(ctx, killed, func(ctx context.Context, t *tx) (err error) {
			n, err = t.delete(ctx, row.id, datastore, prefix)
			return err
		})
	}
	if err != nil {
		return 0, fs.s.fault("delete "+prefix+" on datastore "+datastore, err)
	}
	return int(n), nil
}

// delete deletes the files at or below prefix.
func (t *tx) delete(ctx context.Context, scope int64, datastore, prefix string) (int64, error) {
	statements, args := under(`DELETE FROM files`, scope, datastore, prefix)
	var total int64
	for _, statement := range statements {
		n := strings.Count(statement, "?")
		result, err := t.conn.ExecContext(ctx, statement, args[:n]...)
		if err != nil {
			return 0, err
		}
		args = args[n:]
		deleted, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		total += deleted
	}
	return total, nil
}

// Digests implements workspace.FileStore.
func (fs files) Digests(ctx context.Context, yield func(digest string) error) error {
	rows, err := fs.s.readers.QueryContext(ctx, `SELECT DISTINCT digest FROM files ORDER BY digest`)
	if err != nil {
		return fs.s.fault("list digests", err)
	}
	defer rows.Close()
	for rows.Next() {
		var digest string
		if err := rows.Scan(&digest); err != nil {
			return fs.s.fault("list digests", err)
		}
		if err := yield(digest); err != nil {
			return err
		}
	}
	return fs.s.fault("list digests", rows.Err())
}
