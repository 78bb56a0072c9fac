package lsp_test

import (
	"slices"
	"strings"
	"testing"
)

// mark puts the cursor's mark in the place of the first occurrence of what.
func mark(text, what, with string) string {
	if !strings.Contains(text, what) {
		panic("the text has no " + what)
	}
	return strings.Replace(text, what, with, 1)
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	const (
		binding = "data: ${{parent.jobs.prep.outputs.clean}}"
		ports   = "    inputs:\n      " + binding
	)
	for _, tt := range []struct {
		name, text string
		want       []string // offered, among others
		not        []string
		only       bool
		label      string // of the item whose text is looked at
		inserts    string
	}{
		{
			name: "scopes", text: mark(pipelineYAML, binding, "data: ${{‸"),
			want: []string{"parent"}, only: true, label: "parent", inserts: "parent",
		}, {
			name: "what a parent has", text: mark(pipelineYAML, binding, "data: ${{parent.‸"),
			want: []string{"inputs", "jobs"}, only: true,
		}, {
			name: "inputs of the pipeline", text: mark(pipelineYAML, binding, "data: ${{parent.inputs.‸"),
			want: []string{"raw"}, only: true, label: "raw", inserts: "raw}}",
		}, {
			name: "other jobs", text: mark(pipelineYAML, binding, "data: ${{parent.jobs.‸}}"),
			want: []string{"prep"}, only: true, label: "prep", inserts: "prep",
		}, {
			name: "outputs of a job", text: mark(pipelineYAML, binding, "data: ${{parent.jobs.prep.outputs.‸"),
			want: []string{"clean"}, only: true, label: "clean", inserts: "clean}}",
		}, {
			name: "outputs, closed already", text: mark(pipelineYAML, binding, "data: ${{parent.jobs.prep.outputs.cl‸x}}"),
			want: []string{"clean"}, only: true, label: "clean", inserts: "clean",
		}, {
			name: "outputs of a component", text: mark(pipelineYAML, "from: ${{parent.inputs.raw}}", "from: ${{ parent.jobs.train.outputs.‸"),
			want: []string{"model"}, only: true,
		}, {
			name: "outputs of the pipeline", text: mark(pipelineYAML, "model: ${{parent.outputs.best}}", "model: ${{parent.outputs.‸}}"),
			want: []string{"best"}, only: true,
		}, {
			name: "in a command", text: mark(pipelineYAML, "${{inputs.from}}", "${{inputs.‸}}"),
			want: []string{"from"}, only: true,
		}, {
			name: "in brackets", text: mark(pipelineYAML, ports, "    inputs: {data: \"${{parent.inputs.‸"),
			want: []string{"raw"}, only: true,
		}, {
			name: "whole bindings", text: mark(pipelineYAML, binding, "data: ‸"),
			want: []string{"${{parent.inputs.raw}}", "${{parent.jobs.prep.outputs.clean}}"},
		}, {
			name: "inputs of the component", text: mark(pipelineYAML, binding, "‸"),
			want: []string{"data", "rate"}, label: "data", inserts: "data: ",
		}, {
			name: "inputs that are not given yet", text: mark(pipelineYAML, binding, binding+"\n      ra‸"),
			want: []string{"rate"}, not: []string{"data"},
		}, {
			name: "keys of a job", text: mark(pipelineYAML, "    compute: azureml:cpu\n", "    ‸\n"),
			want: []string{"compute", "environment_variables", "resources"}, not: []string{"type", "component", "inputs"},
		}, {
			name: "keys of a job, half written", text: mark(pipelineYAML, "    compute: azureml:cpu\n", "    comp‸\n"),
			want: []string{"compute"}, label: "compute", inserts: "compute: ",
		}, {
			name: "keys of a new job", text: pipelineYAML + "  eval:\n    ‸",
			want: []string{"type", "component", "command"},
		}, {
			name: "keys of the pipeline", text: pipelineYAML + "‸",
			want: []string{"settings", "display_name"}, not: []string{"jobs", "type"}, label: "settings", inserts: "settings:\n  ",
		}, {
			name: "keys of an input", text: mark(pipelineYAML, "    path: ./data\n", "    ‸\n"),
			want: []string{"path", "mode"}, not: []string{"type"},
		}, {
			name: "keys in brackets", text: mark(pipelineYAML, "clean:\n        type: uri_folder", "clean: {type: uri_folder, ‸}"),
			want: []string{"mode"}, not: []string{"type"}, label: "mode", inserts: "mode: ",
		}, {
			name: "types of jobs", text: mark(pipelineYAML, "type: command\n    component", "type: ‸\n    component"),
			want: []string{"command", "pipeline", "sweep"}, not: []string{"uri_folder"},
		}, {
			name: "types of inputs", text: mark(pipelineYAML, "type: uri_folder\n    path", "type: uri‸\n    path"),
			want: []string{"uri_folder", "uri_file", "mltable"},
		}, {
			name: "modes in brackets", text: mark(pipelineYAML, "clean:\n        type: uri_folder", "clean: {type: uri_folder, mode: ‸"),
			want: []string{"upload", "rw_mount"}, not: []string{"download"},
		}, {
			name: "true and false", text: pipelineYAML + "settings:\n  force_rerun: ‸\n",
			want: []string{"true", "false"},
		}, {
			name: "component files", text: mark(pipelineYAML, "component: ./parts/train.yml", "component: ‸"),
			want: []string{"./parts/train.yml"}, not: []string{"./conda.yml", "./pipeline.yml"}, label: "./parts/train.yml", inserts: "./parts/train.yml",
		}, {
			name: "files of a folder", text: mark(pipelineYAML, "component: ./parts/train.yml", "component: ./parts/t‸"),
			want: []string{"./parts/train.yml", "./parts/src/"}, label: "./parts/train.yml", inserts: "./parts/train.yml",
		}, {
			name: "files elsewhere", text: mark(pipelineYAML, "path: ./data", "path: ./‸"),
			want: []string{"./data/", "./conda.yml", "./parts/"},
		}, {
			name: "references", text: mark(pipelineYAML, "    environment: azureml:sklearn:1\n", "    environment: azureml:sklearn:1\n    compute: a‸\n"),
			want: []string{"azureml:cpu"}, not: []string{"azureml:sklearn:1"},
		}, {
			name: "nothing in a comment", text: mark(pipelineYAML, "    compute: azureml:cpu\n", "    # comp‸\n"), only: true,
		}, {
			name: "nothing in a text", text: mark(pipelineYAML, "jobs:\n", "description: >\n  some ‸\njobs:\n"), only: true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, project())
			c.initialize(nil)
			items := c.complete("pipeline.yml", tt.text)
			got := labels(items)
			for _, w := range tt.want {
				if !slices.Contains(got, w) {
					t.Errorf("got %q, want %q among them", got, w)
				}
			}
			for _, w := range tt.not {
				if slices.Contains(got, w) {
					t.Errorf("got %q, want no %q", got, w)
				}
			}
			if tt.only && len(got) != len(tt.want) {
				t.Errorf("got %q, want %q only", got, tt.want)
			}
			if tt.label != "" {
				if i := itemNamed(t, items, tt.label); i.Edit.NewText != tt.inserts {
					t.Errorf("%s inserts %q, want %q", tt.label, i.Edit.NewText, tt.inserts)
				}
			}
			c.finish()
		})
	}
}

// In a component, a command names the component's own inputs and outputs.
func TestCompletionInComponent(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	items := c.complete("parts/train.yml", mark(trainYAML, "${{outputs.model}}", "${{‸"))
	if got := labels(items); !slices.Equal(got, []string{"inputs", "outputs"}) {
		t.Errorf("got %q, want inputs, outputs", got)
	}
	items = c.complete("parts/train.yml", mark(trainYAML, "${{inputs.rate}}", "${{inputs.r‸}}"))
	rate := itemNamed(t, items, "rate")
	if rate.Edit.NewText != "rate" || rate.Detail != "number, optional" {
		t.Errorf("got %+v", rate)
	}
	if items := c.complete("parts/train.yml", mark(trainYAML, "    type: number\n    optional: true\n", "    type: ‸\n")); !slices.Contains(labels(items), "boolean") {
		t.Errorf("types of inputs of a component: got %q", labels(items))
	}
	c.finish()
}

// Types that fit come first.
func TestCompletionRanksByType(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	text := mark(pipelineYAML, "inputs:\n", "inputs:\n  epochs: 3\n")
	items := c.complete("pipeline.yml", mark(text, "data: ${{parent.jobs.prep.outputs.clean}}", "data: ${{parent.inputs.‸"))
	if raw, epochs := itemNamed(t, items, "raw"), itemNamed(t, items, "epochs"); raw.Sort >= epochs.Sort {
		t.Errorf("got raw %q, epochs %q: want the folder before the number", raw.Sort, epochs.Sort)
	}
	c.finish()
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	for _, can := range []bool{true, false} {
		c := start(t, nil)
		c.initialize(func(o object) {
			o["textDocument"] = object{"completion": object{"completionItem": object{"snippetSupport": can}}}
		})
		items := c.complete("new.yml", "‸")
		if got := slices.Contains(labels(items), "azureml pipeline job"); got != can {
			t.Errorf("client with snippets %t: got a skeleton %t", can, got)
		}
		for _, i := range items {
			if i.Format != 2 {
				t.Errorf("%s is no snippet", i.Label)
			}
		}
		items = c.complete("new.yml", "type: pipeline\njobs:\n  ‸")
		if got := slices.Contains(labels(items), "job with a component"); got != can {
			t.Errorf("client with snippets %t: got a job %t", can, got)
		}
		c.finish()
	}
}
