//go:build unix

package process_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/executor/process"
)

// benchLine is what both sides run, by the same shell into a file.
const benchLine = "true"

// BenchmarkRun measures Run next to a plain exec.Command, turn by turn: on a
// machine with other work only neighbours can be compared. It reports medians;
// the ratio is what group, marker, guardian and sweep cost.
func BenchmarkRun(b *testing.B) {
	x := process.New(guardian(b))
	log := logFile(b)
	task := executor.Task{Name: "bench", Command: benchLine, Dir: b.TempDir(), Env: os.Environ(), Output: log}
	var plain, run []time.Duration
	for b.Loop() {
		plain = append(plain, took(func() error { return plainCommand(task, log).Run() }, b))
		run = append(run, took(func() error {
			_, err := x.Run(b.Context(), task)
			return err
		}, b))
	}
	p, r := median(plain), median(run)
	b.ReportMetric(float64(p.Microseconds()), "plain-us")
	b.ReportMetric(float64(r.Microseconds()), "run-us")
	b.ReportMetric(float64(r)/float64(p), "ratio")
}

// BenchmarkRunPairs is BenchmarkRun with two at a time, batch by batch.
func BenchmarkRunPairs(b *testing.B) {
	x := process.New(guardian(b))
	log := logFile(b)
	task := executor.Task{Name: "bench", Command: benchLine, Dir: b.TempDir(), Env: os.Environ(), Output: log}
	var plain, run []time.Duration
	for b.Loop() {
		plain = append(plain, took(func() error {
			return pairs(func() error { return plainCommand(task, log).Run() })
		}, b))
		run = append(run, took(func() error {
			return pairs(func() error {
				_, err := x.Run(b.Context(), task)
				return err
			})
		}, b))
	}
	p, r := median(plain)/batch, median(run)/batch
	b.ReportMetric(float64(p.Microseconds()), "plain-us")
	b.ReportMetric(float64(r.Microseconds()), "run-us")
	b.ReportMetric(float64(r)/float64(p), "ratio")
}

// batch is how many commands pairs runs.
const batch = 50

func pairs(run func() error) error {
	var both errgroup.Group
	for range 2 {
		both.Go(func() error {
			for range batch / 2 {
				if err := run(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return both.Wait()
}

func plainCommand(t executor.Task, log *os.File) *exec.Cmd {
	shell, err := exec.LookPath("bash")
	if err != nil {
		shell = "/bin/sh"
	}
	cmd := exec.Command(shell, "-c", t.Command)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.Dir, t.Env, log, log
	return cmd
}

func took(run func() error, b *testing.B) time.Duration {
	begin := time.Now()
	if err := run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func logFile(b *testing.B) *os.File {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}
