package schema

import (
	"slices"
	"strconv"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

func pipelineJobKind() *Kind {
	return &Kind{
		Name: "pipelineJob", Noun: "a pipeline job",
		Doc: "A pipeline job runs several jobs, in the order in which their inputs and outputs depend on each other. " +
			"A job of a pipeline uses a component, or is written in place.",
		Source: "azure-ai-ml: _schema/pipeline/pipeline_job.py",
		Body: &Object{
			Name: "PipelineJob", Noun: "a pipeline job", Subject: "the pipeline", Stray: strayJob,
			Fields: fields(jobHead("pipeline"), []Field{
				field("compute", computeShape(), "Where the jobs run that do not say it themselves.").here(Ignored),
			}, jobPorts(), []Field{
				field("settings", obj("PipelineSettings", pipelineSettings), "What holds for all jobs of the pipeline."),
				field("jobs", jobsShape(), "The jobs, by name."),
				preview("defaults", "settings"),
				field("component", text().full(""), "A pipeline component to run, instead of jobs: a file, or azureml:NAME:VERSION."),
			}, jobOptions(), jobReadOnly()),
			Rules: []Rule{oneOf("jobs", "component").hint("add jobs"), firstAndLast()},
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
		Name: "PipelineComponent", Noun: "a pipeline component", Subject: "the pipeline", Stray: strayJob, Unknown: Drop,
		Fields: fields(componentHead("pipeline"), []Field{
			field("inputs", declaredInputs(), "What the component is given."),
			field("outputs", declaredOutputs(), "What the component makes."),
			field("settings", obj("PipelineSettings", pipelineSettings), "What holds for all jobs; of a component used by a pipeline, the pipeline's own count.").here(Validated),
			field("jobs", jobsShape(), "The jobs, by name.").required(),
		}, componentTail(), []Field{
			field("is_deterministic", boolean(), "Taken; what counts is said by the components of its jobs.").defaults("true").here(Validated),
			includesField().here(Validated),
		}),
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

// firstAndLast: the jobs that run before all others, and after them.
// Source: azure-ai-ml: entities/_job/pipeline/pipeline_job.py, _validate_init_finalize_job.
func firstAndLast() Rule {
	return test("`settings.on_init` and `settings.on_finalize` name different jobs of the pipeline, which has other jobs besides.",
		func(n *yamlnode.Node) []Fault {
			settings, jobs := n.Get("settings"), n.Get("jobs")
			if settings == nil || settings.Kind != yamlnode.Mapping || jobs == nil || jobs.Kind != yamlnode.Mapping {
				return nil
			}
			return firstAndLastFaults(settings, jobs)
		})
}

func firstAndLastFaults(settings, jobs *yamlnode.Node) []Fault {
	var named []string
	for _, key := range []string{"on_init", "on_finalize"} {
		job := settings.Get(key)
		switch {
		case job == nil || job.Kind != yamlnode.Scalar:
		case jobs.Get(job.Text) == nil:
			var known []string
			for i := range jobs.Pairs {
				known = append(known, jobs.Pairs[i].Key)
			}
			return []Fault{{In: "settings", Key: key, Code: diag.CodeUnknownJob,
				Message: "the pipeline has no job " + strconv.Quote(clip(job.Text)), Hint: diag.DidYouMean(job.Text, known)}}
		case slices.Contains(named, job.Text):
			return []Fault{{In: "settings", Key: key,
				Message: "on_init and on_finalize name the same job", Hint: "give each a job of its own"}}
		default:
			named = append(named, job.Text)
		}
	}
	if len(named) == 0 || len(named) < len(jobs.Pairs) {
		return nil
	}
	key := "on_init"
	if settings.Get(key) == nil {
		key = "on_finalize"
	}
	return []Fault{{In: "settings", Key: key,
		Message: "the pipeline has no job but those of on_init and on_finalize", Hint: "add the jobs between them"}}
}

// pipelineSettings takes keys that it does not know, and drops them.
// Source: azure-ai-ml: _schema/pipeline/settings.py.
func pipelineSettings() *Object {
	return &Object{Key: "setting", Unknown: Ignore, Fields: []Field{
		field("default_compute", text().bindable().format("default-compute"), "Where jobs run that do not say it: azureml:NAME, or serverless.").here(Ignored),
		field("default_datastore", text().bindable().format("default-datastore"), "Where outputs go that do not say it: azureml:NAME.").defaults("the workspace's own"),
		field("continue_on_step_failure", boolean(), "Whether other jobs still run when one has failed.").defaults("true"),
		field("force_rerun", boolean(), "Whether jobs run although an earlier result could be reused.").defaults("false"),
		field("continue_run_on_failed_optional_input", boolean(), "Whether a job runs when what makes its optional input has failed.").here(Ignored),
		field("on_init", text(), "The job that runs before all others.").here(Ignored),
		field("on_finalize", text(), "The job that runs after all others.").here(Ignored),
		readOnly("_source", "How the pipeline came about."),
	}}
}
