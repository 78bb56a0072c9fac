//go:build unix

package view_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/view"
)

// terminal is a pseudo-terminal that somebody looks at.
type terminal struct {
	tty, pty *os.File

	mu   sync.Mutex // guards text
	text bytes.Buffer
	gone chan struct{}
}

func openTerminal(t *testing.T, width, height uint16) *terminal {
	t.Helper()
	p, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	if err := pty.Setsize(p, &pty.Winsize{Rows: height, Cols: width}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{tty: tty, pty: p, gone: make(chan struct{})}
	t.Cleanup(func() { tty.Close(); p.Close() })
	return term
}

// look reads what is written, until the terminal is closed.
func (term *terminal) look() {
	defer close(term.gone)
	buffer := make([]byte, 4096)
	for {
		n, err := term.pty.Read(buffer)
		term.mu.Lock()
		term.text.Write(buffer[:n])
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (term *terminal) seen() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.String()
}

// waitFor waits until text was written.
func (term *terminal) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(term.seen(), text) {
		select {
		case <-deadline:
			t.Fatalf("%q was not shown; seen: %q", text, term.seen())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 100, 30)
	go term.look()
	log := filepath.Join(t.TempDir(), "std_log.txt")
	v := view.NewLive(term.tty, view.LiveOptions{Mask: mask.New([]string{"hunter2"})})
	v.Start(job, steps())
	v.Event(view.Event{Time: time.Now(), Step: "prep", Kind: "status", Status: "Running", LogPath: log})
	term.waitFor(t, "● prep")
	write(t, log, "one\n\x1b[31mpassword hunter2\x1b[2J\n")
	term.waitFor(t, "│ password ***\x1b[K")
	v.Event(view.Event{Kind: "note", Message: "take note"})
	term.waitFor(t, "take note")
	if err := pty.Setsize(term.pty, &pty.Winsize{Rows: 30, Cols: 16}); err != nil {
		t.Fatal(err)
	}
	term.waitFor(t, "    │ password…")
	v.Event(view.Event{Time: time.Now(), Step: "prep", Kind: "status", Status: "Completed", Elapsed: 1200 * time.Millisecond})
	v.Event(view.Event{Kind: "end", Status: "Completed", Elapsed: 2 * time.Second})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	term.waitFor(t, "Completed in 2.0 s · 5 steps: 1 completed, 4 not started\x1b[K")
	if seen := term.seen(); strings.Contains(seen, "hunter2") || strings.Contains(seen, "\x1b[2J") || strings.Contains(seen, "\x1b[31m") {
		t.Errorf("a secret or a control sequence got through: %q", seen)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLiveStoppedTerminal: nobody reads, the terminal's buffer is full, and
// events are taken all the same; the latest state is shown once it moves.
func TestLiveStoppedTerminal(t *testing.T) {
	t.Parallel()
	term := openTerminal(t, 80, 50)
	v := view.NewLive(term.tty, view.LiveOptions{})
	v.Start(job, steps())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 3000 {
			v.Event(view.Event{Kind: "note", Message: fmt.Sprint("note ", i, strings.Repeat(" long", 20))})
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a stopped terminal delays the run")
	}
	go term.look()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	term.waitFor(t, "note 2999")
}

func TestLiveClosedTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	v := view.NewLive(w, view.LiveOptions{Size: func() (int, int) { return 80, 24 }})
	tell(t, v, story())
}

func TestLiveFromMany(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		read <- string(text)
	}()
	v := view.NewLive(w, view.LiveOptions{Color: true, ASCII: true, Size: func() (int, int) { return 80, 24 }})
	v.Start(job, steps())
	var group sync.WaitGroup
	for _, s := range steps() {
		group.Go(func() {
			for _, status := range []string{"Queued", "Running", "Completed"} {
				v.Event(view.Event{Time: time.Now(), Step: s.Path, Kind: "status", Status: status})
			}
		})
	}
	group.Wait()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if text := <-read; !strings.Contains(text, "5 steps: 5 completed") || !strings.Contains(text, "\x1b[32m+\x1b[0m prep") {
		t.Errorf("got %q", text)
	}
}
