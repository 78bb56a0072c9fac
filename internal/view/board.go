package view

import (
	"path"
	"slices"
	"strings"
	"time"
)

// board is what is known of a run: the latest state of everything.
type board struct {
	job   item
	items []item // one a step
	index map[string]int
	notes []string // not shown yet
}

// item is one step, or the job.
type item struct {
	name   string
	parent int
	depth  int
	group  bool

	status   string
	started  time.Time
	ended    time.Time
	elapsed  time.Duration // when it ended
	exitCode *int
	err      string
	message  string
	logPath  string
	line     string // the last of its log
}

func newBoard(job string, steps []Step, now time.Time) *board {
	b := &board{job: item{name: oneLine(job), parent: -1, started: now}, index: map[string]int{}}
	for _, s := range steps {
		b.add(s)
	}
	return b
}

func (b *board) add(s Step) int {
	name := s.Display
	if name == "" {
		name = path.Base(s.Path)
	}
	it := item{name: oneLine(name), parent: -1, group: s.Group}
	if s.Parent >= 0 && s.Parent < len(b.items) {
		it.parent, it.depth = s.Parent, b.items[s.Parent].depth+1
	}
	b.index[s.Path] = len(b.items)
	b.items = append(b.items, it)
	return len(b.items) - 1
}

// find is the item of a step. Steps that Start did not know, because they came
// up during the run, are added at the end.
func (b *board) find(step string) *item {
	if step == "" {
		return &b.job
	}
	i, known := b.index[step]
	if !known {
		parent, found := b.index[path.Dir(step)]
		if !found {
			parent = -1
		}
		i = b.add(Step{Path: step, Parent: parent})
	}
	return &b.items[i]
}

// event takes in what happened; now is for an event without a time.
func (b *board) event(e Event, now time.Time) {
	if e.Time.IsZero() {
		e.Time = now
	}
	if e.Kind == KindNote {
		b.note(e)
		return
	}
	it := b.find(e.Step)
	it.message = oneLine(e.Message)
	if e.LogPath != "" {
		it.logPath = e.LogPath
	}
	if e.Status != "" {
		it.change(e)
	}
}

func (b *board) note(e Event) {
	text := oneLine(e.Message)
	if e.Step != "" {
		text = oneLine(e.Step) + ": " + text
	}
	b.notes = append(b.notes, text)
}

func (it *item) change(e Event) {
	again := terminal(it.status) && !terminal(e.Status) // another attempt
	if it.status != e.Status || e.Error != "" {
		it.exitCode, it.err = e.ExitCode, oneLine(e.Error)
	}
	it.status = e.Status
	if !e.Started.IsZero() {
		it.started = e.Started
	} else if active(e.Status) && (it.started.IsZero() || again) {
		it.started = e.Time
	}
	it.ended = time.Time{}
	if !terminal(e.Status) {
		return
	}
	it.ended, it.elapsed = e.Time, e.Elapsed
	if it.elapsed == 0 && !it.started.IsZero() {
		it.elapsed = e.Time.Sub(it.started)
	}
}

// tally is what a group's members say together.
type tally struct {
	members, ended, begun int
	worst                 string
	start, end            time.Time
}

// settle gives groups that nobody reported on the state that follows from
// their members, which stand behind them: one pass from the end will do.
func (b *board) settle() {
	tallies := make([]tally, len(b.items))
	for i := range slices.Backward(b.items) {
		it := &b.items[i]
		if it.group && it.ended.IsZero() {
			it.settle(tallies[i])
		}
		if it.parent >= 0 {
			tallies[it.parent].add(*it)
		}
	}
}

func (t *tally) add(it item) {
	t.members++
	if it.status != "" && it.status != notStarted && it.status != queued {
		t.begun++
	}
	if terminal(it.status) {
		t.ended++
	}
	t.worst = worse(t.worst, it.status)
	if !it.started.IsZero() && (t.start.IsZero() || it.started.Before(t.start)) {
		t.start = it.started
	}
	end := it.ended
	if it.group && end.IsZero() {
		end = it.started.Add(it.elapsed)
	}
	if end.After(t.end) {
		t.end = end
	}
}

func (it *item) settle(t tally) {
	if t.begun == 0 {
		return
	}
	if it.started.IsZero() {
		it.started = t.start
	}
	switch {
	case t.ended == t.members:
		it.status = t.worst
		if !it.started.IsZero() {
			it.elapsed = t.end.Sub(it.started)
		}
	case !active(it.status):
		it.status = running
	}
}

func worse(a, b string) string {
	if a == failed || b == failed {
		return failed
	}
	if a == canceled || b == canceled {
		return canceled
	}
	return completed
}

// counts are numbers of steps; groups are none.
type counts struct{ all, completed, failed, canceled, active, waiting int }

func (b *board) count(which func(i int) bool) counts {
	var c counts
	for i, it := range b.items {
		if it.group || !which(i) {
			continue
		}
		c.all++
		switch {
		case it.status == completed:
			c.completed++
		case it.status == failed:
			c.failed++
		case it.status == canceled:
			c.canceled++
		case active(it.status):
			c.active++
		default:
			c.waiting++
		}
	}
	return c
}

// parts are the counts that are not zero, "2 running".
func (c counts) parts(join string, withCompleted bool) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, itoa(n)+" "+what)
		}
	}
	if withCompleted {
		add(c.completed, "completed")
	}
	add(c.active, "running")
	add(c.failed, "failed")
	add(c.canceled, "canceled")
	if withCompleted {
		add(c.waiting, "not started")
	}
	return strings.Join(parts, join)
}
