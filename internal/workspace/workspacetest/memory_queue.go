package workspacetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// memoryQueue is what a Memory has accepted through doors.
type memoryQueue struct{ m *Memory }

// Queue implements workspace.Store.
func (m *Memory) Queue() workspace.QueueStore { return memoryQueue{m} }

type jobKey struct {
	scope workspace.Scope
	job   string
}

type ticket struct {
	workspace.Ticket
	started bool
}

func (t ticket) of(scope workspace.Scope, job string) bool {
	return fold(t.Scope) == fold(scope) && t.Job == job
}

func (l *ledger) enqueue(root *workspace.Job) {
	d := root.Definition
	if d == nil {
		return
	}
	l.definitions[jobKey{fold(root.Scope), root.Name}] = workspace.Definition{Body: slices.Clone(d.Body), Plan: slices.Clone(d.Plan)}
	accepted := root.Created.UTC().Truncate(time.Microsecond)
	if !accepted.After(l.accepted) {
		accepted = l.accepted.Add(time.Microsecond)
	}
	l.accepted = accepted
	l.tickets = append(l.tickets, ticket{Ticket: workspace.Ticket{
		Scope: l.spell(root.Scope), Job: root.Name, Accepted: accepted, Plan: slices.Clone(d.Plan),
	}})
}

// moveTicket notes that a job goes to a state.
func (l *ledger) moveTicket(j *workspace.Job, to workspace.Status) {
	for i := range l.tickets {
		if l.tickets[i].of(j.Scope, j.Root) && to.Starts() {
			l.tickets[i].started = true
		}
	}
	if j.Parent == "" && to.Terminal() {
		l.tickets = slices.DeleteFunc(l.tickets, func(t ticket) bool { return t.of(j.Scope, j.Name) })
	}
}

func (q memoryQueue) Definition(_ context.Context, scope workspace.Scope, job string) (*workspace.Definition, error) {
	q.m.mu.Lock()
	defer q.m.mu.Unlock()
	d, ok := q.m.definitions[jobKey{fold(scope), job}]
	if !ok {
		return nil, fmt.Errorf("definition of job %s: %w", job, workspace.ErrNotFound)
	}
	return &d, nil
}

func (q memoryQueue) Tickets(_ context.Context, after *workspace.Ticket, limit int) ([]workspace.Ticket, error) {
	q.m.mu.Lock()
	defer q.m.mu.Unlock()
	var list []workspace.Ticket
	for _, t := range q.m.tickets {
		if (after == nil || t.Accepted.After(after.Accepted)) && (limit == 0 || len(list) < limit) {
			list = append(list, t.Ticket)
		}
	}
	return list, nil
}

func (q memoryQueue) Waiting(_ context.Context, scope workspace.Scope, job string) (bool, error) {
	q.m.mu.Lock()
	defer q.m.mu.Unlock()
	for _, t := range q.m.tickets {
		if t.of(scope, job) {
			return !t.started, nil
		}
	}
	return false, nil
}
