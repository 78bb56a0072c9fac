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
				c.later(change(start))
				if err := c.now([]workspace.Change{change(end)}, nil); err != nil {
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

func TestCommitsLater(t *testing.T) {
	t.Parallel()
	wrote := make(chan string, 1)
	c := &commits{write: func(changes []workspace.Change, _ func()) error { wrote <- changes[0].Job; return nil }}
	c.later(change("alone"))
	if got := <-wrote; got != "alone" {
		t.Errorf("wrote %q", got)
	}
	if err := c.flush(); err != nil {
		t.Error(err)
	}
}

func TestCommitsFail(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	rooms := 0
	c := &commits{write: func(_ []workspace.Change, room func()) error { room(); return full }}
	c.later(change("a"))
	if err := c.now([]workspace.Change{change("b")}, func() { rooms++ }); !errors.Is(err, full) || rooms != 1 {
		t.Errorf("got %v, room made %d times", err, rooms)
	}
}
