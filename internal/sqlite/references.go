package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// readReferences passes over the jobs whose specification names no blob: most
// root jobs do not. What it lets through for another reason does no harm.
const readReferences = `
	SELECT scope, name, root, step, spec FROM jobs
	WHERE (instr(spec, '"digest":"') > 0 OR instr(spec, '"code":"') > 0) AND archived < 2`

// blobs is of a specification what refers to blobs. The rest is passed over.
type blobs struct {
	Code            string `json:"code"`
	Inputs, Outputs []struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Digest string `json:"digest"`
	}
}

// References implements workspace.Store.
func (s *Store) References(ctx context.Context, yield func(j *workspace.Job) error) error {
	const doing = "list what jobs refer to"
	scopes, err := s.allScopes(ctx)
	if err != nil {
		return s.fault(doing, err)
	}
	rows, err := s.readers.QueryContext(ctx, readReferences)
	if err != nil {
		return s.fault(doing, err)
	}
	defer rows.Close()
	var j workspace.Job
	for rows.Next() {
		if err := scanReferences(rows, scopes, &j); err != nil {
			return s.fault(doing, err)
		}
		if err := yield(&j); err != nil {
			return err
		}
	}
	return s.fault(doing, rows.Err())
}

func scanReferences(row scanner, scopes map[int64]workspace.Scope, j *workspace.Job) error {
	var scope int64
	var spec sql.RawBytes
	if err := row.Scan(&scope, &j.Name, &j.Root, &j.Step, &spec); err != nil {
		return err
	}
	var b blobs
	if err := json.Unmarshal(spec, &b); err != nil {
		return fmt.Errorf("decode job %s: %w", j.Name, err)
	}
	j.Scope, j.Spec = scopes[scope], workspace.Spec{Code: b.Code}
	for _, p := range b.Inputs {
		j.Spec.Inputs = append(j.Spec.Inputs, workspace.Port{Name: p.Name, Type: p.Type, Digest: p.Digest})
	}
	for _, p := range b.Outputs {
		j.Spec.Outputs = append(j.Spec.Outputs, workspace.Port{Name: p.Name, Type: p.Type, Digest: p.Digest})
	}
	return nil
}

// allScopes are the scopes of the ledger by number.
func (s *Store) allScopes(ctx context.Context) (map[int64]workspace.Scope, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT id, subscription, resource_group, workspace FROM scopes`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64]workspace.Scope{}
	for rows.Next() {
		var id int64
		var scope workspace.Scope
		if err := rows.Scan(&id, &scope.Subscription, &scope.ResourceGroup, &scope.Workspace); err != nil {
			return nil, err
		}
		all[id] = scope
	}
	return all, rows.Err()
}
