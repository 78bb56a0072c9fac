package load

import (
	"slices"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
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
	r.known(root, "", "a pipeline job", pipelineJobFields())
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
		p.ComponentRef, p.Component = r.componentOf(root, "")
		if p.Component != nil {
			p.Steps = p.Component.Steps
		}
		return p
	}
	p.Steps = r.steps(root)
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
		if !slices.Contains(settingFields(), p.Key) {
			// The service takes settings it does not know, and drops them.
			d := r.errs.Warnf(p.KeyRange, diag.CodeUnknownField, "unknown setting %q", p.Key)
			d.Path, d.Hint = "settings."+p.Key, diag.DidYouMean(p.Key, settingFields())
		}
		if p.Value.Kind == yamlnode.Scalar {
			s.Other[p.Key] = p.Value.PyString()
		}
	}
	for _, key := range []string{"default_compute", "default_datastore", "continue_on_step_failure", "force_rerun"} {
		delete(s.Other, key)
	}
	return s
}

// steps reads the jobs of a pipeline.
func (r *reader) steps(root *yamlnode.Node) []*pipeline.Step {
	jobs, ok := root.Pair("jobs")
	switch {
	case !ok:
		r.required(root, kindPlace(root), "", "jobs", "the pipeline")
		return nil
	case jobs.Value.Kind == yamlnode.Null, jobs.Value.Kind == yamlnode.Mapping && len(jobs.Value.Pairs) == 0:
		r.errs.Errorf(jobs.KeyRange, diag.CodeMissingField, "jobs is empty: the pipeline runs nothing").Path = "jobs"
		return nil
	case jobs.Value.Kind != yamlnode.Mapping:
		r.wrongShape(jobs.Value, "jobs", "a mapping of names to jobs")
		return nil
	}
	var steps []*pipeline.Step
	for _, p := range jobs.Value.Pairs {
		if s := r.step(p); s != nil {
			steps = append(steps, s)
		}
	}
	return steps
}

func (r *reader) commandJob(root *yamlnode.Node) *pipeline.CommandJob {
	r.known(root, "", "a command job", commandJobFields())
	r.required(root, kindPlace(root), "", "command", "the command job")
	r.required(root, kindPlace(root), "", "environment", "the command job")
	body := r.commandBody(root, "")
	body.Inputs, body.Outputs, body.Inline = r.jobInputs(root), r.outputs(root), true
	step := &pipeline.Step{Type: pipeline.CommandStep, Component: body, Compute: r.text(root, "", "compute"), Range: firstLine(root)}
	step.Ignored = r.ignored(root)
	for _, in := range body.Inputs {
		if in.Value != nil {
			step.Inputs = append(step.Inputs, &pipeline.Binding{Name: in.Name, NameRange: in.NameRange, Value: *in.Value})
		}
	}
	return &pipeline.CommandJob{Header: r.header(root), Step: step}
}

// component reads a file that defines a component.
func (r *reader) component(root *yamlnode.Node, kind string) *pipeline.Component {
	var c *pipeline.Component
	if kind == asset.PipelineComponent {
		r.known(root, "", "a pipeline component", pipelineComponentFields())
		c = &pipeline.Component{Type: pipeline.PipelineComponent, Steps: r.steps(root)}
	} else {
		r.known(root, "", "a command component", commandComponentFields())
		if r.required(root, kindPlace(root), "", "command", "the command component") && root.Get("command").Kind == yamlnode.Scalar &&
			root.Get("command").Text == "" {
			r.errs.Errorf(root.Get("command").Range, diag.CodeMissingField, "command of the component is empty").Path = "command"
		}
		r.required(root, kindPlace(root), "", "environment", "the command component")
		c = r.commandBody(root, "")
	}
	h := r.header(root)
	c.Schema, c.Name, c.DisplayName, c.Description, c.Tags = h.Schema, h.Name, h.DisplayName, h.Description, h.Tags
	c.Version = r.text(root, "", "version")
	c.Inputs, c.Outputs = r.declaredInputs(root), r.outputs(root)
	c.Deterministic = r.boolean(root, "", "is_deterministic")
	c.Range = firstLine(root)
	return c
}
