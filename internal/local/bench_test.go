package local_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/load"
)

// BenchmarkThousandSteps runs a thousand independent steps that do nothing, in
// a home in memory where there is /dev/shm, and says what a step costs beside
// the floor: as many processes of `sh -c` with a log file each.
func BenchmarkThousandSteps(b *testing.B) {
	dir, l, req := thousand(b)
	req.Cache.Force = true
	var floor, ours time.Duration
	for b.Loop() {
		begun := time.Now()
		spawnFloor(b, filepath.Join(dir, "floor"), thousandSteps)
		floor += time.Since(begun)
		begun = time.Now()
		complete(b, l, req)
		ours += time.Since(begun)
	}
	perStep := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(b.N*thousandSteps) }
	b.ReportMetric(perStep(ours), "us/step")
	b.ReportMetric(perStep(floor), "us/floor")
	b.ReportMetric(perStep(ours)/perStep(floor), "x")
}

// BenchmarkThousandReused is the same when nothing has changed.
func BenchmarkThousandReused(b *testing.B) {
	_, l, req := thousand(b)
	complete(b, l, req)
	for b.Loop() {
		complete(b, l, req)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*thousandSteps), "us/step")
}

const thousandSteps = 1000

// thousand is a job of a thousand independent steps, a home, and the folder of
// both.
func thousand(b *testing.B) (string, *local.Local, local.Request) {
	b.Helper()
	var text strings.Builder
	text.WriteString("type: pipeline\njobs:\n")
	for i := range thousandSteps {
		fmt.Fprintf(&text, "  s%d: {command: \": %d\", environment: {image: x}}\n", i, i)
	}
	dir := memoryDir(b)
	l, err := local.Open(b.Context(), local.Options{Home: filepath.Join(dir, "home")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	return dir, l, benchRequest(b, dir, text.String())
}

func complete(b *testing.B, l *local.Local, req local.Request) {
	b.Helper()
	if res, err := l.Run(b.Context(), req); err != nil || res.Status != workspace.Completed {
		b.Fatal(res.Status, err)
	}
}

func memoryDir(b *testing.B) string {
	b.Helper()
	if _, err := os.Stat("/dev/shm"); err != nil {
		return b.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "ischia-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func benchRequest(b *testing.B, dir, text string) local.Request {
	b.Helper()
	file := filepath.Join(dir, "pipeline.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	root := filepath.VolumeName(dir) + string(filepath.Separator)
	job, errs := load.Job(os.DirFS(root), load.Name(file))
	p, more := plan.Build(job)
	if err := append(errs, more...).Err(); err != nil {
		b.Fatal(err)
	}
	return local.Request{
		Scope: workspace.BuiltIn(), Job: job, Plan: p, Root: root, Dir: dir, Source: file, Parallel: runtime.NumCPU(), Environ: os.Environ(),
	}
}

// spawnFloor starts n processes of the shell that steps get, as many at once
// as steps run at once.
func spawnFloor(b *testing.B, dir string, n int) {
	b.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		shell = "sh"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.NumCPU() {
		wait.Go(func() {
			for i := range next {
				log, err := os.Create(filepath.Join(dir, fmt.Sprint(i)))
				if err != nil {
					b.Error(err)
					continue
				}
				cmd := exec.Command(shell, "-c", fmt.Sprintf(": %d", i))
				cmd.Stdout, cmd.Stderr = log, log
				if err := cmd.Run(); err != nil {
					b.Error(err)
				}
				log.Close()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}
