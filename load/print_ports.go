package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

func (p *printer) declaredInputs(list []*pipeline.Input) *yamlnode.Node {
	members := make([]member, 0, len(list))
	for _, in := range list {
		if in != nil {
			members = append(members, member{in.Name, p.declaredInput(in)})
		}
	}
	p.distinct(members)
	return declaredGroups(members, 0)
}

func (p *printer) declaredInput(in *pipeline.Input) *yamlnode.Node {
	e := newEntries()
	e.Set("type", yamlnode.NewString(string(in.Type)))
	p.declaration(e, in)
	return p.done(e, in.Extra)
}

// declaration adds what declarations and values of inputs share.
func (p *printer) declaration(e entries, in *pipeline.Input) {
	e.word("mode", string(in.Mode))
	e.word("description", in.Description)
	if in.Optional {
		e.boolean("optional", &in.Optional)
	}
	e.node("default", p.literal(in.Default))
	e.node("min", p.literal(in.Min))
	e.node("max", p.literal(in.Max))
	if len(in.Enum) > 0 {
		list := yamlnode.NewSequence()
		for i := range in.Enum {
			list.Items = append(list.Items, p.literal(&in.Enum[i]))
		}
		e.Set("enum", list)
	}
}

func (p *printer) jobInputs(list []*pipeline.Input) *yamlnode.Node {
	members := make([]member, 0, len(list))
	for _, in := range list {
		if in != nil {
			members = append(members, member{in.Name, p.jobInput(in)})
		}
	}
	p.distinct(members)
	return groups(members)
}

// jobInput is the input of a job with its value: the value alone when that says
// it all.
func (p *printer) jobInput(in *pipeline.Input) *yamlnode.Node {
	e := newEntries()
	p.declaration(e, in)
	v, typ := in.Value, string(in.Type)
	alone := len(e.Pairs) == 0 && in.Extra == ""
	switch {
	case v == nil && alone && in.Type == "":
		return yamlnode.NewNull()
	case v == nil:
	case v.Data != nil:
		e.Set("path", yamlnode.NewString(v.Data.Path.Value))
		e.word("mode", string(v.Data.Mode))
		typ = firstOf(typ, string(v.Data.Type))
	case v.Literal == nil || v.Literal == in.Default:
	case alone && v.Type == "" && v.Mode == "" && in.Type == v.Literal.Type:
		return p.literal(v.Literal)
	case v.Type != "" || v.Mode != "" || in.Type == "" && in.Mode == "" && isReference(v.Literal.Value):
		e.Set("path", yamlnode.NewString(v.Literal.Value))
		e.word("mode", string(v.Mode))
	default:
		e.Set("value", p.literal(v.Literal))
	}
	e.word("type", typ)
	return p.done(e, in.Extra)
}

func (p *printer) outputs(list []*pipeline.Output) *yamlnode.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamlnode.NewMapping()
	for _, out := range list {
		if out != nil {
			n.Set(out.Name, p.output(out))
		}
	}
	return n
}

// output is null when nothing is said of the output.
func (p *printer) output(out *pipeline.Output) *yamlnode.Node {
	e := newEntries()
	e.word("type", string(out.Type))
	e.text("name", out.AssetName)
	e.text("version", out.AssetVersion)
	e.word("description", out.Description)
	e.text("path", out.Path)
	e.word("mode", string(out.Mode))
	if n := p.done(e, out.Extra); len(n.Pairs) > 0 {
		return n
	}
	return yamlnode.NewNull()
}

// member is an input with its name, which has dots when it is one of a group.
type member struct {
	name string
	node *yamlnode.Node
}

// distinct refuses two inputs of one name, of which YAML could hold one alone.
func (p *printer) distinct(list []member) {
	seen := make(map[string]bool, len(list))
	for _, m := range list {
		if seen[m.name] {
			p.fail("there are two inputs named %q", m.name)
		}
		seen[m.name] = true
	}
}

// run is a stretch of members that belong to one group, or a single input.
type run struct {
	group   string
	members []member
}

// runs finds the groups. Inputs of a group that others stand between, or whose
// name is that of an input as well, keep the dots in their names.
func runs(list []member) []run {
	var out []run
	begun := map[string]int{}
	for _, m := range list {
		group, rest, _ := strings.Cut(m.name, ".")
		if group == "" || rest == "" {
			group = ""
		}
		if n := len(out); group != "" && n > 0 && out[n-1].group == group {
			out[n-1].members = append(out[n-1].members, member{rest, m.node})
			continue
		}
		begun[group]++
		out = append(out, run{group, []member{{rest, m.node}}})
		if group == "" {
			out[len(out)-1].members[0].name = m.name
			begun[m.name]++
		}
	}
	return slices.Collect(func(yield func(run) bool) {
		for _, r := range out {
			if r.group != "" && begun[r.group] > 1 {
				r = r.apart()
			}
			if !yield(r) {
				return
			}
		}
	})
}

// apart is r with the members' whole names, and no group.
func (r run) apart() run {
	whole := run{}
	for _, m := range r.members {
		whole.members = append(whole.members, member{r.group + "." + m.name, m.node})
	}
	return whole
}

// groups prints values: a group is a mapping of which no key is a field of an
// input.
func groups(list []member) *yamlnode.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamlnode.NewMapping()
	for _, r := range runs(list) {
		into := n
		if r.group != "" {
			into = yamlnode.NewMapping()
		}
		for _, m := range r.members {
			into.Set(m.name, m.node)
		}
		if r.group == "" {
			continue
		}
		if _, ok := plainGroup(into); ok {
			n.Set(r.group, into)
			continue
		}
		for _, m := range r.apart().members {
			n.Set(m.name, m.node)
		}
	}
	return n
}

// maxGroups is more groups within each other than anybody declares.
const maxGroups = 10

// declaredGroups prints declarations: a group has its members as properties.
func declaredGroups(list []member, depth int) *yamlnode.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamlnode.NewMapping()
	for _, r := range runs(list) {
		if r.group == "" || depth == maxGroups {
			if r.group != "" {
				r = r.apart()
			}
			for _, m := range r.members {
				n.Set(m.name, m.node)
			}
			continue
		}
		group := yamlnode.NewMapping()
		group.Set("type", yamlnode.NewString("group"))
		group.Set("properties", declaredGroups(r.members, depth+1))
		n.Set(r.group, group)
	}
	return n
}
