package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// options are the command line.
type options struct {
	rate, seconds    int
	files, megabytes int
	workers          int
	azurite, ischia  string
	history          int
	dir, out         string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "doors:", err)
		os.Exit(1)
	}
}

func parse() options {
	var o options
	flag.IntVar(&o.rate, "rate", 200, "submissions a second, whether or not earlier ones were answered")
	flag.IntVar(&o.seconds, "seconds", 30, "for how long they come")
	flag.IntVar(&o.files, "files", 1000, "files of the upload")
	flag.IntVar(&o.megabytes, "megabytes", 2000, "size of all of them, in 1,000,000 bytes")
	flag.IntVar(&o.workers, "workers", 8, "uploads at once")
	flag.StringVar(&o.azurite, "azurite", "azurite-blob", "the command that starts Azurite's blob service; skipped when it is not there")
	flag.StringVar(&o.ischia, "ischia", "", "the ischia to measure; empty: build this one")
	flag.IntVar(&o.history, "history", 0, "jobs that are in the ledger before")
	flag.StringVar(&o.dir, "dir", "/dev/shm", "where homes and data lie")
	flag.StringVar(&o.out, "out", "", "a file for the results besides standard output")
	flag.Parse()
	return o
}

func run(ctx context.Context) error {
	o := parse()
	dir, err := os.MkdirTemp(o.dir, "ischia-doors-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if o.ischia == "" {
		o.ischia = filepath.Join(dir, "ischia")
		if err := command(ctx, "go", "build", "-trimpath", "-o", o.ischia, "./cmd/ischia"); err != nil {
			return fmt.Errorf("build ischia: %w", err)
		}
	}
	home := filepath.Join(dir, "home")
	if o.history > 0 {
		if err := command(ctx, "go", "run", "./bench/fill", "--home", home, "--jobs", fmt.Sprint(o.history)); err != nil {
			return fmt.Errorf("fill the ledger: %w", err)
		}
	}
	out := io.Writer(os.Stdout)
	if o.out != "" {
		f, err := os.Create(o.out)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		out = io.MultiWriter(out, f)
	}
	s, err := startServer(ctx, o.ischia, home)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Fprintf(out, "%s, %d jobs in the ledger before\n\n", time.Now().UTC().Format("2006-01-02 15:04"), o.history)
	return errors.Join(submissions(ctx, out, s, o), uploads(ctx, out, s, o, dir))
}

// command runs a command whose output is of no interest unless it fails.
func command(ctx context.Context, name string, args ...string) error {
	text, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}
