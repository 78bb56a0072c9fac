package workspace

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Config is what a Workspace is made of.
type Config struct {
	// Store is where the ledger is written. Required.
	Store Store
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// NewID makes the names of child jobs; GUIDs when nil, those of version 7:
	// they begin with the time, so that the steps of a job lie side by side in
	// every index, however many jobs there are.
	NewID func() string
	// Rand draws a number in [0,n) for the names of root jobs, and may be
	// called from many goroutines; math/rand/v2's when nil.
	Rand func(n int) int
}

// Workspace is the ledger of one home. Its methods may be called from many
// goroutines, and several processes may have one for the same home.
type Workspace struct {
	store Store
	now   func() time.Time
	newID func() string
	names *names

	mu sync.Mutex
	// states, guarded by mu, is where the jobs that this process advances
	// are, so that Advance needs no read. The store has the last word.
	states map[jobKey]Status
}

type jobKey struct {
	scope Scope
	job   string
}

// key is what a job is remembered under, however its scope is spelled.
func key(scope Scope, job string) jobKey {
	return jobKey{Scope{
		strings.ToLower(scope.Subscription), strings.ToLower(scope.ResourceGroup), strings.ToLower(scope.Workspace),
	}, job}
}

// New returns the workspace that keeps its ledger in c.Store.
func New(c Config) *Workspace {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = newGUID
	}
	if c.Rand == nil {
		c.Rand = rand.IntN
	}
	return &Workspace{
		store:  c.Store,
		now:    c.Now,
		newID:  c.NewID,
		names:  newNames(c.Rand),
		states: make(map[jobKey]Status),
	}
}

func newGUID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString() // the system has no random numbers: that one panics
	}
	return id.String()
}

// time is now, as precisely as a Store keeps it.
func (w *Workspace) time() time.Time { return w.now().UTC().Truncate(time.Microsecond) }

// Files is the index of the datastores.
func (w *Workspace) Files() FileStore { return w.store.Files() }

// Job is one job by name, root or child. ErrNotFound when there is none.
func (w *Workspace) Job(ctx context.Context, scope Scope, name string) (*Job, error) {
	return w.store.Job(ctx, scope, name)
}

// Jobs lists jobs as [JobStore] does.
func (w *Workspace) Jobs(ctx context.Context, f Filter) ([]*Job, error) {
	return w.store.Jobs(ctx, f)
}

// Steps are all steps of a root job, nested ones too, as the definition orders
// them. ErrNotFound when there is no such root job.
func (w *Workspace) Steps(ctx context.Context, scope Scope, root string) ([]*Job, error) {
	t, err := w.tree(ctx, scope, root)
	if err != nil {
		return nil, err
	}
	return t.Steps, nil
}

// tree reads a root job and its steps in one go.
func (w *Workspace) tree(ctx context.Context, scope Scope, root string) (*Tree, error) {
	jobs, err := w.store.Jobs(ctx, Filter{Scope: scope, Root: root, Archived: "all"})
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 || jobs[0].Name != root {
		return nil, fmt.Errorf("root job %s: %w", root, ErrNotFound)
	}
	return &Tree{Root: jobs[0], Steps: jobs[1:]}, nil
}

// Events are those of a root job with Seq > after, oldest first, at most limit
// (0: all). Whoever wants to follow a job asks again with the last Seq seen.
func (w *Workspace) Events(ctx context.Context, scope Scope, root string, after int64, limit int) ([]Event, error) {
	return w.store.Events(ctx, scope, root, after, limit)
}

// References tells which blobs jobs refer to, as [JobStore] does.
func (w *Workspace) References(ctx context.Context, yield func(j *Job) error) error {
	return w.store.References(ctx, yield)
}

// Archive hides a root job from lists, Restore shows it again. Both are fine
// when the job is in that state already. ErrInvalid for a step.
func (w *Workspace) Archive(ctx context.Context, scope Scope, name string) error {
	return w.setArchived(ctx, scope, name, "archived", true)
}

// Restore undoes [Workspace.Archive].
func (w *Workspace) Restore(ctx context.Context, scope Scope, name string) error {
	return w.setArchived(ctx, scope, name, "restored", false)
}

func (w *Workspace) setArchived(ctx context.Context, scope Scope, name, kind string, archived bool) error {
	j, err := w.rootJob(ctx, scope, name)
	if err != nil {
		return err
	}
	if j.Archived == archived {
		return nil
	}
	return w.store.Edit(ctx, scope, name, Edit{Kind: kind, Time: w.time(), Archived: &archived})
}

// rootJob reads a job that has to be a root job.
func (w *Workspace) rootJob(ctx context.Context, scope Scope, name string) (*Job, error) {
	j, err := w.store.Job(ctx, scope, name)
	if err != nil {
		return nil, err
	}
	if j.Parent != "" {
		return nil, fmt.Errorf("job %s is step %s of job %s: only the whole job can be changed: %w",
			name, j.Step, j.Root, ErrInvalid)
	}
	return j, nil
}

// ExperimentID is an experiment's id: a decimal string, the same for ever.
// ErrNotFound when no job of the scope is in such an experiment.
func (w *Workspace) ExperimentID(ctx context.Context, scope Scope, name string) (string, error) {
	id, err := w.store.ExperimentID(ctx, scope, name)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(id, 10), nil
}

// LastUsed is the workspace that a driver or `workspace create` used last in
// this home; false when none did.
func (w *Workspace) LastUsed(ctx context.Context) (Scope, bool, error) {
	scope, err := w.store.LastUsed(ctx)
	if errors.Is(err, ErrNotFound) {
		return Scope{}, false, nil
	}
	return scope, err == nil, err
}

// SetLastUsed remembers scope for [Workspace.LastUsed].
func (w *Workspace) SetLastUsed(ctx context.Context, scope Scope) error {
	if err := scope.Check(); err != nil {
		return err
	}
	return w.store.SetLastUsed(ctx, scope)
}
