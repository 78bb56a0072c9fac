package schema_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// kindOf is the description of a kind that there is.
func kindOf(t testing.TB, name string) *schema.Kind {
	t.Helper()
	k, ok := schema.Of(name)
	if !ok {
		t.Fatalf("no kind %q", name)
	}
	return k
}

func parse(t testing.TB, text string) *yamlnode.Node {
	t.Helper()
	n, errs := yamlnode.Parse("f.yml", []byte(text))
	if n == nil || errs.HasErrors() {
		t.Fatalf("parse: %v\n%s", errs, text)
	}
	return n
}

// shown is a diagnostic as the tables below write it.
func shown(d diag.Diagnostic) string {
	s := fmt.Sprintf("%d %s %s %s: %s", d.Line, d.Severity, d.Code, d.Path, d.Message)
	if d.Hint != "" {
		s += " (" + d.Hint + ")"
	}
	return s
}

func check(t testing.TB, kind, text string) []string {
	t.Helper()
	var got []string
	for _, d := range kindOf(t, kind).Check(parse(t, text), "").Sorted() {
		got = append(got, shown(d))
	}
	return got
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := documents()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, check(t, tt.kind, tt.text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestJSONSchemaAgrees validates the same documents with the JSON Schema.
func TestJSONSchemaAgrees(t *testing.T) {
	t.Parallel()
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range schema.Kinds() {
		compiled[name] = compile(t, name)
	}
	for _, tt := range documents() {
		if tt.checkerOnly {
			continue
		}
		errs := kindOf(t, tt.kind).Check(parse(t, tt.text), "")
		err := compiled[tt.kind].Validate(value(parse(t, tt.text)))
		if (err != nil) != errs.HasErrors() {
			t.Errorf("%s: the checker says %v, the JSON Schema says %v", tt.name, errs.Err(), err)
		}
	}
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	text, err := schema.JSONSchema(kindOf(t, name))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := schema.JSONSchema(kindOf(t, name))
	if !bytes.Equal(text, again) {
		t.Errorf("%s: two JSON Schemas of it differ", name)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:///"+name, doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	s, err := c.Compile("mem:///" + name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// value is a node as JSON decoders give it.
func value(n *yamlnode.Node) any {
	switch n.Kind {
	case yamlnode.Null:
		return nil
	case yamlnode.Sequence:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, value(item))
		}
		return out
	case yamlnode.Mapping:
		out := map[string]any{}
		for _, p := range n.Pairs {
			out[p.Key] = value(p.Value)
		}
		return out
	}
	if b, ok := n.AsBool(); ok {
		return b
	}
	if f, ok := n.AsFloat(); ok {
		return f
	}
	return n.Text
}

func TestEveryKindIsDescribed(t *testing.T) {
	t.Parallel()
	for _, name := range schema.Kinds() {
		k := kindOf(t, name)
		if k.Name != name || k.Noun == "" || k.Doc == "" || k.Source == "" || k.Body.Name == "" {
			t.Errorf("%s: the description lacks a name, noun, doc, source or body: %+v", name, k)
		}
		page := string(schema.Page(k))
		if !strings.HasPrefix(page, "# "+name+"\n") || strings.Contains(page, "|  |") {
			t.Errorf("%s: the page lacks a title, or a field of it says nothing:\n%s", name, page)
		}
		compile(t, name)
	}
	if _, ok := schema.Of("nothing"); ok {
		t.Error("there is a kind that is not listed")
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	const text = `
type: pipeline
inputs: {raw: {type: uri_file, path: a}}
jobs:
  prep: {component: ./a.yml, inputs: {x: 1}}
  train:
    command: x
    environment: {image: i}
    distribution: {type: mpi}
  odd: {type: nothing}
`
	tests := []struct{ path, object, field string }{
		{"", "PipelineJob", ""},
		{"inputs", "", "inputs"},
		{"inputs.raw", "DataInput", "inputs"},
		{"inputs.raw.mode", "", "mode"},
		{"jobs.prep", "CommandNode", "jobs"},
		{"jobs.train", "InlineCommandNode", "jobs"},
		{"jobs.train.environment", "InlineEnvironment", "environment"},
		{"jobs.train.distribution", "Distribution_mpi", "distribution"},
		{"jobs.train.distribution.process_count_per_instance", "", "process_count_per_instance"},
		{"jobs.train.limits", "CommandLimits", "limits"},
		{"jobs.new", "InlineCommandNode", "jobs"},
		{"jobs.odd", "", "jobs"},
		{"jobs.odd.type", "", "type"},
		{"nothing.here", "", ""},
	}
	k, root := kindOf(t, "pipelineJob"), parse(t, text)
	for _, tt := range tests {
		o, f := k.At(root, keys(tt.path))
		if got := nameOf(o); got != tt.object {
			t.Errorf("%q: got object %q, want %q", tt.path, got, tt.object)
		}
		if got := fieldOf(f); got != tt.field {
			t.Errorf("%q: got field %q, want %q", tt.path, got, tt.field)
		}
	}
}

// TestAtOffersEveryType looks at the key that tells alternatives apart.
func TestAtOffersEveryType(t *testing.T) {
	t.Parallel()
	k, root := kindOf(t, "pipelineJob"), parse(t, "jobs: {a: {type: command, command: x}}")
	_, f := k.At(root, keys("jobs.a.type"))
	if f == nil || !strings.Contains(strings.Join(f.Shape.Values(), " "), "command pipeline sweep parallel") {
		t.Errorf("type of a job: got %+v, want all types", f)
	}
	_, f = k.At(root, keys("settings.force_rerun"))
	if diff := cmp.Diff([]string{"true", "false"}, f.Shape.Values()); diff != "" {
		t.Errorf("force_rerun: -want +got:\n%s", diff)
	}
}

func keys(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}

func nameOf(o *schema.Object) string {
	if o == nil {
		return ""
	}
	return o.Name
}

func fieldOf(f *schema.Field) string {
	if f == nil {
		return ""
	}
	return f.Name
}
