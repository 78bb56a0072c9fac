package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// Inputs and outputs: what jobs are given, and what components declare.

func literalTypes() []string { return []string{"string", "number", "integer", "boolean"} }

func dataTypes() []string {
	return []string{"uri_file", "uri_folder", "mltable", "custom_model", "mlflow_model", "triton_model"}
}

func portType(values ...string) Shape {
	return enum(values...).fold().of("a type of input or output", "types")
}

// declaredType is portType in a component, where capitals count.
func declaredType(values ...string) Shape {
	return enum(values...).of("a type of input or output", "types")
}

func inputMode() Shape {
	return enum("ro_mount", "download", "direct", "eval_mount", "eval_download").fold().of("a mode here", "modes").bindable()
}

func outputMode() Shape {
	return enum("rw_mount", "mount", "upload", "direct").fold().of("a mode here", "modes").bindable()
}

// jobInputs are the inputs of a job, which come with values, or get them when
// it is submitted.
// Source: azure-ai-ml: _schema/job/input_output_entry.py.
func jobInputs() Shape {
	return mapOf(inputValue().nullable())
}

// nodeInputs are those of a job in a pipeline, which come with values.
func nodeInputs() Shape {
	return mapOf(inputValue())
}

// inputValue is what one input is given.
func inputValue() Shape {
	return literal().or(union(Union{
		Cases: []Case{
			caseOf("value", "LiteralInput", literalInput).has("value"),
			caseOf("data", "DataInput", dataInput).has(inputKeys()...),
			{Value: "declared", Object: Ref{Name: "DataInput", Build: dataInput}, Quiet: true, Wrong: declaredInJob},
			caseOf("group", "GroupInput", func() *Object {
				member := inputValue()
				return &Object{Noun: "a group of inputs", Rest: &member, Rules: []Rule{groupsAreOurs()}}
			}).otherwise(),
		},
		Absent: formOfInput,
	})).says("a value, a binding, or a mapping with type and path")
}

// formOfInput tells data from a literal in a mapping, and both from a group of
// inputs, which is a mapping of which no key is a field of an input.
func formOfInput(n *yamlnode.Node) string {
	switch {
	case isDeclaration(n):
		return "declared"
	case n.Get("value") != nil:
		return "value"
	case len(n.Pairs) == 0:
		return "data"
	}
	keys, members := inputKeys(), false
	for i := range n.Pairs {
		if slices.Contains(keys, n.Pairs[i].Key) {
			return "data"
		}
		members = members || Today(n.Pairs[i].Key) == "" && diag.Slip(n.Pairs[i].Key, keys) == ""
	}
	if members {
		return "group"
	}
	return "data"
}

// inputKeys are fields that inputs have somewhere; a group has none of them.
func inputKeys() []string {
	return []string{"type", "path", "mode", "description", "optional", "default", "enum", "min", "max",
		"path_on_compute", "datastore", "name", "version"}
}

// groupsAreOurs: in a file, azure-ai-ml takes groups by names with dots only.
func groupsAreOurs() Rule {
	return test("Azure ML takes the inputs of a group with dotted names only: `group.member`.", func(*yamlnode.Node) []Fault {
		return []Fault{{Warning: true, Code: diag.CodeWrongShape, Message: "Azure ML takes no groups of inputs in files", Hint: "write names with dots: GROUP.MEMBER"}}
	})
}

// isDeclaration: n says what an input is, as a component does, and not what it
// is given.
func isDeclaration(n *yamlnode.Node) bool {
	typ := n.Get("type")
	return typ != nil && typ.Kind == yamlnode.Scalar && slices.Contains(literalTypes(), strings.ToLower(typ.Text)) && n.Get("path") == nil
}

// declaredInJob: the inputs of jobs have values.
func declaredInJob(name string, n *yamlnode.Node) Fault {
	value := "VALUE"
	for _, key := range []string{"value", "default"} {
		if v := n.Get(key); v != nil && v.Kind == yamlnode.Scalar && !strings.Contains(v.Text, "\n") {
			value = clip(v.Text)
			break
		}
	}
	return Fault{
		Key:     "type",
		Message: "input " + strconv.Quote(name) + " of a job is a value, but this declares it with type " + clip(n.Get("type").Text),
		Hint:    "write " + name + ": " + value,
	}
}

func dataInput() *Object {
	return &Object{Noun: "an input", Rules: []Rule{modesOfTables()}, Fields: []Field{
		field("type", portType(dataTypes()...).bindable(), "What the path leads to.").defaults("uri_folder"),
		field("path", text(), "Where the data is: a path relative to this file, a URI, azureml:NAME:VERSION, or a binding."),
		field("mode", inputMode(), "How the data reaches the job.").defaults("ro_mount"),
		field("path_on_compute", text(), "Where it appears on the node.").here(Validated),
		field("datastore", text(), "Where a local path is uploaded.").here(Validated),
	}}
}

// modesOfTables: only tables are evaluated.
// Source: azure-ai-ml: MLTableInputSchema, and its neighbours, of
// _schema/job/input_output_entry.py.
func modesOfTables() Rule {
	return test("Only inputs of type `mltable` have the modes `eval_mount` and `eval_download`.", func(n *yamlnode.Node) []Fault {
		typ, mode := n.Get("type"), n.Get("mode")
		if typ == nil || mode == nil || typ.Kind != yamlnode.Scalar || mode.Kind != yamlnode.Scalar {
			return nil
		}
		evaluates := same("eval_mount", mode.Text, Lower) || same("eval_download", mode.Text, Lower)
		if !evaluates || same("mltable", typ.Text, Lower) || isBinding(typ) || !slices.Contains(dataTypes(), strings.ToLower(typ.Text)) {
			return nil
		}
		return []Fault{{Key: "mode", Message: clip(mode.Text) + " is for inputs of type mltable, but this is a " + typ.Text, Hint: "modes are ro_mount, download, direct"}}
	})
}

func literalInput() *Object {
	return &Object{Noun: "an input", Stray: besideValue, Fields: []Field{
		field("value", literal(), "The value."),
	}}
}

// besideValue: a literal in a mapping stands alone.
func besideValue(yamlnode.Pair) string { return "a literal is written without it: NAME: VALUE" }

// jobOutputs are the outputs of a job.
func jobOutputs() Shape { return mapOf(outputValue()) }

func outputValue() Shape {
	return obj("JobOutput", jobOutput).nullable().says("empty, or a mapping with type, mode and path")
}

// nodeOutputs are those of a job in a pipeline, which may be bound.
func nodeOutputs() Shape {
	return mapOf(text().or(outputValue()).nullable().says("empty, a binding, or a mapping with type, mode and path"))
}

func jobOutput() *Object {
	return &Object{Noun: "an output", Fields: []Field{
		field("type", portType(dataTypes()...).bindable(), "What is made.").defaults("uri_folder"),
		field("path", text(), "Where it is put; the service chooses a place when it is absent."),
		field("mode", outputMode(), "How it leaves the job.").defaults("rw_mount"),
		field("name", text(), "The name under which it is registered as a data asset.").here(Validated),
		field("version", literal(), "The version under which it is registered.").here(Validated),
	}}
}

// declaredInputs are the inputs of a component.
// Source: azure-ai-ml: _schema/component/input_output.py.
func declaredInputs() Shape {
	u := Union{
		By: "type", Subject: "input %s", Noun: "a type of input or output", Plural: "types",
		Cases: portCases("InputParameter", inputParameter, "InputPort", inputPort),
	}
	u.Cases = append(u.Cases, caseOf("group", "InputGroup", inputGroup).quietly())
	return mapOf(union(u).says("a mapping with a type"))
}

// portCases are one case for each type, of literals and of data.
func portCases(parameterName string, parameter func() *Object, portName string, port func() *Object) []Case {
	var out []Case
	for _, t := range literalTypes() {
		out = append(out, caseOf(t, parameterName, parameter))
	}
	for _, t := range dataTypes() {
		out = append(out, caseOf(t, portName, port))
	}
	return append(out, caseOf("path", portName, port).quietly())
}

func inputParameter() *Object {
	return &Object{Noun: "an input with a literal type", Subject: "input %s", Fields: []Field{
		field("type", declaredType(literalTypes()...), "What its values are.").required(),
		field("description", text(), "What it is for.").here(Validated),
		field("default", literal(), "The value when none is given."),
		field("optional", boolean(), "Whether it may be left out.").defaults("false"),
		field("enum", list(literal()), "The only values allowed; of texts only.").here(Validated),
		field("min", number(), "The least value.").here(Validated),
		field("max", number(), "The greatest value.").here(Validated),
	}, Stray: strayOfParameter, Rules: []Rule{belongs("type", "an input", only("integer number", "min", "max"), only("string", "enum"), only("boolean")), enumOfTexts()}}
}

// enumOfTexts: what looks like a number or boolean is one.
// Source: azure-ai-ml: _schema/component/input_output.py, ParameterSchema.
func enumOfTexts() Rule {
	return test("The values of `enum` are texts; what looks like a number or boolean stands in quotes.", func(n *yamlnode.Node) []Fault {
		typ, enum := n.Get("type"), n.Get("enum")
		if typ == nil || typ.Text != "string" || enum == nil {
			return nil
		}
		for _, item := range enum.Items {
			if item.Kind == yamlnode.Scalar && item.Type() != yamlnode.String {
				return []Fault{{Key: "enum", Code: diag.CodeWrongShape,
					Message: "enum has texts, but " + clip(item.Text) + " is " + FormOf(item), Hint: "put it in quotes: " + strconv.Quote(clip(item.Text))}}
			}
		}
		return nil
	})
}

// strayOfParameter: a component declares what it takes; jobs give values.
func strayOfParameter(p yamlnode.Pair) string {
	if p.Key == "value" {
		return "write default, or give the value in the job that uses the component"
	}
	return ""
}

// strayOfData: of data there is none that stands for it when none is given.
func strayOfData(p yamlnode.Pair) string {
	switch p.Key {
	case "default":
		return "data has no default: write optional: true, or give the data in the job"
	case "path", "value":
		return "a component does not say where its data is; the job that uses it does"
	}
	return ""
}

func inputPort() *Object {
	return &Object{Noun: "an input of data", Subject: "input %s", Stray: strayOfData, Fields: []Field{
		field("type", declaredType(append(dataTypes(), "path")...), "What it leads to.").required(),
		field("description", text(), "What it is for.").here(Validated),
		field("optional", boolean(), "Whether it may be left out.").defaults("false"),
		field("mode", declaredMode(), "How the data reaches the job.").defaults("ro_mount"),
		field("intellectual_property", anything(), "How it is protected.").here(Accepted),
	}}
}

// declaredMode is any mode: components declare inputs and outputs alike.
func declaredMode() Shape {
	return enum("ro_mount", "rw_mount", "mount", "download", "upload", "direct", "eval_mount", "eval_download", "link").
		of("a mode here", "modes")
}

// inputGroup is a group of inputs, with its members under properties.
func inputGroup() *Object {
	return &Object{Noun: "a group of inputs", Subject: "input %s", Rules: []Rule{groupsAreOurs()}, Fields: []Field{
		field("type", enum("group"), "It is a group.").required(),
		field("properties", declaredInputs(), "The inputs of the group."),
		field("description", text(), "What it is for.").here(Validated),
		field("optional", boolean(), "Whether it may be left out."),
	}}
}

// declaredOutputs are the outputs of a component.
func declaredOutputs() Shape {
	return mapOf(union(Union{
		By: "type", Subject: "output %s", Noun: "a type of input or output", Plural: "types",
		Cases: portCases("OutputParameter", outputParameter, "OutputPort", outputPort),
	}).says("a mapping with a type"))
}

func outputParameter() *Object {
	return &Object{Noun: "an output with a literal type", Subject: "output %s", Unknown: Drop, Fields: fields(outputFields(), []Field{
		field("type", declaredType(literalTypes()...), "What it is.").required(),
		field("is_control", boolean(), "Whether control flow may depend on it.").here(Validated),
		field("early_available", boolean(), "Whether it is there before the job ends.").here(Validated),
	})}
}

func outputPort() *Object {
	return &Object{Noun: "an output", Subject: "output %s", Fields: outputFields()}
}

func outputFields() []Field {
	return []Field{
		field("type", declaredType(append(dataTypes(), "path")...), "What is made.").required(),
		field("description", text(), "What it is.").here(Validated),
		field("mode", declaredMode(), "How it leaves the job.").defaults("rw_mount"),
		field("intellectual_property", anything(), "How it is protected.").here(Accepted),
	}
}
