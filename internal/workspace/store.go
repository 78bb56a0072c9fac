package workspace

import (
	"context"
	"errors"
	"time"
)

// What a store or the workspace may say besides faults of the machine. Test
// with [errors.Is].
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
	ErrInvalid  = errors.New("invalid")
)

// Store is where the ledger is written. Every method is one transaction: when
// it returns nil, what it was given is there after a kill -9; when it returns
// an error, nothing of it is. Methods may be called from many goroutines, and
// several processes may use one store at once.
//
// Names are compared case-sensitively. Scopes are compared as ARM compares
// them, ignoring the case of ASCII letters; the spelling that a home saw first
// is the one that comes back.
//
// Times are kept to the microsecond, in UTC.
type Store interface {
	JobStore
	HomeStore
	// Files is the datastores' index.
	Files() FileStore
	// Storage is the same index as the storage protocol sees it.
	Storage() Storage
	// Resources are the things that are registered.
	Resources() ResourceStore
	// Queue is what was accepted through doors.
	Queue() QueueStore
}

// JobStore keeps jobs and their events.
type JobStore interface {
	// Create records a root job and its steps (jobs[0] is the root, a parent
	// comes before its children), the event "submitted" of each, and the
	// root's experiment if it is new; then it applies changes to them as
	// Advance does. ErrConflict when a name is taken.
	Create(ctx context.Context, jobs []*Job, changes ...Change) error
	// Advance applies changes in order and appends one event for each. A
	// change of a job that is terminal already is ErrConflict (and nothing of
	// the call is applied), so that no two processes can both end a job.
	//
	// The first change to Running sets Started, the one to a terminal state
	// Ended. Once cancellation was asked for, a job stays CancelRequested
	// until it is terminal, whatever else its runner, which may not know yet,
	// says of it; its events say CancelRequested too.
	//
	// The end of a root job survives a power cut as well as a kill -9.
	Advance(ctx context.Context, scope Scope, changes []Change) error
	// Job is one job by name. ErrNotFound when there is none.
	Job(ctx context.Context, scope Scope, name string) (*Job, error)
	// Jobs lists jobs, newest first. With Root or Parent in the filter: by
	// Index, the root job itself first.
	Jobs(ctx context.Context, f Filter) ([]*Job, error)
	// Events are those of one root job with Seq > after, oldest first, at
	// most limit (0: all).
	Events(ctx context.Context, scope Scope, root string, after int64, limit int) ([]Event, error)
	// References calls yield for every job of every scope that refers to blobs,
	// in no order, with no more than its Scope, Name, Root, Step and, of its Spec,
	// Code and the names, types and digests of Inputs and Outputs. It holds one
	// job at a time, and yield must not keep it.
	References(ctx context.Context, yield func(j *Job) error) error
	// Edit changes what a user may change of a job at any time, and appends
	// an event of kind e.Kind. ErrNotFound when there is no such job;
	// ErrConflict when e asks for the cancellation of a terminal one.
	Edit(ctx context.Context, scope Scope, name string, e Edit) error
	// Delete takes a root job that has ended out of sight, with its steps: from
	// then on they are as if they had never been, but that their names stay
	// taken, and that the events of the home keep their numbers. With them go
	// what the job was submitted as, and its files ([JobPaths]) on all
	// datastores, less those that a resource refers to ([PathsOfJobs]).
	// ErrNotFound when there is no such job, ErrConflict when it has not ended,
	// ErrInvalid for a step.
	Delete(ctx context.Context, scope Scope, name string, now time.Time) error
	// Remains are the root jobs that were deleted, until Gone is told of them.
	Remains(ctx context.Context) ([]Remains, error)
	// Gone says that nothing remains. To say it again does no harm.
	Gone(ctx context.Context, r Remains) error
	// CancelRequested says whether the cancellation of this very job was
	// asked for. It is cheap: a runner asks it several times a second.
	CancelRequested(ctx context.Context, scope Scope, name string) (bool, error)
}

// HomeStore keeps what a home remembers besides jobs and files.
type HomeStore interface {
	// ExperimentID is the number of an experiment, positive, and the same as
	// long as the home lives. ErrNotFound when no job ever named it.
	ExperimentID(ctx context.Context, scope Scope, name string) (int64, error)
	// LastUsed is the scope given to SetLastUsed last, spelled as it was
	// given. ErrNotFound when there was none.
	LastUsed(ctx context.Context) (Scope, error)
	// SetLastUsed remembers scope for LastUsed.
	SetLastUsed(ctx context.Context, scope Scope) error
}

// Change is one step forward of one job.
type Change struct {
	Job  string
	Time time.Time
	// Status is the new state; empty leaves the job in the one it is in.
	Status Status
	// The rest is applied when not zero.
	Error    *JobError
	ExitCode *int
	// Command, Code and Properties fill in what is known only when the step
	// starts; Outputs and Inputs replace those in Spec, Properties are added
	// to those the job has.
	Command, Code   string
	Inputs, Outputs []Port
	Properties      map[string]string
	// Files are put on the datastores in the same transaction: a step and its
	// outputs become visible together. A file with a zero Scope gets the
	// job's.
	Files []File
	// Register are versions of assets that come into being with this change, in
	// the same transaction. One without a version gets the next one of its
	// name; a zero Scope is the job's. A version that is there already stays as
	// it is when it has the same Digests, and some, or the same Body: what was
	// registered is never changed, and to say it again does no harm. With other
	// content the call is ErrInvalid, and nothing of it is applied.
	Register []*Resource
	// Kind of the event, "status" when empty (KindReused for a step that goes
	// from NotStarted to Completed at once); Data goes with the event.
	Kind string
	Data []byte
}

// Filter selects jobs.
type Filter struct {
	Scope Scope
	// AllScopes ignores Scope: used when a home is opened.
	AllScopes bool
	// Root selects all jobs of one root job (itself included); Parent the
	// children of one job. With neither, root jobs only.
	Root, Parent string
	// Statuses, when not empty, are the only ones wanted.
	Statuses []Status
	// Experiment and Type, when not empty, must be equal.
	Experiment, Type string
	// Archived: "" active only, "only", "all".
	Archived string
	// Limit 0 is no limit. Skip comes first.
	Limit, Skip int
}

// Edit is a change by a user, outside a job's life. Nil fields stay.
type Edit struct {
	Kind     string // archived, restored, updated, cancel-requested
	Time     time.Time
	Archived *bool
	// CancelRequested also puts the job into that state. The first time asked
	// is the one that stays.
	CancelRequested *time.Time
	DisplayName     *string
	Description     *string
	Experiment      *string
	Tags            map[string]string
}

// File is one file on a datastore. Its content is a blob.
type File struct {
	Scope     Scope
	Datastore string
	// Path is slash-separated, relative, clean: "azureml/<job>/out/a.csv".
	Path string
	// Digest is the content's, as package blob prints it.
	Digest string
	Size   int64
	// Mode holds the permission bits; only the executable bits matter.
	Mode     uint32
	Modified time.Time
}

// FileStore is the index of the datastores: which path holds which blob.
type FileStore interface {
	// Put adds or replaces files. Like a Store's methods it is atomic.
	// ErrInvalid when a path is not as [File] says.
	Put(ctx context.Context, files []File) error
	// File is the one at exactly path. ErrNotFound when there is none.
	File(ctx context.Context, scope Scope, datastore, path string) (*File, error)
	// List is every file at or below prefix (a whole path segment: "a" finds
	// "a" and "a/b", not "ab"; "" finds all), by path. limit 0 is all.
	List(ctx context.Context, scope Scope, datastore, prefix string, limit int) ([]File, error)
	// Delete removes every file at or below prefix and says how many.
	Delete(ctx context.Context, scope Scope, datastore, prefix string) (int, error)
	// Digests calls yield for every digest in use, in any scope.
	Digests(ctx context.Context, yield func(digest string) error) error
}
