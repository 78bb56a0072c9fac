package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// deletedMark is what stands in the column "archived" of a job that was deleted.
const deletedMark = 2

// dropFiles deletes the files of the jobs of a root job on one datastore.
// Parameters: 1 scope, 2 root, 3 datastore, 4 the paths that are kept, a list in
// JSON, 5 what comes before a job's name in a path. For each job it is two
// stretches of the index of files.
const dropFiles = `
	DELETE FROM files WHERE scope = ?1 AND datastore = ?3 AND path IN (
		SELECT f.path FROM jobs j CROSS JOIN files f
		WHERE j.scope = ?1 AND j.root = ?2 AND f.scope = ?1 AND f.datastore = ?3 AND f.path = ?5 || j.name
		UNION ALL
		SELECT f.path FROM jobs j CROSS JOIN files f
		WHERE j.scope = ?1 AND j.root = ?2 AND f.scope = ?1 AND f.datastore = ?3
			AND f.path > ?5 || j.name || '/' AND f.path < ?5 || j.name || '0'
	) AND NOT EXISTS (
		SELECT 1 FROM json_each(?4) k
		WHERE files.path = k.value OR files.path > k.value || '/' AND files.path < k.value || '0'
	)`

// Delete implements workspace.Store. It survives a power cut: what the caller
// then removes is not in the ledger.
func (s *Store) Delete(ctx context.Context, scope workspace.Scope, name string, now time.Time) error {
	doing := "delete job " + name
	row, err := s.known(ctx, scope)
	if err != nil {
		return s.fault(doing, err)
	}
	return s.fault(doing, s.write(ctx, powerCut, func(ctx context.Context, t *tx) error {
		return t.deleteJob(ctx, row.id, name, now)
	}))
}

func (t *tx) deleteJob(ctx context.Context, scope int64, name string, now time.Time) error {
	event := workspace.Event{Time: now, Root: name, Job: name, Kind: "deleted"}
	var parent sql.NullString
	err := t.conn.QueryRowContext(ctx, `SELECT status, parent FROM jobs WHERE scope = ? AND name = ? AND archived < 2`,
		scope, name).Scan(&event.Status, &parent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return workspace.ErrNotFound
	case err != nil:
		return err
	case parent.Valid:
		return fmt.Errorf("it is a step of job %s: %w", parent.String, workspace.ErrInvalid)
	case !event.Status.Terminal():
		return fmt.Errorf("it has not ended, it is %s: %w", event.Status, workspace.ErrConflict)
	}
	if err := t.deleteFiles(ctx, scope, name); err != nil {
		return err
	}
	// The definition's row stays: its number is never given again.
	for _, statement := range []string{
		`UPDATE definitions SET body = NULL, plan = '' WHERE scope = ? AND job = ?`,
		fmt.Sprintf(`UPDATE jobs SET archived = %d WHERE scope = ? AND root = ?`, deletedMark),
		`INSERT INTO remains (scope, job) VALUES (?, ?)`,
	} {
		if _, err := t.conn.ExecContext(ctx, statement, scope, name); err != nil {
			return err
		}
	}
	return t.log(ctx, scope, event)
}

// deleteFiles deletes the files of a job and its steps that nothing refers to.
func (t *tx) deleteFiles(ctx context.Context, scope int64, root string) error {
	jobs, err := t.texts(ctx, `SELECT name FROM jobs WHERE scope = ? AND root = ?`, scope, root)
	if err != nil {
		return err
	}
	kept, err := t.referred(ctx, jobs)
	if err != nil {
		return err
	}
	keep, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	// One look into the index for each datastore; a DISTINCT would read all.
	stores, err := t.texts(ctx, `
		WITH RECURSIVE d (name) AS (
			SELECT min(datastore) FROM files WHERE scope = ?1
			UNION ALL
			SELECT (SELECT min(datastore) FROM files WHERE scope = ?1 AND datastore > d.name) FROM d WHERE d.name IS NOT NULL
		) SELECT name FROM d WHERE name IS NOT NULL`, scope)
	if err != nil {
		return err
	}
	for _, datastore := range stores {
		for _, before := range workspace.JobPaths("") {
			if _, err := t.conn.ExecContext(ctx, dropFiles, scope, root, datastore, string(keep), before); err != nil {
				return fmt.Errorf("its files on datastore %s: %w", datastore, err)
			}
		}
	}
	return nil
}

// referred are the paths of jobs' files that resources of any scope refer to.
func (t *tx) referred(ctx context.Context, jobs []string) ([]string, error) {
	ours := make(map[string]bool, len(jobs))
	for _, name := range jobs {
		ours[name] = true
	}
	bodies, err := t.texts(ctx, `
		SELECT body FROM resources
		WHERE instr(body, 'azureml/') > 0 OR instr(body, 'dcid.') > 0 OR instr(body, '/jobs/') > 0 OR instr(body, 'runs:/') > 0`)
	if err != nil {
		return nil, err
	}
	kept := []string{}
	for _, body := range bodies {
		kept = append(kept, workspace.PathsOfJobs([]byte(body), func(name string) bool { return ours[name] })...)
	}
	return kept, nil
}

// texts are the values of the one column of a query.
func (t *tx) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := t.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanTexts(rows)
}

func scanTexts(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, rows.Err()
}

// Remains implements workspace.Store.
func (s *Store) Remains(ctx context.Context) ([]workspace.Remains, error) {
	list, err := s.remains(ctx)
	return list, s.fault("list what deleted jobs have left", err)
}

func (s *Store) remains(ctx context.Context) ([]workspace.Remains, error) {
	rows, err := s.readers.QueryContext(ctx, `
		SELECT s.subscription, s.resource_group, s.workspace, r.job
		FROM remains r JOIN scopes s ON s.id = r.scope ORDER BY r.scope, r.job`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []workspace.Remains
	for rows.Next() {
		var r workspace.Remains
		if err := rows.Scan(&r.Scope.Subscription, &r.Scope.ResourceGroup, &r.Scope.Workspace, &r.Root); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Jobs, err = s.jobsOf(ctx, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// jobsOf are the names of a deleted job and its steps.
func (s *Store) jobsOf(ctx context.Context, r workspace.Remains) ([]string, error) {
	row, err := s.known(ctx, r.Scope)
	if err != nil {
		return nil, err
	}
	rows, err := s.readers.QueryContext(ctx, `
		SELECT name FROM jobs WHERE scope = ? AND root = ? ORDER BY parent IS NOT NULL, idx, id`, row.id, r.Root)
	if err != nil {
		return nil, err
	}
	return scanTexts(rows)
}

// Gone implements workspace.Store.
func (s *Store) Gone(ctx context.Context, r workspace.Remains) error {
	doing := "note that nothing is left of job " + r.Root
	row, err := s.known(ctx, r.Scope)
	if err != nil {
		return s.fault(doing, err)
	}
	return s.fault(doing, s.write(ctx, killed, func(ctx context.Context, t *tx) error {
		_, err := t.conn.ExecContext(ctx, `DELETE FROM remains WHERE scope = ? AND job = ?`, row.id, r.Root)
		return err
	}))
}
