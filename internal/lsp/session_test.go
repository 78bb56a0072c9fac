package lsp_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/lsp"
)

const trainYAML = `$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
type: command
name: train
version: 1
description: Fits a model.
inputs:
  data:
    type: uri_folder
    description: What to learn from.
  rate:
    type: number
    optional: true
outputs:
  model:
    type: mlflow_model
code: ./src
environment: azureml:sklearn:1
command: >-
  python train.py --data ${{inputs.data}} $[[--rate ${{inputs.rate}}]] --model ${{outputs.model}}
`

const pipelineYAML = `$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
inputs:
  raw:
    type: uri_folder
    path: ./data
outputs:
  best:
    type: mlflow_model
jobs:
  prep:
    type: command
    command: cp -r ${{inputs.from}} ${{outputs.clean}}
    environment: azureml:sklearn:1
    inputs:
      from: ${{parent.inputs.raw}}
    outputs:
      clean:
        type: uri_folder
  train:
    type: command
    component: ./parts/train.yml
    compute: azureml:cpu
    inputs:
      data: ${{parent.jobs.prep.outputs.clean}}
    outputs:
      model: ${{parent.outputs.best}}
`

func project() map[string]string {
	return map[string]string{
		"pipeline.yml": pipelineYAML, "parts/train.yml": trainYAML, "data/x.csv": "1\n", "parts/src/train.py": "print()\n",
		"conda.yml": "dependencies:\n- python\n",
	}
}

// A whole session: open, faults, an edit that mends them, an unsaved
// component, completion, hover, definition, symbols, and the end.
func TestSession(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	result := c.initialize(nil)
	if can, ok := result["capabilities"].(object); !ok || can["positionEncoding"] != "utf-16" {
		t.Errorf("initialize: got %v, want utf-16", result)
	}
	faulty := strings.Replace(pipelineYAML, "parent.jobs.prep.outputs.clean", "parent.jobs.pre.outputs.clean", 1)
	c.open("pipeline.yml", faulty)
	p := c.diagnosed("pipeline.yml", "unknown-job")
	d := p.Diagnostics[0]
	if want := (rng{pos{24, 12}, pos{24, 46}}); d.Range != want || d.Severity != 1 || d.Source != "ischia" {
		t.Errorf("got %+v, want an error at %v", d, want)
	}
	if !strings.Contains(d.Message, `did you mean "prep"?`) || !strings.HasSuffix(d.CodeDescription.Href, "#unknown-job") {
		t.Errorf("got %q and link %q", d.Message, d.CodeDescription.Href)
	}
	if p.Version == nil || *p.Version != 1 {
		t.Errorf("got version %v, want 1", p.Version)
	}
	c.change("pipeline.yml", object{"range": rng{pos{24, 27}, pos{24, 30}}, "text": "prep"})
	if p := c.diagnosed("pipeline.yml", ""); *p.Version != 2 {
		t.Errorf("got version %d, want 2", *p.Version)
	}

	// The component is changed in its editor, and not saved.
	c.open("parts/train.yml", strings.Replace(trainYAML, "  data:\n", "  corpus:\n", 1))
	c.diagnosed("pipeline.yml", "missing-input unknown-input")
	c.diagnosed("parts/train.yml", "unknown-input")
	c.close("parts/train.yml")
	c.diagnosed("pipeline.yml", "")
	c.diagnosed("parts/train.yml", "")

	var h struct {
		Contents struct {
			Kind, Value string
		} `json:"contents"`
	}
	c.mustCall("textDocument/hover", c.at("pipeline.yml", pos{24, 40}), &h)
	if h.Contents.Kind != "markdown" || !strings.Contains(h.Contents.Value, "output `clean` of job `prep`: **uri_folder**") {
		t.Errorf("hover: got %+v", h)
	}
	var found []loc
	c.mustCall("textDocument/definition", c.at("pipeline.yml", pos{21, 20}), &found)
	if len(found) != 1 || found[0].URI != c.uri("parts/train.yml") {
		t.Errorf("definition: got %v, want the component's file", found)
	}
	var symbols []struct {
		Name     string
		Children []struct{ Name, Detail string }
	}
	c.mustCall("textDocument/documentSymbol", object{"textDocument": object{"uri": c.uri("pipeline.yml")}}, &symbols)
	if len(symbols) != 3 || symbols[2].Name != "jobs" || len(symbols[2].Children) != 2 || symbols[2].Children[1].Detail != "./parts/train.yml" {
		t.Errorf("symbols: got %+v", symbols)
	}
	c.finish()
}

// What another file is at fault for is shown there, though nobody opened it.
func TestDiagnosticsOfIncludedFiles(t *testing.T) {
	t.Parallel()
	files := project()
	files["parts/train.yml"] = strings.Replace(trainYAML, "type: mlflow_model", "type: mlflow_modle", 1)
	c := start(t, files)
	c.initialize(nil)
	c.open("pipeline.yml", pipelineYAML)
	p := c.diagnosed("parts/train.yml", "bad-value")
	if p.Version != nil || p.Diagnostics[0].Range.Start != (pos{14, 10}) {
		t.Errorf("got %+v, want a fault at 14:10 of a text without version", p)
	}
	// Mended on the disk, and told.
	write(t, filepath.Join(c.dir, "parts/train.yml"), trainYAML)
	c.notify("workspace/didChangeWatchedFiles", object{"changes": []object{{"uri": c.uri("parts/train.yml"), "type": 2}}})
	c.diagnosed("parts/train.yml", "")
	// One that vanishes.
	if err := os.Remove(filepath.Join(c.dir, "parts/train.yml")); err != nil {
		t.Fatal(err)
	}
	c.notify("textDocument/didSave", object{"textDocument": object{"uri": c.uri("pipeline.yml")}})
	c.diagnosed("pipeline.yml", "missing-file")
	// One that is there in an editor only.
	c.open("parts/train.yml", trainYAML)
	c.diagnosed("pipeline.yml", "")
	c.close("pipeline.yml")
	c.diagnosed("pipeline.yml", "")
	c.finish()
}

func TestOtherYAMLIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	c.open("conda.yml", "dependencies:\n- python\ntpye: x\n")
	c.diagnosed("conda.yml", "")
	c.versions["conda.yml"] = 1
	if got := c.complete("conda.yml", "dependencies:\n- python\n‸"); len(got) != 0 {
		t.Errorf("got %q, want nothing for a conda file", labels(got))
	}
	c.finish()
}

func TestPositionEncodings(t *testing.T) {
	t.Parallel()
	text := "type: pipeline\ninputs: {é𝛼: 1}\njobs:\n  a: {type: command, command: \"𝛼é ${{inputs.x}}\", environment: azureml:e:1}\n"
	for _, tt := range []struct {
		offered []string
		want    string
		at      rng
	}{
		{nil, "utf-16", rng{pos{3, 35}, pos{3, 48}}},
		{[]string{"utf-32", "utf-16"}, "utf-32", rng{pos{3, 34}, pos{3, 47}}},
		{[]string{"utf-7", "utf-8", "utf-16"}, "utf-8", rng{pos{3, 38}, pos{3, 51}}},
	} {
		c := start(t, nil)
		result := c.initialize(func(can object) { can["general"] = object{"positionEncodings": tt.offered} })
		if can, ok := result["capabilities"].(object); !ok || can["positionEncoding"] != tt.want {
			t.Errorf("%v: got %v, want %s", tt.offered, result, tt.want)
		}
		c.open("p.yml", text)
		m := c.await("a fault", func(m message) bool { return strings.Contains(string(m.Params), "unknown-input") })
		var p published
		if err := json.Unmarshal(m.Params, &p); err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Diagnostics {
			if d.Code == "unknown-input" && d.Range != tt.at {
				t.Errorf("%s: got %v, want %v", tt.want, d.Range, tt.at)
			}
		}
		c.finish()
	}
}

func TestFilesAreWatched(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	c.initialize(func(can object) {
		can["workspace"] = object{"didChangeWatchedFiles": object{"dynamicRegistration": true}}
	})
	m := c.await("a registration", func(m message) bool { return m.Method == "client/registerCapability" })
	c.send(object{"id": m.ID, "result": nil})
	c.finish()
}

func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	if err := c.call("textDocument/hover", object{}, nil); err == nil || !strings.Contains(err.Error(), "-32002") {
		t.Errorf("before initialize: got %v, want -32002", err)
	}
	c.initialize(nil)
	for _, tt := range []struct {
		body string
		code int
	}{
		{`{"jsonrpc": "2.0", "id": 77, "method`, -32700},
		{`nonsense`, -32700},
		{``, -32700},
		{`[]`, -32600},
		{`[{"jsonrpc":"2.0","id":1,"method":"x"}]`, -32600},
		{`{"jsonrpc":"2.0","id":{},"method":"x"}`, -32600},
		{`{"jsonrpc":"2.0","id":1.5,"method":"x"}`, -32600},
		{`{"jsonrpc":"2.0","id":3,"method":7}`, -32600},
		{`{"jsonrpc":"2.0"}`, -32600},
		{`"text"`, -32600},
		{strings.Repeat("[", 20_000), -32700},
	} {
		c.raw(tt.body)
		m := c.await(tt.body, func(m message) bool { return m.Error != nil })
		if m.Error.Code != tt.code {
			t.Errorf("%.40s: got %v, want %d", tt.body, m.Error, tt.code)
		}
	}
	for _, tt := range []struct {
		method string
		params any
		code   string
	}{
		{"textDocument/hover", []int{1}, "-32602"},
		{"textDocument/hover", object{"position": "x"}, "-32602"},
		{"textDocument/foldingRange", object{}, "-32601"},
		{"initialize", object{}, "-32600"},
		{"textDocument/rename", c.at("none.yml", pos{}), "-32803"},
	} {
		if err := c.call(tt.method, tt.params, nil); err == nil || !strings.HasPrefix(err.Error(), tt.code) {
			t.Errorf("%s %v: got %v, want %s", tt.method, tt.params, err, tt.code)
		}
	}
	// Places that are nowhere, and texts that are not open.
	c.open("pipeline.yml", pipelineYAML)
	for _, at := range []pos{{-1, -1}, {1 << 30, 0}, {3, 1 << 30}} {
		for _, method := range []string{"hover", "definition", "completion", "references"} {
			c.mustCall("textDocument/"+method, c.at("pipeline.yml", at), nil)
			c.mustCall("textDocument/"+method, c.at("none.yml", at), nil)
		}
	}
	c.change("none.yml", object{"text": "x"})
	c.close("none.yml")
	c.notify("textDocument/didOpen", object{"textDocument": object{"uri": "untitled:Untitled-1", "text": "type: pipeline"}})
	c.notify("textDocument/didOpen", object{"textDocument": object{"uri": "file:relative", "text": "type: pipeline"}})
	c.notify("textDocument/didChange", "nonsense")
	c.notify("$/cancelRequest", object{"id": object{}})
	c.notify("$/cancelRequest", object{"id": 12345})
	c.notify("$/unknown", nil)
	c.mustCall("textDocument/hover", c.at("pipeline.yml", pos{}), nil)
	c.finish()
}

func TestEndOfSession(t *testing.T) {
	t.Parallel()
	t.Run("exit without shutdown", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		c.initialize(nil)
		c.send(object{"method": "exit"})
		if err := c.ended(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("got %v, want %v", err, lsp.ErrNoShutdown)
		}
	})
	t.Run("stream ends", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		c.initialize(nil)
		c.in.Close()
		if err := c.ended(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("got %v, want %v", err, lsp.ErrNoShutdown)
		}
	})
	t.Run("what cannot be framed", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		if _, err := c.in.Write([]byte("Content-Length: 99999999999\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if err := c.ended(); !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("got %v, want %v", err, lsp.ErrNoShutdown)
		}
	})
	t.Run("requests after shutdown", func(t *testing.T) {
		t.Parallel()
		c := start(t, nil)
		c.initialize(nil)
		c.mustCall("shutdown", nil, nil)
		if err := c.call("textDocument/hover", object{}, nil); err == nil || !strings.HasPrefix(err.Error(), "-32600") {
			t.Errorf("got %v, want -32600", err)
		}
		c.send(object{"method": "exit"})
		if err := c.ended(); err != nil {
			t.Error(err)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	text, at := longPipeline(5000)
	c.open("pipeline.yml", text)
	for range 20 {
		id, answer := c.begin("textDocument/completion", c.at("pipeline.yml", at))
		c.notify("$/cancelRequest", object{"id": id})
		if m := <-answer; m.Error != nil && m.Error.Code != -32800 {
			t.Errorf("got %v, want an answer or that it was cancelled", m.Error)
		}
	}
	c.finish()
}

// Only the newest text is told about, and not before it rests.
func TestEditsInQuickSuccession(t *testing.T) {
	t.Parallel()
	c := start(t, project())
	c.initialize(nil)
	c.open("pipeline.yml", pipelineYAML)
	const edits = 50
	for i := range edits {
		name := "nobody"
		if i == edits-1 {
			name = "prep"
		}
		c.replace("pipeline.yml", strings.ReplaceAll(pipelineYAML, "parent.jobs.prep", "parent.jobs."+name))
	}
	last, count := 0, 0
	for last < edits+1 {
		m := c.await("diagnostics", func(m message) bool { return m.Method == "textDocument/publishDiagnostics" })
		var p published
		if err := json.Unmarshal(m.Params, &p); err != nil {
			t.Fatal(err)
		}
		if *p.Version < last {
			t.Errorf("version %d is told about after %d", *p.Version, last)
		}
		if want := map[bool]string{true: "", false: "unknown-job"}[*p.Version == edits+1 || *p.Version == 1]; p.codes() != want {
			t.Errorf("version %d: got %q, want %q", *p.Version, p.codes(), want)
		}
		last = *p.Version
		count++
	}
	t.Logf("%d publications of %d edits", count, edits)
	c.finish()
}
