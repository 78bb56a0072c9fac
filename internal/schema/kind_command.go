package schema

func commandJobKind() *Kind {
	return &Kind{
		Name: "commandJob", Noun: "a command job",
		Doc:    "A command job runs one command in an environment, on its own.",
		Source: "azure-ai-ml: _schema/job/command_job.py",
		Body: &Object{
			Name: "CommandJob", Noun: "a command job", Subject: "the command job",
			Fields: fields(jobHead("command"), commandFields(environmentShape()), commandOptions(), jobPorts(), jobOptions(), jobReadOnly(),
				[]Field{readOnly("parameters", "What the service made of the command's arguments.")}),
		},
	}
}

func commandComponentKind() *Kind {
	return &Kind{
		Name: "commandComponent", Noun: "a command component",
		Doc:    "A command component is a command with declared inputs and outputs, for use in pipelines.",
		Source: "azure-ai-ml: _schema/component/command_component.py",
		Body:   commandComponent(),
	}
}

func commandComponent() *Object {
	return &Object{
		Name: "CommandComponent", Noun: "a command component", Subject: "the command component", Unknown: Drop,
		Fields: fields(componentHead("command"), commandFields(environmentShape()), []Field{
			field("inputs", declaredInputs(), "What the component is given."),
			field("outputs", declaredOutputs(), "What the component makes."),
			field("environment_variables", anyEnvVars(), "Variables that the command sees."),
			field("resources", obj("ComponentResources", componentResources), "What the command runs on.").here(Ignored),
			field("distribution", distributionShape("Component", Drop), "How several processes run together.").here(Ignored),
			field("queue_settings", obj("QueueSettings", queueSettings), "How urgent it is.").here(Ignored),
		}, componentTail()),
	}
}

// componentHead are the fields with which every component begins.
func componentHead(kind string) []Field {
	return []Field{
		field("$schema", text(), "The address of the JSON Schema, for editors; it also says which kind of definition this is."),
		typeField(kind, "What the component is."),
		field("name", text(), "The name under which it is registered."),
		field("version", literal(), "The version under which it is registered."),
		field("display_name", text(), "What the studio shows."),
		field("description", text(), "What it does, for people.").here(Validated),
		field("tags", texts(), "Labels to find it by.").here(Validated),
		field("properties", mapOf(anything()), "Facts about it.").here(Validated),
		field("is_deterministic", boolean(), "Whether the same inputs give the same outputs, so that they can be reused.").defaults("true"),
	}
}

// componentTail are the fields with which every component ends.
func componentTail() []Field {
	return []Field{
		includesField(),
		field("intellectual_property", anything(), "Who published it, and how it is protected.").here(Accepted),
		field("auto_delete_setting", anything(), "When the service deletes it by itself.").here(Accepted),
		field("id", text().nullable().format("component-id"), "The id that the service gave it.").here(Validated),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("latest_version", "The newest version that is registered."),
		readOnly("is_archived", "Whether it is archived."),
		readOnly("source_job_id", "The job that it was made from."),
		readOnly("status", "How the service is doing with it."),
		readOnly("resourceGroup", "The resource group that it is in."),
		readOnly("_source", "How it came about."),
	}
}

func includesField() Field {
	return field("additional_includes", list(text().or(obj("ArtifactInclude", artifactInclude))).says("a list of paths"),
		"Files and folders that are put beside the code.")
}

// artifactInclude is a package of Azure DevOps that is put beside the code.
func artifactInclude() *Object {
	return &Object{Noun: "an artifact", Fields: []Field{
		field("type", enum("artifact").fold(), "It is a package."),
		field("organization", text(), "The organisation that has the feed.").here(Validated),
		field("project", text(), "The project that has the feed.").here(Validated),
		field("feed", text(), "The feed that has the package.").here(Validated),
		field("name", text(), "The package.").here(Validated),
		field("version", text(), "Its version.").here(Validated),
		field("scope", text(), "`organization` or `project`.").here(Validated),
	}}
}

// commandFields are what every command consists of.
func commandFields(environment Shape) []Field {
	return []Field{
		field("command", text().full(""), "What is run, in a shell. `${{inputs.NAME}}` stands for an input.").required(),
		field("code", codeShape(), "The folder that the command runs in: a path relative to this file."),
		field("environment", environment, "What it runs in: azureml:NAME:VERSION, or an image with a conda file.").required().here(Ignored),
	}
}

func codeShape() Shape {
	return text().bindable().format("code").or(obj("Code", func() *Object {
		return &Object{Noun: "code", Fields: []Field{
			schemaField(),
			field("name", text(), "Its name.").here(Validated),
			field("version", literal(), "Its version.").here(Validated),
			field("path", text(), "The folder.").required(),
			field("description", text(), "What it is.").here(Validated),
			field("tags", mapOf(anything()), "Labels.").here(Validated),
			field("properties", mapOf(anything()), "Facts.").here(Validated),
			preview("local_path", "path"),
		}}
	})).nullable()
}

// anyEnvVars takes values of any type, as the client does; a collection is no
// value of a variable.
func anyEnvVars() Shape { return mapOf(literal().nullable().says("text")).bindable() }

// commandOptions are what a command may be given besides.
func commandOptions() []Field {
	return []Field{
		field("environment_variables", anyEnvVars(), "Variables that the command sees."),
		field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless.").here(Ignored),
		field("resources", obj("Resources", jobResources), "How many nodes, of which kind.").here(Ignored),
		field("distribution", distributionShape("", Reject), "How several processes run together.").here(Ignored),
		field("limits", obj("CommandLimits", commandLimits), "When it is given up."),
	}
}

func computeShape() Shape {
	return text().bindable().old("target", "compute: azureml:NAME, and how many nodes under resources: instance_count")
}

// jobHead are the fields with which every job begins.
func jobHead(kind string) []Field {
	return []Field{
		schemaField(),
		typeField(kind, "What the job is."),
		field("name", text(), "The name of the job; it must be new. The service makes one when it is absent."),
		field("display_name", text(), "What the studio shows."),
		field("description", text(), "What it does, for people."),
		field("experiment_name", text(), "The experiment that collects it.").defaults("the name of the folder"),
		field("tags", nullableTexts(), "Labels to find it by; they can be changed later."),
		field("properties", nullableTexts(), "Facts about it; they cannot be changed later."),
	}
}

func nullableTexts() Shape { return mapOf(text().nullable()) }

func jobPorts() []Field {
	return []Field{
		field("inputs", jobInputs(), "What the job is given."),
		field("outputs", jobOutputs(), "What the job makes."),
	}
}

// jobOptions are what every job may be given besides.
func jobOptions() []Field {
	return []Field{
		field("identity", identityShape(), "As whom it runs.").here(Ignored),
		field("services", servicesShape(), "Interactive services beside it.").here(Ignored),
		field("queue_settings", obj("QueueSettings", queueSettings), "How urgent it is.").here(Ignored),
		field("notification_settings", obj("NotificationSettings", notificationSettings), "Who is told when it ends.").here(Ignored),
		field("parent_job_name", text(), "The job that it belongs to.").here(Ignored),
	}
}

// jobReadOnly is what the service prints of a job.
func jobReadOnly() []Field {
	return []Field{
		readOnly("id", "The id that the service gave it."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("status", "How it is doing."),
		readOnly("log_files", "Its logs."),
		readOnly("resourceGroup", "The resource group that it is in."),
	}
}
