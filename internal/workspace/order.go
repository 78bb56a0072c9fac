package workspace

import (
	"context"
	"fmt"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Order is a job that came through a door.
type Order struct {
	// Job is the decoded definition. The names of files in it are those that
	// [Contents] gave.
	Job pipeline.Job
	// Name of the root job; empty: the definition's, or one is made up.
	Name string
	// Experiment overrides the definition's when not empty.
	Experiment string
	// Properties are added to those of the definition.
	Properties map[string]string
	CreatedBy  string
	// Body is the JSON of ARM's job properties, as received; it comes back as
	// the Body of the job's [Definition]. Nil when there is none.
	Body []byte
}

// Refused says that an order cannot be carried out because of what it asks
// for: errors.Is ErrInvalid. The places of the faults are paths within the
// definition.
type Refused struct{ Faults diag.List }

// Error is the first fault, and how many more there are.
func (r *Refused) Error() string {
	for _, d := range r.Faults {
		if d.Severity != diag.Error {
			continue
		}
		text := d.Message
		if d.Path != "" {
			text = d.Path + ": " + text
		}
		return fmt.Sprintf("%s (%s in all)", text, diag.Summary(r.Faults))
	}
	return "refused"
}

// Is reports that a refusal is ErrInvalid.
func (r *Refused) Is(target error) bool { return target == ErrInvalid }

// Runner carries out orders; package local has the one there is.
type Runner interface {
	// Accept checks and plans a job, and records it. When it returns the job
	// is on record and will be run, by this process or, should it end before
	// that, by the next server of this home. Errors: *Refused; ErrConflict
	// when the name is taken; ErrInvalid for a bad name.
	Accept(ctx context.Context, scope Scope, o Order) (*Job, error)
	// Delete deletes a root job that has ended, as [JobStore] does, and its
	// folders. ErrNotFound, ErrConflict and ErrInvalid are as there.
	Delete(ctx context.Context, scope Scope, name string) error
	// Nodes is the state of a cluster now.
	Nodes(ctx context.Context, scope Scope, compute string) (Nodes, error)
}

// Nodes is what the nodes of a cluster do.
type Nodes struct {
	// Current is how many there are: Busy ones, Idle ones that are still
	// warm, never fewer than the cluster's minimum.
	Current, Busy, Idle int
	// Waiting is how many steps wait for a node.
	Waiting int
	// Changed is when Current changed last; zero when it never did.
	Changed time.Time
}

// Contents is where doors find what clients have uploaded.
type Contents interface {
	// Snapshot stores the files of a datastore at or below a path as one
	// tree, and gives the name, for use in an [Order], of that folder, or of
	// the file if path is that of one. ErrNotFound when there is nothing.
	Snapshot(ctx context.Context, scope Scope, datastore, path string) (name string, digests []string, err error)
}

// Definition is what a root job was submitted as, when it came through a door.
type Definition struct {
	// Body is that of the Order.
	Body []byte
	// Plan is the JSON of its plan.
	Plan []byte
}

// Ticket is a root job that was accepted and has not ended.
type Ticket struct {
	Scope Scope
	Job   string
	// Accepted is set by the store and grows strictly, within a home and for
	// ever: it alone is where the next page of tickets begins.
	Accepted time.Time
	Plan     []byte
}

// QueueStore keeps what was accepted through doors. A job is put into it by
// [JobStore.Create], when its root has a Definition, and taken out when the root job ends.
type QueueStore interface {
	// Definition is that of a root job. ErrNotFound when it has none.
	Definition(ctx context.Context, scope Scope, job string) (*Definition, error)
	// Tickets are those of jobs that have not ended, oldest first, accepted
	// after the given job (nil: from the beginning), at most limit.
	Tickets(ctx context.Context, after *Ticket, limit int) ([]Ticket, error)
	// Waiting reports whether the job has a ticket and none of its steps has
	// started: it is not lost when nobody runs it. A step has started that was
	// once Running or Finalizing, or that has ended; so has a root job that was
	// Running.
	Waiting(ctx context.Context, scope Scope, job string) (bool, error)
}

// Queue is what was accepted through doors.
func (w *Workspace) Queue() QueueStore { return w.store.Queue() }

// Starts reports whether a change to state s of a job means that the root job
// no longer waits: what has started cannot be run again from its plan.
func (s Status) Starts() bool {
	return s == Running || s == Finalizing || s.Terminal()
}
