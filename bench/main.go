package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options is the command line.
type options struct {
	quick     bool
	rounds    int
	history   int
	slow      time.Duration
	budget    time.Duration
	limit     time.Duration
	dir       string
	out       string
	ischia    string
	tools     string
	workloads string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, log io.Writer) (options, error) {
	var o options
	fl := flag.NewFlagSet("bench", flag.ContinueOnError)
	fl.SetOutput(log)
	fl.BoolVar(&o.quick, "quick", false, "small workloads, one round, no file: only to see that everything works")
	fl.IntVar(&o.rounds, "rounds", 3, "how many timed rounds, at most")
	fl.DurationVar(&o.budget, "budget", 5*time.Minute+30*time.Second, "begin no round that would not be over by then; the first always runs")
	fl.IntVar(&o.history, "history", 0, "run ischia once more, in a home with this many jobs in its ledger")
	fl.DurationVar(&o.slow, "slow", 20*time.Second, "a tool that takes longer than this for all workloads is timed in one round only")
	fl.DurationVar(&o.limit, "limit", 2*time.Minute, "how long one run of a tool may take")
	fl.StringVar(&o.dir, "dir", "/dev/shm", "the file system to work on, a tmpfs")
	fl.StringVar(&o.out, "out", "bench/RESULTS.md", "the file to write the tables to; empty: none")
	fl.StringVar(&o.ischia, "ischia", "", "a built ischia (default: build it)")
	fl.StringVar(&o.tools, "tools", "ischia,ninja,make,doit,snakemake", "what to compare")
	fl.StringVar(&o.workloads, "workloads", "", "only these, by name (default: all)")
	if err := fl.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	fl.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if o.quick && !given["rounds"] {
		o.rounds = 1
	}
	if o.quick && !given["out"] {
		o.out = ""
	}
	switch {
	case fl.NArg() > 0:
		return o, fmt.Errorf("there is nothing to do with %q", fl.Arg(0))
	case o.rounds < 1:
		return o, fmt.Errorf("%d rounds give no figures", o.rounds)
	case o.history < 0:
		return o, fmt.Errorf("a ledger cannot hold %d jobs", o.history)
	}
	return o, nil
}

// run is one sitting: build, generate, run in turns, report.
func run(ctx context.Context, args []string, out, log io.Writer) (err error) {
	o, err := parse(args, log)
	if err != nil {
		return err
	}
	all, err := workloads(o.quick, split(o.workloads))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "ischia-bench-")
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer func() {
		if removed := os.RemoveAll(dir); err == nil && removed != nil {
			err = fmt.Errorf("remove what was made: %w", removed)
		}
	}()
	before := describe(ctx, dir)
	r, err := newRig(ctx, o, dir, log)
	if err != nil {
		return err
	}
	tools, missing, err := contenders(ctx, o, r)
	if err != nil {
		return err
	}
	s := newSitting(r, o, all, tools)
	if err := s.play(ctx); err != nil {
		return err
	}
	return publish(o, out, report{machine: before, load: loadAverage(), missing: missing, sitting: s})
}

// publish prints the tables, and keeps them. A sitting in which a tool failed
// is printed, then refused.
func publish(o options, out io.Writer, r report) error {
	text := r.markdown()
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("print the tables: %w", err)
	}
	if n := len(r.sitting.faults); n > 0 {
		return fmt.Errorf("%d runs did not do what they had to; nothing was written to a file", n)
	}
	if o.out == "" {
		return nil
	}
	if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the tables: %w", err)
	}
	return nil
}

// split is a list given with commas; nil for an empty one.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
