package local

import (
	"context"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// laterAtMost is how long the start of a step may wait to be recorded. A runner
// that is killed within that time leaves the step on record as never started:
// what it had begun is lost either way.
const laterAtMost = 100 * time.Millisecond

// commits puts the changes of one job on record, as many as there are in one
// transaction: while one is being written, the next ones gather.
type commits struct {
	write func(changes []workspace.Change, room func()) error

	mu sync.Mutex
	// next, guarded by mu, is what the next transaction will hold; writing
	// says that somebody writes, and will write next too.
	next    *batch
	writing bool
	// timer, guarded by mu, is set while changes wait for laterAtMost.
	timer *time.Timer
}

// batch is one transaction to be.
type batch struct {
	changes []workspace.Change
	room    []func()
	done    chan struct{}
	err     error // once done is closed
}

func (c *commits) gather(changes []workspace.Change, room func()) *batch {
	if c.next == nil {
		c.next = &batch{done: make(chan struct{})}
	}
	c.next.changes = append(c.next.changes, changes...)
	if room != nil {
		c.next.room = append(c.next.room, room)
	}
	return c.next
}

// now returns when changes are on record. room is called when there is no room
// for them, to make some.
func (c *commits) now(changes []workspace.Change, room func()) error {
	c.mu.Lock()
	b := c.gather(changes, room)
	if c.writing {
		c.mu.Unlock()
		<-b.done
		return b.err
	}
	c.writing = true
	for c.next != nil {
		c.writeNext()
	}
	c.writing = false
	c.mu.Unlock()
	return b.err
}

// writeNext writes what has gathered. mu is held, but for the writing itself.
func (c *commits) writeNext() {
	b := c.next
	c.next = nil
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	c.mu.Unlock()
	b.err = c.write(b.changes, func() {
		for _, room := range b.room {
			room()
		}
	})
	close(b.done)
	c.mu.Lock()
}

// later puts a change on record with the next ones, or soon by itself. A fault
// then shows in the next call of now, as a change that cannot follow.
func (c *commits) later(change workspace.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gather([]workspace.Change{change}, nil)
	if c.timer == nil && !c.writing {
		c.timer = time.AfterFunc(laterAtMost, func() { _ = c.now(nil, nil) })
	}
}

// flush puts on record what still waits.
func (c *commits) flush() error {
	c.mu.Lock()
	waiting := c.next != nil || c.writing
	c.mu.Unlock()
	if !waiting {
		return nil
	}
	return c.now(nil, nil)
}

// newCommits are the commits of a job that runs here.
func (j *running) newCommits(ctx context.Context) *commits {
	return &commits{write: func(changes []workspace.Change, room func()) error {
		if len(changes) == 0 {
			return nil
		}
		return j.record(ctx, room, changes...)
	}}
}
