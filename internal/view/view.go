package view

import "time"

// Step is one step of a run, in the order of the definition.
type Step struct {
	// Path is the step's path from the root, "sub/train".
	Path string
	// Display is what to call it; if empty, the last part of Path.
	Display string
	// Parent is the index of the step that contains it and stands before it,
	// -1 for none.
	Parent int
	// Group: it only contains other steps (a pipeline component).
	Group bool
}

// The kinds of an [Event].
const (
	KindSubmitted = "submitted"
	KindStatus    = "status"
	KindNote      = "note"
	KindEnd       = "end"
)

// Event is one thing that happened. Unknown fields stay zero.
type Event struct {
	Time time.Time
	// Job is the root job's name; if empty, the one given to Start.
	Job string
	// Step is a step's path; empty means the job itself.
	Step string
	// Kind is one of the Kind constants. KindEnd is the job's last event.
	Kind string
	// Status is ARM's word for the new state: "Running", "Completed", ...
	Status string
	// ExitCode is the status of the step's process, nil if it has none (yet).
	ExitCode *int
	// Error says why it failed, ErrorCode of which kind that is.
	Error, ErrorCode string
	// Elapsed is how long it took. If zero it is the time between Started,
	// or the first event that says it runs, and Time.
	Elapsed time.Duration
	// Reused: an earlier job answered, no process ran.
	Reused bool
	// Message is for people: "reused", or the text of a note.
	Message string
	// LogPath is the file that the step's output goes to.
	LogPath string
	Started time.Time
}

// View is told what happens in a run, and shows it. Event may be called from
// several goroutines and never waits for the screen. Close shows what is not
// shown yet, and ends the view: it comes after the last Event, and a second one
// changes nothing.
type View interface {
	Start(job string, steps []Step)
	Event(e Event)
	Close() error
}

var (
	_ View = (*Plain)(nil)
	_ View = (*jsonView)(nil)
	_ View = (*live)(nil)
)
