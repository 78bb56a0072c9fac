package pipeline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// item is one item of a loop, however it was written.
type item struct {
	at     diag.Range
	path   string
	values []ItemValue
}

// all are the items; ok is false when they come by reference, or cannot be
// read.
func (items *LoopItems) all() (list []item, ok bool) {
	switch {
	case strings.Contains(items.Text.Value, "${{"):
		return nil, false
	case items.Text.Value != "":
		list, err := items.fromJSON()
		return list, err == nil
	}
	for i := range items.List {
		list = append(list, item{items.List[i].Range, fmt.Sprintf("[%d]", i), items.List[i].Values})
	}
	for i := range items.Named {
		list = append(list, item{items.Named[i].Name.Range, "." + items.Named[i].Name.Value, items.Named[i].Values})
	}
	return list, true
}

// fromJSON reads items that are written as JSON text; their places are that of
// the text.
func (items *LoopItems) fromJSON() ([]item, error) {
	var anyItems any
	if err := json.Unmarshal([]byte(items.Text.Value), &anyItems); err != nil {
		return nil, fmt.Errorf("read items as JSON: %w", err)
	}
	var out []item
	add := func(path string, v any) error {
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("item %s is no mapping", strings.TrimPrefix(path, "."))
		}
		it := item{at: items.Text.Range, path: path}
		for _, key := range slices.Sorted(maps.Keys(m)) {
			it.values = append(it.values, ItemValue{Name: Text{Value: key, Range: items.Text.Range}, Value: LoopData{Literal: jsonLiteral(m[key], items.Text.Range)}})
		}
		out = append(out, it)
		return nil
	}
	switch v := anyItems.(type) {
	case []any:
		for i, e := range v {
			if err := add(fmt.Sprintf("[%d]", i), e); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := add("."+key, v[key]); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("it is neither a list nor a mapping")
	}
	return out, nil
}

// jsonLiteral is a value of JSON; that of data is empty.
func jsonLiteral(v any, at diag.Range) Literal {
	switch v := v.(type) {
	case string:
		return Literal{Text: Text{Value: v, Range: at}, Type: String}
	case bool:
		return Literal{Text: Text{Value: PythonBool(v), Range: at}, Type: Boolean}
	case float64:
		text := PythonFloat(v)
		if whole, ok := strings.CutSuffix(text, ".0"); ok {
			return Literal{Text: Text{Value: whole, Range: at}, Type: Integer}
		}
		return Literal{Text: Text{Value: text, Range: at}, Type: Number}
	}
	return Literal{}
}

// names are the inputs that items give their body.
func (items *LoopItems) names() []string {
	list, ok := items.all()
	if !ok || len(list) == 0 {
		return []string{allInputs}
	}
	var out []string
	for _, it := range list {
		for i := range it.values {
			out = append(out, it.values[i].Name.Value)
		}
	}
	return out
}

// parallelFor checks a loop over items; loop is its body, nil when that is not
// known.
// Source: azure-ai-ml: entities/_builders/parallel_for.py.
func (c *checker) parallelFor(s scope, step, loop *Step, body *ParallelFor, at string) {
	path := join(at, "items")
	c.loopOutputs(step, loop, at)
	if t := body.Items.Text; strings.Contains(t.Value, "${{") {
		for _, r := range c.refs(t, path) {
			c.parentRef(s, nil, r, false, path)
		}
		return
	}
	if t := body.Items.Text; t.Value != "" {
		if _, err := body.Items.fromJSON(); err != nil {
			c.brokenItems(t, err, path)
			return
		}
	}
	list, _ := body.Items.all()
	if len(list) == 0 && body.Items.Text.Value != "" {
		c.errorf(body.Items.Text.Range, diag.CodeMissingField, path, "items is empty: there is nothing to run over").Hint = "give a list of mappings: [{\"NAME\": VALUE}]"
	}
	before := len(c.errs)
	for _, it := range list {
		c.loopItem(s, loop, it, path+it.path)
	}
	if len(c.errs) == before {
		c.sameKeys(list, path)
	}
}

func (c *checker) brokenItems(t Text, err error, path string) {
	why := err.Error()
	if i := strings.LastIndex(why, ": "); i >= 0 {
		why = why[i+2:]
	}
	c.errorf(t.Range, diag.CodeBadValue, path, "items is neither a list of mappings as JSON nor a reference: %s", why).Hint =
		"write a list of mappings from inputs of the body to values"
}

// sameKeys reports the first item whose keys are not those of the first.
func (c *checker) sameKeys(list []item, at string) {
	keys := func(it item) []string {
		var out []string
		for i := range it.values {
			out = append(out, it.values[i].Name.Value)
		}
		slices.Sort(out)
		return out
	}
	for i := 1; i < len(list); i++ {
		want, got := keys(list[0]), keys(list[i])
		if slices.Equal(want, got) {
			continue
		}
		d := c.errorf(list[i].at, diag.CodeBadValue, at+list[i].path, "the items have different keys: %s here, %s in the first", words(got), words(want))
		d.Hint = "all items give the same inputs"
		d.Related = append(d.Related, diag.Related{Range: list[0].at, Message: "the first item"})
		return
	}
}

func words(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// loopItem checks what one item gives the body.
func (c *checker) loopItem(s scope, loop *Step, it item, at string) {
	for i := range it.values {
		v := &it.values[i]
		path := at + "." + v.Name.Value
		var want *Input
		if loop != nil && loop.Component != nil {
			declared := c.portsOf(loop.Component)
			want = declared.inputs[v.Name.Value]
			if want == nil && !declared.groups[v.Name.Value] {
				c.errorf(v.Name.Range, diag.CodeUnknownInput, path, "the body, job %q, has no input %q", loop.Name, v.Name.Value).Hint =
					c.knownHint(v.Name.Value, declared.inputNames, "its inputs are")
				continue
			}
		}
		c.loopValue(s, want, v, path)
	}
}

func (c *checker) loopValue(s scope, want *Input, v *ItemValue, path string) {
	switch p := v.Value.Path; {
	case p.Value != "" && IsLocal(p.Value):
		c.errorf(p.Range, diag.CodeBadValue, path+".path", "%s is on this machine; data of items lies in a datastore", p.Value).Hint = "write azureml:NAME:VERSION, or a URI"
	case p.Value != "":
		if !c.bound(&s, p, path+".path") {
			c.dataURI(p, path+".path")
		}
	case strings.Contains(v.Value.Literal.Value, "${{"):
		lit := v.Value.Literal
		c.value(s, want, Value{Literal: &lit, Range: lit.Range}, path)
	case v.Value.Literal.Value != "":
		c.literal(want, &v.Value.Literal, path)
	}
}

// loopOutputs checks the outputs of a loop over items: those of its body.
func (c *checker) loopOutputs(step, loop *Step, at string) {
	if loop == nil || loop.Component == nil {
		return
	}
	for _, b := range step.Outputs {
		if c.output(loop, b.Name) == nil {
			c.errorf(b.NameRange, diag.CodeUnknownOutput, join(at, "outputs", b.Name), "the body, job %q, has no output %q", loop.Name, b.Name).Hint =
				c.knownHint(b.Name, c.portsOf(loop.Component).outputNames, "its outputs are")
		}
	}
}

// flowPort checks a reference to an output of a step of control flow. A loop
// over items collects those of its body.
func (c *checker) flowPort(s scope, want *Input, r ref, step *Step, name string, whole bool, path string) {
	body, ok := step.Spec.(*ParallelFor)
	if !ok || r.Path[3] != "outputs" {
		d := c.errorf(r.Range, diag.CodeUnknownOutput, path, "job %q is of type %s, which has no %s", step.Name, step.Type, r.Path[3])
		if name, ok := stepRef(bodyOf(step).Value); ok {
			d.Hint = fmt.Sprintf("use those of its body: ${{parent.jobs.%s.%s}}", name, strings.Join(r.Path[3:], "."))
		}
		return
	}
	loopName, _ := stepRef(body.Body.Value)
	loop := s.byName[loopName]
	if loop == nil || loop.Component == nil {
		return
	}
	out := c.output(loop, name)
	if out == nil {
		c.errorf(r.Range, diag.CodeUnknownOutput, path, "job %q has no output %q", step.Name, name).Hint =
			c.knownHint(name, c.portsOf(loop.Component).outputNames, "its outputs are")
		return
	}
	if whole && want != nil {
		t := MLTable
		if out.Type.IsLiteral() {
			t = String
		}
		c.kindsFit(want, t, r.Range, path, fmt.Sprintf("output %q of job %q", name, step.Name), out.NameRange)
	}
}
