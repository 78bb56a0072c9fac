package cli

import (
	"os"
	"syscall"
)

// passedOn are the signals that end a command.
func passedOn() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// heardByAll: what a console tells, it tells all of its processes.
func heardByAll(os.Signal) bool { return true }

// statusOfProcess is a process' exit status.
func statusOfProcess(p *os.ProcessState) int { return p.ExitCode() }
