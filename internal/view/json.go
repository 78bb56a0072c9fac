package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// jsonView writes events for programs.
type jsonView struct {
	queue *queue

	mu    sync.Mutex // guards all below, and the order of events
	job   string
	ended bool
	err   error
}

// record is an event on the wire. The first five are always there.
type record struct {
	Time      time.Time `json:"time"`
	Job       string    `json:"job"`
	Step      string    `json:"step"`
	Event     string    `json:"event"`
	Status    string    `json:"status"`
	Elapsed   float64   `json:"elapsed,omitempty"` // seconds
	ExitCode  *int      `json:"exit_code,omitempty"`
	Reused    bool      `json:"reused,omitempty"`
	Error     string    `json:"error,omitempty"`
	ErrorCode string    `json:"error_code,omitempty"`
	Message   string    `json:"message,omitempty"`
	Log       string    `json:"log,omitempty"`
}

// NewJSON is a View that writes one JSON object a line: "time" (RFC 3339, UTC),
// "job", "step" (empty for the job itself), "event" (the kind) and "status",
// and where known "elapsed" (seconds), "exit_code", "error", "error_code",
// "message" and "log". The last is {"event":"end"}: what comes after it is
// dropped. Close reports an error in writing.
func NewJSON(w io.Writer) View { return &jsonView{queue: newQueue(w)} }

// Start implements View.
func (v *jsonView) Start(job string, _ []Step) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.job = job
}

// Event implements View.
func (v *jsonView) Event(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended {
		return
	}
	if e.Job == "" {
		e.Job = v.job
	}
	v.ended = e.Kind == KindEnd
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(newRecord(e)); err != nil {
		v.err = fmt.Errorf("encode event of %q: %w", e.Step, err) // a year beyond 9999
		return
	}
	v.queue.add(line.Bytes())
}

func newRecord(e Event) record {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	return record{
		Time: e.Time.UTC().Truncate(time.Microsecond), Job: e.Job, Step: e.Step, Event: e.Kind, Status: e.Status,
		Elapsed:  math.Round(e.Elapsed.Seconds()*1000) / 1000,
		ExitCode: e.ExitCode, Reused: e.Reused, Error: e.Error, ErrorCode: e.ErrorCode, Message: e.Message, Log: e.LogPath,
	}
}

// Close implements View.
func (v *jsonView) Close() error {
	if err := v.queue.close(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}
