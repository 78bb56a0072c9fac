package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// queue is what was accepted through doors.
type queue struct{ s *Store }

var _ workspace.QueueStore = queue{}

// Queue implements workspace.Store.
func (s *Store) Queue() workspace.QueueStore { return queue{s} }

const (
	// (A definition without a plan is that of a job that was deleted.)
	readDefinition = `SELECT body, plan FROM definitions WHERE scope = ? AND job = ? AND plan <> ''`
	readTickets    = `
		SELECT s.subscription, s.resource_group, s.workspace, q.job, q.accepted, d.plan
		FROM queue q JOIN definitions d ON d.accepted = q.accepted JOIN scopes s ON s.id = q.scope
		WHERE q.accepted > ? ORDER BY q.accepted LIMIT ?`
	readWaiting = `SELECT NOT started FROM queue WHERE scope = ? AND job = ?`
	// endTicket and startTicket touch nothing, at the price of one look into a
	// small table, when the job did not come through a door.
	endTicket        = `DELETE FROM queue WHERE scope = ? AND job = ?`
	startTicket      = `UPDATE queue SET started = 1 WHERE scope = ? AND job = ? AND NOT started`
	newestDefinition = `SELECT max(accepted) FROM definitions`
	insertDefinition = `INSERT INTO definitions (accepted, scope, job, body, plan) VALUES (?, ?, ?, ?, ?)`
	insertTicket     = `INSERT INTO queue (accepted, scope, job, started) VALUES (?, ?, ?, ?)`
)

// Definition implements workspace.QueueStore.
func (q queue) Definition(ctx context.Context, scope workspace.Scope, job string) (*workspace.Definition, error) {
	d := &workspace.Definition{}
	row, err := q.s.known(ctx, scope)
	if err == nil {
		err = q.s.readers.QueryRowContext(ctx, readDefinition, row.id, job).Scan(&d.Body, &d.Plan)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = workspace.ErrNotFound
	}
	if err != nil {
		return nil, q.s.fault("definition of job "+job, err)
	}
	return d, nil
}

// Tickets implements workspace.QueueStore.
func (q queue) Tickets(ctx context.Context, after *workspace.Ticket, limit int) ([]workspace.Ticket, error) {
	const doing = "list the jobs that were accepted"
	from := int64(math.MinInt64)
	if after != nil {
		from = after.Accepted.UnixMicro()
	}
	rows, err := q.s.readers.QueryContext(ctx, readTickets, from, sqlLimit(limit))
	if err != nil {
		return nil, q.s.fault(doing, err)
	}
	defer rows.Close()
	var list []workspace.Ticket
	for rows.Next() {
		var t workspace.Ticket
		var accepted int64
		err := rows.Scan(&t.Scope.Subscription, &t.Scope.ResourceGroup, &t.Scope.Workspace, &t.Job, &accepted, &t.Plan)
		if err != nil {
			return nil, q.s.fault(doing, err)
		}
		t.Accepted = time.UnixMicro(accepted).UTC()
		list = append(list, t)
	}
	return list, q.s.fault(doing, rows.Err())
}

// Waiting implements workspace.QueueStore.
func (q queue) Waiting(ctx context.Context, scope workspace.Scope, job string) (bool, error) {
	waiting := false
	row, err := q.s.known(ctx, scope)
	if err == nil {
		err = q.s.readers.QueryRowContext(ctx, readWaiting, row.id, job).Scan(&waiting)
	}
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, workspace.ErrNotFound) {
		return false, nil
	}
	return waiting, q.s.fault("ticket of job "+job, err)
}

// enqueue records what a root job was submitted as, and that it has to be run,
// unless it has ended at once.
func (t *tx) enqueue(ctx context.Context, scope int64, root *workspace.Job, started bool) error {
	var newest *int64
	if err := t.st.newestDefinition.QueryRowContext(ctx).Scan(&newest); err != nil {
		return err
	}
	accepted := root.Created
	if newest != nil {
		accepted = later(accepted, fromMicros(newest))
	}
	d := root.Definition
	var body any
	if d.Body != nil {
		body = string(d.Body)
	}
	err := t.exec(ctx, t.st.insertDefinition, accepted.UnixMicro(), scope, root.Name, body, string(d.Plan))
	if err != nil {
		return fmt.Errorf("definition: %w", err)
	}
	if root.Status.Terminal() {
		return nil
	}
	return t.exec(ctx, t.st.insertTicket, accepted.UnixMicro(), scope, root.Name, started)
}

// moveTicket notes in the ticket of a root job, if it has one, that a job of it
// goes to a state.
func (t *tx) moveTicket(ctx context.Context, scope int64, root string, isRoot bool, to workspace.Status) error {
	switch {
	case isRoot && to.Terminal():
		return t.exec(ctx, t.st.endTicket, scope, root)
	case !to.Starts() || t.begun == root:
		return nil
	}
	t.begun = root // the steps of one transaction are those of one job, mostly
	return t.exec(ctx, t.st.startTicket, scope, root)
}
