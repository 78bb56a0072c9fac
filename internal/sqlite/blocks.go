package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// dropBlocks forgets what was staged for a path, and returns the digests.
func (t *tx) dropBlocks(ctx context.Context, scope int64, datastore, path string) ([]string, error) {
	return t.deleteBlocks(ctx, `scope = ? AND datastore = ? AND path = ?`, scope, datastore, path)
}

// deleteBlocks forgets the blocks that a condition holds for.
func (t *tx) deleteBlocks(ctx context.Context, where string, args ...any) (digests []string, err error) {
	rows, err := t.conn.QueryContext(ctx, `DELETE FROM staged_blocks WHERE `+where+` RETURNING digest`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d string
		if err := rows.Scan(&d); err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	return digests, rows.Err()
}

// Blocks implements workspace.BlobIndex.
func (st storage) Blocks(
	ctx context.Context, scope workspace.Scope, datastore, path string,
) (committed, staged []workspace.Block, err error) {
	row, err := st.s.known(ctx, scope)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil, nil
	}
	if err == nil {
		err = st.view(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			if committed, err = committedBlocks(ctx, tx, row.id, datastore, path); err == nil {
				staged, err = stagedBlocks(ctx, tx, row.id, datastore, path)
			}
			return err
		})
	}
	return committed, staged, st.s.fault("blocks of "+path+" on datastore "+datastore, err)
}

// view runs f on one state of the ledger.
func (st storage) view(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := st.s.readers.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = f(ctx, tx)
	// It has read only: to end it one way is as good as the other.
	if ended := tx.Rollback(); err == nil {
		err = ended
	}
	return err
}

func committedBlocks(
	ctx context.Context, tx *sql.Tx, scope int64, datastore, path string,
) (blocks []workspace.Block, err error) {
	var text *string
	err = tx.QueryRowContext(ctx, `
		SELECT b.blocks FROM blobs b JOIN files f
		ON b.scope = f.scope AND b.datastore = f.datastore AND b.path = f.path
			AND b.digest = f.digest AND b.modified = f.modified
		WHERE f.scope = ? AND f.datastore = ? AND f.path = ?`, scope, datastore, path).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) || err == nil && text == nil {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(*text), &blocks)
	}
	return blocks, err
}

func stagedBlocks(
	ctx context.Context, tx *sql.Tx, scope int64, datastore, path string,
) (blocks []workspace.Block, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT id, digest, size, staged FROM staged_blocks
		WHERE scope = ? AND datastore = ? AND path = ? ORDER BY id`, scope, datastore, path)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b workspace.Block
		var staged int64
		if err := rows.Scan(&b.ID, &b.Digest, &b.Size, &staged); err != nil {
			return nil, err
		}
		b.Staged = time.UnixMicro(staged).UTC()
		blocks = append(blocks, b)
	}
	return blocks, rows.Err()
}

// StageBlock implements workspace.BlobIndex.
func (st storage) StageBlock(
	ctx context.Context, scope workspace.Scope, datastore, path string, b workspace.Block,
) error {
	doing := "stage a block of " + path + " on datastore " + datastore
	row, err := st.s.fileRow(ctx, workspace.File{Scope: scope, Datastore: datastore, Path: path})
	if err != nil {
		return st.s.fault(doing, err)
	}
	return st.s.fault(doing, st.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		_, err := t.conn.ExecContext(ctx, `
			INSERT INTO staged_blocks (scope, datastore, path, id, digest, size, staged) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET digest = excluded.digest, size = excluded.size, staged = excluded.staged`,
			row.scope, datastore, path, b.ID, b.Digest, b.Size, b.Staged.UnixMicro())
		return err
	}))
}

// DropStaged implements workspace.BlobIndex.
func (st storage) DropStaged(ctx context.Context, before time.Time, digests ...string) (unused []string, err error) {
	err = st.s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		all := slices.Clone(digests)
		if !before.IsZero() {
			dropped, err := t.deleteBlocks(ctx, `staged < ?`, before.UnixMicro())
			if err != nil {
				return err
			}
			all = append(all, dropped...)
		}
		slices.Sort(all)
		for _, d := range slices.Compact(all) {
			var used bool
			err := t.conn.QueryRowContext(ctx,
				`SELECT EXISTS (SELECT 1 FROM staged_blocks WHERE digest = ?)`, d).Scan(&used)
			if err != nil {
				return err
			}
			if !used {
				unused = append(unused, d)
			}
		}
		return nil
	})
	if err != nil {
		return nil, st.s.fault("forget staged blocks", err)
	}
	return unused, nil
}
