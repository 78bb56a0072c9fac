package workspacetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func (l *ledger) isDeleted(j *workspace.Job) bool { return l.deleted[jobKey{fold(j.Scope), j.Name}] }

// Delete implements workspace.Store.
func (m *Memory) Delete(ctx context.Context, scope workspace.Scope, name string, now time.Time) error {
	return m.write(ctx, func(l *ledger) error {
		root, err := l.find(scope, name)
		switch {
		case err != nil:
			return err
		case root.Parent != "":
			return fmt.Errorf("delete job %s: it is a step: %w", name, workspace.ErrInvalid)
		case !root.Status.Terminal():
			return fmt.Errorf("delete job %s: it is %s: %w", name, root.Status, workspace.ErrConflict)
		}
		l.log(root, now, "deleted", nil)
		r := workspace.Remains{Scope: root.Scope, Root: name}
		for _, j := range l.jobs {
			if fold(j.Scope) == fold(scope) && j.Root == name {
				r.Jobs = append(r.Jobs, j.Name)
				l.deleted[jobKey{fold(j.Scope), j.Name}] = true
			}
		}
		delete(l.definitions, jobKey{fold(scope), name})
		l.remains = append(l.remains, r)
		l.dropFiles(r)
		return nil
	})
}

// dropFiles deletes the files of deleted jobs that no resource refers to.
func (l *ledger) dropFiles(r workspace.Remains) {
	var kept, gone []string
	ours := func(name string) bool { return slices.Contains(r.Jobs, name) }
	for _, one := range l.resources {
		kept = append(kept, workspace.PathsOfJobs(one.Body, ours)...)
	}
	for _, job := range r.Jobs {
		gone = append(gone, workspace.JobPaths(job)...)
	}
	for k := range l.files {
		if k.scope == fold(r.Scope) && below(k.path, gone) && !below(k.path, kept) {
			delete(l.files, k)
		}
	}
}

// below reports whether a path is at or below one of others.
func below(path string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return path == o || strings.HasPrefix(path, o+"/") })
}

// Remains implements workspace.Store.
func (m *Memory) Remains(context.Context) ([]workspace.Remains, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.remains), nil
}

// Gone implements workspace.Store.
func (m *Memory) Gone(ctx context.Context, r workspace.Remains) error {
	return m.write(ctx, func(l *ledger) error {
		l.remains = slices.DeleteFunc(l.remains, func(o workspace.Remains) bool {
			return fold(o.Scope) == fold(r.Scope) && o.Root == r.Root
		})
		return nil
	})
}
