package load

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// unused warns of the inputs of a pipeline that nothing in it refers to.
func (r *reader) unused(root *yamlnode.Node, inputs []*pipeline.Input) {
	if len(inputs) == 0 || len(pairs(root.Get("jobs"))) == 0 {
		return
	}
	used := map[string]bool{}
	for _, p := range root.Pairs {
		if p.Key != "inputs" {
			mentions(p.Value, used)
		}
	}
	for _, in := range inputs {
		if isUsed(used, in.Name) {
			continue
		}
		d := r.errs.Warnf(in.NameRange, diag.CodeUnusedInput, "no job uses input %q", in.Name)
		d.Path, d.Hint = "inputs."+in.Name, "bind an input of a job to ${{parent.inputs."+in.Name+"}}, or remove it"
	}
}

// mentions notes the names after inputs. in all texts with ${{ }} within n.
func mentions(n *yamlnode.Node, names map[string]bool) {
	for _, p := range n.Pairs {
		mentions(p.Value, names)
	}
	for _, item := range n.Items {
		mentions(item, names)
	}
	if !strings.Contains(n.Text, "${{") {
		return
	}
	for rest := n.Text; ; {
		_, after, found := strings.Cut(rest, "inputs.")
		if !found {
			return
		}
		end := strings.IndexFunc(after, func(c rune) bool { return strings.ContainsRune(" \t\n}|", c) })
		if end < 0 {
			end = len(after)
		}
		names[after[:end]], rest = true, after[end:]
	}
}

// isUsed: the input is referred to, or a group that it is in, or, when it is
// data, a file in it.
func isUsed(used map[string]bool, name string) bool {
	if used[name] {
		return true
	}
	for i := range len(name) {
		if name[i] == '.' && used[name[:i]] {
			return true
		}
	}
	return false
}
