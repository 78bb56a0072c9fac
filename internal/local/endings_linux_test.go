package local_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// ending is a definition and how its jobs end: "" is the root job.
type ending struct {
	name, yaml string
	// group is what step g/a of the component group.yml runs.
	group string
	// cancel says when the caller's context ends: when the job is "submitted",
	// or just after that step (* for a command) has started.
	cancel string
	want   map[string]string
}

// group is a pipeline component of two steps.
const group = `
type: pipeline
jobs:
  a: {command: "%s", environment: {image: x}, outputs: {o: {type: uri_folder}}}
  b: {command: "true", environment: {image: x}, inputs: {x: "${{parent.jobs.a.outputs.o}}"}}
`

func endings() []ending {
	pipe := func(jobs string) string { return "type: pipeline\njobs:" + jobs }
	step := func(name, command, more string) string {
		return fmt.Sprintf("\n  %s: {command: %q, environment: {image: x}%s}", name, command, more)
	}
	const inGroup = "\n  g: {type: pipeline, component: ./group.yml}"
	needs := func(name string) string { return `, inputs: {x: "${{parent.jobs.` + name + `.outputs.artifacts}}"}` }
	command := func(text, more string) string {
		return fmt.Sprintf("type: command\nenvironment: azureml:x:1\ncompute: azureml:c\ncommand: %q\n%s", text, more)
	}
	return []ending{
		{name: "command completed", yaml: command("true", ""), want: map[string]string{"": "Completed 0"}},
		{name: "command failed", yaml: command("exit 7", ""), want: map[string]string{"": "Failed 7 UserError"}},
		{name: "command killed", yaml: command("kill -9 $$", ""), want: map[string]string{"": "Failed 137 UserError"}},
		{name: "command timed out", yaml: command("sleep 100", "limits: {timeout: 1}"), want: map[string]string{"": "Canceled 130 Timeout"}},
		{name: "command staging failed", yaml: command("cat ${{inputs.x}}", "inputs: {x: {type: uri_file, path: azureml://datastores/workspaceblobstore/paths/nosuch}}"), want: map[string]string{"": "Failed - UserError"}},
		{name: "command cancelled when submitted", cancel: "submitted", yaml: command("true", ""), want: map[string]string{"": "Canceled -"}},
		{name: "command cancelled", cancel: "*", yaml: command("sleep 100", ""), want: map[string]string{"": "Canceled 130"}},
		{name: "failed before it started", yaml: pipe(step("a", "true", `, inputs: {x: {type: uri_file, path: azureml://datastores/workspaceblobstore/paths/nosuch}}`) + step("b", "true", needs("a"))), want: map[string]string{"": "Failed - UserError", "a": "Failed - UserError", "b": "Canceled - UpstreamFailed"}},
		{name: "bad output", yaml: pipe(step("a", "true", `, outputs: {o: {type: uri_folder, path: "azureml://datastores/nosuch/paths/x"}}`)), want: map[string]string{"": "Failed - UserError", "a": "Failed - UserError"}},
		{name: "group cancelled when submitted", cancel: "submitted", group: "true", yaml: pipe(inGroup + step("c", "true", "")), want: map[string]string{"": "Canceled -", "g": "Canceled -", "g/a": "Canceled -", "g/b": "Canceled -", "c": "Canceled -"}},
		{name: "cancelled when submitted", cancel: "submitted", yaml: pipe(step("a", "true", "") + step("b", "true", needs("a"))), want: map[string]string{"": "Canceled -", "a": "Canceled -", "b": "Canceled -"}},
		{name: "cancelled in a group", cancel: "g/a", group: "sleep 100", yaml: pipe(inGroup), want: map[string]string{"": "Canceled -", "g": "Canceled -", "g/a": "Canceled 130", "g/b": "Canceled -"}},
		{name: "failed in a group", group: "exit 3", yaml: pipe(inGroup + step("c", "sleep 100", "")), want: map[string]string{"": "Failed - UserError", "g": "Failed -", "g/a": "Failed 3 UserError", "g/b": "Canceled - UpstreamFailed", "c": "Canceled 130"}},
		{name: "goes on after a failure in a group", group: "exit 3", yaml: "settings: {continue_on_step_failure: true}\n" + pipe(inGroup+step("c", "true", "")), want: map[string]string{"": "Failed - UserError", "g": "Failed -", "g/a": "Failed 3 UserError", "g/b": "Canceled - UpstreamFailed", "c": "Completed 0"}},
		{name: "completed group", group: "true", yaml: pipe(inGroup), want: map[string]string{"": "Completed -", "g": "Completed -", "g/a": "Completed 0", "g/b": "Completed 0"}},
		{name: "failed although cancelled", cancel: "a", yaml: pipe(step("a", "trap 'exit 4' INT; touch outputs/x; sleep 100 & wait", "")), want: map[string]string{"": "Canceled -", "a": "Canceled 4"}},
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, map[string]string{"pipeline.yml": e.yaml, "group.yml": fmt.Sprintf(group, e.group)})
			req := p.request()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req.Submitted = func(*workspace.Tree) {
				if e.cancel == "submitted" {
					cancel()
				}
			}
			req.Watch = func(ev local.Event) {
				if ev.Status == workspace.Running && (ev.Step == e.cancel && e.cancel != "" || e.cancel == "*") {
					time.AfterFunc(100*time.Millisecond, cancel)
				}
			}
			res, err := p.l.Run(ctx, req)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.ends(res.Name); !maps.EqualFunc(got, e.want, sameEnd) {
				t.Errorf("got  %v\nwant %v", got, e.want)
			}
			p.checkJobFolders(res.Name)
		})
	}
}

// sameEnd: a step that is cancelled may have had a process already, or not yet.
func sameEnd(got, want string) bool {
	return got == want || want == "Canceled 130" && got == "Canceled -"
}

// TestCancelledBeforeItIsOnRecord: then there is no job.
func TestCancelledBeforeItIsOnRecord(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": "type: pipeline\njobs: {s: {command: echo hello, environment: {image: x}}}\n"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.l.Run(ctx, p.request()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was canceled", err)
	}
	jobs, err := p.l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
	folders, readErr := os.ReadDir(filepath.Join(p.l.Dir(), "jobs"))
	if err := errors.Join(err, readErr); err != nil || len(jobs) != 0 || len(folders) != 0 {
		t.Errorf("%d jobs and %d folders are left, %v", len(jobs), len(folders), err)
	}
}

// ends are the jobs of a run: status, exit code, error code.
func (p *project) ends(name string) map[string]string {
	p.t.Helper()
	jobs, err := p.l.Ledger().Jobs(p.t.Context(), workspace.Filter{Scope: workspace.BuiltIn(), Root: name})
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, j := range jobs {
		text := string(j.Status) + " -"
		if j.ExitCode != nil {
			text = fmt.Sprintf("%s %d", j.Status, *j.ExitCode)
		}
		if j.Error != nil {
			text += " " + j.Error.Code
		}
		out[j.Step] = text
	}
	return out
}

// checkJobFolders: the folders that contracts.md names, for all jobs that
// began, for their owner only.
func (p *project) checkJobFolders(name string) {
	p.t.Helper()
	jobs, err := p.l.Ledger().Jobs(p.t.Context(), workspace.Filter{Scope: workspace.BuiltIn(), Root: name})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, j := range jobs {
		dir, err := p.l.JobDir(j.Name)
		if err != nil {
			p.t.Fatal(err)
		}
		if j.Started.IsZero() && j.Step != "" {
			continue
		}
		log, err1 := os.ReadFile(filepath.Join(dir, "user_logs", "std_log.txt"))
		driver, err2 := os.ReadFile(filepath.Join(dir, "azureml-logs", "70_driver_log.txt"))
		if err1 != nil || err2 != nil || string(log) != string(driver) {
			p.t.Errorf("the logs of %q: %v, %v; %q, %q", j.Step, err1, err2, log, driver)
		}
		for _, sub := range []string{"outputs", "logs", "system_logs"} {
			if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
				p.t.Errorf("the folder %s of %q: %v", sub, j.Step, err)
			}
		}
	}
	_ = filepath.WalkDir(p.l.Dir(), func(name string, e os.DirEntry, err error) error {
		if err != nil || strings.Contains(name, "/blobs") || strings.Contains(name, "/cache") {
			return err
		}
		if info, err := e.Info(); err == nil && info.Mode().Perm()&0o077 != 0 && !strings.Contains(name, "/run/") && !strings.Contains(name, "/outputs/") {
			p.t.Errorf("%s has mode %v", name, info.Mode())
		}
		return nil
	})
}

// TestClosedWorkingFolder: what a step left in outputs/ is kept, also when it
// took its own permissions away.
func TestClosedWorkingFolder(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs: {s: {command: "echo x > outputs/f; mkdir logs/d; echo y > logs/d/g; chmod 0 .", environment: {image: x}}}
`})
	res := p.run(t.Context())
	dir, err := p.l.JobDir(p.steps(res.Name)["s"].Name)
	if err != nil || !exists(filepath.Join(dir, "outputs", "f")) || !exists(filepath.Join(dir, "logs", "d", "g")) || exists(filepath.Join(dir, "run")) {
		t.Errorf("the step is %v; outputs/ or logs/ is not kept, or run/ is left in %s", p.ends(res.Name), dir)
	}
}
