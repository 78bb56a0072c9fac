package load

import (
	"errors"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// maxKept bounds the text that is kept of all files of a definition. Aliases
// let a small file repeat a large value many thousand times.
const maxKept = 32 << 20

// errKept says that maxKept is reached.
var errKept = errors.New("more text than is kept of a definition")

// keeper takes text for the loader, as much as there is room for.
type keeper struct {
	strings.Builder
	loader *loader
}

func (k *keeper) Write(text []byte) (int, error) {
	if k.loader.kept += len(text); k.loader.kept > maxKept {
		return 0, errKept
	}
	return k.Builder.Write(text)
}

// keep is n as YAML text.
func (r *reader) keep(n *yamlnode.Node, path string) string {
	if r.kept > maxKept {
		return "" // which was reported
	}
	k := keeper{loader: r.loader}
	if err := yamlnode.Print(&k, n); err != nil {
		d := r.errs.Errorf(firstLine(n), diag.CodeYAMLTooLarge, "together with what aliases repeat, this is too large: at most %d MiB are read", maxKept>>20)
		d.Path, d.Hint = path, "write the values out, or use fewer aliases"
		return ""
	}
	return k.String()
}

// extra keeps the fields of n that the model has no place for: all but taken,
// and of those taken what has none within them.
func (r *reader) extra(n *yamlnode.Node, path string, taken ...string) pipeline.Raw {
	var rest *yamlnode.Node
	for _, p := range pairs(n) {
		if slices.Contains(taken, p.Key) {
			if p.Value = nestedRest(p); p.Value == nil {
				continue
			}
		}
		if rest == nil {
			rest = &yamlnode.Node{Kind: yamlnode.Mapping}
		}
		rest.Pairs = append(rest.Pairs, p)
	}
	if rest == nil {
		return ""
	}
	return pipeline.Raw(r.keep(inOrder(rest), path))
}

// nestedRest is what the model has no place for in the fields that may be mappings
// though the model has a path for them; nil for all others.
func nestedRest(p yamlnode.Pair) *yamlnode.Node {
	if p.Key == "inputs" {
		return groupRest(p.Value)
	}
	if p.Value.Kind != yamlnode.Mapping || p.Key != "code" && p.Key != "build" {
		return nil
	}
	rest := &yamlnode.Node{Kind: yamlnode.Mapping}
	for _, inner := range p.Value.Pairs {
		local := p.Key == "code" || pipeline.IsLocal(inner.Value.PyString())
		if inner.Key == "path" && local || p.Key == "build" && inner.Key == "dockerfile_path" {
			continue
		}
		rest.Pairs = append(rest.Pairs, inner)
	}
	if len(rest.Pairs) == 0 {
		return nil
	}
	return rest
}

// groupRest is what the groups among declared inputs say besides their members,
// and groups without members; nil when there is nothing.
func groupRest(inputs *yamlnode.Node) *yamlnode.Node {
	var rest *yamlnode.Node
	for _, p := range inputs.Pairs {
		members, ok := group(p.Value)
		if !ok {
			continue
		}
		said := &yamlnode.Node{Kind: yamlnode.Mapping}
		for _, field := range p.Value.Pairs {
			if field.Key == "properties" {
				field.Value = groupRest(field.Value)
			}
			if field.Value != nil {
				said.Pairs = append(said.Pairs, field)
			}
		}
		if len(said.Pairs) == 1 && len(pairs(members)) > 0 {
			continue // but for type: group
		}
		if rest == nil {
			rest = &yamlnode.Node{Kind: yamlnode.Mapping}
		}
		rest.Pairs = append(rest.Pairs, yamlnode.Pair{Key: p.Key, KeyRange: p.KeyRange, Value: inOrder(said)})
	}
	if rest != nil {
		// Groups without members print after the others, whatever their place was.
		slices.SortFunc(rest.Pairs, func(a, b yamlnode.Pair) int { return strings.Compare(a.Key, b.Key) })
	}
	return rest
}

// without is raw less some of its fields.
func without(raw pipeline.Raw, keys ...string) pipeline.Raw {
	if raw == "" {
		return ""
	}
	n, _ := yamlnode.Parse("", []byte(raw)) // it was printed here
	rest := yamlnode.NewMapping()
	for _, p := range pairs(n) {
		if !slices.Contains(keys, p.Key) {
			rest.Set(p.Key, p.Value)
		}
	}
	var b strings.Builder
	if err := yamlnode.Print(&b, rest); err != nil || len(rest.Pairs) == 0 {
		return ""
	}
	return pipeline.Raw(b.String())
}

// What follows are the fields that the model has a place for, of each mapping.
// Those in other words than the model's (a setting that is a reference rather
// than true or false) are kept beside them.

func keptHeader() []string {
	return []string{"$schema", "type", "name", "display_name", "description", "tags", "properties", "experiment_name",
		"inputs", "outputs", "compute"}
}

func keptCommand() []string {
	return []string{"command", "code", "environment", "environment_variables", "additional_includes", "distribution", "resources", "limits"}
}

func keptStep() []string {
	return []string{"type", "display_name", "description", "compute", "inputs", "outputs"}
}

func keptOverrides() []string {
	return []string{"component", "environment", "environment_variables", "distribution", "resources", "limits"}
}

// keptComponent are those of a component whose body has more.
func keptComponent(body ...string) []string {
	return join([]string{"$schema", "type", "name", "version", "display_name", "description", "tags", "inputs", "outputs"}, body...)
}
