package local_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestStepsCannotHarmTheirInputs: a step damages all it was given, and neither
// the source nor the next step notices.
func TestStepsCannotHarmTheirInputs(t *testing.T) {
	t.Parallel()
	const harm = `chmod -R u+w ${{inputs.d}} ${{inputs.f}} .; echo spoilt > ${{inputs.d}}/a; echo spoilt > ${{inputs.f}}; rm -r ${{inputs.d}}; echo spoilt > code.txt`
	p := newProject(t, map[string]string{
		"data/a": "good", "file": "good", "src/code.txt": "good", "pipeline.yml": fmt.Sprintf(`
type: pipeline
inputs: {d: {type: uri_folder, path: ./data}, f: {type: uri_file, path: ./file}}
jobs:
  make:
    command: echo good > ${{outputs.o}}/a
    environment: {image: x}
    outputs: {o: {type: uri_folder}}
  harm:
    command: %q
    code: ./src
    environment: {image: x}
    inputs: {d: "${{parent.inputs.d}}", f: "${{parent.inputs.f}}"}
    outputs: {o: {type: uri_folder}}
  harmtoo:
    command: chmod -R u+w ${{inputs.m}}; echo spoilt > ${{inputs.m}}/a
    environment: {image: x}
    inputs: {m: "${{parent.jobs.make.outputs.o}}"}
    outputs: {o: {type: uri_folder}}
  check:
    command: cat ${{inputs.d}}/a ${{inputs.f}} ${{inputs.m}}/a code.txt; ls ${{inputs.h}} ${{inputs.h2}}
    code: ./src
    environment: {image: x}
    inputs:
      d: "${{parent.inputs.d}}"
      f: "${{parent.inputs.f}}"
      m: "${{parent.jobs.make.outputs.o}}"
      h: "${{parent.jobs.harm.outputs.o}}"
      h2: "${{parent.jobs.harmtoo.outputs.o}}"
`, harm)})
	res := p.run(t.Context())
	if got := p.log(res.Name, "check"); res.Status != workspace.Completed || strings.Contains(got, "spoilt") || strings.Count(got, "good") != 4 {
		t.Errorf("the job is %s, %v; after the damage a step reads %q", res.Status, res.Error, got)
	}
	for _, name := range []string{"data/a", "file", "src/code.txt"} {
		if text, err := os.ReadFile(filepath.Join(p.dir, name)); string(text) != "good" {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
}

// TestInputsOfOneRunAreOneVersion: data and code that change during a run, and
// addresses whose content changes, are the same for all of its steps.
func TestInputsOfOneRunAreOneVersion(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "answer %d\n", asked.Add(1))
	}))
	t.Cleanup(server.Close)
	p := newProject(t, map[string]string{"data/a": "one\n", "src/c": "one\n"})
	writeFile(t, filepath.Join(p.dir, "pipeline.yml"), fmt.Sprintf(`
type: pipeline
inputs: {d: {type: uri_folder, path: ./data}, u: {type: uri_file, path: %q}}
jobs:
  first:
    command: cat ${{inputs.d}}/a ${{inputs.u}} c; echo two > %s/data/a; echo two > %[2]s/src/c
    code: ./src
    environment: {image: x}
    inputs: {d: "${{parent.inputs.d}}", u: "${{parent.inputs.u}}"}
    outputs: {o: {type: uri_folder}}
  second:
    command: cat ${{inputs.d}}/a ${{inputs.u}} c; ls ${{inputs.o}}
    code: ./src
    environment: {image: x}
    inputs: {d: "${{parent.inputs.d}}", u: "${{parent.inputs.u}}", o: "${{parent.jobs.first.outputs.o}}"}
`, server.URL+"/file.txt", p.dir))
	res := p.run(t.Context())
	const want = "one\nanswer 1\none\n"
	if first, second := p.log(res.Name, "first"), p.log(res.Name, "second"); first != want || second != want {
		t.Errorf("the steps read %q and %q, want %q; %v", first, second, want, res.Error)
	}
}

// TestInputModes reads each kind of input in each mode.
func TestInputModes(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"data/sub/a": "local\n", "pipeline.yml": `
type: pipeline
jobs:
  put:
    command: mkdir ${{outputs.o}}/sub; echo stored > ${{outputs.o}}/sub/a; echo file > ${{outputs.f}}
    environment: {image: x}
    outputs:
      o: {type: uri_folder, path: "azureml://datastores/${{default_datastore}}/paths/mine/${{output_name}}/"}
      f: {type: uri_file, path: azureml://datastores/workspacefilestore/paths/mine/f.txt}
`,
	})
	name := p.run(t.Context()).Name
	const store = "azureml://datastores/workspaceblobstore/paths/"
	for _, tt := range []struct{ input, command, want string }{
		{`{type: uri_folder, path: ./data}`, "cat $I/sub/a", "local\n"},
		{`{type: uri_folder, path: ./data, mode: download}`, "cat $I/sub/a", "local\n"},
		{`{type: uri_file, path: ./data/sub/a}`, "cat $I", "local\n"},
		{`{type: uri_folder, path: ./data, mode: direct}`, "cat $I/sub/a", "local\n"},
		{`{type: uri_folder, path: ` + store + `mine/o}`, "cat $I/sub/a", "stored\n"},
		{`{type: uri_folder, path: ` + store + `mine/o/sub/}`, "cat $I/a", "stored\n"},
		{`{type: uri_file, path: ` + store + `mine/o/sub/a}`, "cat $I", "stored\n"},
		{`{type: uri_file, path: ` + store + `mine/o/sub/a, mode: direct}`, "echo $I", store + "mine/o/sub/a\n"},
		{`{type: uri_folder, path: ` + store + `nothing/here}`, "ls $I", ""},
		{`{type: uri_file, path: azureml://datastores/workspacefilestore/paths/mine/f.txt}`, "basename $I; cat $I", "f.txt\nfile\n"},
		{`{type: uri_folder, path: azureml://subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/local/workspaces/local/datastores/workspaceblobstore/paths/mine/o}`, "cat $I/sub/a", "stored\n"},
		{`{type: uri_folder, path: azureml://jobs/` + p.steps(name)["put"].Name + `/outputs/o}`, "cat $I/sub/a", "stored\n"},
		{`{type: uri_folder, path: azureml://jobs/` + p.steps(name)["put"].Name + `/outputs/o/paths/sub}`, "cat $I/a", "stored\n"},
		{`{type: uri_file, path: azureml://jobs/` + p.steps(name)["put"].Name + `/outputs/f}`, "cat $I", "file\n"},
	} {
		t.Run(tt.input, func(t *testing.T) {
			p.t = t
			writeFile(t, filepath.Join(p.dir, "pipeline.yml"), fmt.Sprintf(`
type: pipeline
jobs:
  s: {command: "I=${{inputs.i}}; %s", environment: {image: x}, inputs: {i: %s}}
`, tt.command, tt.input))
			res := p.run(t.Context())
			if got := p.log(res.Name, "s"); got != tt.want || res.Status != workspace.Completed {
				t.Errorf("the step is %s (%v) and read %q, want %q", res.Status, res.Error, got, tt.want)
			}
		})
	}
}

// TestAddressesThatLeadAway are refused, whatever lies there.
func TestAddressesThatLeadAway(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs:
  s: {command: "echo x > ${{outputs.o}}/f", environment: {image: x}, outputs: {o: {type: uri_folder}}}
`})
	name := p.steps(p.run(t.Context()).Name)["s"].Name
	for _, uri := range []string{
		"azureml://jobs/" + name + "/outputs/o/paths/../o/f",
		"azureml://jobs/" + name + "/outputs/o/paths/../../../azureml/" + name + "/o/f",
		"azureml://jobs/../outputs/o", "azureml://jobs/" + name + "/secrets/o", "azureml://jobs/" + name + "/outputs/o/nopaths/f",
		"azureml://datastores/workspaceblobstore/paths/azureml/../azureml/" + name + "/o/f", "azureml://datastores/workspaceblobstore/paths/.",
	} {
		writeFile(t, filepath.Join(p.dir, "pipeline.yml"), fmt.Sprintf("type: pipeline\njobs:\n  s: {command: \"cat ${{inputs.i}}\", environment: {image: x}, inputs: {i: {type: uri_file, path: %q}}}\n", uri))
		res := p.run(t.Context())
		if want := map[string]string{"": "Failed - UserError", "s": "Failed - UserError"}; !maps.Equal(p.ends(res.Name), want) {
			t.Errorf("%s: %v", uri, p.ends(res.Name))
		}
	}
}

// TestHomeInsideTheCode: a home in the folder that is taken as code or as an
// input is no part of it, whatever an ignore file says.
func TestHomeInsideTheCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ ignore, step, want string }{
		{"", "code: .", "Completed 0"},
		{"!.ischia\n", "code: .", "Completed 0"},
		{"", "inputs: {d: {type: uri_folder, path: .}}", "Completed 0"},
		{".ischia\n", "code: .", "Completed 0"},
		{"/.ischia/\n", "inputs: {d: {type: uri_folder, path: .}}", "Completed 0"},
	} {
		p := newProject(t, map[string]string{
			"pipeline.yml": "type: pipeline\njobs: {s: {command: ls -a, environment: {image: x}, " + tt.step + "}}\n", ".amlignore": tt.ignore,
		})
		p.openHome(filepath.Join(p.dir, ".ischia"))
		res := p.run(t.Context())
		if got := p.ends(res.Name)["s"]; got != tt.want || strings.Contains(p.log(res.Name, "s"), ".ischia") {
			t.Errorf("%q, %s: %s, %v", tt.ignore, tt.step, got, res.Error)
		}
	}
}
