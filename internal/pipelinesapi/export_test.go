package pipelinesapi

import (
	"errors"
	"net/http"
)

// ReadSubmission and ReadInvocation read bodies, for the fuzz tests.
func ReadSubmission(body []byte) (map[string]string, error) { return values(decodeSubmission(body)) }

func ReadInvocation(body []byte) (map[string]string, error) { return values(decodeInvocation(body)) }

func values(s *submission, err error) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for name, g := range s.Given {
		out[name] = g.Text
	}
	return out, nil
}

// IsFault reports whether an error is the client's fault.
func IsFault(err error) bool {
	var f *fault
	return errors.As(err, &f) && f.status == http.StatusBadRequest
}

// Cache is a cache of definitions with nothing in them.
type Cache struct{ c *cache }

// NewCache makes one of a size.
func NewCache(most int) Cache { return Cache{newCache(most)} }

// Put keeps something under a key.
func (c Cache) Put(key string) { c.c.put(key, &definition{}) }

// Get says whether something is kept, and uses it.
func (c Cache) Get(key string) bool { return c.c.get(key) != nil }
