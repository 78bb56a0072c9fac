package armapi

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"
)

// eval works out a node.
func (t *template) eval(n *templateNode) (any, error) {
	if t.depth++; t.depth > maxTemplateDepth {
		return nil, badRequest("InvalidTemplate", "the template is too deep")
	}
	defer func() { t.depth-- }()
	got := n.value
	if n.call != "" {
		var err error
		if got, err = t.call(n); err != nil {
			return nil, err
		}
	}
	for _, s := range n.steps {
		at, err := t.eval(s)
		if err != nil {
			return nil, err
		}
		if got, err = stepInto(got, at); err != nil {
			return nil, err
		}
	}
	if text, ok := got.(string); ok {
		if t.work += len(text); t.work > maxTemplateWork {
			return nil, badRequest("InvalidTemplate", "the template comes to too much")
		}
	}
	return got, nil
}

// stepInto is a member of an object or an item of an array.
func stepInto(v, at any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := at.(string); ok {
			if key, ok := foldedKey(v, name); ok {
				return v[key], nil
			}
		}
	case []any:
		if number, ok := at.(json.Number); ok {
			if i, err := number.Int64(); err == nil && i >= 0 && i < int64(len(v)) {
				return v[i], nil
			}
		}
	}
	return nil, badRequest("InvalidTemplate", "an expression looks for %v where there is none", at)
}

// call works out a call. Only the arguments that are needed are looked at.
func (t *template) call(n *templateNode) (any, error) {
	switch n.call {
	case "if":
		return t.callIf(n)
	case "and", "or":
		return t.callLogical(n)
	}
	f, ok := templateFunctions()[n.call]
	if !ok {
		return nil, notMade("the template function " + n.call)
	}
	var args []any
	for _, a := range n.args {
		v, err := t.eval(a)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	if len(args) < f.least || f.most >= 0 && len(args) > f.most {
		return nil, badRequest("InvalidTemplate", "the function %s has %d arguments", n.call, len(args))
	}
	return f.do(t, args)
}

func (t *template) callIf(n *templateNode) (any, error) {
	if len(n.args) != 3 {
		return nil, badRequest("InvalidTemplate", "the function if has %d arguments", len(n.args))
	}
	holds, err := t.truth(n.args[0])
	if err != nil {
		return nil, err
	}
	if holds {
		return t.eval(n.args[1])
	}
	return t.eval(n.args[2])
}

func (t *template) callLogical(n *templateNode) (any, error) {
	if len(n.args) < 2 {
		return nil, badRequest("InvalidTemplate", "the function %s has %d arguments", n.call, len(n.args))
	}
	for _, a := range n.args {
		holds, err := t.truth(a)
		if err != nil {
			return nil, err
		}
		if holds == (n.call == "or") {
			return holds, nil
		}
	}
	return n.call == "and", nil
}

func (t *template) truth(n *templateNode) (bool, error) {
	v, err := t.eval(n)
	if err != nil {
		return false, err
	}
	holds, ok := v.(bool)
	if !ok {
		return false, badRequest("InvalidTemplate", "%v is neither true nor false", v)
	}
	return holds, nil
}

// templateFunction is a function of the language; most is -1 when there is no
// bound.
type templateFunction struct {
	least, most int
	do          func(t *template, args []any) (any, error)
}

// templateFunctions are those whose arguments are all worked out.
func templateFunctions() map[string]templateFunction {
	all := map[string]templateFunction{
		"parameters": {1, 1, func(t *template, args []any) (any, error) { return t.parameter(textOf(args[0])) }},
		"variables":  {1, 1, func(t *template, args []any) (any, error) { return t.variable(textOf(args[0])) }},
		"equals":     {2, 2, func(_ *template, args []any) (any, error) { return sameValue(args[0], args[1]), nil }},
		"not":        {1, 1, templateNot},
		"json":       {1, 1, templateJSON},
		"array":      {1, 1, templateArray},
		"empty":      {1, 1, func(_ *template, args []any) (any, error) { return isEmpty(args[0]), nil }},
		"guid":       {1, -1, func(_ *template, args []any) (any, error) { return guidOf(args), nil }},
		"newguid":    {0, 0, func(*template, []any) (any, error) { return uuid.NewString(), nil }},
		"true":       {0, 0, func(*template, []any) (any, error) { return true, nil }},
		"false":      {0, 0, func(*template, []any) (any, error) { return false, nil }},
		"null":       {0, 0, func(*template, []any) (any, error) { return nil, nil }},
	}
	maps.Copy(all, textFunctions())
	maps.Copy(all, scopeFunctions())
	return all
}

func textFunctions() map[string]templateFunction {
	return map[string]templateFunction{
		"concat":       {1, -1, templateConcat},
		"string":       {1, 1, func(_ *template, args []any) (any, error) { return textOf(args[0]), nil }},
		"tolower":      {1, 1, func(_ *template, args []any) (any, error) { return strings.ToLower(textOf(args[0])), nil }},
		"toupper":      {1, 1, func(_ *template, args []any) (any, error) { return strings.ToUpper(textOf(args[0])), nil }},
		"uniquestring": {1, -1, func(_ *template, args []any) (any, error) { return uniqueOf(args), nil }},
		"createarray":  {0, -1, func(_ *template, args []any) (any, error) { return append([]any{}, args...), nil }},
	}
}

// scopeFunctions say where the deployment is.
func scopeFunctions() map[string]templateFunction {
	return map[string]templateFunction{
		"subscription": {0, 0, func(t *template, _ []any) (any, error) {
			return map[string]any{
				"id": "/subscriptions/" + t.scope.Subscription, "subscriptionId": t.scope.Subscription,
				"tenantId": t.tenant, "displayName": t.scope.Subscription,
			}, nil
		}},
		"resourcegroup": {0, 0, func(t *template, _ []any) (any, error) {
			return map[string]any{
				"id": "/subscriptions/" + t.scope.Subscription + "/resourceGroups/" + t.scope.ResourceGroup, "name": t.scope.ResourceGroup,
				"type": "Microsoft.Resources/resourceGroups", "location": t.location,
			}, nil
		}},
		"deployment":             {0, 0, func(t *template, _ []any) (any, error) { return map[string]any{"name": t.deployment}, nil }},
		"resourceid":             {2, -1, templateResourceID},
		"subscriptionresourceid": {2, -1, templateSubscriptionResourceID},
	}
}

// textOf is a value as a text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

func templateNot(_ *template, args []any) (any, error) {
	holds, ok := args[0].(bool)
	if !ok {
		return nil, badRequest("InvalidTemplate", "%v is neither true nor false", args[0])
	}
	return !holds, nil
}

func templateJSON(_ *template, args []any) (any, error) {
	var v any
	if err := parseTemplateJSON([]byte(textOf(args[0])), &v); err != nil {
		return nil, badRequest("InvalidTemplate", "%.200q is no JSON: %v", textOf(args[0]), err)
	}
	return v, nil
}

func templateArray(_ *template, args []any) (any, error) {
	if list, ok := args[0].([]any); ok {
		return list, nil
	}
	return []any{args[0]}, nil
}

// templateConcat joins texts, or arrays.
func templateConcat(t *template, args []any) (any, error) {
	if _, ok := args[0].([]any); ok {
		var out []any
		for _, a := range args {
			list, ok := a.([]any)
			if !ok {
				return nil, badRequest("InvalidTemplate", "concat joins arrays with arrays")
			}
			if t.work += len(list); t.work > maxTemplateWork {
				return nil, badRequest("InvalidTemplate", "the template comes to too much")
			}
			out = append(out, list...)
		}
		return out, nil
	}
	var b strings.Builder
	for _, a := range args {
		b.WriteString(textOf(a))
	}
	return b.String(), nil
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func joined(args []any) string {
	var texts []string
	for _, a := range args {
		texts = append(texts, textOf(a))
	}
	return strings.Join(texts, "-")
}

// guidOf is a GUID made of texts: the same for the same.
func guidOf(args []any) string { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(joined(args))).String() }

// uniqueOf are thirteen letters and digits made of texts, as many as Azure's;
// which ones it has nobody else can tell.
func uniqueOf(args []any) string {
	const length = 13
	sum := sha256.Sum256([]byte(joined(args)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:length]
}

// templateResourceID is resourceId([subscription, [group,]] type, name...).
func templateResourceID(t *template, args []any) (any, error) {
	texts, at := idArguments(args)
	subscription, group := t.scope.Subscription, t.scope.ResourceGroup
	switch {
	case at < 0 || at > 2:
		return nil, badRequest("InvalidTemplate", "resourceId has no type: %.200q", texts)
	case at == 2:
		subscription, group = texts[0], texts[1]
	case at == 1:
		group = texts[0]
	}
	below, err := idBelow(texts[at], texts[at+1:])
	return "/subscriptions/" + subscription + "/resourceGroups/" + group + below, err
}

func templateSubscriptionResourceID(t *template, args []any) (any, error) {
	texts, at := idArguments(args)
	subscription := t.scope.Subscription
	switch {
	case at < 0 || at > 1:
		return nil, badRequest("InvalidTemplate", "subscriptionResourceId has no type: %.200q", texts)
	case at == 1:
		subscription = texts[0]
	}
	below, err := idBelow(texts[at], texts[at+1:])
	return "/subscriptions/" + subscription + below, err
}

// idArguments are arguments as texts, and which of them is the type.
func idArguments(args []any) (texts []string, kind int) {
	kind = -1
	for i, a := range args {
		texts = append(texts, textOf(a))
		if kind < 0 && strings.Contains(texts[i], "/") {
			kind = i
		}
	}
	return texts, kind
}

// idBelow is the part of an id from the provider on: the words of the type, and
// a name after each but the first.
func idBelow(kind string, names []string) (string, error) {
	words := strings.Split(kind, "/")
	if len(words) != len(names)+1 {
		return "", badRequest("InvalidTemplate", "%s has %d names", kind, len(names))
	}
	id := "/providers/" + words[0]
	for i, name := range names {
		id += "/" + words[i+1] + "/" + name
	}
	return id, nil
}
