package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const insertJob = `
	INSERT INTO jobs (
		scope, name, root, parent, step, idx, type, status, experiment, archived,
		created, started, ended, cancel_requested, exit_code, created_by,
		display_name, description, error, tags, properties, spec
	) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const meetExperiment = `
	INSERT INTO experiments (scope, name) VALUES (?, ?) ON CONFLICT DO NOTHING`

// insertSubmitted logs the beginning of a whole tree, in the order in which it
// was inserted: one statement instead of one for each step.
const insertSubmitted = `
	INSERT INTO events (scope, root, job, step, time, kind, status)
	SELECT scope, root, name, step, created, 'submitted', status FROM jobs
	WHERE scope = ? AND root = ? ORDER BY id`

// Create implements workspace.Store.
func (s *Store) Create(ctx context.Context, jobs []*workspace.Job) error {
	if len(jobs) == 0 || jobs[0].Parent != "" || jobs[0].Root != jobs[0].Name {
		return fmt.Errorf("create: the first job is not a root job: %w", workspace.ErrInvalid)
	}
	root := jobs[0]
	doing := "record job " + root.Name
	row, err := s.ensure(ctx, root.Scope)
	if err != nil {
		return s.fault(doing, err)
	}
	// Everything that can go wrong with the jobs themselves comes before the
	// lock is taken, and so does the work.
	rows := make([][]any, len(jobs))
	for i, j := range jobs {
		if fold(j.Scope) != fold(root.Scope) || j.Root != root.Name {
			return fmt.Errorf("%s: job %s is not one of its steps: %w", doing, j.Name, workspace.ErrInvalid)
		}
		if rows[i], err = jobArgs(row.id, j); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return s.fault(doing, s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		if err := t.exec(ctx, t.st.meet, row.id, root.Experiment); err != nil {
			return err
		}
		for i, j := range jobs {
			err := t.exec(ctx, t.st.insertJob, rows[i]...)
			if isTaken(err) {
				return fmt.Errorf("the name %s is taken: %w", j.Name, workspace.ErrConflict)
			}
			if err != nil {
				return err
			}
		}
		return t.exec(ctx, t.st.insertSubmitted, row.id, root.Name)
	}))
}

// jobArgs are the values of insertJob.
func jobArgs(scope int64, j *workspace.Job) ([]any, error) {
	tags, err1 := mapJSON(j.Tags)
	properties, err2 := mapJSON(j.Properties)
	spec, err3 := toJSON(&j.Spec)
	fault, err4 := errorJSON(j.Error)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("encode job %s: %w", j.Name, err)
	}
	var parent any
	if j.Parent != "" {
		parent = j.Parent
	}
	return []any{
		scope, j.Name, j.Root, parent, j.Step, j.Index, j.Type, string(j.Status), j.Experiment, j.Archived,
		j.Created.UnixMicro(), micros(j.Started), micros(j.Ended), micros(j.CancelRequested), exitCode(j.ExitCode),
		j.CreatedBy, j.DisplayName, j.Description, fault, tags, properties, spec,
	}, nil
}

func errorJSON(e *workspace.JobError) (any, error) {
	if e == nil {
		return nil, nil
	}
	return toJSON(e)
}

func exitCode(code *int) any {
	if code == nil {
		return nil
	}
	return *code
}
