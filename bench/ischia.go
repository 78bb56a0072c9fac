package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The module's own programs, as the go command knows them.
const (
	ischiaPackage = "github.com/ischia-ml/ischia/cmd/ischia"
	fillPackage   = "github.com/ischia-ml/ischia/bench/fill"
)

// ischia runs a workload as an Azure ML pipeline, in a home that is new for
// each run from scratch.
type ischia struct {
	rig     *rig
	program string
	says    string
	// history is a home to start from, with a ledger of many jobs; empty: none.
	history string
	jobs    int
}

// newIschias builds ischia, and with --history the home it is run in as well.
func newIschias(ctx context.Context, o options, plain *ischia) ([]contender, error) {
	r := plain.rig
	plain.program = o.ischia
	if o.ischia == "" {
		plain.program = r.path("ischia")
		fmt.Fprintln(r.log, "building ischia")
		if err := r.tool(ctx, "go", "build", "-trimpath", "-o", plain.program, ischiaPackage); err != nil {
			return nil, err
		}
	}
	var err error
	if plain.program, err = filepath.Abs(plain.program); err != nil {
		return nil, fmt.Errorf("find ischia: %w", err)
	}
	text, err := exec.CommandContext(ctx, plain.program, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask ischia for its version: %w", err)
	}
	plain.says, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(text)), "ischia "), "\n")
	if o.history == 0 {
		return []contender{plain}, nil
	}
	old := *plain
	old.history, old.jobs = r.path("history"), o.history
	fmt.Fprintf(r.log, "filling a ledger with %d jobs\n", o.history)
	if err := r.tool(ctx, "go", "build", "-o", r.path("fill"), fillPackage); err != nil {
		return nil, err
	}
	if err := r.tool(ctx, r.path("fill"), "--home", old.history, "--jobs", strconv.Itoa(o.history)); err != nil {
		return nil, err
	}
	return []contender{plain, &old}, nil
}

func (c *ischia) name() string {
	if c.history != "" {
		return fmt.Sprintf("ischia, %d jobs", c.jobs)
	}
	return "ischia"
}

func (c *ischia) version() string { return c.says }
func (c *ischia) reuses() bool    { return true }

func (c *ischia) home(dir string) string { return filepath.Join(dir, "home") }

func (c *ischia) prepare(w workload, dir string) error {
	if err := os.WriteFile(filepath.Join(dir, "pipeline.yml"), []byte(pipelineYAML(w)), 0o644); err != nil {
		return fmt.Errorf("write the pipeline: %w", err)
	}
	if c.history == "" {
		return nil
	}
	if err := os.CopyFS(c.home(dir), os.DirFS(c.history)); err != nil {
		return fmt.Errorf("copy the home with its history: %w", err)
	}
	if err := os.Chmod(c.home(dir), 0o700); err != nil {
		return fmt.Errorf("copy the home with its history: %w", err)
	}
	return nil
}

func (c *ischia) environment(dir string) []string {
	return c.rig.environment("ISCHIA_HOME=" + c.home(dir))
}

func (c *ischia) command(_ workload, dir string) command {
	return command{
		argv: []string{c.program, "run", "pipeline.yml", "-j", "2", "--format", "json"},
		env:  c.environment(dir), dir: dir,
	}
}

// event is what is read of the lines that `ischia run --format json` prints.
type event struct {
	Job    string `json:"job"`
	Step   string `json:"step"`
	Event  string `json:"event"`
	Status string `json:"status"`
	Reused bool   `json:"reused"`
}

// outcome believes the events about what ran, and the recorded output about
// the result.
func (c *ischia) outcome(ctx context.Context, w workload, dir string, _ []stamp, wanted string) (outcome, error) {
	text, err := os.ReadFile(c.rig.stdout())
	if err != nil {
		return outcome{}, fmt.Errorf("read the events: %w", err)
	}
	o, last, err := readEvents(text)
	switch {
	case err != nil:
		return o, err
	case last.Event != "end" || last.Status != "Completed":
		return o, fmt.Errorf("job %s ended with %q %q", last.Job, last.Event, last.Status)
	case o.ran+o.reused != len(w.steps):
		return o, fmt.Errorf("%d steps ran and %d were reused of %d", o.ran, o.reused, len(w.steps))
	}
	return o, c.check(ctx, dir, last.Job, wanted)
}

// readEvents counts the steps that completed, by how, and returns the last
// event.
func readEvents(text []byte) (o outcome, last event, err error) {
	reused := map[string]bool{}
	completed := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		last = event{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			return o, last, fmt.Errorf("read the events: %w", err)
		}
		if last.Step == "" || last.Event != "status" {
			continue
		}
		reused[last.Step] = reused[last.Step] || last.Reused
		completed[last.Step] = completed[last.Step] || last.Status == "Completed"
	}
	for name := range completed {
		switch {
		case completed[name] && reused[name]:
			o.reused++
		case completed[name]:
			o.ran++
		}
	}
	return o, last, lines.Err()
}

// check fetches the pipeline's output as a user would, outside the timed part.
func (c *ischia) check(ctx context.Context, dir, job, wanted string) error {
	to := filepath.Join(dir, "fetched")
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("fetch the result: %w", err)
	}
	cmd := exec.CommandContext(ctx, c.program, "job", "download", "-n", job, "--output-name", "final", "-p", to)
	cmd.Env = c.environment(dir)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fetch the result: %w\n%s", err, text)
	}
	var files []string
	err := filepath.WalkDir(to, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	if err != nil || len(files) != 1 {
		return fmt.Errorf("fetch the result: one file was expected, not %q (%w)", files, err)
	}
	return expect(files[0], wanted)
}

// pipelineYAML is the workload as an Azure ML pipeline: one command node a
// step, with its sources as inputs and one output, all of type uri_file.
func pipelineYAML(w workload) string {
	var b strings.Builder
	b.WriteString("$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\ninputs:\n")
	for i := range w.inputs {
		fmt.Fprintf(&b, "  f%d:\n    type: uri_file\n    path: in/%d\n", i, i)
	}
	b.WriteString("outputs:\n  final:\n    type: uri_file\njobs:\n")
	for i := range w.steps {
		writeNode(&b, w, i)
	}
	return b.String()
}

func writeNode(b *strings.Builder, w workload, i int) {
	s := w.steps[i]
	fmt.Fprintf(b, "  %s:\n    type: command\n    command: %q\n", s.name, s.command("${{inputs.in0}}", "${{outputs.out}}"))
	b.WriteString("    environment: azureml:bench:1\n    compute: azureml:local\n    inputs:\n")
	for n, r := range s.reads {
		from := fmt.Sprintf("inputs.f%d", r.at)
		if r.step {
			from = "jobs." + w.steps[r.at].name + ".outputs.out"
		}
		fmt.Fprintf(b, "      in%d: ${{parent.%s}}\n", n, from)
	}
	if i == w.final {
		b.WriteString("    outputs:\n      out: ${{parent.outputs.final}}\n")
	} else {
		b.WriteString("    outputs:\n      out:\n        type: uri_file\n")
	}
}
