package armapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// template is a template of the resource manager with its parameters, while it
// is worked out. Of the language it knows what templates of workspaces are
// written in.
type template struct {
	scope      workspace.Scope
	tenant     string
	location   string // of the resource group
	deployment string

	Parameters map[string]templateParameter `json:"parameters"`
	Variables  map[string]any               `json:"variables"`
	Resources  []map[string]any             `json:"resources"`
	Outputs    map[string]map[string]any    `json:"outputs"`

	given map[string]any
	// known are parameters and variables that were worked out; nil while they
	// are.
	known map[string]*any
	// work is what was made so far, so that a small template does not become a
	// large one.
	work, depth int
}

type templateParameter struct {
	Type          string `json:"type"`
	DefaultValue  any    `json:"defaultValue"`
	AllowedValues []any  `json:"allowedValues"`
}

// maxTemplateWork bounds the values and the bytes of text that are worked out.
const maxTemplateWork = 4 << 20

// parseTemplateJSON reads JSON whose numbers stay as they are written.
func parseTemplateJSON(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// readTemplate reads a template and what it is given.
func readTemplate(text, parameters json.RawMessage) (*template, error) {
	t := &template{given: map[string]any{}, known: map[string]*any{}}
	if err := parseTemplateJSON(text, t); err != nil {
		return nil, badRequest("InvalidTemplate", "the template: %v", err)
	}
	var given map[string]map[string]any
	if len(parameters) > 0 {
		if err := parseTemplateJSON(parameters, &given); err != nil {
			return nil, badRequest("InvalidRequestContent", "parameters: %v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		v, ok := given[name]["value"]
		if !ok {
			return nil, unsupported("parameter %s has no value: secrets of key vaults are no parameters here", name)
		}
		if _, ok := foldedKey(t.Parameters, name); !ok {
			return nil, badRequest("InvalidTemplate", "the template has no parameter %s", name)
		}
		if v != nil { // null is as good as nothing: the default stands
			t.given[strings.ToLower(name)] = v
		}
	}
	return t, nil
}

// foldedKey finds a name in whatever case.
func foldedKey[V any](m map[string]V, name string) (string, bool) {
	if _, ok := m[name]; ok {
		return name, true
	}
	for key := range m {
		if strings.EqualFold(key, name) {
			return key, true
		}
	}
	return "", false
}

// value works out whatever stands in a template: expressions in texts, and what
// arrays and objects hold.
func (t *template) value(v any) (any, error) {
	if t.work++; t.work > maxTemplateWork {
		return nil, badRequest("InvalidTemplate", "the template comes to too much")
	}
	switch v := v.(type) {
	case string:
		return t.text(v)
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			got, err := t.value(item)
			if err != nil {
				return nil, err
			}
			out = append(out, got)
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			got, err := t.value(v[name])
			if err != nil {
				return nil, err
			}
			out[name] = got
		}
		return out, nil
	}
	return v, nil
}

func (t *template) text(text string) (any, error) {
	if t.work += len(text); t.work > maxTemplateWork {
		return nil, badRequest("InvalidTemplate", "the template comes to too much")
	}
	expression, ok := templateExpression(text)
	if !ok {
		if strings.HasPrefix(text, "[[") {
			return text[1:], nil
		}
		return text, nil
	}
	n, err := parseTemplate(expression)
	if err != nil {
		return nil, err
	}
	return t.eval(n)
}

// named works out a parameter or variable, once.
func (t *template) named(kind, name string, find func() (any, error)) (any, error) {
	key := kind + " " + strings.ToLower(name)
	if got, ok := t.known[key]; ok {
		if got == nil {
			return nil, badRequest("InvalidTemplate", "the %s %s depends on itself", kind, name)
		}
		if t.work += sizeOf(*got); t.work > maxTemplateWork {
			return nil, badRequest("InvalidTemplate", "the template comes to too much")
		}
		return *got, nil
	}
	t.known[key] = nil
	got, err := find()
	if err != nil {
		return nil, err
	}
	t.known[key] = &got
	return got, nil
}

// sizeOf is about how much a value is.
func sizeOf(v any) int {
	size := 1
	switch v := v.(type) {
	case string:
		size += len(v)
	case []any:
		for _, item := range v {
			size += sizeOf(item)
		}
	case map[string]any:
		for _, item := range v {
			size += sizeOf(item)
		}
	}
	return size
}

func (t *template) parameter(name string) (any, error) {
	return t.named("parameter", name, func() (any, error) {
		key, ok := foldedKey(t.Parameters, name)
		if !ok {
			return nil, badRequest("InvalidTemplate", "the template has no parameter %s", name)
		}
		p := t.Parameters[key]
		v, given := t.given[strings.ToLower(name)]
		if !given {
			if p.DefaultValue == nil {
				return nil, badRequest("InvalidTemplate", "the parameter %s has no value", name)
			}
			var err error
			if v, err = t.value(p.DefaultValue); err != nil {
				return nil, err
			}
		}
		if len(p.AllowedValues) > 0 && !slices.ContainsFunc(p.AllowedValues, func(a any) bool { return sameValue(a, v) }) {
			return nil, badRequest("InvalidTemplate", "the parameter %s is %v, which is none of %v", name, v, p.AllowedValues)
		}
		return v, nil
	})
}

func (t *template) variable(name string) (any, error) {
	return t.named("variable", name, func() (any, error) {
		key, ok := foldedKey(t.Variables, name)
		if !ok {
			return nil, badRequest("InvalidTemplate", "the template has no variable %s", name)
		}
		return t.value(t.Variables[key])
	})
}

// sameValue compares as equals does: texts ignoring case.
func sameValue(a, b any) bool {
	if a, ok := a.(string); ok {
		b, ok := b.(string)
		return ok && strings.EqualFold(a, b)
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// templateResource is a resource that a template makes.
type templateResource struct {
	Type, Name string
	Body       map[string]any
}

// resources are those whose condition holds, worked out, in their order.
// Children follow their parents.
func (t *template) resources() ([]templateResource, error) {
	return t.resourcesIn(t.Resources, templateResource{})
}

func (t *template) resourcesIn(list []map[string]any, parent templateResource) ([]templateResource, error) {
	var out []templateResource
	for _, raw := range list {
		holds, err := t.condition(raw["condition"])
		if err != nil {
			return nil, err
		}
		if !holds {
			continue
		}
		r, err := t.resource(raw, parent)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
		below, err := t.below(raw, r)
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	return out, nil
}

func (t *template) condition(v any) (bool, error) {
	if v == nil {
		return true, nil
	}
	got, err := t.value(v)
	if err != nil {
		return false, err
	}
	holds, ok := got.(bool)
	if !ok {
		return false, badRequest("InvalidTemplate", "a condition is %v, and neither true nor false", got)
	}
	return holds, nil
}

// resource works out one, but for those below it. What it is is looked at
// first, so that whatever is not made here is named, and not misread.
func (t *template) resource(raw map[string]any, parent templateResource) (templateResource, error) {
	kind, name := fmt.Sprint(raw["type"]), ""
	if parent.Type != "" {
		kind = parent.Type + "/" + kind
	}
	if !isMade(kind) {
		return templateResource{}, notMade("resources of the type " + kind)
	}
	for _, member := range []string{"copy", "scope", "resourceGroup", "subscriptionId"} {
		if raw[member] != nil {
			return templateResource{}, notMade(fmt.Sprintf("%s of a resource (%s)", member, kind))
		}
	}
	own := maps.Clone(raw)
	for _, member := range []string{"resources", "dependsOn", "condition"} {
		delete(own, member)
	}
	v, err := t.value(own)
	if err != nil {
		return templateResource{}, err
	}
	body := v.(map[string]any) //nolint:forcetypeassert // what an object comes to
	if name, _ = body["name"].(string); workspace.CheckName(name) != nil {
		return templateResource{}, badRequest("InvalidTemplate", "%.200q is no name of a resource of the type %s", name, kind)
	}
	return templateResource{Type: kind, Name: name, Body: body}, nil
}

// below are the resources that stand in another.
func (t *template) below(raw map[string]any, r templateResource) ([]templateResource, error) {
	list, _ := raw["resources"].([]any)
	var inner []map[string]any
	for _, item := range list {
		o, ok := item.(map[string]any)
		if !ok {
			return nil, badRequest("InvalidTemplate", "resources of %s: one is no object", r.Name)
		}
		inner = append(inner, o)
	}
	return t.resourcesIn(inner, r)
}
