package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fl := flag.NewFlagSet("fill", flag.ContinueOnError)
	home := fl.String("home", "", "the home to fill; made if it is not there")
	jobs := fl.Int("jobs", 100_000, "how many root jobs")
	if err := fl.Parse(args); err != nil {
		return err
	}
	if *home == "" || *jobs < 1 {
		return errors.New("give --home, and --jobs of at least 1")
	}
	clock := &past{at: time.Now().Add(-time.Duration(*jobs) * time.Minute)}
	l, err := local.Open(ctx, local.Options{Home: *home, Now: clock.now})
	if err != nil {
		return fmt.Errorf("open the home: %w", err)
	}
	return errors.Join(fill(ctx, l.Ledger(), clock, *jobs), l.Close())
}

// past is a clock that goes on only when told.
type past struct{ at time.Time }

func (p *past) now() time.Time { return p.at }

// fill records jobs of one step each, one a minute.
func fill(ctx context.Context, ledger *workspace.Workspace, clock *past, jobs int) error {
	for i := range jobs {
		if err := record(ctx, ledger, clock, i); err != nil {
			return fmt.Errorf("record job %d of %d: %w", i, jobs, err)
		}
		clock.at = clock.at.Add(30 * time.Second)
	}
	return nil
}

// record takes one job through its life.
func record(ctx context.Context, ledger *workspace.Workspace, clock *past, i int) error {
	tree, err := ledger.Submit(ctx, workspace.BuiltIn(), submission(i))
	if err != nil {
		return err
	}
	zero := 0
	root, step := tree.Root.Name, tree.Steps[0].Name
	clock.at = clock.at.Add(30 * time.Second)
	return ledger.Advance(ctx, workspace.BuiltIn(),
		workspace.Change{Job: root, Status: workspace.Preparing},
		workspace.Change{Job: root, Status: workspace.Running},
		workspace.Change{Job: step, Status: workspace.Running},
		workspace.Change{Job: step, Status: workspace.Completed, ExitCode: &zero},
		workspace.Change{Job: root, Status: workspace.Completed},
	)
}

// submission looks like one that somebody makes again and again.
func submission(i int) workspace.Submission {
	number := strconv.Itoa(i)
	return workspace.Submission{
		Type: "pipeline", Experiment: "history", CreatedBy: "bench", Tags: map[string]string{"night": number},
		Spec: workspace.Spec{Source: "pipeline.yml:1", Settings: map[string]any{"default_compute": "azureml:cpu-cluster"}},
		Steps: []workspace.StepSubmission{{
			Path: "train", Type: "command",
			Spec: workspace.Spec{
				Command: "python train.py --night " + number, Environment: "azureml:sklearn:1", Compute: "azureml:cpu-cluster",
				Inputs:  []workspace.Port{{Name: "night", Type: "integer", Value: &number}},
				Outputs: []workspace.Port{{Name: "model", Type: "uri_folder", Mode: "rw_mount"}},
				Source:  "pipeline.yml:9",
			},
		}},
	}
}
