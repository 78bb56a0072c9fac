package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The workspace that both submit to.
const (
	subscription = "11111111-1111-4111-8111-111111111111"
	workspace    = "bench"
	environment  = "devbox"
)

// The clients.
const (
	ours   = "ischia submit"
	theirs = "azure-ai-ml"
)

// taken is how long one submission took.
type taken struct {
	Client string
	Round  int
	// Again: nothing has changed since the one before.
	Again   bool
	Seconds float64
}

// inside measures, within ischia exec.
func inside(ctx context.Context, spec string) error {
	var t task
	if err := json.Unmarshal([]byte(spec), &t); err != nil {
		return fmt.Errorf("read what to measure: %w", err)
	}
	var list []taken
	for round := range t.Rounds {
		order := []string{ours, theirs}
		if round%2 == 1 {
			order = []string{theirs, ours}
		}
		for _, client := range order {
			two, err := t.twice(ctx, client, round)
			if err != nil {
				return err
			}
			list = append(list, two...)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(list) //nolint:wrapcheck // a pipe to ourselves
}

// twice submits a new pipeline, and the same once more.
func (t task) twice(ctx context.Context, client string, round int) ([]taken, error) {
	dir := filepath.Join(t.Dir, fmt.Sprintf("%s-%d", strings.ReplaceAll(client, " ", "-"), round))
	if err := t.write(dir, fmt.Sprintf("%s in round %d", client, round)); err != nil {
		return nil, err
	}
	place := []string{
		filepath.Join(dir, "pipeline.yml"), "--target", "azure", "--workspace_name", workspace, "--env", environment,
		"--subscription_id", subscription, "--location", "westeurope",
	}
	// There is a workspace, with its compute, before either begins.
	if _, err := command(ctx, t.Options.Ischia, append([]string{"driver", "--action", "validate", "-f"}, place...)...); err != nil {
		return nil, err
	}
	var list []taken
	for _, again := range []bool{false, true} {
		var took time.Duration
		var err error
		if client == ours {
			took, err = command(ctx, t.Options.Ischia, append([]string{"driver", "--action", "submit-experiment", "--no-wait", "-f"}, place...)...)
		} else {
			took, err = command(ctx, t.Options.Python, "-W", "ignore", t.Options.Script, filepath.Join(dir, "pipeline.yml"),
				subscription, workspace, workspace, workspace+"-"+environment)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, taken{client, round, again, took.Seconds()})
		if err := t.settle(ctx); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// write makes a pipeline with its code, all of which is new.
func (t task) write(dir, mark string) error {
	var jobs strings.Builder
	o := t.Options
	for s := range o.Steps {
		name := fmt.Sprintf("step%02d", s)
		fmt.Fprintf(&jobs, "  %s:\n    command: \"true\"\n    code: %s\n    environment: {image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04}\n", name, name)
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return fmt.Errorf("write a pipeline: %w", err)
		}
		for f := range o.Files / o.Steps {
			text := fmt.Sprintf("# %s, %s\n%s", mark, name, strings.Repeat("print(1)\n", 20*(f%10)+1))
			path := filepath.Join(dir, name, fmt.Sprintf("module%03d.py", f))
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				return fmt.Errorf("write a pipeline: %w", err)
			}
		}
	}
	text := "type: pipeline\nsettings: {default_compute: \"azureml:serverless\"}\njobs:\n" + jobs.String()
	if err := os.WriteFile(filepath.Join(dir, "pipeline.yml"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write a pipeline: %w", err)
	}
	return nil
}

// settle waits until no job runs, which would disturb what comes next.
func (t task) settle(ctx context.Context) error {
	for {
		list := exec.CommandContext(ctx, t.Options.Ischia, "job", "list", "--home", filepath.Join(t.Dir, "home"),
			"-w", workspace, "-g", workspace, "--subscription", subscription, "-o", "json")
		text, err := list.Output()
		if err != nil {
			return fmt.Errorf("ask for the jobs: %w", err)
		}
		var jobs []struct{ Status string }
		if err := json.Unmarshal(text, &jobs); err != nil {
			return fmt.Errorf("read the list of jobs: %w", err)
		}
		left := 0
		for _, j := range jobs {
			switch j.Status {
			case "Completed":
			case "Failed", "Canceled":
				return fmt.Errorf("a job is %s", j.Status)
			default:
				left++
			}
		}
		if left == 0 && len(jobs) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// command runs a program, and says how long it took.
func command(ctx context.Context, name string, args ...string) (time.Duration, error) {
	begun := time.Now()
	text, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return time.Since(begun), nil
}
