package azure

import "sync"

// once makes a value, and again after a failure.
type once[T any] struct {
	mu    sync.Mutex // guards the rest
	made  bool
	value T
}

func (o *once[T]) get(fn func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made {
		return o.value, nil
	}
	v, err := fn()
	if err == nil {
		o.value, o.made = v, true
	}
	return v, err
}

// each keeps a once for every key.
type each[T any] struct {
	mu  sync.Mutex // guards all
	all map[string]*once[T]
}

func (e *each[T]) get(key string, fn func() (T, error)) (T, error) {
	e.mu.Lock()
	if e.all == nil {
		e.all = map[string]*once[T]{}
	}
	o := e.all[key]
	if o == nil {
		o = &once[T]{}
		e.all[key] = o
	}
	e.mu.Unlock()
	return o.get(fn)
}
