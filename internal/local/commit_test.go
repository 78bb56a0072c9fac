package local

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func change(job string) workspace.Change { return workspace.Change{Job: job} }

// TestCommits: every change is written once, those of one caller in order, and
// now returns after its own.
func TestCommits(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var wrote []string
	transactions := 0
	c := &commits{write: func(changes []workspace.Change, _ func()) error {
		time.Sleep(time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		transactions++
		for _, x := range changes {
			wrote = append(wrote, x.Job)
		}
		return nil
	}}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				start, end := fmt.Sprintf("%d.%d start", worker, i), fmt.Sprintf("%d.%d end", worker, i)
				if err := c.add(news{changes: []workspace.Change{change(start)}}, laterAtMost); err != nil {
					t.Error(err)
				}
				if err := c.now(news{changes: []workspace.Change{change(end)}}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				s, e := slices.Index(wrote, start), slices.Index(wrote, end)
				mu.Unlock()
				if s < 0 || e < s {
					t.Errorf("%s is at %d, %s at %d", start, s, end, e)
				}
			}
		})
	}
	wg.Wait()
	if len(wrote) != 320 || transactions >= 160 {
		t.Errorf("%d changes in %d transactions, want 320 in fewer than 160", len(wrote), transactions)
	}
}

// TestCommitsWait: what may wait is written all the same, those that wait less
// first of all with it, and is told after that, in order.
func TestCommitsWait(t *testing.T) {
	t.Parallel()
	var wrote []string
	told := make(chan string, 3)
	c := &commits{write: func(changes []workspace.Change, _ func()) error {
		for _, x := range changes {
			wrote = append(wrote, x.Job)
		}
		return nil
	}}
	add := func(job string, wait time.Duration) {
		err := c.add(news{changes: []workspace.Change{change(job)}, told: func() { told <- job }}, wait)
		if err != nil {
			t.Error(err)
		}
	}
	add("a", time.Hour)
	add("b", time.Millisecond)
	if first, second := <-told, <-told; first != "a" || second != "b" {
		t.Errorf("told of %s, then of %s", first, second)
	}
	add("c", time.Hour)
	if err := c.flush(); err != nil || !slices.Equal(wrote, []string{"a", "b", "c"}) {
		t.Errorf("wrote %v, %v", wrote, err)
	}
}

// TestCommitsHurry: who waits for a record during a write is not held up by a
// change that may wait and comes after him.
func TestCommitsHurry(t *testing.T) {
	t.Parallel()
	writing, goOn := make(chan bool, 9), make(chan bool)
	c := &commits{until: time.Now().Add(time.Hour), write: func([]workspace.Change, func()) error {
		writing <- true
		<-goOn
		return nil
	}}
	go func() { _ = c.flush() }()
	<-writing
	done := make(chan error)
	go func() { done <- c.flush() }()
	for rang := false; !rang; {
		c.mu.Lock()
		rang = c.rang
		c.mu.Unlock()
	}
	if err := c.add(news{changes: []workspace.Change{change("later")}}, time.Hour); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestCommitsBounded: who is faster than the ledger waits for it.
func TestCommitsBounded(t *testing.T) {
	t.Parallel()
	most := 0
	c := &commits{write: func(changes []workspace.Change, _ func()) error { most = max(most, len(changes)); return nil }}
	for range 5 * maxWaiting {
		if err := c.add(news{changes: []workspace.Change{change("x")}}, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.flush(); err != nil || most > maxWaiting {
		t.Errorf("%d at once, %v", most, err)
	}
}

// TestCommitsFail: room is made, and after a fault nothing is written any more.
func TestCommitsFail(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	rooms, writes, told := 0, 0, 0
	c := &commits{write: func(_ []workspace.Change, room func()) error { writes++; room(); return full }}
	b := news{changes: []workspace.Change{change("b")}, room: func() { rooms++ }, told: func() { told++ }}
	if err := c.now(b); !errors.Is(err, full) || rooms != 1 {
		t.Errorf("got %v, room made %d times", err, rooms)
	}
	if err := c.add(b, 0); !errors.Is(err, full) {
		t.Errorf("the next change: %v", err)
	}
	if err := c.flush(); !errors.Is(err, full) || writes != 1 || told != 0 {
		t.Errorf("got %v, %d writes, told %d times", err, writes, told)
	}
}
