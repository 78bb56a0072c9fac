package load

import (
	"maps"
	"slices"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

func header(e entries, h *pipeline.Header, typ string) {
	e.word("$schema", h.Schema)
	e.word("type", typ)
	e.text("name", h.Name)
	e.text("display_name", h.DisplayName)
	e.text("description", h.Description)
	e.texts("tags", h.Tags)
	e.texts("properties", h.Properties)
	e.text("experiment_name", h.Experiment)
}

func (p *printer) pipelineJob(job *pipeline.Pipeline) *yamlnode.Node {
	e := newEntries()
	header(e, &job.Header, "pipeline")
	e.text("compute", job.Compute)
	e.node("settings", p.settings(&job.Settings))
	e.node("inputs", p.jobInputs(job.Inputs))
	e.node("outputs", p.outputs(job.Outputs))
	if job.Component != nil || job.ComponentRef.Value != "" {
		e.node("component", p.componentOf(job.ComponentRef, job.Component))
	} else {
		e.node("jobs", p.steps(job.Steps))
	}
	return p.done(e, job.Extra)
}

func (p *printer) settings(s *pipeline.Settings) *yamlnode.Node {
	e := newEntries()
	e.text("default_compute", s.DefaultCompute)
	e.text("default_datastore", s.DefaultDatastore)
	e.boolean("continue_on_step_failure", s.ContinueOnStepFailure)
	e.boolean("force_rerun", s.ForceRerun)
	for _, key := range slices.Sorted(maps.Keys(s.Other)) {
		e.Set(key, p.literal(&pipeline.Literal{Text: pipeline.Text{Value: s.Other[key]}, Type: pipeline.Number}))
	}
	n := p.done(e, s.Extra)
	if len(n.Pairs) == 0 && !s.Range.IsValid() {
		return nil
	}
	return n
}

func (p *printer) steps(steps []*pipeline.Step) *yamlnode.Node {
	n := yamlnode.NewMapping()
	for _, s := range steps {
		if s != nil {
			n.Set(s.Name, p.step(s))
		}
	}
	return n
}

func (p *printer) commandJob(job *pipeline.CommandJob) *yamlnode.Node {
	e := newEntries()
	header(e, &job.Header, "command")
	if job.Step == nil || job.Step.Component == nil {
		p.fail("the job has no command")
		return nil
	}
	e.text("compute", job.Step.Compute)
	e.node("inputs", p.jobInputs(job.Step.Component.Inputs))
	e.node("outputs", p.outputs(job.Step.Component.Outputs))
	p.command(e, job.Step.Component)
	return p.done(e, job.Extra)
}

// command adds what a command consists of.
func (p *printer) command(e entries, c *pipeline.Component) {
	p.code(e, c)
	e.Set("command", yamlnode.NewString(c.Command.Value))
	e.node("environment", p.environment(c.Environment))
	e.node("environment_variables", environmentVariables(c.EnvironmentVariables))
	e.node("distribution", p.distribution(c.Distribution))
	e.node("resources", p.resources(c.Resources))
	e.node("limits", p.limits(c.Limits))
}

func environmentVariables(list []pipeline.EnvVar) *yamlnode.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamlnode.NewMapping()
	for _, v := range list {
		n.Set(v.Name, yamlnode.NewString(v.Value.Value))
	}
	return n
}

func (p *printer) limits(l *pipeline.Limits) *yamlnode.Node {
	if l == nil {
		return nil
	}
	e := newEntries()
	p.number(e, "timeout", l.Timeout)
	return p.done(e, l.Extra)
}

func (p *printer) resources(r *pipeline.Resources) *yamlnode.Node {
	if r == nil {
		return nil
	}
	e := newEntries()
	p.number(e, "instance_count", r.InstanceCount)
	e.text("instance_type", r.InstanceType)
	e.text("shm_size", r.ShmSize)
	return p.done(e, r.Extra)
}

func (p *printer) distribution(d *pipeline.Distribution) *yamlnode.Node {
	if d == nil {
		return nil
	}
	e := newEntries()
	e.Set("type", yamlnode.NewString(d.Type.Value))
	p.number(e, "process_count_per_instance", d.ProcessCountPerInstance)
	p.number(e, "worker_count", d.WorkerCount)
	p.number(e, "parameter_server_count", d.ParameterServerCount)
	return p.done(e, d.Extra)
}

// environment is a reference, the file that it was read from, or all of it.
func (p *printer) environment(v *pipeline.Environment) *yamlnode.Node {
	switch {
	case v == nil:
		return nil
	case v.File.Value != "":
		return yamlnode.NewString(v.File.Value)
	}
	e := newEntries()
	e.text("name", v.Name)
	e.text("version", v.Version)
	e.text("image", v.Image)
	build := newEntries()
	if v.BuildPath != nil {
		build.text("path", v.BuildPath.Text)
	}
	if build.text("dockerfile_path", v.Dockerfile); len(build.Pairs) > 0 {
		e.Set("build", build.Node)
	}
	e.node("conda_file", p.conda(v))
	n := p.done(e, v.Extra)
	if v.Ref.Value != "" && len(n.Pairs) == 0 {
		return yamlnode.NewString(v.Ref.Value)
	}
	return n
}

func (p *printer) conda(e *pipeline.Environment) *yamlnode.Node {
	switch {
	case e.CondaFile != nil:
		return yamlnode.NewString(e.CondaFile.Value)
	case e.Conda == "":
		return nil
	}
	n, errs := yamlnode.Parse("", []byte(e.Conda))
	if errs.HasErrors() {
		p.fail("a conda specification that is no YAML: %w", errs.Err())
	}
	return n
}
