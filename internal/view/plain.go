package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// maxName is the widest column of names; longer names push their line out.
const maxName = 40

// Plain is the View for a pipe or a log: a line an event.
type Plain struct {
	// Color asks for colours; set it before Start.
	Color bool

	queue *queue
	clock func() time.Time

	mu    sync.Mutex // guards all below, and the order of lines
	job   string
	width int // of the column of names
	last  map[string]Event
}

// NewPlain is a View that writes a line an event: the time of day in the
// clock's time zone, the name, what happened. States in which a step only waits
// or is got ready are left out. It stays without colour unless asked.
func NewPlain(w io.Writer, clock func() time.Time) *Plain {
	return &Plain{queue: newQueue(w), clock: clock, last: map[string]Event{}}
}

// Start implements View.
func (v *Plain) Start(job string, steps []Step) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.job = oneLine(job)
	v.width = ansi.StringWidth(v.job)
	for _, s := range steps {
		v.width = max(v.width, ansi.StringWidth(oneLine(s.Path)))
	}
	v.width = min(v.width, maxName)
}

// Event implements View.
func (v *Plain) Event(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.Time.IsZero() {
		e.Time = v.clock()
	}
	if text := v.describe(e); text != "" {
		v.write(e, text)
	}
}

// Close implements View.
func (v *Plain) Close() error { return v.queue.close() }

// describe says what happened; nothing if it is not worth a line.
func (v *Plain) describe(e Event) string {
	paint := painter(v.Color)
	switch e.Kind {
	case KindNote:
		return oneLine(e.Message)
	case KindSubmitted:
		return withMessage("Submitted", e.Message)
	}
	before, seen := v.last[e.Step]
	if e.Started.IsZero() {
		e.Started = before.Started
		if active(e.Status) && e.Started.IsZero() {
			e.Started = e.Time
		}
	}
	v.last[e.Step] = e
	if seen && before.Status == e.Status || quiet(e.Status) {
		return ""
	}
	text := paint.paint(colorOf(e.Status), oneLine(e.Status))
	if terminal(e.Status) {
		text += outcome(e)
	}
	return withMessage(text, e.Message)
}

// quiet: a person who reads a log does not need to know.
func quiet(status string) bool {
	switch status {
	case "", notStarted, queued, preparing, finalizing:
		return true
	}
	return false
}

// outcome is how long it took, and why it failed.
func outcome(e Event) string {
	text := ""
	switch {
	case e.Elapsed > 0:
		text = " in " + Duration(e.Elapsed)
	case !e.Started.IsZero():
		text = " in " + Duration(e.Time.Sub(e.Started))
	}
	if e.Status == completed {
		return text
	}
	code := e.ExitCode
	if e.Status == canceled {
		code = nil // it only says by which signal we ended it
	}
	if why := reason(e.Error, code); why != "" {
		text += ": " + why
	}
	return text
}

func withMessage(text, message string) string {
	if message = oneLine(message); message != "" {
		text += " (" + message + ")"
	}
	return text
}

func (v *Plain) write(e Event, text string) {
	name := oneLine(e.Step)
	if name == "" {
		name = v.job
	}
	if name == "" {
		name = oneLine(e.Job)
	}
	padding := strings.Repeat(" ", max(v.width-ansi.StringWidth(name), 0))
	at := e.Time.In(v.clock().Location()).Format(time.TimeOnly)
	v.queue.add(fmt.Appendf(nil, "%s %s%s  %s\n", painter(v.Color).paint(faint, at), name, padding, text))
}
