package view

import (
	"fmt"
	"io"
	"sync"
)

// queue writes to w in the background, so that nobody waits for w. It has no
// bound: events are small, few, and none may be lost.
type queue struct {
	w    io.Writer
	done chan struct{}

	mu     sync.Mutex // guards all below
	wake   *sync.Cond
	text   []byte
	closed bool
	err    error // the first; after it nothing is written
}

func newQueue(w io.Writer) *queue {
	q := &queue{w: w, done: make(chan struct{})}
	q.wake = sync.NewCond(&q.mu)
	go q.run()
	return q
}

// add appends text.
func (q *queue) add(text []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil && !q.closed {
		q.text = append(q.text, text...)
		q.wake.Signal()
	}
}

// close waits until all is written, or cannot be.
func (q *queue) close() error {
	q.mu.Lock()
	q.closed = true
	q.wake.Signal()
	q.mu.Unlock()
	<-q.done
	return q.err
}

func (q *queue) run() {
	defer close(q.done)
	for {
		text := q.take()
		if text == nil {
			return
		}
		if _, err := q.w.Write(text); err != nil {
			q.fail(fmt.Errorf("write events: %w", err))
		}
	}
}

// take waits for text; nil means that no more will come.
func (q *queue) take() []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.text) == 0 && !q.closed {
		q.wake.Wait()
	}
	text := q.text
	q.text = nil
	return text
}

func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
	q.text = nil
}
