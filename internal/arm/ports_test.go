package arm_test

import (
	"os"
	"testing"

	"github.com/ischia-ml/ischia/pipeline"
)

// TestInputsOfPrograms: inputs of a pipeline that a program wrote may say more
// than those of a file, and keep it.
func TestInputsOfPrograms(t *testing.T) {
	t.Parallel()
	three := &pipeline.Value{Literal: &pipeline.Literal{Text: pipeline.Text{Value: "3"}, Type: pipeline.Number}}
	data := &pipeline.Value{Data: &pipeline.Data{Type: pipeline.URIFile, Path: pipeline.Text{Value: "https://example.com/a"}}}
	inputs := []*pipeline.Input{
		{Name: "number", Type: pipeline.Number, Value: three},
		{Name: "text", Type: pipeline.String, Value: &pipeline.Value{Literal: &pipeline.Literal{Text: pipeline.Text{Value: "3"}, Type: pipeline.String}}},
		{Name: "described", Type: pipeline.Number, Description: "how many", Value: three},
		{Name: "none", Type: pipeline.Integer},
		{Name: "folder", Type: pipeline.URIFolder},
		{Name: "untyped"},
		{Name: "data", Type: pipeline.URIFile, Description: "some data", Value: data},
	}
	step := &pipeline.Step{Name: "s", Type: pipeline.CommandStep, Component: &pipeline.Component{
		Type: pipeline.CommandComponent, Inline: true, Command: pipeline.Text{Value: "echo"},
		Environment: &pipeline.Environment{Ref: pipeline.Text{Value: "azureml:e:1"}},
	}}
	p := &pipeline.Pipeline{
		Inputs: inputs, Outputs: []*pipeline.Output{{Name: "o", Type: pipeline.MLTable, Description: "a table"}}, Steps: []*pipeline.Step{step},
	}
	job, err := throughWire(t.Context(), p, os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	back, ok := job.(*pipeline.Pipeline)
	if !ok || len(back.Inputs) != len(inputs) {
		t.Fatalf("got %+v", job)
	}
	for i, want := range inputs {
		got := back.Inputs[i]
		if got.Name != want.Name || got.Type != want.Type || got.Description != want.Description || valueText(got) != valueText(want) {
			t.Errorf("got %+v with %q, want %+v with %q", got, valueText(got), want, valueText(want))
		}
	}
	if out := back.Outputs[0]; out.Description != "a table" || out.Type != pipeline.MLTable {
		t.Errorf("got the output %+v", out)
	}
}

func valueText(in *pipeline.Input) string {
	switch {
	case in.Value == nil:
		return ""
	case in.Value.Literal != nil:
		return string(in.Value.Literal.Type) + " " + in.Value.Literal.Value
	}
	return string(in.Value.Data.Type) + " " + in.Value.Data.Path.Value
}
