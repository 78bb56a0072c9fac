package cli_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// exitsCommand runs a program that must end with one exit status.
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: got exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// eventsCommand checks what `ischia run --format json` prints: an object a
// line, each with the five fields that are always there, and as the last one
// the end with the status that is wanted.
func eventsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: events FILE STATUS")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	var event map[string]any
	for i, line := range lines {
		event = nil
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			ts.Fatalf("line %d is no JSON object: %v\n%s", i+1, err, line)
		}
		for _, field := range []string{"time", "job", "step", "event", "status"} {
			if _, ok := event[field]; !ok {
				ts.Fatalf("line %d has no %q: %s", i+1, field, line)
			}
		}
		if end := event["event"] == "end"; end != (i == len(lines)-1) {
			ts.Fatalf("line %d of %d: the end is the last event, and only that: %s", i+1, len(lines), line)
		}
	}
	if event["status"] != args[1] {
		ts.Fatalf("the end: got status %v, want %s", event["status"], args[1])
	}
}
