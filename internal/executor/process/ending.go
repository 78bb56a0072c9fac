package process

import (
	"context"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/executor"
)

// cause is why a task is being ended.
type cause int

const (
	none cause = iota
	timedOut
	canceled
)

// restPoll is how often settle looks whether a group that is being ended has
// become empty. Only a cancelled task pays for it.
const restPoll = 5 * time.Millisecond

// ending ends a group when its context ends or its time is over. On the normal
// path it costs two registrations and no goroutine.
type ending struct {
	group *group
	grace time.Duration
	stop  []func() bool  // disarm the triggers
	fired sync.WaitGroup // the triggers that are armed or at work

	settled chan struct{} // closed when no signal may be sent any more
	killed  chan struct{} // closed when the last signal has been sent

	mu    sync.Mutex // guards what follows, and orders signals before settle
	cause cause
	gone  bool
}

// watch arms the triggers for g. The caller must call settle.
func watch(ctx context.Context, g *group, t executor.Task) *ending {
	e := &ending{group: g, grace: t.Grace, settled: make(chan struct{}), killed: make(chan struct{})}
	if ctx.Done() != nil {
		e.fired.Add(1)
		e.stop = append(e.stop, context.AfterFunc(ctx, func() { e.trigger(canceled) }))
	}
	if t.Timeout > 0 {
		e.fired.Add(1)
		e.stop = append(e.stop, time.AfterFunc(t.Timeout, func() { e.trigger(timedOut) }).Stop)
	}
	return e
}

// trigger ends the group for the given cause, unless it ends already. It
// returns when the group has had its last signal or has ended.
func (e *ending) trigger(c cause) {
	defer e.fired.Done()
	if !e.begin(c) {
		return
	}
	defer close(e.killed)
	for _, signal := range []func(){e.group.terminate, e.group.kill} {
		if !e.pause(e.grace/2) || !e.send(signal) {
			return
		}
	}
}

// begin records the cause and sends the interrupt, if nobody did.
func (e *ending) begin(c cause) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone || e.cause != none {
		return false
	}
	e.cause = c
	e.group.interrupt()
	return true
}

// send sends a signal unless the leader may have been reaped: from then on
// its number can belong to a stranger.
func (e *ending) send(signal func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone {
		return false
	}
	signal()
	return true
}

// pause waits for d and reports whether the group still has to be ended.
func (e *ending) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.settled:
		return false
	}
}

// settle is called when the leader has ended and is not reaped. It gives what
// is left of a group that is being ended the rest of its grace, disarms the
// triggers and waits for one that is at work: no signal is sent afterwards.
func (e *ending) settle() {
	if e.begun() {
		e.rest()
	}
	e.mu.Lock()
	e.gone = true
	e.mu.Unlock()
	close(e.settled)
	for _, stop := range e.stop {
		if stop() {
			e.fired.Done()
		}
	}
	e.fired.Wait()
}

func (e *ending) begun() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cause != none
}

// rest waits until the group is empty or has been killed.
func (e *ending) rest() {
	tick := time.NewTicker(restPoll)
	defer tick.Stop()
	for e.group.alive() {
		select {
		case <-tick.C:
		case <-e.killed:
			return
		}
	}
}
