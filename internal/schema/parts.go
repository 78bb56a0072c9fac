package schema

import "github.com/ischia-ml/ischia/internal/yamlnode"

// What several kinds have in common: environments, resources, distribution,
// limits, identities, services.

// schemaField is the first line of most definitions.
func schemaField() Field {
	return field("$schema", anything(), "The address of the JSON Schema, for editors; it also says which kind of definition this is.")
}

// typeField is the key that tells a kind from others.
func typeField(value, doc string) Field {
	return field("type", enum(value).fold(), doc)
}

// environmentShape is a reference to an environment, or one in place.
func environmentShape() Shape {
	return text().full("").or(obj("InlineEnvironment", inlineEnvironment)).says("a reference or a mapping with image")
}

// inlineEnvironment is an environment without a name of its own.
// Source: azure-ai-ml: _schema/assets/environment.py, AnonymousEnvironmentSchema.
func inlineEnvironment() *Object {
	return &Object{Noun: "an environment", Stray: ofConda, Fields: environmentFields()}
}

// environmentFields are those of every environment.
func environmentFields() []Field {
	return []Field{
		schemaField(),
		field("name", text(), "The name of the environment; one in place is registered without it.").here(Ignored),
		field("version", literal(), "The version of the environment.").here(Ignored),
		field("image", text(), "The image to run in, or to build on: `mcr.microsoft.com/azureml/...`.").here(Ignored),
		field("conda_file", text().or(mapOf(anything())).says("a path or a conda specification"),
			"A conda specification: the path of its file, or the specification itself.").here(Ignored),
		field("build", obj("BuildContext", buildContext), "A folder with a Dockerfile, instead of an image.").here(Ignored),
		field("os_type", enum("linux", "windows").fold().of("a system", "systems"), "The system of the image.").defaults("linux").here(Validated),
		field("description", text(), "What it is, for people.").here(Validated),
		field("tags", mapOf(anything()), "Labels to find it by.").here(Validated),
		field("properties", mapOf(anything()), "Facts about it, as the service prints them.").here(Validated),
		field("inference_config", obj("InferenceConfig", inferenceConfig), "The routes of the image when it serves a model.").here(Validated),
		field("datastore", text(), "Where the build context is uploaded.").here(Validated),
		field("auto_delete_setting", anything(), "When the service deletes it by itself.").here(Accepted),
		preview("docker", "image, or build with a path"),
		readOnly("id", "The id that the service gave it."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("latest_version", "The newest version that is registered."),
		readOnly("intellectual_property", "Who published it."),
	}
}

func buildContext() *Object {
	return &Object{Noun: "build", Fields: []Field{
		field("path", text(), "The folder that is the build context.").required().here(Ignored),
		field("dockerfile_path", text(), "The Dockerfile, within that folder.").defaults("Dockerfile").here(Ignored),
		preview("local_path", "path"),
	}}
}

func inferenceConfig() *Object {
	route := obj("Route", func() *Object {
		return &Object{Noun: "a route", Fields: []Field{
			field("port", integer().between(1, 65535), "The port to ask.").required(),
			field("path", text(), "The path to ask.").required(),
		}}
	})
	return &Object{Noun: "inference_config", Fields: []Field{
		field("liveness_route", route, "Where the service asks whether the container lives.").required(),
		field("readiness_route", route, "Where the service asks whether it is ready.").required(),
		field("scoring_route", route, "Where requests go.").required(),
	}}
}

// resourcesFields are those of a job's resources.
// Source: azure-ai-ml: _schema/job_resource_configuration.py.
func resourcesFields() []Field {
	return []Field{
		field("instance_count", integer().atLeast(1).bindable(), "How many nodes the job runs on.").defaults("1").here(Ignored),
		field("instance_type", text().bindable(), "The size of the nodes, where the compute leaves it open.").here(Ignored),
		field("properties", mapOf(anything()), "Settings of the compute.").here(Ignored),
		field("shm_size", text().bindable().format("shm-size"), "The shared memory of the container: `2g`.").here(Ignored),
		field("docker_args", text().or(list(text())).bindable(), "More arguments for `docker run`.").here(Ignored),
		field("locations", list(text()), "The regions in which the job may run.").here(Ignored),
		field("max_instance_count", integer().atLeast(1).bindable(), "The most nodes that it may grow to.").here(Ignored),
	}
}

func jobResources() *Object {
	return &Object{Noun: "resources", Fields: resourcesFields()}
}

// componentResources may hold what no job's may.
// Source: azure-ai-ml: _schema/component/resource.py.
func componentResources() *Object {
	return &Object{Noun: "resources", Unknown: Drop, Fields: resourcesFields()}
}

// distributionShape says how a job's processes find each other. Unknown keys
// are dropped in components, and refused in jobs.
func distributionShape(owner string, unknown Unknown) Shape {
	mine := func(name string, fs ...Field) Case {
		head := []Field{field("type", enum(name).fold(), "How the processes find each other.").required()}
		return caseOf(name, owner+"Distribution_"+name, func() *Object {
			return &Object{Noun: "distribution", Unknown: unknown, Fields: fields(head, fs)}
		})
	}
	count := func(name, doc string) Field { return field(name, integer().atLeast(1).bindable(), doc) }
	perNode := count("process_count_per_instance", "How many processes run on each node.").here(Ignored)
	return union(Union{
		By: "type", Fold: Lower, Noun: "a type of distribution", Plural: "the types",
		Cases: []Case{
			mine("pytorch", perNode), mine("mpi", perNode),
			mine("tensorflow", count("worker_count", "How many workers there are.").here(Validated),
				field("parameter_server_count", integer().atLeast(0).bindable(), "How many parameter servers there are.").here(Validated)),
			mine("ray", rayFields()...),
		},
	}).bindable()
}

func rayFields() []Field {
	return []Field{
		field("port", integer().between(0, 65535).bindable(), "The port of the head node.").here(Validated),
		field("address", text(), "The address of a head node that runs already.").here(Validated),
		field("include_dashboard", boolean().bindable(), "Whether to start the dashboard.").here(Validated),
		field("dashboard_port", integer().between(0, 65535).bindable(), "The port of the dashboard.").here(Validated),
		field("head_node_additional_args", text(), "More arguments for the head node.").here(Validated),
		field("worker_node_additional_args", text(), "More arguments for the others.").here(Validated),
	}
}

func commandLimits() *Object {
	return &Object{Noun: "limits", Fields: []Field{
		field("timeout", integer().atLeast(1).unit("seconds").bindable(), "The seconds after which the job is cancelled."),
	}}
}

// identityShape is as whom a job runs.
// Source: azure-ai-ml: _schema/job/identity.py.
func identityShape() Shape {
	mine := func(value, name string, fs ...Field) Case {
		head := []Field{field("type", enum(value).snake(), "As whom the job runs.").required()}
		return caseOf(value, name, func() *Object {
			return &Object{Noun: "identity", Fields: fields(head, fs)}
		})
	}
	managed := []Field{
		field("client_id", text(), "The client id of the managed identity."),
		field("object_id", text(), "Its object id."),
		field("msi_resource_id", text(), "Its resource id."),
	}
	return union(Union{
		By: "type", Fold: Snake, Noun: "a type of identity", Plural: "types",
		Cases: []Case{
			mine("managed", "Identity_managed", managed...), mine("managed_identity", "Identity_managed_identity", managed...),
			mine("user_identity", "Identity_user"), mine("aml_token", "Identity_token"),
		},
	}).bindable()
}

// servicesShape are interactive services beside the job.
// Source: azure-ai-ml: _schema/job/services.py.
func servicesShape() Shape {
	return mapOf(obj("JobService", func() *Object {
		return &Object{Noun: "a service", Fields: []Field{
			field("type", enum("jupyter_lab", "ssh", "tensor_board", "vs_code", "custom", "tracking", "studio", "ray_dashboard").snake().
				of("a type of service", "types"), "What it is."),
			field("port", integer().between(0, 65535), "The port on which it listens."),
			field("nodes", enum("all").of("a choice of nodes", "they"), "`all`, for one on each node."),
			field("properties", anything(), "Settings of the service."),
			field("ssh_public_keys", text(), "The key that may sign in, of an ssh service."),
			field("log_dir", text(), "The folder that is shown, of a tensor_board service."),
			readOnly("endpoint", "Where it can be reached."),
			readOnly("status", "How it is doing."),
			readOnly("error_message", "Why it is not there."),
		}}
	}).bindable())
}

func queueSettings() *Object {
	return &Object{Noun: "queue_settings", Fields: []Field{
		field("job_tier", enum("spot", "basic", "standard", "premium", "null").fold().of("a job tier", "tiers").bindable(),
			"How soon serverless compute has to run it."),
		field("priority", enum("low", "medium", "high").fold().of("a priority", "priorities").bindable(), "Its place in the queue."),
	}}
}

func notificationSettings() *Object {
	return &Object{Noun: "notification_settings", Fields: []Field{
		field("email_on", list(enum("job_completed", "job_failed", "job_cancelled").snake().of("a notification", "they")), "When to write."),
		field("emails", list(text()), "To whom to write."),
		field("webhooks", anything(), "Which addresses to call."),
	}}
}

// ofConda: the keys of a conda specification, beside conda_file.
func ofConda(p yamlnode.Pair) string {
	switch p.Key {
	case "channels", "dependencies":
		return "it belongs into the conda file: conda_file"
	}
	return ""
}
