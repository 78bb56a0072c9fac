package main

import (
	"testing"
	"time"
)

func TestMiddle(t *testing.T) {
	t.Parallel()
	if got := middle([]time.Duration{9, 1, 5}); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
	if got := middle([]time.Duration{8, 1, 4, 6}); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
}
