package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const insertJob = `
	INSERT INTO jobs (
		scope, name, root, parent, step, idx, type, status, experiment, archived,
		created, started, ended, cancel_requested, exit_code, created_by,
		display_name, description, error, tags, properties, spec
	) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const meetExperiment = `
	INSERT INTO experiments (scope, name) VALUES (?, ?) ON CONFLICT DO NOTHING`

// insertSubmitted logs the beginning of a whole tree, in the order in which it
// was inserted: one statement instead of one for each step. Parameters: 1
// scope, 2 root, 3 the state that all began in, null where that is the one they
// are in.
const insertSubmitted = `
	INSERT INTO events (scope, root, job, step, time, kind, status)
	SELECT scope, root, name, step, created, 'submitted', coalesce(?3, status) FROM jobs
	WHERE scope = ?1 AND root = ?2 ORDER BY id`

// Create implements workspace.Store.
func (s *Store) Create(ctx context.Context, jobs []*workspace.Job, changes ...workspace.Change) error {
	if len(jobs) == 0 || jobs[0].Parent != "" || jobs[0].Root != jobs[0].Name {
		return fmt.Errorf("create: the first job is not a root job: %w", workspace.ErrInvalid)
	}
	root := jobs[0]
	doing := "record job " + root.Name
	row, err := s.ensure(ctx, root.Scope)
	if err != nil {
		return s.fault(doing, err)
	}
	// Everything that can go wrong with the jobs themselves comes before the
	// lock is taken, and so does the work.
	c, err := newCreation(row.id, jobs, changes)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	files, err := s.filesOf(ctx, row, changes)
	if err != nil {
		return s.fault(doing, err)
	}
	registered, err := s.registeredBy(ctx, row, changes)
	if err != nil {
		return s.fault(doing, err)
	}
	return s.fault(doing, s.write(ctx, c.survives, func(ctx context.Context, t *tx) error {
		if err := t.create(ctx, c); err != nil {
			return err
		}
		if err := t.put(ctx, files); err != nil {
			return err
		}
		return t.register(ctx, registered)
	}))
}

// creation is a tree of jobs ready to be written, as its changes leave it.
type creation struct {
	scope            int64
	root, experiment string
	jobs             []*workspace.Job
	parts            chan part
	// began is the state that all jobs were created in, nil when nothing has
	// changed since.
	began    any
	events   []workspace.Event
	survives durability
	// started: a job has, as its ticket says it.
	started bool
}

func newCreation(scope int64, jobs []*workspace.Job, changes []workspace.Change) (*creation, error) {
	root := jobs[0]
	for _, j := range jobs {
		if j.Scope != root.Scope && fold(j.Scope) != fold(root.Scope) || j.Root != root.Name {
			return nil, fmt.Errorf("job %s is not one of its steps: %w", j.Name, workspace.ErrInvalid)
		}
		if len(changes) > 0 && j.Status != root.Status {
			return nil, fmt.Errorf("job %s is %s, its root %s: %w", j.Name, j.Status, root.Status, workspace.ErrInvalid)
		}
	}
	c := &creation{scope: scope, root: root.Name, experiment: root.Experiment}
	if len(changes) > 0 {
		c.began = string(root.Status)
	}
	jobs, events, err := applied(jobs, changes)
	if err != nil {
		return nil, err
	}
	c.events = events
	if jobs[0].Status.Terminal() {
		c.survives = powerCut
	}
	c.started = slices.ContainsFunc(changes, func(c workspace.Change) bool { return c.Status.Starts() })
	c.jobs = jobs
	// The first part is encoded before the lock is taken, the others while the
	// one before is written.
	c.parts = make(chan part, len(jobs)/partSize+1)
	first := c.encode(0)
	if first.err != nil {
		return nil, first.err
	}
	c.parts <- first
	go func() {
		defer close(c.parts)
		for from := partSize; from < len(jobs); from += partSize {
			c.parts <- c.encode(from)
		}
	}()
	return c, nil
}

// part is some jobs of a creation, encoded.
type part struct {
	jobs []*workspace.Job
	rows [][]any
	err  error
}

// partSize is how many jobs a part has.
const partSize = 64

func (c *creation) encode(from int) part {
	p := part{jobs: c.jobs[from:min(from+partSize, len(c.jobs))]}
	var b bytes.Buffer
	for _, j := range p.jobs {
		row, err := jobArgs(c.scope, j, &b)
		if err != nil {
			p.err = err
			return p
		}
		p.rows = append(p.rows, row)
	}
	return p
}

// create writes a creation.
func (t *tx) create(ctx context.Context, c *creation) error {
	if err := t.exec(ctx, t.st.meet, c.scope, c.experiment); err != nil {
		return err
	}
	for p := range c.parts {
		if p.err != nil {
			return p.err
		}
		for i, row := range p.rows {
			err := t.exec(ctx, t.st.insertJob, row...)
			if isTaken(err) {
				return fmt.Errorf("the name %s is taken: %w", p.jobs[i].Name, workspace.ErrConflict)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := t.exec(ctx, t.st.insertSubmitted, c.scope, c.root, c.began); err != nil {
		return err
	}
	for _, e := range c.events {
		if err := t.log(ctx, c.scope, e); err != nil {
			return err
		}
	}
	if c.jobs[0].Definition != nil {
		return t.enqueue(ctx, c.scope, c.jobs[0], c.started)
	}
	return nil
}

// applied are copies of jobs as changes leave them, and the events of the
// changes. It is for jobs that are not written yet what advanceJob is for those
// that are.
func applied(jobs []*workspace.Job, changes []workspace.Change) ([]*workspace.Job, []workspace.Event, error) {
	if len(changes) == 0 {
		return jobs, nil, nil
	}
	out := make([]*workspace.Job, len(jobs))
	byName := make(map[string]*workspace.Job, len(jobs))
	for i, j := range jobs {
		c := *j
		c.Properties = maps.Clone(j.Properties)
		out[i], byName[j.Name] = &c, &c
	}
	events := make([]workspace.Event, len(changes))
	for i := range changes {
		c := &changes[i]
		j, ok := byName[c.Job]
		switch {
		case !ok:
			return nil, nil, fmt.Errorf("job %s: %w", c.Job, workspace.ErrNotFound)
		case j.Status.Terminal():
			return nil, nil, fmt.Errorf("job %s has ended, it is %s: %w", c.Job, j.Status, workspace.ErrConflict)
		}
		enter(j, c)
		fill(j, c)
		events[i] = workspace.Event{
			Time: c.Time, Root: j.Root, Job: j.Name, Step: j.Step, Kind: cmp.Or(c.Kind, "status"), Status: j.Status, Data: c.Data,
		}
	}
	return out, events, nil
}

// enter puts a job into the state that a change says.
func enter(j *workspace.Job, c *workspace.Change) {
	if (c.Status == workspace.Running || c.Status == workspace.Completed) && j.Started.IsZero() {
		j.Started = c.Time
	}
	if c.Status == workspace.CancelRequested && j.CancelRequested.IsZero() {
		j.CancelRequested = c.Time
	}
	switch {
	case c.Status == "":
	case c.Status.Terminal():
		j.Status, j.Ended = c.Status, c.Time
	case !j.CancelRequested.IsZero():
		j.Status = workspace.CancelRequested
	default:
		j.Status = c.Status
	}
}

// fill adds what a change says besides the state.
func fill(j *workspace.Job, c *workspace.Change) {
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
	if len(c.Properties) > 0 && j.Properties == nil {
		j.Properties = make(map[string]string, len(c.Properties))
	}
	maps.Copy(j.Properties, c.Properties)
}

// jobArgs are the values of insertJob. It uses the memory of b.
func jobArgs(scope int64, j *workspace.Job, b *bytes.Buffer) ([]any, error) {
	tags, err1 := mapJSON(j.Tags, b)
	properties, err2 := mapJSON(j.Properties, b)
	spec, err3 := appendJSON(b, &j.Spec)
	fault, err4 := errorJSON(j.Error)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("encode job %s: %w", j.Name, err)
	}
	var parent any
	if j.Parent != "" {
		parent = j.Parent
	}
	return []any{
		scope, j.Name, j.Root, parent, j.Step, j.Index, j.Type, string(j.Status), j.Experiment, j.Archived,
		j.Created.UnixMicro(), micros(j.Started), micros(j.Ended), micros(j.CancelRequested), exitCode(j.ExitCode),
		j.CreatedBy, j.DisplayName, j.Description, fault, tags, properties, spec,
	}, nil
}

func errorJSON(e *workspace.JobError) (any, error) {
	if e == nil {
		return nil, nil
	}
	return toJSON(e)
}

func exitCode(code *int) any {
	if code == nil {
		return nil
	}
	return *code
}
