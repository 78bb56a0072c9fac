package jmespath

import (
	"encoding/json"
	"errors"
	"strings"
)

// node is one part of a compiled expression.
type node interface {
	eval(v any) (any, error)
}

type (
	current   struct{}
	literal   struct{ value any }
	field     struct{ name string }
	index     struct{ at int }
	slice     struct{ parts [3]*int }
	chain     struct{ left, right node }
	values    struct{ of node }
	flatten   struct{ of node }
	list      struct{ items []node }
	not       struct{ of node }
	reference struct{ of node }
	hash      struct {
		keys   []string
		values []node
	}
	projection struct {
		of   node
		when node // nil: every element
		each node
	}
	binary struct {
		op          kind
		left, right node
	}
	comparison struct {
		op          kind
		left, right node
	}
	call struct {
		name string
		args []node
	}
)

// expref is the value of &expression; only functions take it.
type expref struct{ node node }

func (current) eval(v any) (any, error)   { return v, nil }
func (n literal) eval(any) (any, error)   { return n.value, nil }
func (n reference) eval(any) (any, error) { return expref{n.of}, nil }
func (n call) eval(v any) (any, error)    { return callFunction(n, v) }
func (n index) eval(v any) (result any, _ error) {
	items, _ := v.([]any)
	at := n.at
	if at < 0 {
		at += len(items)
	}
	if at < 0 || at >= len(items) {
		return nil, nil
	}
	return items[at], nil
}

func (n field) eval(v any) (any, error) {
	o, ok := v.(*Object)
	if !ok {
		return nil, nil
	}
	value, _ := o.Get(n.name)
	return value, nil
}

func (n chain) eval(v any) (any, error) {
	left, err := n.left.eval(v)
	if err != nil {
		return nil, err
	}
	return n.right.eval(left)
}

func (n not) eval(v any) (any, error) {
	of, err := n.of.eval(v)
	return !truthy(of), err
}

func (n values) eval(v any) (any, error) {
	of, err := n.of.eval(v)
	o, ok := of.(*Object)
	if err != nil || !ok {
		return nil, err
	}
	return o.list(), nil
}

// list returns the values in the order of the keys.
func (o *Object) list() []any {
	items := make([]any, 0, o.Len())
	for _, key := range o.keys {
		items = append(items, o.values[key])
	}
	return items
}

func (n flatten) eval(v any) (any, error) {
	of, err := n.of.eval(v)
	items, ok := of.([]any)
	if err != nil || !ok {
		return nil, err
	}
	flat := []any{}
	for _, item := range items {
		if inner, ok := item.([]any); ok {
			flat = append(flat, inner...)
		} else {
			flat = append(flat, item)
		}
	}
	return flat, nil
}

func (n projection) eval(v any) (any, error) {
	of, err := n.of.eval(v)
	items, ok := of.([]any)
	if err != nil || !ok {
		return nil, err
	}
	collected := []any{}
	for _, item := range items {
		result, err := n.one(item)
		if err != nil {
			return nil, err
		}
		if result != nil {
			collected = append(collected, result)
		}
	}
	return collected, nil
}

func (n projection) one(item any) (any, error) {
	if n.when != nil {
		condition, err := n.when.eval(item)
		if err != nil || !truthy(condition) {
			return nil, err
		}
	}
	return n.each.eval(item)
}

func (n list) eval(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	items := make([]any, 0, len(n.items))
	for _, item := range n.items {
		result, err := item.eval(v)
		if err != nil {
			return nil, err
		}
		items = append(items, result)
	}
	return items, nil
}

func (n hash) eval(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	o := NewObject()
	o.Written = true
	for i, key := range n.keys {
		result, err := n.values[i].eval(v)
		if err != nil {
			return nil, err
		}
		o.Set(key, result)
	}
	return o, nil
}

func (n binary) eval(v any) (any, error) {
	left, err := n.left.eval(v)
	if err != nil {
		return nil, err
	}
	switch {
	case n.op == tPipe:
		return n.right.eval(left)
	case truthy(left) == (n.op == tOr):
		return left, nil
	default:
		return n.right.eval(v)
	}
}

func (n comparison) eval(v any) (any, error) {
	left, err := n.left.eval(v)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(v)
	if err != nil {
		return nil, err
	}
	switch n.op {
	case tEQ:
		return equal(left, right), nil
	case tNE:
		return !equal(left, right), nil
	}
	order, ok := compare(left, right)
	if !ok {
		return nil, nil
	}
	return holds(n.op, order), nil
}

// compare orders two numbers or two strings. The specification knows numbers
// only; strings (dates!) are what Python's implementation gave back to scripts.
func compare(a, b any) (int, bool) {
	switch a := a.(type) {
	case json.Number:
		if b, ok := b.(json.Number); ok {
			return compareNumbers(a, b), true
		}
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b), true
		}
	}
	return 0, false
}

func holds(op kind, order int) bool {
	switch op {
	case tLT:
		return order < 0
	case tLE:
		return order <= 0
	case tGT:
		return order > 0
	default:
		return order >= 0
	}
}

func (n slice) eval(v any) (any, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, nil
	}
	step := 1
	if n.parts[2] != nil {
		step = *n.parts[2]
	}
	if step == 0 {
		return nil, errors.New("slice step cannot be zero")
	}
	taken := []any{}
	start, stop := n.bounds(len(items), step)
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		taken = append(taken, items[i])
		// A huge step would overflow i.
		if step > len(items) || step < -len(items) {
			break
		}
	}
	return taken, nil
}

// bounds gives start and stop as Python's slices do: negative ones count from
// the end, and both are clipped to the list.
func (n slice) bounds(length, step int) (start, stop int) {
	low, high := 0, length
	if step < 0 {
		low, high = -1, length-1
	}
	start, stop = low, high
	if step < 0 {
		start, stop = high, low
	}
	if n.parts[0] != nil {
		start = clip(*n.parts[0], length, low, high)
	}
	if n.parts[1] != nil {
		stop = clip(*n.parts[1], length, low, high)
	}
	return start, stop
}

func clip(at, length, low, high int) int {
	if at < 0 {
		at += length
	}
	return min(max(at, low), high)
}
