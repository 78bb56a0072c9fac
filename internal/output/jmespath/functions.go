package jmespath

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// function is one built-in: how many arguments of which types, and its doing.
type function struct {
	// params are the allowed types of each argument, joined by "|"; "" is
	// any. The last one repeats when variadic.
	params   []string
	variadic bool
	run      func(args []any) (any, error)
}

// CallError is a function called wrongly: an unknown one, or with arguments
// it does not take. The words are those of the Python implementation.
type CallError struct {
	Message string
}

func (e *CallError) Error() string { return e.Message }

func callError(format string, args ...any) error {
	return &CallError{Message: fmt.Sprintf(format, args...)}
}

func callFunction(n call, v any) (any, error) {
	f, ok := lookup(n.name)
	if !ok {
		return nil, callError("Unknown function: %s()", n.name)
	}
	args := make([]any, 0, len(n.args))
	for _, arg := range n.args {
		value, err := arg.eval(v)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	if err := f.check(n.name, args); err != nil {
		return nil, err
	}
	return f.run(args)
}

func (f function) check(name string, args []any) error {
	least := len(f.params)
	if len(args) < least || len(args) > least && !f.variadic {
		return callError("Expected %d %s for function %s(), received %d",
			least, plural(least, "argument"), name, len(args))
	}
	for i, arg := range args {
		allowed := f.params[min(i, least-1)]
		if !isOneOf(arg, allowed) {
			return callError("In function %s(), invalid type for value: %s, expected one of: %s, received: %q",
				name, show(arg), strings.ReplaceAll(allowed, "|", ", "), typeName(arg))
		}
	}
	return nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

func show(v any) string {
	if _, ok := v.(expref); ok {
		return "&expression"
	}
	return compactJSON(v)
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	case *Object:
		return "object"
	default:
		return "expref"
	}
}

func isOneOf(v any, allowed string) bool {
	if allowed == "" {
		_, isRef := v.(expref)
		return !isRef
	}
	for t := range strings.SplitSeq(allowed, "|") {
		kind, of, typed := strings.Cut(t, "-")
		if kind != typeName(v) {
			continue
		}
		if !typed || allOf(v.([]any), of) {
			return true
		}
	}
	return false
}

func allOf(items []any, kind string) bool {
	return !slices.ContainsFunc(items, func(v any) bool { return typeName(v) != kind })
}

// lookup is a switch and not a map so that there is no package state, and so
// that the functions may call Search again without an initialisation cycle.
func lookup(name string) (function, bool) {
	if f, ok := lookupNumeric(name); ok {
		return f, true
	}
	if f, ok := lookupCollection(name); ok {
		return f, true
	}
	return lookupText(name)
}

func lookupNumeric(name string) (function, bool) {
	switch name {
	case "abs":
		return unary("number", func(v any) any {
			return json.Number(strings.TrimPrefix(string(v.(json.Number)), "-"))
		}), true
	case "ceil":
		return unary("number", func(v any) any { return roundNumber(v.(json.Number), math.Ceil) }), true
	case "floor":
		return unary("number", func(v any) any { return roundNumber(v.(json.Number), math.Floor) }), true
	case "sum":
		return unary("array-number", func(v any) any { return sumNumbers(v.([]any)) }), true
	case "avg":
		return unary("array-number", average), true
	case "max":
		return unary("array-number|array-string", func(v any) any { return extreme(v.([]any), 1) }), true
	case "min":
		return unary("array-number|array-string", func(v any) any { return extreme(v.([]any), -1) }), true
	case "to_number":
		return unary("", toNumber), true
	default:
		return function{}, false
	}
}

func lookupCollection(name string) (function, bool) {
	switch name {
	case "keys":
		return unary("object", func(v any) any { return keysOf(v.(*Object)) }), true
	case "values":
		return unary("object", func(v any) any { return v.(*Object).list() }), true
	case "merge":
		return function{params: []string{"object"}, variadic: true, run: merge}, true
	case "not_null":
		return function{params: []string{""}, variadic: true, run: notNull}, true
	case "to_array":
		return unary("", toArray), true
	case "sort":
		return unary("array-string|array-number", sorted), true
	case "map":
		return function{params: []string{"expref", "array"}, run: mapItems}, true
	case "sort_by":
		return function{params: []string{"array", "expref"}, run: sortBy}, true
	case "max_by":
		return function{params: []string{"array", "expref"}, run: extremeBy("max_by", 1)}, true
	case "min_by":
		return function{params: []string{"array", "expref"}, run: extremeBy("min_by", -1)}, true
	default:
		return function{}, false
	}
}

func lookupText(name string) (function, bool) {
	switch name {
	case "length":
		return unary("string|array|object", length), true
	case "reverse":
		return unary("array|string", reverse), true
	case "type":
		return unary("", func(v any) any { return typeName(v) }), true
	case "to_string":
		return unary("", toString), true
	case "contains":
		return function{params: []string{"array|string", ""}, run: contains}, true
	case "starts_with":
		return onStrings(strings.HasPrefix), true
	case "ends_with":
		return onStrings(strings.HasSuffix), true
	case "join":
		return function{params: []string{"string", "array-string"}, run: join}, true
	default:
		return function{}, false
	}
}

func unary(param string, run func(any) any) function {
	return function{params: []string{param}, run: func(args []any) (any, error) {
		return run(args[0]), nil
	}}
}

func onStrings(test func(s, part string) bool) function {
	return function{params: []string{"string", "string"}, run: func(args []any) (any, error) {
		return test(args[0].(string), args[1].(string)), nil
	}}
}

func average(v any) any {
	items := v.([]any)
	if len(items) == 0 {
		return nil
	}
	return floatNumber(toFloat(sumNumbers(items)) / float64(len(items)))
}

// extreme returns the first largest (sign 1) or smallest (sign -1) element.
func extreme(items []any, sign int) any {
	if len(items) == 0 {
		return nil
	}
	best := items[0]
	for _, item := range items[1:] {
		if order, _ := compare(item, best); order*sign > 0 {
			best = item
		}
	}
	return best
}

func toNumber(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v
	case string:
		if n, ok := parseNumber(v); ok {
			return n
		}
	}
	return nil
}

func keysOf(o *Object) any {
	keys := make([]any, 0, o.Len())
	for _, key := range o.keys {
		keys = append(keys, key)
	}
	return keys
}

func merge(args []any) (any, error) {
	merged := NewObject()
	for _, arg := range args {
		o := arg.(*Object)
		for _, key := range o.keys {
			merged.Set(key, o.values[key])
		}
	}
	return merged, nil
}

func notNull(args []any) (any, error) {
	for _, arg := range args {
		if arg != nil {
			return arg, nil
		}
	}
	return nil, nil
}

func toArray(v any) any {
	if items, ok := v.([]any); ok {
		return items
	}
	return []any{v}
}

func sorted(v any) any {
	items := slices.Clone(v.([]any))
	slices.SortStableFunc(items, func(a, b any) int {
		order, _ := compare(a, b)
		return order
	})
	return items
}

func mapItems(args []any) (any, error) {
	return evalEach(args[1].([]any), args[0].(expref))
}

func evalEach(items []any, ref expref) ([]any, error) {
	results := make([]any, 0, len(items))
	for _, item := range items {
		result, err := ref.node.eval(item)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

type keyed struct{ key, item any }

// keyBy pairs every element with its key. The keys must all be numbers or
// all be strings.
func keyBy(name string, args []any) ([]keyed, error) {
	items := args[0].([]any)
	keys, err := evalEach(items, args[1].(expref))
	if err != nil {
		return nil, err
	}
	pairs := make([]keyed, 0, len(items))
	for i, key := range keys {
		if t := typeName(key); t != "number" && t != "string" || t != typeName(keys[0]) {
			return nil, callError("In function %s(), invalid type for value: %s, expected one of: number, string, received: %q",
				name, show(key), t)
		}
		pairs = append(pairs, keyed{key, items[i]})
	}
	return pairs, nil
}

func sortBy(args []any) (any, error) {
	pairs, err := keyBy("sort_by", args)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(pairs, func(a, b keyed) int {
		order, _ := compare(a.key, b.key)
		return order
	})
	items := make([]any, 0, len(pairs))
	for _, pair := range pairs {
		items = append(items, pair.item)
	}
	return items, nil
}

func extremeBy(name string, sign int) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		pairs, err := keyBy(name, args)
		if err != nil || len(pairs) == 0 {
			return nil, err
		}
		best := pairs[0]
		for _, pair := range pairs[1:] {
			if order, _ := compare(pair.key, best.key); order*sign > 0 {
				best = pair
			}
		}
		return best.item, nil
	}
}

func length(v any) any {
	switch v := v.(type) {
	case string:
		return intNumber(utf8.RuneCountInString(v))
	case []any:
		return intNumber(len(v))
	default:
		return intNumber(v.(*Object).Len())
	}
}

func reverse(v any) any {
	if text, ok := v.(string); ok {
		runes := []rune(text)
		slices.Reverse(runes)
		return string(runes)
	}
	items := slices.Clone(v.([]any))
	slices.Reverse(items)
	return items
}

func toString(v any) any {
	if text, ok := v.(string); ok {
		return text
	}
	return compactJSON(v)
}

func contains(args []any) (any, error) {
	if text, ok := args[0].(string); ok {
		part, ok := args[1].(string)
		return ok && strings.Contains(text, part), nil
	}
	return slices.ContainsFunc(args[0].([]any), func(v any) bool { return equal(v, args[1]) }), nil
}

func join(args []any) (any, error) {
	var parts []string
	for _, item := range args[1].([]any) {
		parts = append(parts, item.(string))
	}
	return strings.Join(parts, args[0].(string)), nil
}
