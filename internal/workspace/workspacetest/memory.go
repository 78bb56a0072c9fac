package workspacetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Memory is a workspace.Store in memory. It is made for being obviously right,
// not for speed: each write is tried on a copy of everything.
type Memory struct {
	mu sync.Mutex
	ledger
}

var _ workspace.Store = (*Memory)(nil)

// ledger is everything there is; guarded by Memory.mu.
type ledger struct {
	jobs        []*workspace.Job // in the order of creation
	events      []event
	files       map[fileKey]workspace.File
	said        map[version]saidOf
	staged      map[fileKey][]workspace.Block
	containers  map[containerKey]workspace.Container
	experiments map[experiment]int64
	spelling    map[workspace.Scope]workspace.Scope
	lastUsed    *workspace.Scope
	resources   []*workspace.Resource // in the order of creation
	definitions map[jobKey]workspace.Definition
	tickets     []ticket
	accepted    time.Time // of the last ticket
	deleted     map[jobKey]bool
	remains     []workspace.Remains
}

type event struct {
	scope workspace.Scope
	workspace.Event
}

type fileKey struct {
	scope           workspace.Scope
	datastore, path string
}

type experiment struct {
	scope workspace.Scope
	name  string
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{ledger: ledger{
		files:       map[fileKey]workspace.File{},
		said:        map[version]saidOf{},
		staged:      map[fileKey][]workspace.Block{},
		containers:  map[containerKey]workspace.Container{},
		experiments: map[experiment]int64{},
		spelling:    map[workspace.Scope]workspace.Scope{},
		definitions: map[jobKey]workspace.Definition{},
		deleted:     map[jobKey]bool{},
	}}
}

// fold is a scope as it is compared.
func fold(s workspace.Scope) workspace.Scope {
	return workspace.Scope{
		Subscription:  strings.ToLower(s.Subscription),
		ResourceGroup: strings.ToLower(s.ResourceGroup),
		Workspace:     strings.ToLower(s.Workspace),
	}
}

// spell is a scope as it was written first.
func (l *ledger) spell(s workspace.Scope) workspace.Scope {
	if first, ok := l.spelling[fold(s)]; ok {
		return first
	}
	l.spelling[fold(s)] = s
	return s
}

// write runs f on a copy and keeps the copy when f succeeds.
func (m *Memory) write(ctx context.Context, f func(l *ledger) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := ledger{
		events:      slices.Clone(m.events),
		files:       maps.Clone(m.files),
		said:        maps.Clone(m.said),
		staged:      maps.Clone(m.staged),
		containers:  maps.Clone(m.containers),
		experiments: maps.Clone(m.experiments),
		spelling:    maps.Clone(m.spelling),
		lastUsed:    m.lastUsed,
		definitions: maps.Clone(m.definitions),
		tickets:     slices.Clone(m.tickets),
		accepted:    m.accepted,
		deleted:     maps.Clone(m.deleted),
		remains:     slices.Clone(m.remains),
	}
	for _, r := range m.resources {
		l.resources = append(l.resources, cloneResource(r))
	}
	for _, j := range m.jobs {
		l.jobs = append(l.jobs, clone(j))
	}
	if err := f(&l); err != nil {
		return err
	}
	m.ledger = l
	return nil
}

// clone is a deep copy, made the way a real store makes one: by writing it
// down.
func clone(j *workspace.Job) *workspace.Job {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // a Job holds nothing that JSON cannot say
	}
	c := &workspace.Job{Scope: j.Scope}
	if err := json.Unmarshal(text, c); err != nil {
		panic(err)
	}
	for _, t := range []*time.Time{&c.Created, &c.Started, &c.Ended, &c.CancelRequested} {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Microsecond)
		}
	}
	return c
}

func (l *ledger) find(scope workspace.Scope, name string) (*workspace.Job, error) {
	for _, j := range l.jobs {
		if fold(j.Scope) == fold(scope) && j.Name == name && !l.isDeleted(j) {
			return j, nil
		}
	}
	return nil, fmt.Errorf("job %s: %w", name, workspace.ErrNotFound)
}

func (l *ledger) log(j *workspace.Job, t time.Time, kind string, data []byte) {
	l.events = append(l.events, event{j.Scope, workspace.Event{
		Seq: int64(len(l.events) + 1), Time: t.UTC().Truncate(time.Microsecond),
		Root: j.Root, Job: j.Name, Step: j.Step, Kind: kind, Status: j.Status, Data: slices.Clone(data),
	}})
}

// Create implements workspace.Store.
func (m *Memory) Create(ctx context.Context, jobs []*workspace.Job, changes ...workspace.Change) error {
	return m.write(ctx, func(l *ledger) error {
		if len(jobs) == 0 || jobs[0].Parent != "" || jobs[0].Root != jobs[0].Name {
			return fmt.Errorf("create: the first job is not a root job: %w", workspace.ErrInvalid)
		}
		for _, j := range jobs {
			if _, err := l.find(j.Scope, j.Name); err == nil || l.deleted[jobKey{fold(j.Scope), j.Name}] {
				return fmt.Errorf("create job %s: %w", j.Name, workspace.ErrConflict)
			}
			c := clone(j)
			c.Scope = l.spell(j.Scope)
			l.jobs = append(l.jobs, c)
			l.log(c, c.Created, "submitted", nil)
		}
		l.meet(jobs[0].Scope, jobs[0].Experiment)
		l.enqueue(jobs[0])
		return l.advance(jobs[0].Scope, changes)
	})
}

// meet gives an experiment its number.
func (l *ledger) meet(scope workspace.Scope, name string) {
	k := experiment{fold(scope), name}
	if _, ok := l.experiments[k]; !ok {
		l.experiments[k] = int64(len(l.experiments) + 1)
	}
}

// Advance implements workspace.Store.
func (m *Memory) Advance(ctx context.Context, scope workspace.Scope, changes []workspace.Change) error {
	return m.write(ctx, func(l *ledger) error { return l.advance(scope, changes) })
}

func (l *ledger) advance(scope workspace.Scope, changes []workspace.Change) error {
	for _, c := range changes {
		j, err := l.find(scope, c.Job)
		if err != nil {
			return err
		}
		if j.Status.Terminal() {
			return fmt.Errorf("advance job %s: it is %s: %w", c.Job, j.Status, workspace.ErrConflict)
		}
		step(j, c)
		fill(j, c)
		for _, f := range c.Files {
			if f.Scope == (workspace.Scope{}) {
				f.Scope = scope
			}
			if err := l.put(f); err != nil {
				return err
			}
		}
		for _, r := range c.Register {
			if err := l.register(scope, r); err != nil {
				return err
			}
		}
		l.moveTicket(j, c.Status)
		l.log(j, c.Time, cmp.Or(c.Kind, "status"), c.Data)
	}
	return nil
}

// References implements workspace.Store.
func (m *Memory) References(_ context.Context, yield func(j *workspace.Job) error) error {
	m.mu.Lock()
	jobs := slices.DeleteFunc(slices.Clone(m.jobs), m.isDeleted)
	m.mu.Unlock()
	for _, j := range jobs {
		r := &workspace.Job{Scope: j.Scope, Name: j.Name, Root: j.Root, Step: j.Step, Spec: workspace.Spec{Code: j.Spec.Code}}
		r.Spec.Inputs, r.Spec.Outputs = digestsOf(j.Spec.Inputs), digestsOf(j.Spec.Outputs)
		if r.Spec.Code == "" && len(r.Spec.Inputs)+len(r.Spec.Outputs) == 0 {
			continue
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func digestsOf(ports []workspace.Port) []workspace.Port {
	var out []workspace.Port
	for _, p := range ports {
		if p.Digest != "" {
			out = append(out, workspace.Port{Name: p.Name, Type: p.Type, Digest: p.Digest})
		}
	}
	return out
}

// step moves a job to its new state.
func step(j *workspace.Job, c workspace.Change) {
	t := c.Time.UTC().Truncate(time.Microsecond)
	if (c.Status == workspace.Running || c.Status == workspace.Completed) && j.Started.IsZero() {
		j.Started = t
	}
	if c.Status == workspace.CancelRequested && j.CancelRequested.IsZero() {
		j.CancelRequested = t
	}
	if c.Status.Terminal() {
		j.Ended = t
	}
	if c.Status != "" && (c.Status.Terminal() || j.CancelRequested.IsZero()) {
		j.Status = c.Status
	} else if c.Status != "" {
		j.Status = workspace.CancelRequested
	}
}

// fill adds what a change says besides the state.
func fill(j *workspace.Job, c workspace.Change) {
	if c.Error != nil {
		j.Error = c.Error
	}
	if c.ExitCode != nil {
		j.ExitCode = c.ExitCode
	}
	j.Spec.Command = cmp.Or(c.Command, j.Spec.Command)
	j.Spec.Code = cmp.Or(c.Code, j.Spec.Code)
	if len(c.Inputs) > 0 {
		j.Spec.Inputs = c.Inputs
	}
	if len(c.Outputs) > 0 {
		j.Spec.Outputs = c.Outputs
	}
	if j.Properties == nil {
		j.Properties = map[string]string{}
	}
	maps.Copy(j.Properties, c.Properties)
}

// Edit implements workspace.Store.
func (m *Memory) Edit(ctx context.Context, scope workspace.Scope, name string, e workspace.Edit) error {
	return m.write(ctx, func(l *ledger) error {
		j, err := l.find(scope, name)
		if err != nil {
			return err
		}
		if e.CancelRequested != nil {
			if j.Status.Terminal() {
				return fmt.Errorf("cancel job %s: it is %s: %w", name, j.Status, workspace.ErrConflict)
			}
			if j.CancelRequested.IsZero() {
				j.CancelRequested = e.CancelRequested.UTC().Truncate(time.Microsecond)
			}
			j.Status = workspace.CancelRequested
		}
		set(&j.Archived, e.Archived)
		set(&j.DisplayName, e.DisplayName)
		set(&j.Description, e.Description)
		set(&j.Experiment, e.Experiment)
		if e.Tags != nil {
			j.Tags = maps.Clone(e.Tags)
		}
		l.meet(scope, j.Experiment)
		l.log(j, e.Time, e.Kind, nil)
		return nil
	})
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Job implements workspace.Store.
func (m *Memory) Job(_ context.Context, scope workspace.Scope, name string) (*workspace.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, err := m.find(scope, name)
	if err != nil {
		return nil, err
	}
	return clone(j), nil
}

// CancelRequested implements workspace.Store.
func (m *Memory) CancelRequested(ctx context.Context, scope workspace.Scope, name string) (bool, error) {
	j, err := m.Job(ctx, scope, name)
	if err != nil {
		return false, err
	}
	return !j.CancelRequested.IsZero(), nil
}

// Jobs implements workspace.Store.
func (m *Memory) Jobs(_ context.Context, f workspace.Filter) ([]*workspace.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*workspace.Job
	for _, j := range slices.Backward(m.jobs) {
		if wanted(j, f) && !m.isDeleted(j) {
			found = append(found, clone(j))
		}
	}
	slices.SortStableFunc(found, func(a, b *workspace.Job) int { return b.Created.Compare(a.Created) })
	if f.Root != "" || f.Parent != "" {
		slices.SortStableFunc(found, func(a, b *workspace.Job) int {
			return cmp.Or(strings.Compare(firstIfRoot(a), firstIfRoot(b)), cmp.Compare(a.Index, b.Index))
		})
	}
	found = found[min(f.Skip, len(found)):]
	if f.Limit > 0 {
		found = found[:min(f.Limit, len(found))]
	}
	return found, nil
}

func firstIfRoot(j *workspace.Job) string {
	if j.Parent == "" {
		return "0"
	}
	return "1"
}

func wanted(j *workspace.Job, f workspace.Filter) bool {
	return (f.AllScopes || fold(j.Scope) == fold(f.Scope)) &&
		(f.Root == "" || j.Root == f.Root) &&
		(f.Parent == "" || j.Parent == f.Parent) &&
		(f.Root != "" || f.Parent != "" || j.Parent == "") &&
		(len(f.Statuses) == 0 || slices.Contains(f.Statuses, j.Status)) &&
		(f.Experiment == "" || j.Experiment == f.Experiment) &&
		(f.Type == "" || j.Type == f.Type) &&
		(f.Archived == "all" || j.Archived == (f.Archived == "only"))
}

// Events implements workspace.Store.
func (m *Memory) Events(
	_ context.Context, scope workspace.Scope, root string, after int64, limit int,
) ([]workspace.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []workspace.Event
	for _, e := range m.events {
		if fold(e.scope) == fold(scope) && e.Root == root && !m.deleted[jobKey{fold(scope), root}] && e.Seq > after && (limit == 0 || len(found) < limit) {
			found = append(found, e.Event)
		}
	}
	return found, nil
}

// ExperimentID implements workspace.Store.
func (m *Memory) ExperimentID(_ context.Context, scope workspace.Scope, name string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.experiments[experiment{fold(scope), name}]
	if !ok {
		return 0, fmt.Errorf("experiment %s: %w", name, workspace.ErrNotFound)
	}
	return id, nil
}

// LastUsed implements workspace.Store.
func (m *Memory) LastUsed(context.Context) (workspace.Scope, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lastUsed == nil {
		return workspace.Scope{}, fmt.Errorf("workspace used last: %w", workspace.ErrNotFound)
	}
	return *m.lastUsed, nil
}

// SetLastUsed implements workspace.Store.
func (m *Memory) SetLastUsed(ctx context.Context, scope workspace.Scope) error {
	return m.write(ctx, func(l *ledger) error {
		l.lastUsed = &scope
		return nil
	})
}
