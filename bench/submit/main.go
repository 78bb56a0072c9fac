package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

// options are the command line.
type options struct {
	Steps, Files, Rounds int
	Python, Script       string
	Ischia, Out          string
	inside               string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, parse()); err != nil {
		fmt.Fprintln(os.Stderr, "submit:", err)
		os.Exit(1)
	}
}

func parse() options {
	var o options
	flag.IntVar(&o.Steps, "steps", 10, "steps of the pipeline, each with a folder of code of its own")
	flag.IntVar(&o.Files, "files", 1000, "files of code in all")
	flag.IntVar(&o.Rounds, "rounds", 5, "how often all is measured")
	flag.StringVar(&o.Python, "python", "python3", "a Python that has azure-ai-ml")
	flag.StringVar(&o.Script, "script", "conformance/requests/submit.py", "the program that submits with it")
	flag.StringVar(&o.Ischia, "ischia", "", "the ischia to measure; empty: build this one")
	flag.StringVar(&o.Out, "out", "bench/RESULTS-submit.md", "a file for the results besides standard output; empty for none")
	flag.StringVar(&o.inside, "inside", "", "what this command starts itself with")
	flag.Parse()
	return o
}

func run(ctx context.Context, o options) error {
	if o.inside != "" {
		return inside(ctx, o.inside)
	}
	scratch, err := os.MkdirTemp("", "ischia-submit-")
	if err != nil {
		return fmt.Errorf("make a folder for the measurement: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // litter at worst
	if o.Ischia == "" {
		o.Ischia = filepath.Join(scratch, "ischia")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.Ischia, "./cmd/ischia")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build ischia: %w: %s", err, text)
		}
	}
	for _, path := range []*string{&o.Ischia, &o.Script} {
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("find %s: %w", *path, err)
		}
	}
	timed, err := measure(ctx, o, scratch, "timed", o.Rounds)
	if err != nil {
		return err
	}
	// Recording takes time, so what is uploaded is counted in a run of its own.
	if _, err := measure(ctx, o, scratch, "counted", 1, "--har", filepath.Join(scratch, "counted.har")); err != nil {
		return err
	}
	uploads, err := count(filepath.Join(scratch, "counted.har"))
	if err != nil {
		return err
	}
	return report(ctx, o, timed, uploads)
}

// task is what the inside is to do.
type task struct {
	Options options
	Dir     string
	Rounds  int
}

// measure runs all clients within one `ischia exec`, in a home of its own.
func measure(ctx context.Context, o options, scratch, name string, rounds int, flags ...string) ([]taken, error) {
	dir := filepath.Join(scratch, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the measurement: %w", err)
	}
	text, err := json.Marshal(task{o, dir, rounds})
	if err != nil {
		return nil, fmt.Errorf("say what to measure: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	args := append([]string{"exec", "--home", filepath.Join(dir, "home")}, flags...)
	cmd := exec.CommandContext(ctx, o.Ischia, append(args, "--", self, "-inside", string(text))...)
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("measure within ischia exec: %w", err)
	}
	var list []taken
	if err := json.Unmarshal(said, &list); err != nil {
		return nil, fmt.Errorf("read what was measured: %w", err)
	}
	return list, nil
}
