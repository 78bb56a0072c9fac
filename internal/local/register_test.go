package local_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

const registering = `
type: pipeline
outputs:
  model: {type: mlflow_model, name: penguins}
jobs:
  prep:
    command: echo %s > ${{outputs.clean}}/b.txt && cat hello.txt
    code: ./src
    environment: {image: x}
    outputs: {clean: {type: uri_folder, name: clean, version: "7"}}
  train:
    command: cat ${{inputs.c}}/b.txt > ${{outputs.m}}/m.txt
    environment: {image: x}
    inputs: {c: "${{parent.jobs.prep.outputs.clean}}", n: 1}
    outputs: {m: "${{parent.outputs.model}}"}
`

func (p *project) versions(c workspace.Collection, name string) []*workspace.Resource {
	p.t.Helper()
	list, err := p.l.Ledger().Resources().Resources(p.t.Context(), workspace.ResourceQuery{
		Scope: workspace.BuiltIn(), Collection: c, Name: name,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// assetBody is what of an asset's body the tests look at.
type assetBody struct {
	Properties struct {
		ModelURI, ModelType, DataURI, DataType, JobName string
		Flavors, Properties, Tags                       map[string]string
	}
}

func assetOf(t *testing.T, r *workspace.Resource) assetBody {
	t.Helper()
	var b assetBody
	if err := json.Unmarshal(r.Body, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOutputsRegister(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(registering, "one"), "src/hello.txt": "hello\n"})
	first := p.run(t.Context())
	if first.Status != workspace.Completed {
		t.Fatalf("got %s: %v", first.Status, first.Error)
	}
	model := p.versions(workspace.Models, "penguins")
	if len(model) != 1 || model[0].Version != "1" || len(model[0].Digests) != 1 {
		t.Fatalf("got models %+v, want version 1", model)
	}
	b := assetOf(t, model[0]).Properties
	steps, err := p.l.Ledger().Steps(t.Context(), workspace.BuiltIn(), first.Name)
	if err != nil {
		t.Fatal(err)
	}
	const long = "azureml://subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/local/workspaces/local/datastores/"
	if want := long + "workspaceblobstore/paths/azureml/" + first.Name + "/model/"; b.ModelURI != want {
		t.Errorf("got modelUri %s, want %s", b.ModelURI, want)
	}
	if b.ModelType != "mlflow_model" || b.JobName != steps[1].Name || b.Flavors == nil || b.Tags == nil {
		t.Errorf("got %+v", b)
	}
	inputs := b.Properties[local.PropertyInputs]
	if b.Properties[local.PropertyStep] != "train" || !strings.Contains(inputs, steps[0].Spec.Outputs[0].Digest) ||
		!strings.Contains(inputs, `{"name":"n"`) {
		t.Errorf("got lineage %v", b.Properties)
	}
	data := p.versions(workspace.Data, "clean")
	if len(data) != 1 || data[0].Version != "7" {
		t.Fatalf("got data %+v, want version 7", data)
	}
	d := assetOf(t, data[0]).Properties
	if !strings.HasPrefix(d.DataURI, long) || d.DataType != "uri_folder" || d.Properties[local.PropertyCode] != steps[0].Spec.Code {
		t.Errorf("got %+v, want code %s", d, steps[0].Spec.Code)
	}
}

// TestReusedOutputsRegister: a step that is answered registers a new version as
// well, and one that is there with the same content stays.
func TestReusedOutputsRegister(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(registering, "one"), "src/hello.txt": "hello\n"})
	for range 2 {
		if res := p.run(t.Context()); res.Status != workspace.Completed {
			t.Fatalf("got %v", res)
		}
	}
	model := p.versions(workspace.Models, "penguins")
	if len(model) != 2 || model[1].Version != "2" {
		t.Fatalf("got models %+v, want versions 1 and 2", model)
	}
	one, two := assetOf(t, model[0]).Properties, assetOf(t, model[1]).Properties
	if one.ModelURI == two.ModelURI || one.JobName == two.JobName || two.Properties[local.PropertyInputs] == "" {
		t.Errorf("got %+v after %+v", two, one)
	}
	if data := p.versions(workspace.Data, "clean"); len(data) != 1 {
		t.Errorf("got data %+v, want version 7 alone", data)
	}
}

// TestRegisteredOnce: other content under a version that is there fails the
// step.
func TestRegisteredOnce(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(registering, "one"), "src/hello.txt": "hello\n"})
	p.run(t.Context())
	if err := os.WriteFile(filepath.Join(p.dir, "pipeline.yml"), []byte(fmt.Sprintf(registering, "two")), 0o600); err != nil {
		t.Fatal(err)
	}
	res := p.run(t.Context())
	if res.Status != workspace.Failed || res.Error.FailedStep != "prep" || res.Error.Code != "UserError" ||
		!strings.Contains(res.Error.Message, "version 7 of clean is registered already") {
		t.Errorf("got %s: %+v", res.Status, res.Error)
	}
	if model := p.versions(workspace.Models, "penguins"); len(model) != 1 {
		t.Errorf("got models %+v, want version 1 alone", model)
	}
}
