package lsp

import (
	"context"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/load"
)

// kinds keeps the descriptions of kinds, each made when it is first needed.
type kinds struct {
	mu   sync.Mutex
	made map[string]*schema.Kind
}

func newKinds() *kinds { return &kinds{made: map[string]*schema.Kind{}} }

// of is the description of a kind; nil when there is none.
func (k *kinds) of(name string) *schema.Kind {
	k.mu.Lock()
	defer k.mu.Unlock()
	if kind, ok := k.made[name]; ok {
		return kind
	}
	kind, ok := schema.Of(name)
	if !ok {
		return nil
	}
	k.made[name] = kind
	return kind
}

// maxTop is more than the keys that any definition has at its top level.
const maxTop = 200

// isDefinition reports whether a text is meant for Azure ML, also while it is
// no YAML. What stands at its top level decides, so that is all that package
// load is shown: texts are asked about with every key stroke.
func isDefinition(ctx context.Context, t *text) bool {
	const name = "top.yml"
	var b strings.Builder
	top := tree(t).Pairs
	for _, p := range top[:min(len(top), maxTop)] {
		if p.Key == "type" || p.Key == "$schema" {
			b.WriteString(p.Key + ": " + strconv.Quote(p.Value.Text) + "\n")
		} else {
			b.WriteString(strconv.Quote(p.Key) + ": {}\n")
		}
	}
	return load.IsDefinition(newOverlay(ctx, nil, map[string]*text{name: newText(b.String())}), name)
}

// kindOf is the kind of a definition, as far as it can be told: $schema says
// it, else type and what else stands there. Package load decides the same for
// what it checks; here half a definition must do.
func kindOf(root *yamlnode.Node) string {
	base := strings.TrimSuffix(path.Base(textOf(root, "$schema")), ".schema.json")
	for _, k := range schema.Kinds() {
		if strings.EqualFold(k, base) {
			return k
		}
	}
	typ := strings.ToLower(textOf(root, "type"))
	switch typ {
	case "":
		return kindByKeys(root)
	case "uri_file", "uri_folder", "mltable":
		return "data"
	case "custom_model", "mlflow_model", "triton_model":
		return "model"
	case "azure_blob", "azure_file", "azure_data_lake_gen1", "azure_data_lake_gen2", "one_lake", "hdfs":
		return "datastore"
	case "amlcompute", "computeinstance", "virtualmachine", "kubernetes", "synapsespark":
		return "compute"
	}
	words := map[string]string{"automl": "autoML", "data_transfer": "dataTransfer"}
	stem := typ
	if w, ok := words[typ]; ok {
		stem = w
	}
	if isComponent(root) {
		return stem + "Component"
	}
	return stem + "Job"
}

func kindByKeys(root *yamlnode.Node) string {
	switch {
	case root.Get("jobs") != nil:
		return "pipelineJob"
	case root.Get("trigger") != nil:
		return "schedule"
	case root.Get("command") == nil:
		return ""
	case isComponent(root):
		return "commandComponent"
	}
	return "commandJob"
}

// isComponent tells a component from a job of the same type: it is versioned,
// and declares inputs instead of giving them values.
func isComponent(root *yamlnode.Node) bool {
	for _, key := range []string{"settings", "experiment_name", "compute"} {
		if root.Get(key) != nil {
			return false
		}
	}
	declared := false
	if inputs := root.Get("inputs"); inputs != nil {
		for _, p := range inputs.Pairs {
			if p.Value.Kind == yamlnode.Scalar || p.Value.Get("path") != nil {
				return false
			}
			declared = declared || p.Value.Get("type") != nil
		}
	}
	return declared || root.Get("is_deterministic") != nil || root.Get("name") != nil && root.Get("version") != nil
}

// described is what a description says of the value at a place. It differs from
// schema.At, which decides as a check does, in what it says of a mapping that
// was just begun: that may still become any of several.
type described struct {
	// field is the one whose value it is; nil in a list, and where names are
	// the user's.
	field *schema.Field
	shape *schema.Shape
	// objects are what a mapping there may be: one once it is decided.
	objects []*schema.Object
	// union is undecided, or was decided by its key.
	union *schema.Union
}

// describe walks to what the description of a definition says about a place.
func (k *kinds) describe(root *yamlnode.Node, place []string) described {
	kind := k.of(kindOf(root))
	if kind == nil {
		return described{}
	}
	d, n := described{objects: []*schema.Object{kind.Body}}, root
	for _, step := range place {
		n = child(n, step)
		d = d.step(step, n)
	}
	return d
}

// step is what is said about a key, or an element of a list.
func (d described) step(step string, n *yamlnode.Node) described {
	var out described
	for _, o := range d.objects {
		for i := range o.Fields {
			if o.Fields[i].Name == step {
				out.field, out.shape = &o.Fields[i], &o.Fields[i].Shape
			}
		}
		if out.shape == nil {
			out.shape = o.Rest
		}
		if out.shape != nil {
			break
		}
	}
	if out.shape == nil && d.shape != nil {
		out.shape = element(d.shape, strings.HasPrefix(step, "["))
	}
	if out.shape != nil {
		out.resolve(n)
	}
	return out
}

// alternatives are the forms that a value may have.
func alternatives(s *schema.Shape) []*schema.Shape {
	out := []*schema.Shape{s}
	for i := range s.Allow {
		out = append(out, alternatives(&s.Allow[i])...)
	}
	return out
}

// element is the shape of the elements of a list or the values of a map.
func element(s *schema.Shape, list bool) *schema.Shape {
	for _, alt := range alternatives(s) {
		if alt.Of != nil && (alt.Form == schema.List) == list {
			return alt.Of
		}
	}
	return nil
}

// resolve decides what mapping a value is.
func (d *described) resolve(n *yamlnode.Node) {
	for _, alt := range alternatives(d.shape) {
		switch {
		case alt.Form == schema.Mapping && alt.Object.Build != nil:
			d.objects = append(d.objects, alt.Object.Build())
		case alt.Form == schema.Choice && alt.Union != nil:
			d.union = alt.Union
			d.objects = append(d.objects, objectsOf(alt.Union, n)...)
		}
	}
}

// objectsOf are those that a mapping may be. One that nothing decides yet may
// become any whose fields it has.
func objectsOf(u *schema.Union, n *yamlnode.Node) []*schema.Object {
	if n == nil {
		n = &yamlnode.Node{Kind: yamlnode.Mapping}
	}
	value := ""
	if u.By != "" {
		value = textOf(n, u.By)
	}
	if value == "" && u.Absent != nil {
		value = u.Absent(n)
	}
	if value == "" && len(u.Cases) > 0 {
		value = u.Cases[0].Value // the one that people write most
	}
	var out []*schema.Object
	for i := range u.Cases {
		c := &u.Cases[i]
		if alike(c.Value, value) {
			out = append(caseObjects(c, n), out...)
		} else if u.By == "" {
			for _, o := range caseObjects(c, n) {
				if fits(o, n) {
					out = append(out, o)
				}
			}
		}
	}
	return out
}

func caseObjects(c *schema.Case, n *yamlnode.Node) []*schema.Object {
	switch {
	case c.Union != nil:
		return objectsOf(c.Union, n)
	case c.Object.Build != nil:
		return []*schema.Object{c.Object.Build()}
	}
	return nil
}

// fits: all keys of a mapping are fields of o.
func fits(o *schema.Object, n *yamlnode.Node) bool {
	for _, p := range n.Pairs {
		known := false
		for i := range o.Fields {
			known = known || o.Fields[i].Name == p.Key
		}
		if !known {
			return false
		}
	}
	return len(o.Fields) > 0
}

// alike compares values of an enum as generously as any enum does.
func alike(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, "_", ""), strings.ReplaceAll(b, "_", ""))
}
