package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// jobColumns are what scanJob reads, of jobs as j and scopes as s.
const jobColumns = `
	s.subscription, s.resource_group, s.workspace,
	j.name, j.root, coalesce(j.parent, ''), j.step, j.idx, j.type, j.status, j.experiment, j.archived,
	j.created, j.started, j.ended, j.cancel_requested, j.exit_code, j.created_by,
	j.display_name, j.description, j.error, j.tags, j.properties, j.spec`

const readJob = `
	SELECT ` + jobColumns + ` FROM jobs j JOIN scopes s ON s.id = j.scope
	WHERE j.scope = ? AND j.name = ? AND j.archived < 2`

const readCanceled = `SELECT cancel_requested IS NOT NULL FROM jobs WHERE scope = ? AND name = ? AND archived < 2`

// Job implements workspace.Store.
func (s *Store) Job(ctx context.Context, scope workspace.Scope, name string) (*workspace.Job, error) {
	var j *workspace.Job
	row, err := s.known(ctx, scope)
	if err == nil {
		j, err = scanJob(s.st.readJob.QueryRowContext(ctx, row.id, name))
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	if err != nil {
		return nil, s.fault("job "+name, err)
	}
	return j, nil
}

// CancelRequested implements workspace.Store.
func (s *Store) CancelRequested(ctx context.Context, scope workspace.Scope, name string) (bool, error) {
	var requested bool
	row, err := s.known(ctx, scope)
	if err == nil {
		err = s.st.readCanceled.QueryRowContext(ctx, row.id, name).Scan(&requested)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	return requested, s.fault("job "+name, err)
}

// Jobs implements workspace.Store.
func (s *Store) Jobs(ctx context.Context, f workspace.Filter) ([]*workspace.Job, error) {
	var scope int64
	if !f.AllScopes {
		row, err := s.known(ctx, f.Scope)
		if errors.Is(err, workspace.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, s.fault("list jobs", err)
		}
		scope = row.id
	}
	query, args := listQuery(f, scope)
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.fault("list jobs", err)
	}
	defer rows.Close()
	var jobs []*workspace.Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, s.fault("list jobs", err)
		}
		jobs = append(jobs, j)
	}
	return jobs, s.fault("list jobs", rows.Err())
}

// listQuery finds the jobs of a filter. The inner query is answered by an
// index alone, so that rows, which are wide, are read only for what is
// returned: skipping and filtering stay cheap with many jobs.
func listQuery(f workspace.Filter, scope int64) (string, []any) {
	where, args := conditions(f, scope)
	order := "ORDER BY created DESC, id DESC"
	outer := "ORDER BY j.created DESC, j.id DESC"
	if f.Root != "" || f.Parent != "" {
		order = "ORDER BY parent IS NOT NULL, idx, id"
		outer = "ORDER BY j.parent IS NOT NULL, j.idx, j.id"
	}
	query := "SELECT " + jobColumns + " FROM jobs j JOIN scopes s ON s.id = j.scope WHERE j.id IN (" +
		"SELECT id FROM jobs WHERE " + strings.Join(where, " AND ") + " " + order + " LIMIT ? OFFSET ?) " + outer
	return query, append(args, sqlLimit(f.Limit), f.Skip)
}

// conditions are those of a filter, and their values.
func conditions(f workspace.Filter, scope int64) (where []string, args []any) {
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if !f.AllScopes {
		add("scope = ?", scope)
	}
	if f.Root != "" {
		add("root = ?", f.Root)
	}
	if f.Parent != "" {
		add("parent = ?", f.Parent)
	}
	if f.Root == "" && f.Parent == "" {
		add("parent IS NULL")
	}
	addStatuses(f.Statuses, add)
	if f.Experiment != "" {
		add("experiment = ?", f.Experiment)
	}
	if f.Type != "" {
		add("type = ?", f.Type)
	}
	switch f.Archived {
	case "all":
		add("archived < 2")
	case "only":
		add("archived = 1")
	default:
		add("archived = 0")
	}
	return where, args
}

// addStatuses adds the condition on the state. When only states are wanted
// that a job may still leave, it says so in the words of the index jobs_live,
// without which SQLite would not use it.
func addStatuses(statuses []workspace.Status, add func(string, ...any)) {
	if len(statuses) == 0 {
		return
	}
	values := make([]any, len(statuses))
	live := true
	for i, s := range statuses {
		values[i] = string(s)
		live = live && !s.Terminal()
	}
	add("status IN (?"+strings.Repeat(", ?", len(statuses)-1)+")", values...)
	if live {
		add("status NOT IN ('Completed', 'Failed', 'Canceled')")
	}
}

// scanner is a row, or rows at one of them.
type scanner interface{ Scan(dest ...any) error }

// scanJob reads jobColumns.
func scanJob(row scanner) (*workspace.Job, error) {
	j := &workspace.Job{}
	var created int64
	var started, ended, cancel *int64
	var fault sql.NullString
	var tags, properties, spec string
	err := row.Scan(&j.Scope.Subscription, &j.Scope.ResourceGroup, &j.Scope.Workspace,
		&j.Name, &j.Root, &j.Parent, &j.Step, &j.Index, &j.Type, &j.Status, &j.Experiment, &j.Archived,
		&created, &started, &ended, &cancel, &j.ExitCode, &j.CreatedBy,
		&j.DisplayName, &j.Description, &fault, &tags, &properties, &spec)
	if err != nil {
		return nil, err
	}
	j.Created = time.UnixMicro(created).UTC()
	j.Started, j.Ended, j.CancelRequested = fromMicros(started), fromMicros(ended), fromMicros(cancel)
	if err := decodeJob(j, fault, tags, properties, spec); err != nil {
		return nil, fmt.Errorf("decode job %s: %w", j.Name, err)
	}
	return j, nil
}

// decodeJob fills in what is kept as JSON.
func decodeJob(j *workspace.Job, fault sql.NullString, tags, properties, spec string) error {
	var err1, err2, err3, err4 error
	j.Tags, err1 = fromMapJSON(tags)
	j.Properties, err2 = fromMapJSON(properties)
	err3 = json.Unmarshal([]byte(spec), &j.Spec)
	if fault.Valid {
		err4 = json.Unmarshal([]byte(fault.String), &j.Error)
	}
	return errors.Join(err1, err2, err3, err4)
}
