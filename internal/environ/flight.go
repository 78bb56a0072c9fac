package environ

import (
	"context"
	"sync"
)

// flights answers each question once, whoever asks and however many at a time.
// Answers are kept, errors are not. (x/sync's singleflight keeps neither, and
// hands one caller's cancellation to all.)
type flights[T any] struct {
	mu   sync.Mutex // guards open
	open map[string]*flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// do returns the answer to the question key, which fn finds. If another call
// is finding it, its answer is waited for; if that call was cancelled and this
// one is not, this one tries itself.
func (f *flights[T]) do(ctx context.Context, key string, fn func() (T, error)) (T, error) {
	for {
		f.mu.Lock()
		running, found := f.open[key]
		if !found {
			return f.lead(key, fn)
		}
		f.mu.Unlock()
		select {
		case <-running.done:
		case <-ctx.Done():
			var zero T
			return zero, ctx.Err()
		}
		if !gone(running.err) || ctx.Err() != nil {
			return running.value, running.err
		}
	}
}

// lead finds the answer for all who ask meanwhile. It is called with mu
// locked.
func (f *flights[T]) lead(key string, fn func() (T, error)) (T, error) {
	mine := &flight[T]{done: make(chan struct{})}
	if f.open == nil {
		f.open = map[string]*flight[T]{}
	}
	f.open[key] = mine
	f.mu.Unlock()
	mine.value, mine.err = fn()
	if mine.err != nil {
		f.mu.Lock()
		delete(f.open, key)
		f.mu.Unlock()
	}
	close(mine.done)
	return mine.value, mine.err
}
