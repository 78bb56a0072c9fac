package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// defaultExperiment is where a job belongs that names no experiment.
const defaultExperiment = "Default"

// Submission is what is to be recorded before it runs: a whole definition,
// with one entry for each of its steps.
type Submission struct {
	// Name of the root job; empty: one is made up.
	Name string
	// Type is "pipeline" or "command".
	Type string
	// DisplayName is the name when empty, Experiment is "Default".
	DisplayName, Experiment, Description string
	Tags, Properties                     map[string]string
	CreatedBy                            string
	Spec                                 Spec
	// Definition goes on record with the job when it came through a door.
	Definition *Definition
	// Steps in the order of the definition, a parent before its children.
	Steps []StepSubmission
	// Claim, when not nil, is called with the job's name before it is
	// recorded: here a runner takes its lease, so that there is no moment in
	// which the job is on record and looks abandoned. When the job cannot be
	// recorded after all, undo is called (if not nil); with a made-up name
	// that was taken, Claim is then called again with another one.
	Claim func(name string) (undo func(), err error)
}

// StepSubmission is one step of a Submission.
type StepSubmission struct {
	// Path is the step's path from the root, "train" or "sub/train";
	// ParentPath that of the step around it, empty at the top.
	Path, ParentPath string
	Type             string
	// DisplayName is the last part of Path when empty.
	DisplayName, Description string
	Tags, Properties         map[string]string
	Spec                     Spec
}

// Tree is a root job with all its steps, nested ones too, by Index.
type Tree struct {
	Root  *Job
	Steps []*Job
}

// Step is the step at a path, nil when there is none.
func (t *Tree) Step(path string) *Job {
	for _, j := range t.Steps {
		if j.Step == path {
			return j
		}
	}
	return nil
}

// nameDraws is how many made-up names are tried. More than one is hardly ever
// needed; that all are taken means that something else is wrong.
const nameDraws = 8

// Submit records a job and its steps, all NotStarted. ErrConflict when the
// name that the submission asks for is taken, ErrInvalid when it is not one.
func (w *Workspace) Submit(ctx context.Context, scope Scope, s Submission) (*Tree, error) {
	if err := s.check(scope); err != nil {
		return nil, err
	}
	if s.Name != "" {
		return w.submitAs(ctx, scope, s)
	}
	var err error
	for range nameDraws {
		s.Name = w.names.next()
		var t *Tree
		if t, err = w.submitAs(ctx, scope, s); !errors.Is(err, ErrConflict) {
			return t, err
		}
	}
	return nil, fmt.Errorf("find a name for the job in %d draws: %w", nameDraws, err)
}

// submitAs records s under the name it has.
func (w *Workspace) submitAs(ctx context.Context, scope Scope, s Submission) (*Tree, error) {
	d, err := w.draftAs(scope, s)
	if err != nil {
		return nil, err
	}
	if err := w.store.Create(ctx, d.jobs()); err != nil {
		d.Undo()
		return nil, err
	}
	w.remember(d.jobs())
	return d.Tree, nil
}

// Draft is a job with its steps that has its name, and is not on record yet.
type Draft struct {
	*Tree
	// Undo gives back what was claimed; for a draft that is not recorded.
	Undo func()
}

func (d *Draft) jobs() []*Job { return append([]*Job{d.Root}, d.Steps...) }

// Draft makes the job of a submission, and records nothing: see
// [Workspace.Record]. Its errors are those of [Workspace.Submit].
func (w *Workspace) Draft(ctx context.Context, scope Scope, s Submission) (*Draft, error) {
	if err := s.check(scope); err != nil {
		return nil, err
	}
	if s.Name != "" {
		return w.draftFree(ctx, scope, s)
	}
	var err error
	for range nameDraws {
		s.Name = w.names.next()
		var d *Draft
		if d, err = w.draftFree(ctx, scope, s); !errors.Is(err, ErrConflict) {
			return d, err
		}
	}
	return nil, fmt.Errorf("find a name for the job in %d draws: %w", nameDraws, err)
}

// draftFree is the draft of s under the name it has, which no job has yet.
func (w *Workspace) draftFree(ctx context.Context, scope Scope, s Submission) (*Draft, error) {
	d, err := w.draftAs(scope, s)
	if err != nil {
		return nil, err
	}
	// Asked after the name was claimed: nobody else comes in between.
	switch _, err := w.store.Job(ctx, scope, s.Name); {
	case err == nil:
		d.Undo()
		return nil, fmt.Errorf("record job %s: the name is taken: %w", s.Name, ErrConflict)
	case !errors.Is(err, ErrNotFound):
		d.Undo()
		return nil, err
	}
	return d, nil
}

func (w *Workspace) draftAs(scope Scope, s Submission) (*Draft, error) {
	d := &Draft{Tree: w.newTree(scope, s), Undo: func() {}}
	if s.Claim != nil {
		undo, err := s.Claim(s.Name)
		if err != nil {
			return nil, fmt.Errorf("claim job %s: %w", s.Name, err)
		}
		if undo != nil {
			d.Undo = undo
		}
	}
	return d, nil
}

// Record puts a draft on record, and with it what has become of its jobs since:
// all of it or nothing. It is Submit and Advance in one.
func (w *Workspace) Record(ctx context.Context, d *Draft, changes ...Change) error {
	scope := d.Root.Scope
	w.stamp(changes)
	w.remember(d.jobs())
	after, err := w.check(ctx, scope, changes)
	if err == nil {
		err = w.store.Create(ctx, d.jobs(), changes...)
	}
	if err != nil {
		w.drop(d.jobs())
		return err
	}
	w.know(scope, after)
	return nil
}

// drop forgets jobs that did not come on record.
func (w *Workspace) drop(jobs []*Job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range jobs {
		delete(w.states, key(j.Scope, j.Name))
	}
}

// remember notes where jobs are, for Advance.
func (w *Workspace) remember(jobs []*Job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range jobs {
		w.states[key(j.Scope, j.Name)] = j.Status
	}
}

// check says what is wrong with a submission, if anything is.
func (s *Submission) check(scope Scope) error {
	if err := scope.Check(); err != nil {
		return err
	}
	if s.Name != "" {
		if err := CheckName(s.Name); err != nil {
			return fmt.Errorf("job %w", err)
		}
	}
	if s.Type == "" {
		return fmt.Errorf("submit job %q: no type: %w", s.Name, ErrInvalid)
	}
	seen := map[string]bool{"": true}
	for _, st := range s.Steps {
		if err := st.check(seen); err != nil {
			return fmt.Errorf("submit job %q: %w", s.Name, err)
		}
		seen[st.Path] = true
	}
	return nil
}

// check says what is wrong with a step that comes after those in seen.
func (s *StepSubmission) check(seen map[string]bool) error {
	inside, below := strings.CutPrefix(s.Path, s.ParentPath+"/")
	if s.ParentPath == "" {
		inside, below = s.Path, true
	}
	switch {
	case seen[s.Path]:
		return fmt.Errorf("step %q: given twice, or without a path: %w", s.Path, ErrInvalid)
	case !seen[s.ParentPath]:
		return fmt.Errorf("step %q: its parent %q does not come before it: %w", s.Path, s.ParentPath, ErrInvalid)
	case !below || inside == "" || strings.Contains(inside, "/"):
		return fmt.Errorf("step %q: is not right below its parent %q: %w", s.Path, s.ParentPath, ErrInvalid)
	case s.Type == "":
		return fmt.Errorf("step %q: no type: %w", s.Path, ErrInvalid)
	}
	return nil
}

// newTree makes the jobs of a submission that has been checked.
func (w *Workspace) newTree(scope Scope, s Submission) *Tree {
	now := w.time()
	root := &Job{
		Scope: scope, Name: s.Name, Root: s.Name, Type: s.Type,
		DisplayName: s.DisplayName, Experiment: s.Experiment, Description: s.Description,
		Tags: maps.Clone(s.Tags), Properties: maps.Clone(s.Properties),
		Status: NotStarted, Created: now, CreatedBy: s.CreatedBy, Spec: s.Spec, Definition: s.Definition,
	}
	if root.DisplayName == "" {
		root.DisplayName = root.Name
	}
	if root.Experiment == "" {
		root.Experiment = defaultExperiment
	}
	t := &Tree{Root: root, Steps: make([]*Job, 0, len(s.Steps))}
	byPath := map[string]string{"": root.Name}
	for i, st := range s.Steps {
		j := w.newStep(root, st, now)
		j.Index, j.Parent = i, byPath[st.ParentPath]
		byPath[st.Path] = j.Name
		t.Steps = append(t.Steps, j)
	}
	return t
}

func (w *Workspace) newStep(root *Job, s StepSubmission, now time.Time) *Job {
	j := &Job{
		Scope: root.Scope, Name: w.newID(), Root: root.Name, Step: s.Path, Type: s.Type,
		DisplayName: s.DisplayName, Experiment: root.Experiment, Description: s.Description,
		Tags: maps.Clone(s.Tags), Properties: maps.Clone(s.Properties),
		Status: NotStarted, Created: now, CreatedBy: root.CreatedBy, Spec: s.Spec,
	}
	if j.DisplayName == "" {
		j.DisplayName = s.Path[strings.LastIndexByte(s.Path, '/')+1:]
	}
	return j
}
