package schema

import "github.com/ischia-ml/ischia/internal/yamlnode"

func pipelineJobKind() *Kind {
	return &Kind{
		Name: "pipelineJob", Noun: "a pipeline job",
		Doc: "A pipeline job runs several jobs, in the order in which their inputs and outputs depend on each other. " +
			"A job of a pipeline uses a component, or is written in place.",
		Source: "azure-ai-ml: _schema/pipeline/pipeline_job.py",
		Body: &Object{
			Name: "PipelineJob", Noun: "a pipeline job", Subject: "the pipeline", Stray: strayJob,
			Fields: fields(jobHead("pipeline"), []Field{
				field("compute", computeShape(), "Where the jobs run that do not say it themselves."),
			}, jobPorts(), []Field{
				field("settings", obj("PipelineSettings", pipelineSettings), "What holds for all jobs of the pipeline."),
				field("jobs", jobsShape(), "The jobs, by name."),
				field("component", text().full(""), "A pipeline component to run, instead of jobs: a file, or azureml:NAME:VERSION."),
			}, jobOptions(), jobReadOnly()),
			Rules: []Rule{oneOf("jobs", "component").hint("add jobs")},
		},
	}
}

func pipelineComponentKind() *Kind {
	return &Kind{
		Name: "pipelineComponent", Noun: "a pipeline component",
		Doc:    "A pipeline component is a pipeline with declared inputs and outputs, for use as a job of other pipelines.",
		Source: "azure-ai-ml: _schema/pipeline/pipeline_component.py",
		Body:   pipelineComponent(),
	}
}

func pipelineComponent() *Object {
	return &Object{
		Name: "PipelineComponent", Noun: "a pipeline component", Subject: "the pipeline", Stray: strayJob,
		Fields: fields(componentHead("pipeline"), []Field{
			field("inputs", declaredInputs(), "What the component is given."),
			field("outputs", declaredOutputs(), "What the component makes."),
			field("settings", obj("PipelineSettings", pipelineSettings), "What holds for all jobs; of a component used by a pipeline, the pipeline's own count.").here(Ignored),
			field("jobs", jobsShape(), "The jobs, by name.").required(),
		}, componentTail()),
	}
}

// jobsShape are the jobs of a pipeline.
func jobsShape() Shape {
	return mapOf(nodeShape()).full("the pipeline runs nothing").says("a mapping of names to jobs")
}

// strayJob: a mapping with the keys of a job, beside the pipeline's jobs.
func strayJob(p yamlnode.Pair) string {
	if p.Value.Get("command") == nil && p.Value.Get("component") == nil {
		return ""
	}
	return "is it a job? then indent it under jobs"
}

// pipelineSettings takes keys that it does not know, and drops them.
// Source: azure-ai-ml: _schema/pipeline/settings.py.
func pipelineSettings() *Object {
	return &Object{Key: "setting", Unknown: Ignore, Fields: []Field{
		field("default_compute", text(), "Where jobs run that do not say it: azureml:NAME, or serverless."),
		field("default_datastore", text(), "Where outputs go that do not say it: azureml:NAME.").defaults("the workspace's own"),
		field("continue_on_step_failure", boolean(), "Whether other jobs still run when one has failed.").defaults("true"),
		field("force_rerun", boolean(), "Whether jobs run although an earlier result could be reused.").defaults("false"),
		field("continue_run_on_failed_optional_input", boolean(), "Whether a job runs when what makes its optional input has failed.").here(Ignored),
		field("on_init", text(), "The job that runs before all others.").here(Ignored),
		field("on_finalize", text(), "The job that runs after all others.").here(Ignored),
		readOnly("_source", "How the pipeline came about."),
	}}
}
