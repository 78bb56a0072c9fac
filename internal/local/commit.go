package local

import (
	"context"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// How long a change may wait to be put on record together with others. Nobody
// is told of a change before it is on record.
const (
	// soonAtMost is for the end of a step. A runner that is killed within that
	// time leaves the step on record as one that was still at work.
	soonAtMost = 10 * time.Millisecond
	// laterAtMost is for the start of a step. A runner that is killed within
	// that time leaves the step on record as never started: what it had begun
	// is lost either way.
	laterAtMost = 100 * time.Millisecond
)

// maxWaiting bounds the changes that wait: a run that is faster than its ledger
// goes at the ledger's speed.
const maxWaiting = 1024

// commits puts the changes of one job on record in their order, as many as
// there are in one transaction, while the run goes on. Once a write has failed,
// every later one gets the same answer.
type commits struct {
	write func(changes []workspace.Change, room func()) error
	// until is when the first write comes at the latest. Before it only now and
	// begin write: what is known by then goes on record together with the job.
	until time.Time

	mu sync.Mutex
	// started, guarded by mu: the first write is over.
	started bool
	// next, guarded by mu, is what the next transaction will hold; writing
	// says that somebody writes.
	next    *batch
	writing bool
	// timer, guarded by mu, is set while next waits, for the time due; rang says
	// that one has rung during a write: next must not wait any longer.
	timer *time.Timer
	due   time.Time
	rang  bool
	// err, guarded by mu, is the first fault.
	err error
}

// batch is one transaction to be.
type batch struct {
	changes []workspace.Change
	room    []func()
	told    []func()
	done    chan struct{}
	err     error // once done is closed
}

// news are changes to be put on record together.
type news struct {
	changes []workspace.Change
	// room, when not nil, is called when there is no room for the record, to
	// make some. told, when not nil, is called once the changes are on record.
	room, told func()
}

// add hands over changes that may wait as long as that. It waits itself only
// when there is too much to write. The error is that of an earlier write.
func (c *commits) add(e news, wait time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.next != nil && len(c.next.changes) >= maxWaiting && c.err == nil && !c.held() {
		full := c.next
		c.arm(0)
		c.mu.Unlock()
		<-full.done
		c.mu.Lock()
	}
	if c.err != nil {
		return c.err
	}
	c.gather(e)
	c.arm(wait)
	return nil
}

func (c *commits) gather(e news) *batch {
	if c.next == nil {
		c.next = &batch{done: make(chan struct{})}
	}
	c.next.changes = append(c.next.changes, e.changes...)
	if e.room != nil {
		c.next.room = append(c.next.room, e.room)
	}
	if e.told != nil {
		c.next.told = append(c.next.told, e.told)
	}
	return c.next
}

// held: nothing need be written yet. mu is held.
func (c *commits) held() bool { return !c.started && time.Now().Before(c.until) }

// hurry writes what has gathered, without waiting for it.
func (c *commits) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started && c.err == nil {
		c.gather(news{})
		c.arm(0)
	}
}

// arm sees to it that next is written within that time. mu is held.
func (c *commits) arm(wait time.Duration) {
	due := time.Now().Add(wait)
	if wait > 0 && c.held() {
		due = c.until
	}
	if c.timer != nil && !due.Before(c.due) {
		return
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.due = due
	c.timer = time.AfterFunc(time.Until(due), c.drain)
}

// drain writes what waits, unless somebody else does already, who then goes on.
func (c *commits) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = nil
	if c.writing {
		c.rang = true
		return
	}
	c.writing = true
	// A timer that is set means that what has gathered may wait a little more.
	for c.next != nil && (c.timer == nil || c.rang) {
		c.writeNext()
	}
	c.writing = false
}

// writeNext writes what has gathered. mu is held, but for the writing itself.
func (c *commits) writeNext() {
	b := c.next
	c.next, c.rang = nil, false
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if b.err = c.err; b.err == nil {
		c.mu.Unlock()
		b.err = c.write(b.changes, func() {
			for _, room := range b.room {
				room()
			}
		})
		if b.err == nil {
			for _, told := range b.told {
				told()
			}
		}
		c.mu.Lock()
		c.err, c.started = b.err, true
	}
	close(b.done)
}

// now returns when changes, and all before them, are on record.
func (c *commits) now(e news) error {
	c.mu.Lock()
	b := c.gather(e)
	c.arm(0)
	c.mu.Unlock()
	<-b.done
	return b.err
}

// flush puts on record what still waits.
func (c *commits) flush() error { return c.now(news{}) }

// begin returns when the first write is over.
func (c *commits) begin() error {
	c.mu.Lock()
	started, err := c.started, c.err
	c.mu.Unlock()
	if started || err != nil {
		return err
	}
	return c.flush()
}

// recordAtMost is how long a job waits to be put on record together with the
// steps that earlier results answer. Nothing runs meanwhile.
const recordAtMost = 500 * time.Millisecond

// newCommits are the commits of a job that runs here. The first is written by
// begin.
func (j *running) newCommits(ctx context.Context, begin func(ctx context.Context, changes []workspace.Change, room func()) error) *commits {
	first := true // only one goroutine writes at a time
	return &commits{write: func(changes []workspace.Change, room func()) error {
		switch {
		case first:
			first = false
			return begin(ctx, changes, room)
		case len(changes) == 0:
			return nil
		}
		return j.record(ctx, room, changes...)
	}}
}
