package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// migration is one numbered step of the schema.
type migration struct {
	version int
	name    string
	script  string
}

// readMigrations reads NNNN_name.sql, numbered from 1 without a gap.
func readMigrations(fsys fs.FS) ([]migration, error) {
	names, err := fs.Glob(fsys, "*.sql") // sorted
	if err != nil {
		return nil, err
	}
	all := make([]migration, 0, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: must have number %d", name, i+1)
		}
		script, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		all = append(all, migration{version, name, string(script)})
	}
	return all, nil
}

// querier is a connection or a database.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// schemaVersion is that of the last migration applied, 0 for an empty file.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var tables, ours int
	err := q.QueryRowContext(ctx,
		`SELECT count(*), count(*) FILTER (WHERE name = 'migrations') FROM sqlite_schema`).Scan(&tables, &ours)
	if err != nil || tables == 0 {
		return 0, err
	}
	if ours == 0 {
		return 0, errors.New("is a database, but not a ledger")
	}
	var version int
	err = q.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM migrations`).Scan(&version)
	return version, err
}

// migrate brings the file at path up to date. Several processes may do so at
// once: each migration is applied by one of them.
func migrate(ctx context.Context, path string, c *sql.Conn, fsys fs.FS) error {
	all, err := readMigrations(fsys)
	if err != nil {
		return err
	}
	var at int
	err = untilFree(ctx, func(ctx context.Context) (err error) {
		at, err = schemaVersion(ctx, c)
		return err
	})
	if err != nil {
		return err
	}
	if at > len(all) {
		return &NewerError{Path: path, Version: at, Known: len(all)}
	}
	if at > 0 && at < len(all) {
		if err := backup(ctx, path, c, at); err != nil {
			return fmt.Errorf("copy it before migrating from version %d: %w", at, err)
		}
	}
	for _, m := range all[at:] {
		if err := m.apply(ctx, c); err != nil {
			return fmt.Errorf("migrate to %s: %w", m.name, err)
		}
	}
	return nil
}

// apply applies m in one transaction, unless another process just did.
func (m migration) apply(ctx context.Context, c *sql.Conn) error {
	return untilFree(ctx, func(ctx context.Context) (err error) {
		if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				_, rollback := c.ExecContext(ctx, "ROLLBACK")
				err = withoutEnded(err, rollback)
			}
		}()
		at, err := schemaVersion(ctx, c)
		if err != nil {
			return err
		}
		if at < m.version {
			if err := m.run(ctx, c); err != nil {
				return err
			}
		}
		_, err = c.ExecContext(ctx, "COMMIT")
		return err
	})
}

// run executes and records m.
func (m migration) run(ctx context.Context, c *sql.Conn) error {
	const record = `
		CREATE TABLE IF NOT EXISTS migrations (
			version INTEGER PRIMARY KEY,
			name    TEXT NOT NULL,
			applied INTEGER NOT NULL
		) STRICT`
	if _, err := c.ExecContext(ctx, record); err != nil {
		return err
	}
	if _, err := c.ExecContext(ctx, m.script); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, `
		INSERT INTO migrations (version, name, applied)
		VALUES (?, ?, CAST(unixepoch('subsec') * 1000000 AS INTEGER))`, m.version, m.name)
	return err
}

// backup puts a copy of the file at path, which is at the given version,
// beside it. A copy that is there already stays: it was made before a
// migration that did not finish.
func backup(ctx context.Context, path string, c *sql.Conn, version int) error {
	to := fmt.Sprintf("%s.bak-%d", path, version)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".tmp-*")
	if err != nil {
		return err
	}
	temp := f.Name()
	defer func() { _ = os.Remove(temp) }() // not there any more once it was renamed
	if err := f.Close(); err != nil {
		return err
	}
	err = untilFree(ctx, func(ctx context.Context) error {
		_, err := c.ExecContext(ctx, `VACUUM INTO ?`, temp)
		return err
	})
	if err != nil {
		return err
	}
	same, err := copyIs(ctx, temp, version)
	if err != nil || !same {
		return err // another process migrated meanwhile, and has made the copy
	}
	if err := syncFile(temp); err != nil {
		return err
	}
	return os.Rename(temp, to)
}

// copyIs says whether the ledger at path is at version.
func copyIs(ctx context.Context, path string, version int) (bool, error) {
	db, err := dial(path, reading)
	if err != nil {
		return false, err
	}
	at, err := schemaVersion(ctx, db)
	return at == version, errors.Join(err, db.Close())
}

// syncFile makes what is in the file at path survive a power cut.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
