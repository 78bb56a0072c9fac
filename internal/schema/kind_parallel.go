package schema

import (
	"slices"
	"strconv"
	"strings"
)

func parallelJobKind() *Kind {
	return &Kind{
		Name: "parallelJob", Noun: "a parallel job",
		Doc:    "A parallel job runs one script many times, over mini-batches of its data. Azure ML runs it within a pipeline only.",
		Source: "azure-ai-ml: _schema/job/parallel_job.py",
		Body: &Object{
			Name: "ParallelJob", Noun: "a parallel job", Subject: "the parallel job",
			Fields: validated(jobHead("parallel"), parallelFields(), jobPorts(), []Field{
				field("environment_variables", anyEnvVars(), "Variables that the script sees."),
				field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless."),
				field("resources", obj("Resources", jobResources), "How many nodes, of which kind."),
			}, jobOptions(), jobReadOnly()),
		},
	}
}

func parallelComponentKind() *Kind {
	return &Kind{
		Name: "parallelComponent", Noun: "a parallel component",
		Doc:    "A parallel component is a script that is run over mini-batches of data, with declared inputs and outputs.",
		Source: "azure-ai-ml: _schema/component/parallel_component.py",
		Body:   parallelComponent(),
	}
}

func parallelComponent() *Object {
	return &Object{
		Name: "ParallelComponent", Noun: "a parallel component", Subject: "the parallel component", Unknown: Drop,
		Fields: validated(componentHead("parallel"), componentPorts(), parallelFields(), []Field{
			field("resources", obj("ComponentResources", componentResources), "What it runs on."),
			field("environment_variables", anyEnvVars(), "Variables that the script sees."),
			field("output_data", text(), "The output that collects the results, in components of the first version.").here(Ignored),
		}, componentTail()),
	}
}

// componentPorts are what components declare.
func componentPorts() []Field {
	return []Field{
		field("inputs", declaredInputs(), "What the component is given."),
		field("outputs", declaredOutputs(), "What the component makes."),
	}
}

// parallelNodes tells a job that uses a component from one in place.
func parallelNodes() *Union {
	return &Union{Cases: []Case{
		caseOf("component", "ParallelNode", parallelNode).has("component"),
		caseOf("inline", "InlineParallelNode", inlineParallelNode).otherwise(),
	}}
}

// parallelNode uses a component, and may say some things over it.
// Source: azure-ai-ml: _schema/pipeline/component_job.py, ParallelSchema.
func parallelNode() *Object {
	return &Object{
		Noun: "a job of type parallel", Subject: "job %s", Unknown: Drop,
		Fields: validated(nodeHead("parallel"), nodePorts(), optional(parallelFields()), parallelOptions(), nodeOptions()),
	}
}

// inlineParallelNode is written in place. Azure ML drops keys that it does not
// know there too.
// Source: azure-ai-ml: _schema/pipeline/pipeline_parallel_job.py.
func inlineParallelNode() *Object {
	return &Object{
		Noun: "a job of type parallel", Subject: "job %s", Unknown: Drop,
		Fields: validated(nodeHead("parallel")[:6], []Field{
			field("comment", text(), "A note that the studio shows."),
		}, nodePorts(), parallelFields(), parallelOptions(), []Field{
			field("environment", environmentShape().bindable(), "What it runs in; the environment of the task counts."),
		}, nodeOptions()),
	}
}

func parallelOptions() []Field {
	return []Field{
		field("environment_variables", anyEnvVars(), "Variables that the script sees."),
		field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless."),
		field("resources", obj("Resources", jobResources), "How many nodes, of which kind."),
	}
}

// optional are fields of which none has to be there.
func optional(list []Field) []Field {
	for i := range list {
		list[i].Required = false
	}
	return list
}

// parallelFields are what every parallel job consists of.
// Source: azure-ai-ml: _schema/component/parallel_component.py, and the YAML
// reference of parallel jobs for what the numbers mean.
func parallelFields() []Field {
	return []Field{
		field("task", obj("ParallelTask", parallelTask), "The script, and what it runs in.").required(),
		field("input_data", text(), "The input that is cut into mini-batches: `${{inputs.NAME}}`.").required(),
		field("mini_batch_size", text().bindable().format("mini-batch"),
			"How much each mini-batch holds: a number of files, or, of a table, a size such as `10kb`.").defaults("1"),
		field("partition_keys", list(text()), "The columns by which a table is cut, instead of a size."),
		field("max_concurrency_per_instance", integer().atLeast(1).bindable(), "How many mini-batches a node works on at once.").defaults("the number of its processors"),
		field("error_threshold", integer().atLeast(-1).bindable(), "How many records may fail before the job does; -1: all of them.").defaults("-1"),
		field("mini_batch_error_threshold", integer().atLeast(-1).bindable(), "How many mini-batches may fail before the job does; -1: all of them.").defaults("-1"),
		field("retry_settings", obj("ParallelRetries", parallelRetries), "How often a mini-batch is tried."),
		field("logging_level", enum("DEBUG", "INFO", "WARNING").of("a level", "levels"), "How much is logged.").defaults("INFO"),
	}
}

func parallelRetries() *Object {
	return &Object{Noun: "retry_settings", Unknown: Drop, Fields: validated([]Field{
		field("max_retries", integer().atLeast(0).bindable(), "How often a mini-batch that failed is tried again.").defaults("2"),
		field("timeout", integer().between(1, 259_200).unit("seconds").bindable(), "The seconds that a mini-batch may take.").defaults("60"),
	})}
}

// parallelTask is what is run over the data.
// Source: azure-ai-ml: _schema/component/parallel_task.py.
func parallelTask() *Object {
	return &Object{Noun: "task", Subject: "task", Unknown: Drop, Fields: validated([]Field{
		field("type", enum("run_function", "model", "function").fold().of("a type of task", "types"), "What is run: `run_function` is a script.").required(),
		field("code", codeShape().bindable(), "The folder of the script: a path relative to this file."),
		field("entry_script", text(), "The script, within that folder; it has the functions `init` and `run`."),
		field("program_arguments", text(), "What the script is given besides."),
		field("environment", environmentShape().bindable(), "What it runs in: azureml:NAME:VERSION, or an image with a conda file.").required(),
		field("model", text(), "The model, for a task of that type."),
		field("append_row_to", text(), "The output that collects what `run` returns: `${{outputs.NAME}}`."),
	}), Rules: []Rule{
		when("type", "run_function", "entry_script"),
		when("type", "model", "model"),
	}}
}

// isMiniBatchSize: a whole number, or one with a unit.
func isMiniBatchSize(s string) bool {
	digits := strings.TrimRight(s, "kKmMgGbB")
	unit := strings.ToLower(s[len(digits):])
	n, err := strconv.ParseUint(digits, 10, 64)
	return err == nil && n > 0 && slices.Contains([]string{"", "kb", "mb", "gb"}, unit)
}
