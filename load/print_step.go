package load

import (
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

func (p *printer) step(s *pipeline.Step) *yamlnode.Node {
	if s.Spec != nil {
		return p.specStep(s)
	}
	e := newEntries()
	e.word("type", string(s.Type))
	e.text("display_name", s.DisplayName)
	e.text("description", s.Description)
	e.text("compute", s.Compute)
	if c := s.Component; c != nil && c.Inline {
		p.command(e, c)
	} else {
		e.node("component", p.componentOf(s.ComponentRef, c))
	}
	p.overrides(e, s)
	e.node("inputs", p.bindings(s.Inputs))
	e.node("outputs", p.outputBindings(s.Outputs))
	return p.done(e, s.Extra)
}

// overrides adds what a step says over its component.
func (p *printer) overrides(e entries, s *pipeline.Step) {
	e.node("environment", p.environment(s.Environment))
	e.node("environment_variables", environmentVariables(s.EnvironmentVariables))
	e.node("distribution", p.distribution(s.Distribution))
	e.node("resources", p.resources(s.Resources))
	e.node("limits", p.limits(s.Limits))
}

// componentOf is the reference to a component, or all of it.
func (p *printer) componentOf(ref pipeline.Text, c *pipeline.Component) *yamlnode.Node {
	switch {
	case ref.Value != "":
		return yamlnode.NewString(ref.Value)
	case c == nil:
		return nil
	case c.Range.File != p.file && !inGo(c.Range.File):
		return yamlnode.NewString(filepath.ToSlash("/" + strings.TrimPrefix(c.Range.File, "/")))
	}
	return p.component(c)
}

// inGo: a part of a definition was made by a program.
func inGo(file string) bool { return file == "" || strings.HasSuffix(file, ".go") }

func (p *printer) component(c *pipeline.Component) *yamlnode.Node {
	n, known := p.components[c]
	if known && n == nil {
		p.fail("component %q contains itself", c.Name.Value)
	}
	if known {
		return n
	}
	p.components[c] = nil
	e := newEntries()
	e.word("$schema", c.Schema)
	e.word("type", string(c.Type))
	e.text("name", c.Name)
	e.text("version", c.Version)
	e.text("display_name", c.DisplayName)
	e.text("description", c.Description)
	e.texts("tags", c.Tags)
	e.boolean("is_deterministic", c.Deterministic)
	e.node("inputs", p.declaredInputs(c.Inputs))
	e.node("outputs", p.outputs(c.Outputs))
	switch {
	case c.Type == pipeline.PipelineComponent:
		e.node("jobs", p.steps(c.Steps))
	case c.Spec != nil:
		p.specComponent(e, c)
	default:
		p.command(e, c)
	}
	n = p.done(e, c.Extra)
	p.components[c] = n
	return n
}

func (p *printer) bindings(list []*pipeline.Binding) *yamlnode.Node {
	members := make([]member, 0, len(list))
	for _, b := range list {
		if b != nil {
			members = append(members, member{b.Name, p.boundValue(&b.Value)})
		}
	}
	p.distinct(members)
	return groups(members)
}

// boundValue is what an input of a step is given.
func (p *printer) boundValue(v *pipeline.Value) *yamlnode.Node {
	e := newEntries()
	switch {
	case v.Data != nil:
		e.word("type", string(v.Data.Type))
		e.Set("path", yamlnode.NewString(v.Data.Path.Value))
		e.word("mode", string(v.Data.Mode))
	case v.Literal == nil:
		return yamlnode.NewNull()
	case v.Type != "" || v.Mode != "":
		e.word("type", string(v.Type))
		e.Set("path", yamlnode.NewString(v.Literal.Value))
		e.word("mode", string(v.Mode))
	case v.Extra == "":
		return p.literal(v.Literal)
	case isReference(v.Literal.Value):
		e.Set("path", yamlnode.NewString(v.Literal.Value))
	default:
		e.Set("value", p.literal(v.Literal))
	}
	return p.done(e, v.Extra)
}

func (p *printer) outputBindings(list []*pipeline.OutputBinding) *yamlnode.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamlnode.NewMapping()
	for _, b := range list {
		if b == nil {
			continue
		}
		spec := p.output(&b.Spec)
		switch {
		case b.To.Value == "":
			n.Set(b.Name, spec)
		case spec.Kind == yamlnode.Null:
			n.Set(b.Name, yamlnode.NewString(b.To.Value))
		default:
			spec.Set("path", yamlnode.NewString(b.To.Value))
			n.Set(b.Name, inOrder(spec))
		}
	}
	return n
}
