// Package executor holds what an executor is given and what it gives back.
// The executors themselves are its children: process runs a task on this
// machine.
//
// The invariant: when Run returns, nothing that the task started is running
// any more.
//
// Next: package process.
package executor

import (
	"io"
	"time"
)

// Task is one process to run.
type Task struct {
	// Name is for messages: the step's path, "train" or "sub/prep".
	Name string
	// Command is a shell command line, given to `bash -c` as Azure ML does
	// (`sh -c` where there is no bash; `cmd /S /C` on Windows).
	Command string
	// Dir is the absolute working directory.
	Dir string
	// Env is the whole environment, "NAME=value" each.
	Env []string
	// Output receives standard output and standard error, interleaved as
	// written. When it is an *os.File the process writes to it directly.
	Output io.Writer
	// Timeout, when positive, bounds the run; then the task is ended as by
	// cancellation and Exit.TimedOut is set.
	Timeout time.Duration
	// Grace is the time between the interrupt and the kill when the task is
	// cancelled or timed out.
	Grace time.Duration
}

// Exit is how a task ended.
type Exit struct {
	// Code is the exit status; 128+n when signal n ended it, as a shell says.
	Code int
	// Signal names the signal that ended it ("killed"), else empty.
	Signal string
	// TimedOut: Task.Timeout ran out. Canceled: the context ended first.
	TimedOut, Canceled bool
	// PID is the process that was started; 0 if none was.
	PID int
}
