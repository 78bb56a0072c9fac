package view_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/view"
)

// blocked is a writer that takes nothing until it is opened.
type blocked struct {
	open chan struct{}
	b    bytes.Buffer
}

func (w *blocked) Write(p []byte) (int, error) {
	<-w.open
	return w.b.Write(p)
}

// TestSlowReaderDelaysNobody: events are taken while nothing can be written,
// and none is lost.
func TestSlowReaderDelaysNobody(t *testing.T) {
	t.Parallel()
	views := map[string]func(io.Writer) view.View{
		"json":  view.NewJSON,
		"plain": func(w io.Writer) view.View { return view.NewPlain(w, time.Now) },
	}
	for name, open := range views {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &blocked{open: make(chan struct{})}
			v := open(w)
			v.Start(job, nil)
			for i := range 1000 {
				v.Event(view.Event{Time: noon, Step: fmt.Sprintf("s%d", i), Kind: "status", Status: "Running"})
			}
			close(w.open)
			if err := v.Close(); err != nil {
				t.Error(err)
			}
			if got := strings.Count(w.b.String(), "\n"); got != 1000 {
				t.Errorf("got %d lines, want 1000", got)
			}
		})
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestBrokenPipe(t *testing.T) {
	t.Parallel()
	for _, v := range []view.View{view.NewJSON(broken{}), view.NewPlain(broken{}, time.Now)} {
		v.Start(job, nil)
		for range 100 {
			v.Event(view.Event{Kind: "note", Message: "x"})
		}
		if err := v.Close(); !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v", err, errBroken)
		}
	}
}

// TestJSONFromMany: whole lines whatever the goroutines do, the end last.
func TestJSONFromMany(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	v := view.NewJSON(&b)
	v.Start(job, steps())
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 50 {
				v.Event(view.Event{Time: at(float64(i)), Step: fmt.Sprint(g), Kind: "status", Status: "Running"})
			}
		})
	}
	group.Wait()
	v.Event(view.Event{Kind: "end", Status: "Completed"})
	v.Event(view.Event{Kind: "status", Status: "Running"})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 401 {
		t.Fatalf("got %d lines, want 401", len(lines))
	}
	for i, line := range lines {
		var e struct{ Time, Job, Step, Event, Status *string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Time == nil || e.Job == nil || e.Step == nil || e.Event == nil || e.Status == nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if *e.Job != job || (*e.Event == "end") != (i == 400) {
			t.Errorf("line %d: %s", i, line)
		}
	}
}
