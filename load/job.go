package load

import (
	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

func (r *reader) header(root *yamlnode.Node) pipeline.Header {
	return pipeline.Header{
		Schema:      r.text(root, "", "$schema").Value,
		Name:        r.text(root, "", "name"),
		DisplayName: r.text(root, "", "display_name"),
		Description: r.text(root, "", "description"),
		Experiment:  r.text(root, "", "experiment_name"),
		Tags:        r.stringMap(root, "", "tags"),
		Properties:  r.stringMap(root, "", "properties"),
		Range:       firstLine(root),
	}
}

func (r *reader) pipelineJob(root *yamlnode.Node) *pipeline.Pipeline {
	p := &pipeline.Pipeline{
		Header:   r.header(root),
		Inputs:   r.jobInputs(root),
		Outputs:  r.outputs(root),
		Settings: r.settings(root),
		Compute:  r.text(root, "", "compute"),
		Ignored:  r.ignored(root),
	}
	_, hasJobs := root.Pair("jobs")
	if ref := root.Get("component"); ref != nil && !hasJobs {
		p.Extra = r.extra(root, "", join(keptHeader(), "settings", "component")...)
		p.ComponentRef, p.Component = r.componentAt(root, "", "component")
		if p.Component != nil {
			p.Steps = p.Component.Steps
		}
		return p
	}
	p.Extra = r.extra(root, "", join(keptHeader(), "settings", "jobs")...)
	p.Steps = r.steps(root)
	r.unused(root, p.Inputs)
	return p
}

func (r *reader) settings(root *yamlnode.Node) pipeline.Settings {
	n := r.mapping(root, "", "settings")
	if n == nil {
		return pipeline.Settings{}
	}
	s := pipeline.Settings{
		DefaultCompute:        r.text(n, "settings", "default_compute"),
		DefaultDatastore:      r.text(n, "settings", "default_datastore"),
		ContinueOnStepFailure: r.boolean(n, "settings", "continue_on_step_failure"),
		ForceRerun:            r.boolean(n, "settings", "force_rerun"),
		Other:                 map[string]string{},
		Range:                 startOf(n.Range),
	}
	for _, p := range n.Pairs {
		if p.Value.Kind == yamlnode.Scalar {
			s.Other[p.Key] = p.Value.PyString()
		}
	}
	delete(s.Other, "default_compute")
	delete(s.Other, "default_datastore")
	if s.ContinueOnStepFailure != nil {
		delete(s.Other, "continue_on_step_failure")
	}
	if s.ForceRerun != nil {
		delete(s.Other, "force_rerun")
	}
	s.Extra = r.extra(n, "settings", scalars(n)...)
	return s
}

// scalars are the keys of a mapping with scalars or nothing as their values.
func scalars(n *yamlnode.Node) []string {
	var out []string
	for _, p := range n.Pairs {
		if p.Value.Kind == yamlnode.Scalar || p.Value.IsNull() {
			out = append(out, p.Key)
		}
	}
	return out
}

// steps reads the jobs of a pipeline.
func (r *reader) steps(root *yamlnode.Node) []*pipeline.Step {
	var steps []*pipeline.Step
	for _, p := range pairs(r.mapping(root, "", "jobs")) {
		if s := r.step(p); s != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

func (r *reader) commandJob(root *yamlnode.Node) *pipeline.CommandJob {
	body := r.commandBody(root, "")
	body.Inputs, body.Outputs, body.Inline = r.jobInputs(root), r.outputs(root), true
	step := &pipeline.Step{Type: pipeline.CommandStep, Component: body, Compute: r.text(root, "", "compute"), Range: firstLine(root)}
	step.Ignored = r.ignored(root)
	for _, in := range body.Inputs {
		if in.Value != nil {
			step.Inputs = append(step.Inputs, &pipeline.Binding{Name: in.Name, NameRange: in.NameRange, Value: *in.Value})
		}
	}
	job := &pipeline.CommandJob{Header: r.header(root), Step: step}
	job.Extra = r.extra(root, "", join(keptHeader(), keptCommand()...)...)
	return job
}

// component reads a file that defines a component.
func (r *reader) component(root *yamlnode.Node, kind string) *pipeline.Component {
	var c *pipeline.Component
	var taken []string
	switch kind {
	case asset.PipelineComponent:
		c = &pipeline.Component{Type: pipeline.PipelineComponent, Steps: r.steps(root)}
		taken = keptComponent("jobs")
	case asset.CommandComponent:
		c = r.commandBody(root, "")
		taken = keptComponent(keptCommand()...)
	default:
		c, taken = r.specBody(root, kind)
		taken = keptComponent(taken...)
	}
	h := r.header(root)
	c.Schema, c.Name, c.DisplayName, c.Description, c.Tags = h.Schema, h.Name, h.DisplayName, h.Description, h.Tags
	c.Version = r.text(root, "", "version")
	c.Inputs, c.Outputs = r.declaredInputs(root), r.outputs(root)
	if c.Deterministic = r.boolean(root, "", "is_deterministic"); c.Deterministic != nil {
		taken = append(taken, "is_deterministic")
	}
	c.Extra = r.extra(root, "", taken...)
	c.Range = firstLine(root)
	return c
}
