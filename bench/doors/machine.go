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

// machine is one line about where this runs, and what is measured.
func machine(ctx context.Context) string {
	model := "?"
	for line := range strings.Lines(read("/proc/cpuinfo")) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			model = strings.TrimSpace(v)
		}
	}
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--abbrev=10", "--dirty=+", "--exclude=*").Output()
	if err != nil {
		commit = []byte("?")
	}
	return fmt.Sprintf("%s, %d CPUs, Linux %s, %s; commit %s; %s", model, runtime.NumCPU(),
		strings.TrimSpace(read("/proc/sys/kernel/osrelease")), runtime.Version(),
		strings.TrimSpace(string(commit)), time.Now().UTC().Format(time.DateOnly))
}

func read(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return "?"
	}
	return string(text)
}

// fileSystem is the kind of the mount that dir lies on.
func fileSystem(dir string) string {
	kind, longest := "?", 0
	for line := range strings.Lines(read("/proc/mounts")) {
		f := strings.Fields(line)
		below := len(f) > 2 && (f[1] == "/" || strings.HasPrefix(dir+"/", f[1]+"/"))
		if below && len(f[1]) >= longest {
			kind, longest = f[2], len(f[1])
		}
	}
	return kind
}

// look is how long it is looked at what the machine does.
const look = 2 * time.Second

// calm waits until the machine has little else to do and its disks have written
// what was written before. It returns the share of its time that it was busy
// right before: the load average would remember for minutes what was measured
// last.
func calm(ctx context.Context, o options) float64 {
	flush()
	until := time.Now().Add(o.patience)
	for {
		busy, all := processorTime()
		time.Sleep(look)
		busier, more := processorTime()
		share := (busier - busy) / max(more-all, 1)
		if share < o.busy || time.Now().After(until) || ctx.Err() != nil {
			return share
		}
	}
}

// usage measures what others do meanwhile: time of the processors that neither
// this process nor the one that is measured has used.
type usage struct {
	pid       int
	busy, all float64
	own       float64
}

func begin(pid int) usage {
	busy, all := processorTime()
	return usage{pid, busy, all, ownTime(pid)}
}

// others is their share of the machine's time since. What the kernel does for
// the disks counts as theirs.
func (u usage) others() float64 {
	now := begin(u.pid)
	return max(0, (now.busy-u.busy)-(now.own-u.own)) / max(now.all-u.all, 1)
}

// ownTime is that of this process and of another, in the unit of processorTime.
func ownTime(pid int) float64 {
	total := 0.0
	for _, who := range []string{"self", strconv.Itoa(pid)} {
		// The name, in brackets, may contain anything.
		text := read("/proc/" + who + "/stat")
		f := strings.Fields(text[strings.LastIndex(text, ")")+1:])
		for _, i := range []int{11, 12} { // utime and stime
			if i < len(f) {
				n, _ := strconv.ParseFloat(f[i], 64)
				total += n
			}
		}
	}
	return total
}

// processorTime is what the processors have spent since the machine was started:
// busy, and in all.
func processorTime() (busy, all float64) {
	first, _, _ := strings.Cut(read("/proc/stat"), "\n")
	for i, word := range strings.Fields(first)[1:] {
		n, _ := strconv.ParseFloat(word, 64) // not known: nothing to wait for
		all += n
		if i != 3 && i != 4 { // idle, and that while a disk is awaited
			busy += n
		}
	}
	return busy, all
}
