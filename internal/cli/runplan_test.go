package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/cli"
)

// planned is a pipeline in a folder, with a home.
type planned struct {
	t         *testing.T
	dir, home string
}

func newPlanned(t *testing.T) *planned {
	t.Helper()
	p := &planned{t, t.TempDir(), filepath.Join(t.TempDir(), "home")}
	p.write("pipeline.yml", `
type: pipeline
compute: azureml:cpu
jobs:
  a:
    type: command
    component: ./parts/a.yml
    inputs: {x: {type: uri_file, path: ./x.txt}}
`)
	p.write("parts/a.yml", `
type: command
name: a
command: echo one; cat ${{inputs.x}}
environment: {image: x}
inputs: {x: {type: uri_file}}
`)
	p.write("x.txt", "content\n")
	return p
}

func (p *planned) write(name, text string) {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// run runs the pipeline and returns the exit status and all that was said.
func (p *planned) run(args ...string) (int, string) {
	p.t.Helper()
	var out bytes.Buffer
	args = append([]string{"run", filepath.Join(p.dir, "pipeline.yml"), "--home", p.home}, args...)
	status := cli.Run(p.t.Context(), args, cli.Streams{Out: &out, Err: &out}, os.Environ())
	return status, out.String()
}

// plans is how many compiled plans the home has.
func (p *planned) plans() int {
	p.t.Helper()
	found, err := filepath.Glob(filepath.Join(p.home, "cache", "plans", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(found)
}

// TestCompiledPlanHolds: a plan is kept once, found again, and says the same.
func TestCompiledPlanHolds(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	_, first := p.run()
	if p.plans() != 1 {
		t.Fatalf("%d plans are kept, want 1:\n%s", p.plans(), first)
	}
	status, second := p.run()
	if status != 0 || p.plans() != 1 || !strings.Contains(second, "reused") {
		t.Errorf("status %d, %d plans:\n%s", status, p.plans(), second)
	}
	for _, line := range strings.SplitAfter(first, "\n") {
		if strings.Contains(line, "warning") && !strings.Contains(second, line) {
			t.Errorf("this was said the first time only: %s", line)
		}
	}
	if _, other := p.run("--set", "jobs.a.inputs.x.path=./parts/a.yml"); p.plans() != 2 || !strings.Contains(other, "command: echo one") {
		t.Errorf("with --set, %d plans:\n%s", p.plans(), other)
	}
}

// TestCompiledPlanNoLongerHolds: whatever was looked at has changed.
func TestCompiledPlanNoLongerHolds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(p *planned)
		status int
		says   string
	}{
		"an edit of a component that keeps size and time": {func(p *planned) {
			file := filepath.Join(p.dir, "parts/a.yml")
			info, err := os.Stat(file)
			if err != nil {
				p.t.Fatal(err)
			}
			text, _ := os.ReadFile(file)
			p.write("parts/a.yml", strings.Replace(string(text), "echo one", "echo two", 1))
			if err := os.Chtimes(file, time.Now(), info.ModTime()); err != nil {
				p.t.Fatal(err)
			}
		}, 0, "two"},
		"data that is gone": {func(p *planned) { _ = os.Remove(filepath.Join(p.dir, "x.txt")) }, 1, "x.txt"},
		"data that is a folder by now": {func(p *planned) {
			_ = os.Remove(filepath.Join(p.dir, "x.txt"))
			p.write("x.txt/y", "")
		}, 1, "is a folder"},
		"a plan that was damaged": {func(p *planned) {
			found, _ := filepath.Glob(filepath.Join(p.home, "cache", "plans", "*"))
			text, _ := os.ReadFile(found[0])
			text[len(text)/2] ^= 1
			if err := os.WriteFile(found[0], text, 0o600); err != nil {
				p.t.Fatal(err)
			}
		}, 0, "reused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlanned(t)
			if status, out := p.run(); status != 0 {
				t.Fatal(out)
			}
			tt.change(p)
			if status, out := p.run(); status != tt.status || !strings.Contains(out, tt.says) {
				t.Errorf("status %d, want %d and %q:\n%s", status, tt.status, tt.says, out)
			}
		})
	}
}

// TestCompiledPlanHoldsNoSecret: with secrets nothing is kept.
func TestCompiledPlanHoldsNoSecret(t *testing.T) {
	t.Parallel()
	p := newPlanned(t)
	if status, out := p.run("--secret", "HOME"); status != 0 || p.plans() != 0 {
		t.Errorf("status %d, %d plans are kept:\n%s", status, p.plans(), out)
	}
}
