package sqlite

import (
	"context"
	"errors"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Resources implements workspace.ResourceStore.
func (rs resources) Resources(ctx context.Context, q workspace.ResourceQuery) ([]*workspace.Resource, error) {
	doing := "list " + string(q.Collection)
	var scope int64
	if !q.AllScopes {
		row, err := rs.s.known(ctx, q.Scope)
		if errors.Is(err, workspace.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, rs.s.fault(doing, err)
		}
		scope = row.id
	}
	query, args := resourceQuery(q, scope)
	rows, err := rs.s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, rs.s.fault(doing, err)
	}
	defer rows.Close()
	var list []*workspace.Resource
	for rows.Next() {
		r, err := scanResource(rows)
		if err != nil {
			return nil, rs.s.fault(doing, err)
		}
		list = append(list, r)
	}
	return list, rs.s.fault(doing, rows.Err())
}

// resourceQuery finds the resources of a query. As with jobs, an index alone
// says which, and rows, which hold bodies, are read only for those returned.
func resourceQuery(q workspace.ResourceQuery, scope int64) (string, []any) {
	where, args := resourceConditions(q, scope)
	order := func(table string) string {
		switch {
		case q.Newest:
			return table + "created DESC, " + table + "id DESC"
		case q.Name != "" || q.Hash != "":
			return table + "created, " + table + "id"
		}
		return table + "name COLLATE NOCASE, " + table + "id"
	}
	query := selectResource + " WHERE r.id IN (SELECT id FROM resources WHERE " + strings.Join(where, " AND ") +
		" ORDER BY " + order("") + " LIMIT ? OFFSET ?) ORDER BY " + order("r.")
	return query, append(args, sqlLimit(q.Limit), q.Skip)
}

func resourceConditions(q workspace.ResourceQuery, scope int64) (where []string, args []any) {
	add := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if q.AllScopes {
		addScopes(q.Scope, add)
	} else {
		add("scope = ?", scope)
	}
	add("collection = ?", string(q.Collection))
	switch {
	case q.Hash != "":
		// As the index has it.
		add("json_extract(body, '$.properties.properties.hash_sha256') = ?", q.Hash)
		add("version <> ''")
	case q.Name != "":
		add("key = ?", q.Collection.Fold(q.Name))
		add("version <> ''")
	default:
		add("version = ''")
	}
	if q.Under != "" {
		// Between "endpoint/" and "endpoint0": 0 comes after the slash.
		add("name COLLATE NOCASE > ? AND name COLLATE NOCASE < ?", q.Under+"/", q.Under+"0")
	}
	switch q.Archived {
	case "all":
	case "only":
		add("archived = 1")
	default:
		add("archived = 0")
	}
	if !q.Anonymous {
		add("anonymous = 0")
	}
	return where, args
}

// addScopes adds the condition that a resource is in one of several scopes.
func addScopes(s workspace.Scope, add func(string, ...any)) {
	const in = "scope IN (SELECT id FROM scopes"
	switch {
	case s.Subscription == "":
		add(in + ")")
	case s.ResourceGroup == "":
		add(in+" WHERE subscription = ?)", s.Subscription)
	default:
		add(in+" WHERE subscription = ? AND resource_group = ?)", s.Subscription, s.ResourceGroup)
	}
}
