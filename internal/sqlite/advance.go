package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// ended is the condition that keeps a job from being changed any more.
const ended = `status IN ('Completed', 'Failed', 'Canceled')`

// advanceJob moves one job and fills in what the change brings. It finds no
// row when the job has ended. Parameters: 1 scope, 2 name, 3 status ("" stays),
// 4 whether that is terminal, 5 time, 6 error, 7 exit code, 8 what to add to
// the spec, 9 what to add to the properties, 10 when it began, if that is part
// of the same change.
const advanceJob = `
	UPDATE jobs SET
		status = CASE
			WHEN ?3 = '' THEN status
			WHEN ?4 THEN ?3
			WHEN cancel_requested IS NOT NULL THEN 'CancelRequested'
			ELSE ?3 END,
		started = CASE WHEN ?3 IN ('Running', 'Completed') OR ?10 IS NOT NULL THEN coalesce(started, ?10, ?5)
			ELSE started END,
		ended = CASE WHEN ?4 THEN ?5 ELSE ended END,
		cancel_requested = CASE WHEN ?3 = 'CancelRequested' THEN coalesce(cancel_requested, ?5)
			ELSE cancel_requested END,
		error = coalesce(?6, error),
		exit_code = coalesce(?7, exit_code),
		spec = CASE WHEN ?8 IS NULL THEN spec ELSE json_patch(spec, ?8) END,
		properties = CASE WHEN ?9 IS NULL THEN properties ELSE json_patch(properties, ?9) END
	WHERE scope = ?1 AND name = ?2 AND NOT (` + ended + `)
	RETURNING root, step, status, parent IS NULL`

// errRootEnds says that a transaction ends a root job, and so has to survive a
// power cut, but was not begun as one that does.
var errRootEnds = errors.New("a root job ends")

// Advance implements workspace.Store.
func (s *Store) Advance(ctx context.Context, scope workspace.Scope, changes []workspace.Change) error {
	if len(changes) == 0 {
		return nil
	}
	doing := "advance job " + changes[0].Job
	row, err := s.known(ctx, scope)
	if err != nil {
		return s.fault(doing, err)
	}
	files, err := s.filesOf(ctx, row, changes)
	if err != nil {
		return s.fault(doing, err)
	}
	registered, err := s.registeredBy(ctx, row, changes)
	if err != nil {
		return s.fault(doing, err)
	}
	moves := merge(changes)
	apply := func(ctx context.Context, t *tx) error {
		for i := range moves {
			if err := t.advance(ctx, row.id, &moves[i]); err != nil {
				return err
			}
		}
		if err := t.put(ctx, files); err != nil {
			return err
		}
		return t.register(ctx, registered)
	}
	// Which job is a root job is known once it has been touched. Doing the
	// rare transaction that ends one twice is cheaper than asking before every
	// one that ends a step.
	err = s.write(ctx, killed, apply)
	if errors.Is(err, errRootEnds) {
		err = s.write(ctx, powerCut, apply)
	}
	return s.fault(doing, err)
}

// move is a change as it is written: the start of a job may be part of its end.
type move struct {
	workspace.Change
	began time.Time
}

// merge makes one move of a job's start and its end, when both are among the
// changes: a job that is over before its start was written costs one update.
func merge(changes []workspace.Change) []move {
	moves := make([]move, 0, len(changes))
	starts := map[string]int{}
	for _, c := range changes {
		m := move{Change: c}
		i, started := starts[c.Job]
		switch {
		case isStart(c):
			starts[c.Job] = len(moves)
		case started && c.Kind == "" && c.Status.Terminal() && len(c.Inputs) == 0 && c.Command == "" && c.Code == "":
			begin := &moves[i]
			m.began, m.Command, m.Code, m.Inputs = begin.Time, begin.Command, begin.Code, begin.Inputs
			begin.Job = "" // its place is empty now
		}
		moves = append(moves, m)
	}
	return slices.DeleteFunc(moves, func(m move) bool { return m.Job == "" })
}

// isStart: a change says that a step's process runs now, with what it runs on.
// The start of a job that holds others is not moved: its event comes before
// theirs.
func isStart(c workspace.Change) bool {
	plain := c.Kind == "" && c.Data == nil && c.Error == nil && c.ExitCode == nil && len(c.Outputs) == 0 && len(c.Properties) == 0
	return plain && c.Status == workspace.Running && c.Command != ""
}

// filesOf are the files of all changes, ready to be put.
func (s *Store) filesOf(ctx context.Context, own scopeRow, changes []workspace.Change) ([]fileRow, error) {
	var all []fileRow
	for _, c := range changes {
		for _, f := range c.Files {
			if f.Scope == (workspace.Scope{}) {
				f.Scope = own.scope
			}
			if f.Scope == own.scope {
				if err := f.Check(); err != nil {
					return nil, err
				}
				all = append(all, fileRow{own.id, f})
				continue
			}
			row, err := s.fileRow(ctx, f)
			if err != nil {
				return nil, err
			}
			all = append(all, row)
		}
	}
	return all, nil
}

// advance applies one change and logs it.
func (t *tx) advance(ctx context.Context, scope int64, c *move) error {
	spec, properties, err := additions(&c.Change)
	if err != nil {
		return fmt.Errorf("encode change of job %s: %w", c.Job, err)
	}
	fault, err := errorJSON(c.Error)
	if err != nil {
		return fmt.Errorf("encode error of job %s: %w", c.Job, err)
	}
	e := workspace.Event{Time: c.Time, Job: c.Job, Kind: cmp.Or(c.Kind, "status"), Data: c.Data}
	var isRoot bool
	err = t.st.advance.QueryRowContext(ctx, scope, c.Job, string(c.Status), c.Status.Terminal(), c.Time.UnixMicro(),
		fault, exitCode(c.ExitCode), spec, properties, micros(c.began)).Scan(&e.Root, &e.Step, &e.Status, &isRoot)
	if errors.Is(err, sql.ErrNoRows) {
		return t.refusal(ctx, scope, c.Job)
	}
	if err != nil {
		return err
	}
	if isRoot && c.Status.Terminal() && t.survives != powerCut {
		return errRootEnds
	}
	if err := t.moveTicket(ctx, scope, e.Root, isRoot, c.Status); err != nil {
		return err
	}
	if !c.began.IsZero() {
		start := e
		start.Time, start.Status, start.Data = c.began, workspace.Running, nil
		if err := t.log(ctx, scope, start); err != nil {
			return err
		}
	}
	return t.log(ctx, scope, e)
}

// additions are what a change adds to spec and properties, as JSON merge
// patches (RFC 7396): null when nothing. A patch replaces lists as a whole,
// which is what is asked for.
func additions(c *workspace.Change) (spec, properties any, err error) {
	if c.Command != "" || c.Code != "" || len(c.Inputs) > 0 || len(c.Outputs) > 0 {
		spec, err = toJSON(&workspace.Spec{
			Command: c.Command, Code: c.Code, Inputs: c.Inputs, Outputs: c.Outputs,
		})
	}
	if err == nil && len(c.Properties) > 0 {
		properties, err = mapJSON(c.Properties, &bytes.Buffer{})
	}
	return spec, properties, err
}

// refusal says why a job could not be changed.
func (t *tx) refusal(ctx context.Context, scope int64, job string) error {
	var status string
	err := t.conn.QueryRowContext(ctx,
		`SELECT status FROM jobs WHERE scope = ? AND name = ? AND archived < 2`, scope, job).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("job %s: %w", job, workspace.ErrNotFound)
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("job %s has ended, it is %s: %w", job, status, workspace.ErrConflict)
}
