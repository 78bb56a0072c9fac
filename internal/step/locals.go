package step

import (
	"sync"

	"github.com/ischia-ml/ischia/internal/blob"
)

// locals are the inputs of this machine that a run has taken. As on Azure ML,
// where they are uploaded once, all steps see the same content, whatever
// changes meanwhile; and a folder that fifty steps read is looked at once.
type locals struct {
	mu    sync.Mutex // guards taken
	taken map[string]*local
}

// local is one of them.
type local struct {
	mu    sync.Mutex // held while it is being taken; guards found
	found *taken
}

// taken is a file or folder whose digest is known.
type taken struct {
	Found
	digest blob.Digest
}

// take is what lies at name, which get stores if nobody has. A failure is not
// kept: it may be the end of one step's context.
func (l *locals) take(name string, get func() (*taken, error)) (*taken, error) {
	one := l.one(name)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.found != nil {
		return one.found, nil
	}
	found, err := get()
	if err != nil {
		return nil, err
	}
	one.found = found
	return found, nil
}

func (l *locals) one(name string) *local {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == nil {
		l.taken = map[string]*local{}
	}
	one, ok := l.taken[name]
	if !ok {
		one = &local{}
		l.taken[name] = one
	}
	return one
}
