package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed floor/*.c
var sources embed.FS

// rig is what measures: the two C programs, and where they work.
type rig struct {
	dir   string // all on one file system
	limit time.Duration
	log   io.Writer
	// count says whether the kernel lets us count processes exactly.
	count bool
}

// usage is what one run cost. A run is timed or counted, never both.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // KiB, of the largest process
	// processes were made, and programs executed, below the tool's own.
	processes, execs int
}

// command is a program to run, with its whole environment.
type command struct {
	argv []string
	env  []string
	dir  string
}

func newRig(ctx context.Context, o options, dir string, log io.Writer) (*rig, error) {
	r := &rig{dir: dir, limit: o.limit, log: log}
	for _, name := range []string{"floor", "measure"} {
		if err := r.compile(ctx, name); err != nil {
			return nil, err
		}
	}
	for _, sub := range []string{"home", "tmp"} {
		if err := os.Mkdir(r.path(sub), 0o700); err != nil {
			return nil, fmt.Errorf("make a folder to work in: %w", err)
		}
	}
	_, err := r.measure(ctx, "count", command{argv: []string{"/bin/true"}, env: r.environment(), dir: dir})
	r.count = err == nil
	if err != nil {
		fmt.Fprintf(log, "processes cannot be counted one by one here (%v): what the machine made meanwhile is printed instead\n", err)
	}
	return r, nil
}

func (r *rig) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

func (r *rig) compile(ctx context.Context, name string) error {
	text, err := sources.ReadFile("floor/" + name + ".c")
	if err != nil {
		return fmt.Errorf("read the source of %s: %w", name, err)
	}
	if err := os.WriteFile(r.path(name+".c"), text, 0o644); err != nil {
		return fmt.Errorf("write the source of %s: %w", name, err)
	}
	return r.tool(ctx, "cc", "-O2", "-Wall", "-o", r.path(name), r.path(name+".c"))
}

// tool runs a program of the build, with the caller's environment.
func (r *rig) tool(ctx context.Context, argv ...string) error {
	text, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, text)
	}
	return nil
}

// environment is the same for every tool, and nothing of the caller's.
func (r *rig) environment(more ...string) []string {
	return append([]string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + r.path("home"), "TMPDIR=" + r.path("tmp"), "LANG=C.UTF-8",
	}, more...)
}

// stdout is where the output of the last run lies.
func (r *rig) stdout() string { return r.path("stdout") }

// measure runs c to its end; mode is "time" or "count".
func (r *rig) measure(ctx context.Context, mode string, c command) (usage, error) {
	report := r.path("report")
	seconds := strconv.Itoa(max(1, int(r.limit.Seconds())))
	before := forks()
	cmd := exec.CommandContext(ctx, r.path("measure"), append([]string{mode, seconds, report, r.stdout()}, c.argv...)...)
	cmd.Dir, cmd.Env = c.dir, c.env
	// measure ends the tool's whole process group when it is asked to end.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	text, err := cmd.CombinedOutput()
	made := forks() - before
	if err != nil {
		return usage{}, r.explain(c, err, text)
	}
	u, err := readUsage(report)
	if mode == "time" {
		u.processes = made
	}
	return u, err
}

// explain adds the end of what the tool said to the error.
func (r *rig) explain(c command, err error, text []byte) error {
	said := string(text)
	for _, name := range []string{r.stdout() + ".err", r.stdout()} {
		more, _ := os.ReadFile(name) // not there: the tool did not start, as text says
		said += string(more[max(0, len(more)-1000):])
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(c.argv, " "), err, said)
}

func readUsage(name string) (usage, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return usage{}, fmt.Errorf("read what a run cost: %w", err)
	}
	v := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if v[key], err = strconv.ParseInt(value, 10, 64); err != nil {
			return usage{}, fmt.Errorf("read what a run cost: %w", err)
		}
	}
	if _, whole := v["stopped"]; !whole {
		return usage{}, errors.New("read what a run cost: the report is not whole")
	}
	return usage{
		wall: time.Duration(v["wall"]), cpu: time.Duration(v["cpu"]) * time.Microsecond, rss: v["rss"],
		processes: int(v["processes"]), execs: int(v["execs"]),
	}, nil
}

// probe is how long one process takes right now, of 300, two at a time. It
// rises when others use the machine.
func (r *rig) probe(ctx context.Context) (time.Duration, error) {
	text, err := exec.CommandContext(ctx, r.path("floor"), "-p", "2", "300").Output()
	if err != nil {
		return 0, fmt.Errorf("probe: %w", err)
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("probe: %w", err)
	}
	return time.Duration(ns), nil
}
