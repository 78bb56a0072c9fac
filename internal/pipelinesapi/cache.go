package pipelinesapi

import (
	"container/list"
	"sync"
)

// maxPublished bounds how many decoded definitions are kept. One may be large,
// and Data Factory calls a handful of them again and again.
const maxPublished = 64

// cache keeps what was used last. Its methods may be called from many
// goroutines.
type cache struct {
	most int

	mu      sync.Mutex // guards order and entries
	order   *list.List // of *kept, the one used last in front
	entries map[string]*list.Element
}

type kept struct {
	key   string
	value *definition
}

func newCache(most int) *cache {
	return &cache{most: most, order: list.New(), entries: map[string]*list.Element{}}
}

// get is what is kept under a key; nil when there is nothing.
func (c *cache) get(key string) *definition {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[key]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*kept).value
}

// put keeps a definition, and forgets the one that was not used for longest.
func (c *cache) put(key string, d *definition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[key]; e != nil {
		e.Value.(*kept).value = d
		c.order.MoveToFront(e)
		return
	}
	c.entries[key] = c.order.PushFront(&kept{key, d})
	if c.order.Len() > c.most {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.entries, last.Value.(*kept).key)
	}
}
