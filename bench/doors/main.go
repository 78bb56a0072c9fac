package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	rate, seconds    int
	steps            int
	files, megabytes int
	workers          int
	azurite, ischia  string
	history, rounds  int
	dirs, out        string
	busy             float64
	patience         time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "doors:", err)
		os.Exit(1)
	}
}

func parse() options {
	var o options
	flag.IntVar(&o.rate, "rate", 200, "submissions a second, whether or not earlier ones were answered")
	flag.IntVar(&o.seconds, "seconds", 20, "for how long they come")
	flag.IntVar(&o.steps, "steps", 2, "steps of the pipeline that is submitted, as many as the starter has; each needs the one before")
	flag.IntVar(&o.files, "files", 1000, "files of the upload")
	flag.IntVar(&o.megabytes, "megabytes", 2000, "size of all of them, in 1,000,000 bytes")
	flag.IntVar(&o.workers, "workers", 8, "uploads at once")
	flag.StringVar(&o.azurite, "azurite", "azurite-blob", "the command that starts Azurite's blob service; not compared when it is not there")
	flag.StringVar(&o.ischia, "ischia", "", "the ischia to measure; empty: build this one")
	flag.IntVar(&o.history, "history", 100_000, "jobs in the ledger of the second home; 0: no second home")
	flag.IntVar(&o.rounds, "rounds", 3, "how often all is measured")
	flag.StringVar(&o.dirs, "dirs", "/dev/shm,.", "folders, with a comma between, below which homes and data lie, one after the other")
	flag.StringVar(&o.out, "out", "bench/RESULTS-doors.md", "a file for the results besides standard output; empty for none")
	flag.Float64Var(&o.busy, "busy", 0.1, "wait before each measurement until the machine is busy for less than this share of its time")
	flag.DurationVar(&o.patience, "patience", 2*time.Minute, "how long to wait for that; the share is told in any case")
	flag.Parse()
	return o
}

func run(ctx context.Context, o options) error {
	scratch, err := os.MkdirTemp("", "ischia-doors-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if o.ischia == "" {
		o.ischia = filepath.Join(scratch, "ischia")
		if err := command(ctx, "go", "build", "-trimpath", "-o", o.ischia, "./cmd/ischia"); err != nil {
			return fmt.Errorf("build ischia: %w", err)
		}
	}
	filled, err := fill(ctx, o, scratch)
	if err != nil {
		return err
	}
	r := &report{o: o, machine: machine(ctx), begun: time.Now()}
	for _, dir := range strings.Split(o.dirs, ",") {
		if err := measure(ctx, r, o, dir, filled); err != nil {
			return fmt.Errorf("in %s: %w", dir, err)
		}
	}
	return r.write()
}

// fill makes the home with a history; "" when none is wanted.
func fill(ctx context.Context, o options, scratch string) (string, error) {
	if o.history == 0 {
		return "", nil
	}
	at := scratch
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		// Each job that has ended waits for the disk, and here nobody measures.
		if at, err = os.MkdirTemp("/dev/shm", "ischia-doors-"); err != nil {
			return "", err
		}
		defer func() { _ = os.RemoveAll(at) }()
	}
	made, home := filepath.Join(at, "made"), filepath.Join(scratch, "filled")
	if err := command(ctx, "go", "run", "./bench/fill", "--home", made, "--jobs", fmt.Sprint(o.history)); err != nil {
		return "", fmt.Errorf("fill the ledger: %w", err)
	}
	return home, os.CopyFS(home, os.DirFS(made))
}

// measure measures everything below one folder, round by round.
func measure(ctx context.Context, r *report, o options, dir, filled string) error {
	dir, err := os.MkdirTemp(dir, "ischia-doors-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	for round := range o.rounds {
		at := row{where: fileSystem(dir), round: round + 1}
		homes := []string{""}
		if filled != "" {
			homes = append(homes, filled)
		}
		if round%2 == 1 && len(homes) == 2 { // neither is always the first
			homes[0], homes[1] = homes[1], homes[0]
		}
		for _, from := range homes {
			at.history = 0
			if from != "" {
				at.history = o.history
			}
			if err := measureHome(ctx, r, o, at, dir, from); err != nil {
				return err
			}
		}
		if err := measureAzurite(ctx, r, o, at, dir); err != nil {
			return err
		}
	}
	return nil
}

// measureHome measures the server of a new home, or of a copy of one.
func measureHome(ctx context.Context, r *report, o options, at row, dir, from string) error {
	home := filepath.Join(dir, "home")
	defer func() { _ = os.RemoveAll(home) }()
	if from != "" {
		if err := os.CopyFS(home, os.DirFS(from)); err != nil {
			return fmt.Errorf("copy the filled home: %w", err)
		}
	}
	s, err := startServer(ctx, o.ischia, home)
	if err != nil {
		return err
	}
	if err = r.submissions(ctx, s, o, at); err == nil {
		err = r.ourUpload(ctx, s, o, at)
	}
	return errors.Join(err, s.end())
}

// command runs a command whose output is of no interest unless it fails.
func command(ctx context.Context, name string, args ...string) error {
	text, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
