package lsp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDefinition(t *testing.T) {
	t.Parallel()
	files := project()
	files["envs/env.yml"] = "name: e\nimage: python\nconda_file: ./c.yml\n"
	files["envs/c.yml"] = "dependencies: []\n"
	for _, tt := range []struct{ name, file, text, want string }{
		{"binding to an input", "pipeline.yml", mark(pipelineYAML, "parent.inputs.raw", "parent.inputs.r‸aw"), "pipeline.yml:3:2"},
		{"binding to an output", "pipeline.yml", mark(pipelineYAML, "outputs.clean}}\n    outputs", "outputs.cle‸an}}\n    outputs"), "pipeline.yml:17:6"},
		{"the job in a binding", "pipeline.yml", mark(pipelineYAML, "jobs.prep.", "jobs.‸prep."), "pipeline.yml:10:2"},
		{"the output of the pipeline", "pipeline.yml", mark(pipelineYAML, "outputs.best", "outputs.best‸"), "pipeline.yml:7:2"},
		{"a component's file", "pipeline.yml", mark(pipelineYAML, "./parts/train.yml", "./parts/‸train.yml"), "parts/train.yml:0:0"},
		{"an input of a component", "pipeline.yml", mark(pipelineYAML, "data: ${{", "da‸ta: ${{"), "parts/train.yml:6:2"},
		{"an output of a component", "pipeline.yml", mark(pipelineYAML, "model: ${{", "‸model: ${{"), "parts/train.yml:13:2"},
		{"an input in a command", "parts/train.yml", mark(trainYAML, "${{inputs.rate}}", "${{inputs.‸rate}}"), "parts/train.yml:9:2"},
		{"an input of a job in place", "pipeline.yml", mark(pipelineYAML, "${{inputs.from}}", "${{inputs.fro‸m}}"), "pipeline.yml:15:6"},
		{"the script of a command", "parts/train.yml", mark(trainYAML, "train.py", "tra‸in.py"), "parts/src/train.py:0:0"},
		{"the script of a code folder", "parts/train.yml", mark(trainYAML, "./src", "./‸src"), "parts/src/train.py:0:0"},
		{"an environment's file", "parts/train.yml", mark(trainYAML, "azureml:sklearn:1", "../envs/‸env.yml"), "envs/env.yml:0:0"},
		{"while a line is typed", "pipeline.yml", mark(pipelineYAML, "parent.inputs.raw}}\n", "parent.inputs.r‸aw}}\n      fro\n"), "pipeline.yml:3:2"},
		{"nothing", "pipeline.yml", mark(pipelineYAML, "azureml:cpu", "azure‸ml:cpu"), ""},
		{"a job that is not there", "pipeline.yml", mark(pipelineYAML, "jobs.prep.", "jobs.‸pre."), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, files)
			c.initialize(nil)
			text, at := cursor(t, tt.text)
			c.open(tt.file, text)
			var found []loc
			c.mustCall("textDocument/definition", c.at(tt.file, at), &found)
			got := ""
			for _, l := range found {
				got += fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(l.URI, c.uri("")+"/"), l.Range.Start.Line, l.Range.Start.Character)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			c.finish()
		})
	}
}

func TestHover(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"an input of the pipeline", mark(pipelineYAML, "parent.inputs.raw", "parent.inputs.r‸aw"), []string{"input `raw`", "**uri_folder**", "./data"}},
		{"a job", mark(pipelineYAML, "jobs.prep.", "jobs.‸prep."), []string{"job `prep`: **command**", "output `clean`"}},
		{"a component", mark(pipelineYAML, "./parts/train.yml", "./parts/‸train.yml"), []string{"**train** 1", "Fits a model.", "input `data`: **uri_folder**: What to learn from.", "output `model`"}},
		{"an input of a component", mark(pipelineYAML, "data: ${{", "da‸ta: ${{"), []string{"input `data`", "**uri_folder**", "What to learn from."}},
		{"a field", mark(pipelineYAML, "    compute:", "    com‸pute:"), []string{"**compute**"}},
		{"a value of several", mark(pipelineYAML, "type: mlflow_model", "type: mlflow‸_model"), []string{"One of", "`uri_file`"}},
		{"a name that nothing has", mark(pipelineYAML, "parent.inputs.raw", "parent.inputs.ro‸w"), []string{"There is no input `row`"}},
		{"nothing", mark(pipelineYAML, "azureml:cpu", "azure‸ml:cpu"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, project())
			c.initialize(nil)
			text, at := cursor(t, tt.text)
			c.open("pipeline.yml", text)
			var h *struct {
				Contents struct{ Value string } `json:"contents"`
			}
			c.mustCall("textDocument/hover", c.at("pipeline.yml", at), &h)
			switch {
			case h == nil && tt.want != nil:
				t.Errorf("got nothing, want %q", tt.want)
			case h != nil && tt.want == nil:
				t.Errorf("got %q, want nothing", h.Contents.Value)
			case h != nil:
				for _, w := range tt.want {
					if !strings.Contains(h.Contents.Value, w) {
						t.Errorf("got %q, want %q in it", h.Contents.Value, w)
					}
				}
			}
			c.finish()
		})
	}
}

func TestReferencesAndRename(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, text, new string
		want                  []string // what the text holds afterwards
		err                   string
	}{
		{"a job", "pipeline.yml", mark(pipelineYAML, "  prep:", "  pr‸ep:"), "clean_up", []string{"  clean_up:\n", "parent.jobs.clean_up.outputs.clean"}, ""},
		{"a job by its use", "pipeline.yml", mark(pipelineYAML, "jobs.prep.", "jobs.pr‸ep."), "x", []string{"  x:\n", "parent.jobs.x.outputs.clean"}, ""},
		{"an input of the pipeline", "pipeline.yml", mark(pipelineYAML, "  raw:", "  ra‸w:"), "source", []string{"  source:\n", "${{parent.inputs.source}}"}, ""},
		{"an output of a job in place", "pipeline.yml", mark(pipelineYAML, "      clean:", "      ‸clean:"), "out", []string{"      out:\n", "${{outputs.out}}", "prep.outputs.out}}"}, ""},
		{"an input of a job in place", "pipeline.yml", mark(pipelineYAML, "      from:", "      ‸from:"), "src", []string{"      src: ", "${{inputs.src}}"}, ""},
		{"an input of a component", "parts/train.yml", mark(trainYAML, "  data:", "  da‸ta:"), "x", nil, "which other files use"},
		{"an input that a component has", "pipeline.yml", mark(pipelineYAML, "data: ${{", "da‸ta: ${{"), "x", nil, "rename it there"},
		{"a bad name", "pipeline.yml", mark(pipelineYAML, "  prep:", "  pr‸ep:"), "a b", nil, "is no name"},
		{"a name that is taken", "pipeline.yml", mark(pipelineYAML, "  prep:", "  pr‸ep:"), "train", nil, "already"},
		{"no name", "pipeline.yml", mark(pipelineYAML, "type: pipeline", "ty‸pe: pipeline"), "x", nil, "there is no name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, project())
			c.initialize(nil)
			text, at := cursor(t, tt.text)
			c.open(tt.file, text)
			params := c.at(tt.file, at)
			params["newName"] = tt.new
			var result struct {
				Changes map[string][]struct {
					Range   rng
					NewText string
				}
			}
			err := c.call("textDocument/rename", params, &result)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
				c.finish()
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			edits := result.Changes[c.uri(tt.file)]
			lines := strings.Split(text, "\n")
			slices.Reverse(edits)
			for _, e := range edits {
				l := lines[e.Range.Start.Line]
				lines[e.Range.Start.Line] = l[:e.Range.Start.Character] + e.NewText + l[e.Range.End.Character:]
			}
			after := strings.Join(lines, "\n")
			for _, w := range tt.want {
				if !strings.Contains(after, w) {
					t.Errorf("after the rename there is no %q in\n%s", w, after)
				}
			}
			params["context"] = object{"includeDeclaration": false}
			var uses []loc
			c.mustCall("textDocument/references", params, &uses)
			if len(uses) != len(edits)-1 {
				t.Errorf("got %d references, want %d", len(uses), len(edits)-1)
			}
			c.finish()
		})
	}
}

// A fault with one safe mend is mended on request.
func TestQuickFix(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	text := strings.Replace(pipelineYAML, "    compute: azureml:cpu\n", "    𝛼: 1 # \n    compute: azureml:cpu\n", 1)
	text = strings.Replace(text, "    type: mlflow_model\n", "    tpye: mlflow_model\n", 1)
	c.open("pipeline.yml", text)
	m := c.await("a fault", func(m message) bool { return strings.Contains(string(m.Params), "tpye") })
	if m.Method != "textDocument/publishDiagnostics" {
		t.Fatalf("got %s", m.Method)
	}
	params := object{"textDocument": object{"uri": c.uri("pipeline.yml")}, "range": rng{pos{8, 5}, pos{8, 5}}, "context": object{"diagnostics": []int{}}}
	var found []struct {
		Title, Kind string
		Edit        struct {
			Changes map[string][]struct {
				Range   rng
				NewText string
			}
		}
	}
	c.mustCall("textDocument/codeAction", params, &found)
	if len(found) != 1 || found[0].Kind != "quickfix" {
		t.Fatalf("got %+v, want one mend", found)
	}
	edits := found[0].Edit.Changes[c.uri("pipeline.yml")]
	if len(edits) != 1 || edits[0].NewText != "type" || edits[0].Range != (rng{pos{8, 4}, pos{8, 8}}) {
		t.Errorf("got %+v, want type in the place of tpye", edits)
	}
	params["context"] = object{"only": []string{"refactor"}}
	c.mustCall("textDocument/codeAction", params, &found)
	if len(found) != 0 {
		t.Errorf("refactorings: got %+v, want none", found)
	}
	c.finish()
}
