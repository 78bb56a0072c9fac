package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// contender is a tool that carries out workloads.
type contender interface {
	// name is unique, version for people.
	name() string
	version() string
	// prepare makes what the tool needs for a run that reuses nothing. dir
	// holds the input files in in/, and an empty out/.
	prepare(w workload, dir string) error
	// command runs the workload in dir.
	command(w workload, dir string) command
	// outcome looks at what a run did, and whether final has the content
	// wanted. before is what outputs said before the run.
	outcome(ctx context.Context, w workload, dir string, before []stamp, wanted string) (outcome, error)
	// reuses is false for what can only be run from scratch.
	reuses() bool
}

// outcome says what happened to the steps of one run.
type outcome struct{ ran, reused int }

// contenders are the tools asked for, the floor first. A peer that is not
// installed is named in missing.
func contenders(ctx context.Context, o options, r *rig) (tools []contender, missing []string, err error) {
	known := append(peers(r), &ischia{rig: r})
	tools = []contender{floor(r, floorName, "/bin/sh")}
	if _, err := os.Stat("/bin/bash"); err == nil {
		tools = append(tools, floor(r, bashName, "/bin/bash")) // what ischia runs commands with
	}
	for _, name := range split(o.tools) {
		at := slices.IndexFunc(known, func(c contender) bool { return c.name() == name })
		if at < 0 {
			return nil, nil, fmt.Errorf("there is no tool %q", name)
		}
		switch c := known[at].(type) {
		case *peer:
			if err := c.find(ctx); err != nil {
				missing = append(missing, name)
				continue
			}
			tools = append(tools, c)
		case *ischia:
			made, err := newIschias(ctx, o, c)
			if err != nil {
				return nil, nil, err
			}
			tools = append(tools, made...)
		}
	}
	return tools, missing, nil
}

// peer is a tool that finds files where they lie: inputs in in/, outputs in
// out/, one a step.
type peer struct {
	rig     *rig
	label   string
	program string
	// ask prints the version; args run everything, at most two steps at once.
	ask, args []string
	// files are the definition, by name.
	files func(w workload) map[string]string
	says  string
	cold  bool // cannot reuse
}

func (p *peer) name() string    { return p.label }
func (p *peer) version() string { return p.says }
func (p *peer) reuses() bool    { return !p.cold }

// find looks for the program and its version.
func (p *peer) find(ctx context.Context) error {
	path, err := exec.LookPath(p.program)
	if err != nil {
		return err
	}
	if p.program, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find %s: %w", p.label, err)
	}
	text, err := exec.CommandContext(ctx, p.program, p.ask...).Output()
	if err != nil {
		return fmt.Errorf("ask %s for its version: %w", p.label, err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	p.says = strings.TrimPrefix(first, "GNU Make ")
	return nil
}

func (p *peer) prepare(w workload, dir string) error {
	for name, text := range p.files(w) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write the definition for %s: %w", p.label, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "logs"), 0o755); err != nil {
		return fmt.Errorf("make the folder for logs: %w", err)
	}
	return nil
}

func (p *peer) command(w workload, dir string) command {
	args := slices.Clone(p.args)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "{jobs}", fmt.Sprint(w.floorJobs))
	}
	return command{argv: append([]string{p.program}, args...), env: p.rig.environment(), dir: dir}
}

// outcome counts the outputs that were written anew.
func (p *peer) outcome(_ context.Context, w workload, dir string, before []stamp, wanted string) (outcome, error) {
	after, err := stamps(w, dir)
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	for i, s := range after {
		switch {
		case s == stamp{}:
			return o, fmt.Errorf("%s: step %s has no output", p.label, w.steps[i].name)
		case s != before[i]:
			o.ran++
		default:
			o.reused++
		}
	}
	return o, expect(filepath.Join(dir, w.path(source{step: true, at: w.final})), wanted)
}

// stamp tells one writing of a file from another.
type stamp struct{ modified, size int64 }

// stamps are those of all outputs; zero where there is none.
func stamps(w workload, dir string) ([]stamp, error) {
	all := make([]stamp, len(w.steps))
	for i := range w.steps {
		info, err := os.Stat(filepath.Join(dir, w.path(source{step: true, at: i})))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at an output: %w", err)
		}
		all[i] = stamp{info.ModTime().UnixNano(), info.Size()}
	}
	return all, nil
}

// expect is an error unless the file holds wanted.
func expect(name, wanted string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("check the result: %w", err)
	}
	if string(text) != wanted {
		return fmt.Errorf("the result is wrong: %s holds %.80q, not %q", name, text, wanted)
	}
	return nil
}
