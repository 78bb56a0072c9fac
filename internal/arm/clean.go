package arm

import (
	"github.com/ischia-ml/ischia/pipeline"
)

// cleaner goes through what was decoded. A body comes from elsewhere: texts in
// it must never become files of this machine, whatever input they are given to.
type cleaner struct {
	*decoder
	seen map[*pipeline.Component]bool
	err  error
}

// clean refuses local names that the lookup did not say, takes the folders
// that relative paths would start from, and puts the places of steps right.
func (d *decoder) clean(job pipeline.Job, component *pipeline.Component) error {
	c := &cleaner{decoder: d, seen: map[*pipeline.Component]bool{}}
	switch j := job.(type) {
	case *pipeline.Pipeline:
		c.ports(j.Inputs, j.Outputs)
		c.inputs(j.Inputs, "properties.inputs")
		c.component(j.Component)
		c.steps(j.Steps, "properties.jobs")
	case *pipeline.CommandJob:
		c.ports(j.Step.Component.Inputs, j.Step.Component.Outputs)
		c.step(j.Step, "properties")
	case *pipeline.SpecJob:
		c.ports(j.Step.Component.Inputs, j.Step.Component.Outputs)
		c.step(j.Step, "properties")
	}
	c.component(component)
	return c.err
}

// ports gives the inputs and outputs of a job what files have no place for:
// descriptions, and the types of literals, for 3 may be a number as well as an
// integer.
func (c *cleaner) ports(inputs []*pipeline.Input, outputs []*pipeline.Output) {
	for _, in := range inputs {
		in.Description = c.descriptions["inputs."+in.Name]
		t, ok := c.types[in.Name]
		if !ok || in.Value != nil && in.Value.Literal == nil {
			continue
		}
		in.Type = t
		if in.Value != nil {
			in.Value.Literal.Type = t
		}
	}
	for _, out := range outputs {
		out.Description = c.descriptions["outputs."+out.Name]
	}
}

func (c *cleaner) fail(path string, l *pipeline.LocalPath) {
	if l == nil || l.Name == "" || c.local[l.Name] || c.err != nil {
		return
	}
	c.err = faultf(path, "%s is a path of this machine, and no address", l.Value)
}

func (c *cleaner) inputs(list []*pipeline.Input, path string) {
	for _, in := range list {
		for _, l := range []*pipeline.Literal{in.Default, in.Min, in.Max} {
			if l != nil {
				l.Dir = ""
			}
		}
		for i := range in.Enum {
			in.Enum[i].Dir = ""
		}
		c.value(in.Value, path+"."+in.Name)
	}
}

func (c *cleaner) value(v *pipeline.Value, path string) {
	if v == nil {
		return
	}
	if v.Literal != nil {
		v.Literal.Dir = ""
	}
	if v.Data != nil {
		c.fail(path, v.Data.Local)
	}
}

func (c *cleaner) steps(steps []*pipeline.Step, path string) {
	for _, s := range steps {
		if at, ok := c.places[s.NameRange.File][s.Name]; ok {
			s.NameRange, s.Range = at, at
		}
		c.step(s, path+"."+s.Name)
	}
}

func (c *cleaner) step(s *pipeline.Step, path string) {
	for _, b := range s.Inputs {
		c.value(&b.Value, path+".inputs."+b.Name)
	}
	c.environment(s.Environment, path)
	if body, ok := s.Spec.(*pipeline.Parallel); ok {
		c.task(body.Task, path)
	}
	c.component(s.Component)
}

func (c *cleaner) component(x *pipeline.Component) {
	if x == nil || c.seen[x] {
		return
	}
	c.seen[x] = true
	c.fail("componentSpec.code", x.Code)
	for _, l := range x.Includes {
		c.fail("componentSpec.additional_includes", l)
	}
	c.environment(x.Environment, "componentSpec")
	c.inputs(x.Inputs, "componentSpec.inputs")
	if body, ok := x.Spec.(*pipeline.Parallel); ok {
		c.task(body.Task, "componentSpec")
	}
	c.steps(x.Steps, "componentSpec.jobs")
}

func (c *cleaner) task(t *pipeline.ParallelTask, path string) {
	if t == nil {
		return
	}
	if t.Code != nil {
		c.fail(path+".task.code", &t.Code.Path)
	}
	c.environment(t.Environment, path+".task")
}

func (c *cleaner) environment(e *pipeline.Environment, path string) {
	if e == nil {
		return
	}
	c.fail(path+".environment.conda_file", e.CondaFile)
	c.fail(path+".environment.build", e.BuildPath)
}
