package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// describe is one line about the machine and the file system of dir.
func describe(ctx context.Context, dir string) string {
	return fmt.Sprintf("%s, %d CPUs, Linux %s, %s, %s; commit %s; %s; load %s",
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), kernel(), fileSystem(dir),
		runtime.Version(), commit(ctx), time.Now().UTC().Format(time.DateOnly), loadAverage())
}

// field is a value of a file in /proc; "?" where it is not known.
func field(name, key string) string {
	text, _ := os.ReadFile(name) // not there: not known
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "?"
}

// word is all that a file holds.
func word(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(text))
}

func loadAverage() string {
	one, _, _ := strings.Cut(word("/proc/loadavg"), " ")
	return one
}

// forks is how many processes and threads the machine has made since it was
// started, by whomever.
func forks() int {
	text, _ := os.ReadFile("/proc/stat") // not there: every difference is 0
	for line := range strings.Lines(string(text)) {
		if n, ok := strings.CutPrefix(line, "processes "); ok {
			made, _ := strconv.Atoi(strings.TrimSpace(n)) // the kernel writes a number
			return made
		}
	}
	return 0
}

// fileSystem is the kind of the mount that dir lies on.
func fileSystem(dir string) string {
	text, _ := os.ReadFile("/proc/mounts") // not there: not known
	kind, longest := "?", 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		below := len(f) > 2 && (f[1] == "/" || strings.HasPrefix(dir+"/", f[1]+"/"))
		if below && len(f[1]) >= longest {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}

// commit is the checkout's, with a "+" when it has changes.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*").Output()
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(out))
}

// kernel is the kernel's version, without what a distribution appends.
func kernel() string {
	version, _, _ := strings.Cut(word("/proc/sys/kernel/osrelease"), "-")
	return version
}
