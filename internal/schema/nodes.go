package schema

import "github.com/ischia-ml/ischia/diag"

// nodeShape is a job of a pipeline.
// Source: azure-ai-ml: _schema/pipeline/pipeline_component.py, PipelineJobsField.
func nodeShape() Shape {
	return union(Union{
		By: "type", Fold: Lower, Subject: "job %s", Code: diag.CodeUnknownKind,
		Noun: "a type of job", Plural: "types of jobs",
		Cases: nodeCases(),
	})
}

// nodeCases are the types of jobs in a pipeline. Each is one function in the
// file of its kind.
func nodeCases() []Case {
	return []Case{
		{Value: "command", Union: commandNodes(), Else: true},
		caseOf("pipeline", "PipelineNode", pipelineNode).has("jobs"),
		caseOf("sweep", "SweepNode", sweepNode),
		{Value: "parallel", Union: parallelNodes()},
		{Value: "spark", Union: sparkNodes()},
		caseOf("automl", "AutoMLNode", autoMLNode),
		{Value: "import", Union: importNodes()},
		{Value: "data_transfer", Union: dataTransferNodes()},
		caseOf("if_else", "IfElseNode", ifElseNode),
		caseOf("do_while", "DoWhileNode", doWhileNode),
		caseOf("parallel_for", "ParallelForNode", parallelForNode),
		{Value: "component", Preview: "type: command (the type of the component)"},
		{Value: "component_job", Preview: "type: command (the type of the component)"},
		{Value: "command_job", Preview: "type: command"},
		{Value: "sweep_job", Preview: "type: sweep"},
	}
}

// commandNodes tells a job that uses a component from one in place. Azure ML
// drops unknown keys of the first, and refuses them in the second.
func commandNodes() *Union {
	return &Union{
		Cases: []Case{
			caseOf("component", "CommandNode", commandNode).has("component"),
			caseOf("inline", "InlineCommandNode", inlineCommandNode).otherwise(),
		},
	}
}

// commandNode is a job that uses a component, and may say some things over it.
func commandNode() *Object {
	return &Object{
		Noun: "a job of type command", Subject: "job %s", Unknown: Drop,
		Fields: fields(nodeHead("command"), nodePorts(), commandOptions(), []Field{
			field("environment", environmentShape().bindable(), "What it runs in, instead of the component's own.").here(Ignored),
			field("command", text().nullable(), "The component's own counts.").here(Validated),
			field("code", anything(), "The component's own counts.").here(Accepted),
			field("experiment_name", text(), "The pipeline's own counts.").here(Validated),
			field("settings", anything(), "Settings are for pipelines.").here(Accepted),
		}, nodeOptions()),
	}
}

// inlineCommandNode is a job that is written in place.
// Source: azure-ai-ml: _schema/pipeline/pipeline_command_job.py.
func inlineCommandNode() *Object {
	return &Object{
		Noun: "a job of type command", Subject: "job %s",
		Bare: &Bare{
			Fields: []string{"component", "command", "environment", "code"},
			Lacks:  "neither component nor command", Hint: "add component, or command and environment",
		},
		Fields: fields(nodeHead("command")[:6], commandFields(environmentShape()), []Field{
			field("inputs", nodeInputs(), "What the job is given."),
			field("outputs", nodeOutputs(), "What the job makes."),
		}, commandOptions(), nodeOptions(), []Field{
			field("experiment_name", text(), "The pipeline's own counts.").here(Validated),
			field("parent_job_name", text(), "The pipeline's own counts.").here(Ignored),
			readOnly("parameters", "What the service made of the command's arguments."),
		}),
	}
}

// pipelineNode is a job that runs a pipeline component.
func pipelineNode() *Object {
	return &Object{
		Noun: "a job of type pipeline", Subject: "job %s", Unknown: Drop,
		Fields: fields(nodeHead("pipeline"), nodePorts(), []Field{
			field("compute", computeShape(), "Where its jobs run.").here(Ignored),
			field("settings", anything(), "The component's own jobs say what holds for them.").here(Accepted),
			field("jobs", anything(), "A job of type pipeline uses a component; jobs belong into its file.").here(Accepted),
		}, nodeOptions()),
	}
}

// nodeHead are the fields with which every job of a pipeline begins; the last
// are for those that use a component.
func nodeHead(kind string) []Field {
	return []Field{
		typeField(kind, "What the job is."),
		field("name", text(), "The key is the name; this is not looked at.").here(Validated),
		field("display_name", text().bindable(), "What the studio shows."),
		field("description", text().bindable(), "What it does, for people.").here(Validated),
		field("tags", nullableTexts().bindable(), "Labels to find it by.").here(Validated),
		field("properties", mapOf(text().nullable()).bindable(), "Facts about it.").here(Validated),
		field("component", componentShape(), "What it runs: the file of a component, azureml:NAME:VERSION, or a component in place.").required(),
		field("comment", text(), "A note that the studio shows.").here(Validated),
	}
}

func nodePorts() []Field {
	return []Field{
		field("inputs", nodeInputs(), "What the component is given."),
		field("outputs", nodeOutputs(), "Where what it makes goes."),
	}
}

// nodeOptions are what every job of a pipeline may be given besides.
func nodeOptions() []Field {
	return []Field{
		field("identity", identityShape(), "As whom it runs.").here(Ignored),
		field("services", servicesShape(), "Interactive services beside it.").here(Ignored),
		field("queue_settings", obj("QueueSettings", queueSettings), "How urgent it is.").here(Ignored),
		field("notification_settings", obj("NotificationSettings", notificationSettings), "Who is told when it ends.").here(Ignored),
		field("$schema", anything(), "The address of the JSON Schema."),
		readOnly("id", "The id that the service gave it."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("status", "How it is doing."),
		readOnly("log_files", "Its logs."),
		readOnly("resourceGroup", "The resource group that it is in."),
	}
}

// componentShape is what a job of a pipeline runs.
func componentShape() Shape {
	return text().full("").or(union(Union{
		By: "type", Fold: Lower, Subject: "component", Noun: "a type of component", Plural: "types of components",
		Cases: componentCases(),
	})).says("the path of a file, a reference, or a component")
}

// componentCases are the types of components.
func componentCases() []Case {
	return []Case{
		caseOf("command", "CommandComponent", commandComponent).otherwise(),
		caseOf("pipeline", "PipelineComponent", pipelineComponent).has("jobs"),
		caseOf("spark", "SparkComponent", sparkComponent),
		caseOf("parallel", "ParallelComponent", parallelComponent),
		caseOf("automl", "AutoMLComponent", autoMLComponent),
		openComponent("import"),
		caseOf("data_transfer", "DataTransferComponent", dataTransferComponent),
	}
}

// openComponent is a type of component whose fields are not described.
func openComponent(value string) Case {
	return caseOf(value, "Component_"+value, func() *Object {
		rest := anything()
		return &Object{Noun: "a component of type " + value, Subject: "the component", Rest: &rest}
	})
}
