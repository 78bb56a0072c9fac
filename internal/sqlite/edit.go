package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// editJob changes what is not null. Parameters: 1 scope, 2 name, 3 archived,
// 4 when cancellation was requested, 5 display name, 6 description,
// 7 experiment, 8 tags. It finds no row when the job has ended and is to be
// cancelled.
const editJob = `
	UPDATE jobs SET
		archived = coalesce(?3, archived),
		cancel_requested = coalesce(cancel_requested, ?4),
		status = CASE WHEN ?4 IS NULL THEN status ELSE 'CancelRequested' END,
		display_name = coalesce(?5, display_name),
		description = coalesce(?6, description),
		experiment = coalesce(?7, experiment),
		tags = coalesce(?8, tags)
	WHERE scope = ?1 AND name = ?2 AND archived < 2 AND (?4 IS NULL OR NOT (` + ended + `))
	RETURNING root, step, status`

// Edit implements workspace.Store.
func (s *Store) Edit(ctx context.Context, scope workspace.Scope, name string, e workspace.Edit) error {
	doing := "edit job " + name
	row, err := s.known(ctx, scope)
	if err != nil {
		return s.fault(doing, err)
	}
	var tags any
	if e.Tags != nil {
		if tags, err = mapJSON(e.Tags, &bytes.Buffer{}); err != nil {
			return fmt.Errorf("%s: encode tags: %w", doing, err)
		}
	}
	var cancel any
	if e.CancelRequested != nil {
		cancel = e.CancelRequested.UnixMicro()
	}
	return s.fault(doing, s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		if e.Experiment != nil {
			if err := t.exec(ctx, t.st.meet, row.id, *e.Experiment); err != nil {
				return err
			}
		}
		event := workspace.Event{Time: e.Time, Job: name, Kind: e.Kind}
		err := t.conn.QueryRowContext(ctx, editJob, row.id, name, e.Archived, cancel,
			e.DisplayName, e.Description, e.Experiment, tags).Scan(&event.Root, &event.Step, &event.Status)
		if errors.Is(err, sql.ErrNoRows) {
			return t.refusal(ctx, row.id, name)
		}
		if err != nil {
			return err
		}
		return t.log(ctx, row.id, event)
	}))
}
