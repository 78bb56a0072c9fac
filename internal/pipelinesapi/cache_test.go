package pipelinesapi_test

import (
	"slices"
	"testing"

	"github.com/ischia-ml/ischia/internal/pipelinesapi"
)

// TestCacheIsBounded: what was used last stays.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := pipelinesapi.NewCache(2)
	c.Put("a")
	c.Put("b")
	c.Get("a")
	c.Put("c") // b goes
	c.Put("a") // again
	var have []string
	for _, key := range []string{"a", "b", "c"} {
		if c.Get(key) {
			have = append(have, key)
		}
	}
	if want := []string{"a", "c"}; !slices.Equal(have, want) {
		t.Errorf("got %v, want %v", have, want)
	}
}
