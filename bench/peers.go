package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// peers are the tools to compare with. Each gets its definition in the form
// that suits it, with the very same commands, run by a shell.
func peers(r *rig) []contender {
	return []contender{
		&peer{
			rig: r, label: "make", program: "make", ask: []string{"--version"}, args: []string{"-j2", "-s"},
			files: func(w workload) map[string]string { return map[string]string{"Makefile": makefile(w)} },
		},
		&peer{
			rig: r, label: "ninja", program: "ninja", ask: []string{"--version"}, args: []string{"-j2", "--quiet"},
			files: func(w workload) map[string]string { return map[string]string{"build.ninja": ninjafile(w)} },
		},
		&peer{
			rig: r, label: "doit", program: "doit", ask: []string{"--version"}, args: []string{"-n", "2"},
			files: func(w workload) map[string]string { return map[string]string{"dodo.py": dodo(w)} },
		},
		&peer{
			rig: r, label: "snakemake", program: "snakemake", ask: []string{"--version"},
			args:  []string{"-j2", "-q", "all", "--scheduler", "greedy"},
			files: func(w workload) map[string]string { return map[string]string{"Snakefile": snakefile(w)} },
		},
	}
}

const (
	floorName = "floor"
	bashName  = "floor, bash"
)

// floor runs the same commands with a shell and knows nothing else.
func floor(r *rig, label, shell string) contender {
	return &peer{
		rig: r, label: label, program: r.path("floor"), args: []string{shell, "{jobs}", "logs", "commands"},
		says: "C, posix_spawn of " + shell, cold: true,
		files: func(w workload) map[string]string {
			var b strings.Builder
			for i := range w.steps {
				fmt.Fprintln(&b, w.shell(i))
			}
			return map[string]string{"commands": b.String()}
		},
	}
}

// ends are the outputs that no step reads.
func (w workload) ends() []string {
	read := map[int]bool{}
	for _, s := range w.steps {
		for _, r := range s.reads {
			if r.step {
				read[r.at] = true
			}
		}
	}
	var all []string
	for i := range w.steps {
		if !read[i] {
			all = append(all, w.path(source{step: true, at: i}))
		}
	}
	return all
}

func makefile(w workload) string {
	var b strings.Builder
	fmt.Fprintf(&b, "all: %s\n", strings.Join(w.ends(), " "))
	for i, s := range w.steps {
		fmt.Fprintf(&b, "out/%s: %s\n\t%s\n", s.name, strings.Join(w.paths(s), " "), strings.ReplaceAll(w.shell(i), "$", "$$"))
	}
	return b.String()
}

func ninjafile(w workload) string {
	var b strings.Builder
	b.WriteString("rule sh\n  command = $line\n")
	for i, s := range w.steps {
		fmt.Fprintf(&b, "build out/%s: sh %s\n  line = %s\n", s.name, strings.Join(w.paths(s), " "), strings.ReplaceAll(w.shell(i), "$", "$$"))
	}
	return b.String()
}

// table is the steps as a Python literal: name, what it reads, command.
func table(w workload) string {
	var b strings.Builder
	b.WriteString("STEPS = [\n")
	for i, s := range w.steps {
		row, _ := json.Marshal([]any{s.name, w.paths(s), w.shell(i)}) // strings always encode
		fmt.Fprintf(&b, "    %s,\n", row)
	}
	b.WriteString("]\n")
	return b.String()
}

func dodo(w workload) string {
	return table(w) + `
DOIT_CONFIG = {"backend": "json", "verbosity": 0, "reporter": "zero"}


def task_step():
    for name, reads, command in STEPS:
        yield {"name": name, "file_dep": reads, "targets": ["out/" + name], "actions": [command]}
`
}

func snakefile(w workload) string {
	ends, _ := json.Marshal(w.ends()) // strings always encode
	return table(w) + fmt.Sprintf(`
READS = {name: reads for name, reads, _ in STEPS}
COMMAND = {name: command for name, _, command in STEPS}

rule all:
    input: %s

rule step:
    input: lambda wildcards: READS[wildcards.name]
    output: "out/{name}"
    params: command=lambda wildcards: COMMAND[wildcards.name]
    wildcard_constraints: name="[^/]+"
    shell: "{params.command}"
`, ends)
}

// inputFile is the path of an input below a workload's folder.
func inputFile(dir string, i int) string { return filepath.Join(dir, "in", fmt.Sprint(i)) }
