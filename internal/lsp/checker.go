package lsp

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
)

// notifier is the client, as far as it is told things unasked.
type notifier interface {
	tell(method string, params any)
}

// checker checks open definitions, one after the other, some time after they
// or a file that they refer to changed, and publishes what it finds.
type checker struct {
	server *server
	wake   chan struct{}

	mu    sync.Mutex
	roots map[fileAt]*root
	// stale are files whose diagnostics lost a source.
	stale map[fileAt]bool
	// shown are the files that have diagnostics at the client.
	shown map[fileAt]bool
}

// root is an open text and what checking it found.
type root struct {
	due time.Time // zero: nothing to do
	// stop ends the check that is going on.
	stop context.CancelFunc
	// asked are the files that the last check looked at or for.
	asked map[string]bool
	found map[fileAt]diag.List
}

func newChecker(s *server) *checker {
	return &checker{
		server: s, wake: make(chan struct{}, 1),
		roots: map[fileAt]*root{}, stale: map[fileAt]bool{}, shown: map[fileAt]bool{},
	}
}

// touched has the text of file checked, and all that looked at it, after a
// while. Checks that are going on are about yesterday's text, and end.
func (c *checker) touched(file fileAt, after time.Duration) {
	open := c.server.isOpen(file)
	c.mu.Lock()
	defer c.mu.Unlock()
	if open && c.roots[file] == nil {
		c.roots[file] = &root{}
	}
	due := time.Now().Add(after)
	for at, r := range c.roots {
		if at == file || at.root == file.root && r.asked[file.name] {
			r.due = due
			if r.stop != nil {
				r.stop()
			}
		}
	}
	c.poke()
}

// closed forgets what checking file found, and has those checked that see the
// disk again.
func (c *checker) closed(file fileAt) {
	c.mu.Lock()
	if r := c.roots[file]; r != nil {
		if r.stop != nil {
			r.stop()
		}
		for at := range r.found {
			c.stale[at] = true
		}
		c.stale[file] = true
		delete(c.roots, file)
	}
	c.mu.Unlock()
	c.touched(file, 0)
}

func (c *checker) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (c *checker) run(ctx context.Context, client notifier) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		c.publishStale(ctx, client)
		file, wait := c.next()
		if wait <= 0 {
			c.check(ctx, client, file)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// next is the text to be checked next, and how long to wait for it.
func (c *checker) next() (fileAt, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first fileAt
	var due time.Time
	for at, r := range c.roots {
		if !r.due.IsZero() && (due.IsZero() || r.due.Before(due)) {
			first, due = at, r.due
		}
	}
	if due.IsZero() {
		return first, time.Hour
	}
	return first, time.Until(due)
}

// check checks one text and publishes what was found, unless it changed
// meanwhile.
func (c *checker) check(ctx context.Context, client notifier, file fileAt) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	r := c.roots[file]
	if r == nil {
		c.mu.Unlock()
		return
	}
	r.due, r.stop = time.Time{}, cancel
	c.mu.Unlock()
	v := c.server.viewNow(ctx)
	found, asked, err := examine(v, file)
	c.mu.Lock()
	r.stop = nil
	if ctx.Err() != nil || c.roots[file] != r {
		c.mu.Unlock()
		return
	}
	r.asked = asked
	changed := map[fileAt]bool{file: true}
	for at := range r.found {
		changed[at] = true
	}
	for at := range found {
		changed[at] = true
	}
	if err == nil {
		r.found = found
	}
	c.mu.Unlock()
	if err != nil {
		client.tell("window/logMessage", logParams{Type: 1, Message: err.Error()})
	}
	c.publish(client, v, changed)
}

// validator is what all definitions can do.
type validator interface {
	Validate(fsys fs.FS) diag.List
}

// examine is what is wrong with a definition, by file, and which files that
// depends on.
func examine(v *view, file fileAt) (found map[fileAt]diag.List, asked map[string]bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("check %s: a fault of ours: %v", file.name, r)
		}
	}()
	d := v.docs[file]
	if d == nil {
		return nil, nil, nil
	}
	o := v.fs(file)
	if !isDefinition(v.ctx, d.text) {
		return nil, map[string]bool{file.name: true}, nil
	}
	def, errs := load.File(o, file.name)
	if def, ok := def.(validator); ok && !load.Unreadable(errs) && v.ctx.Err() == nil {
		errs = append(errs, def.Validate(o)...)
	}
	found = map[fileAt]diag.List{}
	for _, e := range errs {
		at := file.beside(e.File)
		found[at] = append(found[at], e)
	}
	return found, maps.Clone(o.names()), nil
}

// publishStale publishes for files that lost a source.
func (c *checker) publishStale(ctx context.Context, client notifier) {
	c.mu.Lock()
	stale := c.stale
	c.stale = map[fileAt]bool{}
	c.mu.Unlock()
	if len(stale) > 0 {
		c.publish(client, c.server.viewNow(ctx), stale)
	}
}

// publish sends what all checks together found in some files. A file without
// diagnostics is sent when it is open or had some.
func (c *checker) publish(client notifier, v *view, files map[fileAt]bool) {
	for file := range files {
		c.mu.Lock()
		var all diag.List
		for _, r := range c.roots {
			all = append(all, r.found[file]...)
		}
		wanted := len(all) > 0 || c.shown[file] || v.docs[file] != nil
		if len(all) > 0 {
			c.shown[file] = true
		} else {
			delete(c.shown, file)
		}
		c.mu.Unlock()
		if wanted {
			client.tell("textDocument/publishDiagnostics", v.publication(file, all))
		}
	}
}
