package azure

import (
	"context"
	"slices"
	"time"
)

// Watcher is told what happens in a run, one thing at a time.
type Watcher interface {
	// Step is told of a step whenever its state changes.
	Step(name, status string)
	// Line is one line of a step's output, as the step wrote it.
	Line(step, line string)
}

// Outcome is how a run ended.
type Outcome struct {
	Status string
	// Error is why the run as a whole failed, if that was said.
	Error string
	// Failed is the step that failed first; nil when none did.
	Failed *Failure
}

// Failure is a step that failed.
type Failure struct {
	Step, Run string
	// ExitStatus is nil when the step did not come to exit.
	ExitStatus *int
	Error      string
	// Log are the last lines of its output.
	Log []string
}

// The last states.
const (
	Completed = "Completed"
	Failed    = "Failed"
	Canceled  = "Canceled"
)

func ended(status string) bool {
	return status == Completed || status == Failed || status == Canceled
}

// settle is how long a step's log may come after its end.
const settle = 10 * time.Second

// watch is one Watch.
type watch struct {
	*Client
	run   string
	to    Watcher
	steps map[string]*step
	order []*step
	// blind: there is no run history to ask, so only the run's own state is
	// known.
	blind bool
}

// step is a child of the run.
type step struct {
	child
	log *logReader
	// drained: it has ended and all its output was read.
	drained bool
	ended   time.Time
	// told is the state that was told last.
	told string
}

// Watch tells w what happens in a run until it has ended. When ctx ends, the
// run goes on. Whoever watches a run has been told its name.
func (c *Client) Watch(ctx context.Context, r Run, w Watcher) (Outcome, error) {
	c.Told()
	v := &watch{Client: c, run: r.Name, to: w, steps: map[string]*step{}}
	failures := 0
	for {
		now, err := c.Run(ctx, r.Name)
		if err == nil && !v.blind {
			err = v.look(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return Outcome{}, ctx.Err()
		case err != nil:
			// Over hours one answer may go missing.
			if failures++; failures > maxFailures {
				return Outcome{}, err
			}
		default:
			failures = 0
			if ended(now.Status) && v.drained() {
				return v.outcome(ctx, now), nil
			}
		}
		if err := sleep(ctx, c.interval()); err != nil {
			return Outcome{}, err
		}
	}
}

// maxFailures is how many looks in a row may go wrong.
const maxFailures = 5

// look asks for the steps and reads what they have written.
func (v *watch) look(ctx context.Context) error {
	list, err := v.descendants(ctx, v.run, 0)
	if isMissing(err) {
		v.blind = true
		return nil
	}
	if err != nil {
		return doing("ask for the steps of "+v.run, err)
	}
	for _, c := range list {
		v.note(c)
	}
	for _, s := range v.order {
		// The end of a step is told after what it wrote last.
		if !ended(s.Status) {
			v.tell(s)
		}
		if err := v.follow(ctx, s); err != nil {
			return err
		}
		v.tell(s)
	}
	return nil
}

// tell tells of a step whose state has changed.
func (v *watch) tell(s *step) {
	if s.told == s.Status || ended(s.Status) && !s.drained {
		return
	}
	s.told = s.Status
	v.to.Step(s.name(), s.Status)
}

// maxDepth bounds pipelines within pipelines.
const maxDepth = 20

// descendants are the children of a run and theirs. A pipeline within the
// pipeline is in the list before its own.
func (v *watch) descendants(ctx context.Context, run string, depth int) ([]child, error) {
	list, err := v.children(ctx, run)
	if err != nil || depth > maxDepth {
		return nil, err
	}
	var all []child
	for _, c := range list {
		if c.ParentRunID != "" && c.ParentRunID != run {
			continue // it comes with its parent
		}
		all = append(all, c)
		s := v.steps[c.RunID]
		if s != nil && s.drained {
			continue
		}
		below, err := v.descendants(ctx, c.RunID, depth+1)
		if err != nil && !isMissing(err) {
			return nil, err
		}
		all = append(all, below...)
	}
	return all, nil
}

// note keeps what is new about a step.
func (v *watch) note(c child) {
	s := v.steps[c.RunID]
	if s == nil {
		s = &step{log: &logReader{}}
		v.steps[c.RunID] = s
		v.order = append(v.order, s)
	}
	s.child = c
	if ended(c.Status) && s.ended.IsZero() {
		s.ended = time.Now()
	}
}

func (s *step) name() string {
	if s.DisplayName != "" {
		return s.DisplayName
	}
	return s.RunID
}

// follow reads what a step has written since.
func (v *watch) follow(ctx context.Context, s *step) error {
	if s.drained || waits(s.Status) {
		return nil
	}
	over := ended(s.Status)
	d, err := v.details(ctx, s.RunID)
	if err != nil {
		if isMissing(err) {
			s.drained = over
			return nil
		}
		return doing("ask for the log of "+s.name(), err)
	}
	if address := d.logOf(); address != "" {
		line := func(text string) { v.to.Line(s.name(), text) }
		if err := s.log.read(ctx, v.Client, address, line); err != nil {
			return doing("read the log of "+s.name(), err)
		}
		if over {
			s.log.flush(line)
			s.drained = true
		}
		return nil
	}
	s.drained = over && (s.Status == Canceled || time.Since(s.ended) > v.grace())
	return nil
}

// grace is how long to wait for the log of a step that has ended without one.
func (c *Client) grace() time.Duration {
	if c.local {
		return 0
	}
	return settle
}

// waits: a step in this state has not written anything.
func waits(status string) bool {
	return slices.Contains([]string{"", "NotStarted", "Queued", "Starting", "Provisioning"}, status)
}

// drained reports whether all that the steps wrote was read.
func (v *watch) drained() bool {
	for _, s := range v.order {
		if ended(s.Status) && !s.drained {
			return false
		}
	}
	return true
}

// outcome says how it ended, and of a failure where.
func (v *watch) outcome(ctx context.Context, now Run) Outcome {
	o := Outcome{Status: now.Status}
	if now.Status != Failed {
		return o
	}
	if d, err := v.details(ctx, v.run); err == nil && d.Error != nil {
		o.Error = d.Error.Error.Message
	}
	for _, s := range v.order {
		if s.Status != Failed || v.hasFailedChild(s) {
			continue
		}
		f := &Failure{Step: s.name(), Run: s.RunID, Log: s.log.last}
		if d, err := v.details(ctx, s.RunID); err == nil {
			f.ExitStatus = d.exitStatus()
			if d.Error != nil {
				f.Error = d.Error.Error.Message
			}
		}
		if o.Failed == nil || v.steps[o.Failed.Run].ended.After(s.ended) {
			o.Failed = f
		}
	}
	return o
}

// hasFailedChild: a pipeline that failed because of a step in it is not where
// to look.
func (v *watch) hasFailedChild(s *step) bool {
	return slices.ContainsFunc(v.order, func(c *step) bool { return c.ParentRunID == s.RunID && c.Status == Failed })
}
