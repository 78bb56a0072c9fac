package load

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// maxSetIndex bounds [n] in a path: lists are padded up to it.
const maxSetIndex = 1000

// segment is one step of the path of a setting: a key, or a place in a list.
type segment struct {
	key   string
	index int // -1 for a key
}

// setting is one --set or --input, applied to the nodes of a file before they
// are read.
type setting struct {
	option string // "--set" or "--input"
	item   string // as given
	path   []segment
	value  string
}

// place is where faults of a value that was set are shown. There is no file;
// the option stands in its place.
func (s setting) place() diag.Range {
	return diag.Range{Pos: diag.Pos{File: s.option, Line: 1, Column: 1}, EndLine: 1, EndColumn: 1}
}

// scalar is the value as a node. It is a string, as az makes it: what becomes
// of it is the field's business.
func (s setting) scalar() *yamlnode.Node {
	return &yamlnode.Node{Kind: yamlnode.Scalar, Range: s.place(), Text: s.value, Quoted: true}
}

// apply applies --set and then --input to root, and returns the root to go
// on with. Each level that is changed is copied: nodes that an anchor shares
// are changed only where the path leads.
func (r *reader) apply(root *yamlnode.Node, o Options) *yamlnode.Node {
	added := []setting{}
	for _, item := range o.Set {
		s, ok := r.parseSetting("--set", item)
		if !ok || !r.settable(root, s) {
			continue
		}
		if len(s.path) == 2 && s.path[0].key == "inputs" && root.Get("inputs").Get(s.path[1].key) == nil {
			added = append(added, s)
		}
		if next, err := put(root, s.path, s); err != nil {
			_ = r.badSetting(s, err.Error())
		} else {
			root = next
		}
	}
	for _, item := range o.Inputs {
		root = r.setInput(root, item)
	}
	for _, s := range added {
		r.unusedInput(root, s)
	}
	return root
}

// badSetting reports a setting that cannot be applied.
func (r *reader) badSetting(s setting, why string) *diag.Diagnostic {
	d := r.errs.Errorf(s.place(), diag.CodeBadValue, "%s %s: %s", s.option, s.item, why)
	d.Path = pathText(s.path)
	return d
}

// parseSetting splits PATH=VALUE at the first "=".
func (r *reader) parseSetting(option, item string) (setting, bool) {
	s := setting{option: option, item: item}
	name, value, found := strings.Cut(item, "=")
	switch {
	case !found:
		r.badSetting(s, "there is no =").Hint = "write " + option + " NAME=VALUE"
		return s, false
	case name == "":
		r.badSetting(s, "there is no name before =").Hint = "write " + option + " NAME=VALUE"
		return s, false
	}
	s.value = value
	path, err := parsePath(name)
	if err != nil {
		r.badSetting(s, err.Error()).Hint = `keys are joined by dots, \. is a dot in a key, and [n] a place in a list`
		return s, false
	}
	s.path = path
	return s, true
}

// parsePath reads the paths of az ml: a.b[0].c, with \. for a dot that is part
// of a key.
func parsePath(text string) ([]segment, error) {
	var out []segment
	for _, part := range splitDots(text) {
		key, rest, bracket := strings.Cut(part, "[")
		if key == "" && (!bracket || len(out) == 0) {
			return nil, fmt.Errorf("the path %q has an empty part", text)
		}
		if key != "" {
			out = append(out, segment{key: key, index: -1})
		}
		for bracket {
			number, after, closed := strings.Cut(rest, "]")
			n, err := strconv.Atoi(number)
			if !closed || err != nil || n < 0 || n > maxSetIndex {
				return nil, fmt.Errorf("[%s is not a place in a list", rest)
			}
			out = append(out, segment{index: n})
			if after == "" {
				break
			}
			if !strings.HasPrefix(after, "[") {
				return nil, fmt.Errorf("%q follows a place in a list", after)
			}
			rest = after[1:]
		}
	}
	return out, nil
}

// splitDots splits at the dots that no backslash precedes.
func splitDots(text string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '.':
			b.WriteByte('.')
			i++
		case text[i] == '.':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(text[i])
		}
	}
	return append(out, b.String())
}

// pathText is a path as diagnostics show it.
func pathText(path []segment) string {
	var b strings.Builder
	for _, s := range path {
		switch {
		case s.index >= 0:
			fmt.Fprintf(&b, "[%d]", s.index)
		case b.Len() > 0:
			b.WriteString("." + s.key)
		default:
			b.WriteString(s.key)
		}
	}
	return b.String()
}

// settable reports a path into a job that is not there: az would make a job of
// it, and then complain of the job.
func (r *reader) settable(root *yamlnode.Node, s setting) bool {
	jobs := root.Get("jobs")
	if jobs == nil || jobs.Kind != yamlnode.Mapping || len(s.path) < 2 || s.path[0].key != "jobs" || s.path[1].index >= 0 ||
		jobs.Get(s.path[1].key) != nil {
		return true
	}
	names := keys(jobs)
	d := r.errs.Errorf(s.place(), diag.CodeUnknownJob, "%s %s: there is no job %q", s.option, s.item, s.path[1].key)
	d.Path = pathText(s.path)
	d.Hint = firstOf(diag.DidYouMean(s.path[1].key, names), listed("its jobs are", names))
	return false
}

func keys(n *yamlnode.Node) []string {
	var names []string
	for _, p := range pairs(n) {
		names = append(names, p.Key)
	}
	return names
}

// listed names what there is, when that is not too much to read.
func listed(lead string, names []string) string {
	if len(names) == 0 || len(names) > 12 {
		return ""
	}
	return lead + " " + strings.Join(names, ", ")
}

// put is n with the value at path. n itself stays as it is.
func put(n *yamlnode.Node, path []segment, s setting) (*yamlnode.Node, error) {
	if len(path) == 0 {
		return s.scalar(), nil
	}
	step := path[0]
	if n == nil || n.Kind == yamlnode.Null {
		n = &yamlnode.Node{Kind: yamlnode.Mapping, Range: s.place()}
		if step.index >= 0 {
			n.Kind = yamlnode.Sequence
		}
	}
	if i, err := strconv.Atoi(step.key); err == nil && step.index < 0 && n.Kind == yamlnode.Sequence && i >= 0 && i <= maxSetIndex {
		step.index = i
	}
	switch {
	case n.Kind == yamlnode.Scalar:
		return nil, fmt.Errorf("%s is the value %q, which has no parts to set", firstOf(pathText(s.path[:len(s.path)-len(path)]), "the file"), n.Text)
	case step.index >= 0 && n.Kind == yamlnode.Sequence:
		return putItem(n, step.index, path[1:], s)
	case step.index < 0 && n.Kind == yamlnode.Mapping:
		return putPair(n, step.key, path[1:], s)
	case n.Kind == yamlnode.Sequence:
		return nil, fmt.Errorf("%q is no place in a list", step.key)
	}
	return nil, fmt.Errorf("[%d] is a place in a list, and this is a mapping", step.index)
}

func putItem(n *yamlnode.Node, index int, rest []segment, s setting) (*yamlnode.Node, error) {
	list := &yamlnode.Node{Kind: yamlnode.Sequence, Range: n.Range, Items: slices.Clone(n.Items)}
	for len(list.Items) <= index {
		list.Items = append(list.Items, &yamlnode.Node{Kind: yamlnode.Null, Range: s.place()})
	}
	item, err := put(list.Items[index], rest, s)
	list.Items[index] = item
	return list, err
}

func putPair(n *yamlnode.Node, key string, rest []segment, s setting) (*yamlnode.Node, error) {
	m := &yamlnode.Node{Kind: yamlnode.Mapping, Range: n.Range, Pairs: slices.Clone(n.Pairs)}
	i := slices.IndexFunc(m.Pairs, func(p yamlnode.Pair) bool { return p.Key == key })
	if i < 0 {
		i = len(m.Pairs)
		m.Pairs = append(m.Pairs, yamlnode.Pair{Key: key, KeyRange: s.place()})
	}
	value, err := put(m.Pairs[i].Value, rest, s)
	m.Pairs[i].Value = value
	return m, err
}

// setInput applies one --input: to the path of an input that has one or is
// data, and to the input itself otherwise.
func (r *reader) setInput(root *yamlnode.Node, item string) *yamlnode.Node {
	s, ok := r.parseSetting("--input", item)
	if !ok {
		return root
	}
	s.path = append([]segment{{key: "inputs", index: -1}}, s.path...)
	n, known := inputAt(root, s.path[1:])
	if !known {
		name := pathText(s.path[1:])
		names := inputKeys(root.Get("inputs"))
		d := r.errs.Errorf(s.place(), diag.CodeUnknownInput, "--input %s: there is no input %q", item, name)
		d.Path = "inputs." + name
		d.Hint = firstOf(diag.DidYouMean(name, names), listed("its inputs are", names))
		return root
	}
	if n != nil && n.Kind == yamlnode.Mapping {
		s.path = append(s.path, segment{key: valueKey(n), index: -1})
	}
	next, err := put(root, s.path, s)
	if err != nil {
		_ = r.badSetting(s, err.Error())
		return root
	}
	return next
}

// inputAt finds the input at path. Those of a job that runs a component are
// declared there, so that any name may be given.
func inputAt(root *yamlnode.Node, path []segment) (*yamlnode.Node, bool) {
	n := root.Get("inputs")
	for _, s := range path {
		p, ok := n.Pair(s.key)
		if !ok || s.index >= 0 {
			return nil, root.Get("component") != nil && root.Get("jobs") == nil
		}
		n = p.Value
	}
	return n, true
}

// valueKey is the field of an input's mapping that holds its value.
func valueKey(n *yamlnode.Node) string {
	t := n.Get("type")
	if n.Get("path") == nil && t != nil && slices.Contains([]string{"string", "number", "integer", "boolean"}, strings.ToLower(t.Text)) {
		return "value"
	}
	return "path"
}

// inputKeys are the names of inputs, those in groups with the group's.
func inputKeys(inputs *yamlnode.Node) []string {
	var names []string
	for _, p := range pairs(inputs) {
		members, ok := plainGroup(p.Value)
		if p.Value.Kind != yamlnode.Mapping || !ok {
			names = append(names, p.Key)
			continue
		}
		for _, m := range members.Pairs {
			names = append(names, p.Key+"."+m.Key)
		}
	}
	return names
}

// unusedInput reports --set inputs.NAME=VALUE that made an input which nothing
// refers to: it is a misspelt name rather than a new input.
func (r *reader) unusedInput(root *yamlnode.Node, s setting) {
	name := s.path[1].key
	if root.Get("component") != nil || refersTo(root, "inputs."+name) {
		return
	}
	names := slices.DeleteFunc(inputKeys(root.Get("inputs")), func(n string) bool { return n == name })
	d := r.errs.Errorf(s.place(), diag.CodeUnknownInput, "--set %s: there is no input %q, and nothing refers to one", s.item, name)
	d.Path = pathText(s.path)
	d.Hint = firstOf(diag.DidYouMean(name, names), listed("its inputs are", names))
}

// refersTo reports whether a text below n has a reference to name.
func refersTo(n *yamlnode.Node, name string) bool {
	switch n.Kind {
	case yamlnode.Scalar:
		parts, _ := expr.Parse(n.Text)
		return slices.ContainsFunc(expr.Refs(parts), func(r expr.Ref) bool {
			return strings.Contains("."+r.String()+".", "."+name+".")
		})
	case yamlnode.Mapping:
		return slices.ContainsFunc(n.Pairs, func(p yamlnode.Pair) bool { return refersTo(p.Value, name) })
	}
	return slices.ContainsFunc(n.Items, func(item *yamlnode.Node) bool { return refersTo(item, name) })
}
