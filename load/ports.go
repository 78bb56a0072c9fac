package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// portTypes are the types of inputs and outputs. The service takes any
// capitalisation.
func portTypes() []string {
	return []string{"string", "number", "integer", "boolean", "uri_file", "uri_folder", "mltable",
		"custom_model", "mlflow_model", "triton_model", "path"}
}

func inputModes() []string {
	return []string{"ro_mount", "rw_mount", "download", "direct", "eval_mount", "eval_download", "mount"}
}

func outputModes() []string { return []string{"rw_mount", "mount", "upload", "direct"} }

// declaredInputs reads the inputs of a component.
func (r *reader) declaredInputs(root *yamlnode.Node) []*pipeline.Input {
	var out []*pipeline.Input
	for _, p := range pairs(r.mapping(root, "", "inputs")) {
		out = append(out, r.declaredInput(p, "inputs."+p.Key)...)
	}
	return out
}

// declaredInput reads one declaration; a group of inputs gives one for each
// member, with dotted names.
func (r *reader) declaredInput(p yamlnode.Pair, path string) []*pipeline.Input {
	in := &pipeline.Input{Name: p.Key, NameRange: p.KeyRange}
	switch p.Value.Kind {
	case yamlnode.Scalar:
		in.Default = r.literal(p.Value)
		in.Type = in.Default.Type
		return []*pipeline.Input{in}
	case yamlnode.Mapping:
	default:
		return nil
	}
	if members, ok := group(p.Value); ok {
		return r.groupInputs(p, members, path)
	}
	r.inputFields(in, p.Value, path)
	return []*pipeline.Input{in}
}

// group: a mapping of type group, with its members under properties.
func group(n *yamlnode.Node) (*yamlnode.Node, bool) {
	if t := n.Get("type"); t == nil || t.Text != "group" {
		return nil, false
	}
	return n.Get("properties"), true
}

func (r *reader) groupInputs(p yamlnode.Pair, members *yamlnode.Node, path string) []*pipeline.Input {
	var out []*pipeline.Input
	for _, m := range pairs(members) {
		for _, in := range r.declaredInput(m, path+".properties."+m.Key) {
			in.Name = p.Key + "." + in.Name
			out = append(out, in)
		}
	}
	return out
}

// inputFields() reads what declarations and values of inputs share.
func (r *reader) inputFields(in *pipeline.Input, n *yamlnode.Node, path string) {
	in.Type, in.TypeRange = r.portType(n, path)
	in.Mode = r.mode(n, path, inputModes())
	in.Description = r.text(n, path, "description").Value
	optional := r.boolean(n, path, "optional")
	in.Default = r.scalarLiteral(n, path, "default")
	in.Min = r.scalarLiteral(n, path, "min")
	in.Max = r.scalarLiteral(n, path, "max")
	in.Enum = r.enum(n, path)
	taken := []string{"type", "mode", "description", "default", "min", "max", "enum"}
	switch {
	case optional != nil:
		in.Optional = *optional
		taken = append(taken, "optional")
	case n.Get("optional") != nil:
		in.Optional = true // it cannot be read, and whether jobs have to give it cannot be judged
	}
	if in.Value != nil {
		taken = append(taken, valueKeyOf(n))
	}
	in.Extra = r.extra(n, path, taken...)
}

// valueKeyOf is the field of an input's mapping that its value was read from.
func valueKeyOf(n *yamlnode.Node) string {
	if v := n.Get("value"); v != nil && !v.IsNull() {
		return "value"
	}
	return "path"
}

func (r *reader) enum(n *yamlnode.Node, path string) []pipeline.Literal {
	v := n.Get("enum")
	if v == nil || v.IsNull() {
		return nil
	}
	var out []pipeline.Literal
	for _, item := range v.Items {
		if item.Kind == yamlnode.Scalar {
			out = append(out, *r.literal(item))
		}
	}
	return out
}

func (r *reader) portType(n *yamlnode.Node, path string) (pipeline.Type, diag.Range) {
	t := r.text(n, path, "type")
	if t.Value == "" {
		return "", t.Range
	}
	lower, known := strings.ToLower(t.Value), portTypes()
	switch {
	case lower == "path":
		lower = string(pipeline.URIFolder)
	case !slices.Contains(known, lower):
		return "", t.Range
	}
	return pipeline.Type(lower), t.Range
}

func (r *reader) mode(n *yamlnode.Node, path string, known []string) pipeline.Mode {
	t := r.text(n, path, "mode")
	lower := strings.ToLower(t.Value)
	if lower == "mount" {
		return known0(known)
	}
	return pipeline.Mode(lower)
}

// known0 is the mode that `mount` stands for: the first of the list.
func known0(known []string) pipeline.Mode { return pipeline.Mode(known[0]) }

// jobInputs reads the inputs of a job, which come with values.
func (r *reader) jobInputs(root *yamlnode.Node) []*pipeline.Input {
	var out []*pipeline.Input
	for _, p := range pairs(r.mapping(root, "", "inputs")) {
		path := "inputs." + p.Key
		in := &pipeline.Input{Name: p.Key, NameRange: p.KeyRange}
		if p.Value.Kind == yamlnode.Mapping {
			if members, ok := plainGroup(p.Value); ok {
				out = append(out, r.groupValues(p, members, path)...)
				continue
			}
		}
		in.Value = r.value(p.Value, path)
		r.typeOfValue(in, p.Value, path)
		out = append(out, in)
	}
	return out
}

// plainGroup: a mapping of which no key is a field of an input is a group of
// inputs, unless it is an input as the 2021 preview wrote it.
func plainGroup(n *yamlnode.Node) (*yamlnode.Node, bool) {
	members, fields := false, inputFields()
	for _, p := range n.Pairs {
		if slices.Contains(fields, p.Key) {
			return nil, false
		}
		members = members || schema.Today(p.Key) == ""
	}
	return n, members
}

func (r *reader) groupValues(p yamlnode.Pair, members *yamlnode.Node, path string) []*pipeline.Input {
	var out []*pipeline.Input
	for _, m := range members.Pairs {
		in := &pipeline.Input{Name: p.Key + "." + m.Key, NameRange: m.KeyRange}
		in.Value = r.value(m.Value, path+"."+m.Key)
		r.typeOfValue(in, m.Value, path+"."+m.Key)
		out = append(out, in)
	}
	return out
}

// typeOfValue gives a job's input its type: as written, else as its value is.
func (r *reader) typeOfValue(in *pipeline.Input, n *yamlnode.Node, path string) {
	switch {
	case n.Kind == yamlnode.Mapping:
		r.inputFields(in, n, path)
		if in.Value == nil && in.Default != nil {
			in.Value = &pipeline.Value{Literal: in.Default, Range: in.Default.Range}
		}
		if in.Type == "" && in.Value != nil && in.Value.Data != nil {
			in.Type = in.Value.Data.Type
		}
	case in.Value != nil && in.Value.Literal != nil:
		in.Type = in.Value.Literal.Type
	}
}

// value reads what an input is given: a literal, or a mapping with a path.
func (r *reader) value(n *yamlnode.Node, path string) *pipeline.Value {
	switch n.Kind {
	case yamlnode.Null:
		return nil
	case yamlnode.Scalar:
		return &pipeline.Value{Literal: r.literal(n), Range: n.Range}
	case yamlnode.Sequence:
		return nil
	}
	if lit := r.scalarLiteral(n, path, "value"); lit != nil {
		return &pipeline.Value{Literal: lit, Range: n.Range}
	}
	return r.dataValue(n, path)
}

func (r *reader) dataValue(n *yamlnode.Node, path string) *pipeline.Value {
	p := r.text(n, path, "path")
	if p.Value == "" {
		return nil
	}
	d := &pipeline.Data{Path: p, Mode: r.mode(n, path, inputModes()), ModeRange: r.text(n, path, "mode").Range}
	d.Type, d.TypeRange = r.portType(n, path)
	if isReference(p.Value) {
		lit := &pipeline.Literal{Text: p, Type: pipeline.String, Dir: r.dir()}
		return &pipeline.Value{Literal: lit, Type: d.Type, Mode: d.Mode, Range: p.Range}
	}
	if d.Type == "" {
		d.Type = pipeline.URIFolder
	}
	if pipeline.IsLocal(p.Value) {
		d.Local = r.localPath(p)
	}
	return &pipeline.Value{Data: d, Range: p.Range}
}

// isReference: the text is one reference and nothing else.
func isReference(s string) bool {
	parts, _ := expr.Parse(strings.TrimSpace(s))
	return len(parts) == 1 && parts[0].Ref != nil
}

// outputs reads declared outputs, of a job or component.
func (r *reader) outputs(root *yamlnode.Node) []*pipeline.Output {
	var out []*pipeline.Output
	for _, p := range pairs(r.mapping(root, "", "outputs")) {
		if o := r.output(p, "outputs."+p.Key); o != nil {
			out = append(out, o)
		}
	}
	return out
}

func (r *reader) output(p yamlnode.Pair, path string) *pipeline.Output {
	o := &pipeline.Output{Name: p.Key, NameRange: p.KeyRange}
	switch p.Value.Kind {
	case yamlnode.Null:
		return o
	case yamlnode.Mapping:
	default:
		return nil
	}
	o.Type, o.TypeRange = r.portType(p.Value, path)
	o.Mode, o.ModeRange = r.mode(p.Value, path, outputModes()), r.text(p.Value, path, "mode").Range
	o.Path = r.text(p.Value, path, "path")
	o.Description = r.text(p.Value, path, "description").Value
	o.AssetName = r.text(p.Value, path, "name")
	o.AssetVersion = r.text(p.Value, path, "version")
	o.Extra = r.extra(p.Value, path, "type", "mode", "path", "description", "name", "version")
	return o
}
