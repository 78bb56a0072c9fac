package schema

func environmentKind() *Kind {
	return &Kind{
		Name: "environment", Noun: "an environment",
		Doc: "An environment says what steps and deployments run in: an image, an image with a conda environment on top, " +
			"or an image that is built of a folder with a Dockerfile.",
		Source: "azure-ai-ml: _schema/assets/environment.py",
		Body: &Object{
			Name: "Environment", Noun: "an environment", Subject: "the environment", Stray: ofConda,
			Fields: validated(environmentFields(), []Field{
				field("name", text().full(""), "The name under which it is registered.").required(),
				field("version", literal(), "The version under which it is registered.").defaults("the next number"),
				preview("path", "build, and the path in it"),
			}),
		},
	}
}

func modelKind() *Kind {
	return &Kind{
		Name: "model", Noun: "a model",
		Doc:    "A model gives a trained model a name and a version. It lies on this machine, in a datastore, or among the outputs of a job.",
		Source: "azure-ai-ml: _schema/assets/model.py",
		Body: &Object{
			Name: "Model", Noun: "a model", Subject: "the model",
			Fields: validated(modelFields(), []Field{field("name", text().full(""), "The name under which it is registered.").required()}),
		},
	}
}

// modelFields are those of every model.
func modelFields() []Field {
	template := obj("DeploymentTemplate", func() *Object {
		return &Object{Noun: "a deployment template", Fields: []Field{
			field("asset_id", text(), "The template's id in a registry."),
		}}
	})
	return []Field{
		schemaField(),
		field("name", text(), "The name of the model; one in place is registered without it."),
		field("version", literal(), "The version under which it is registered.").defaults("the next number"),
		field("type", enum("custom_model", "mlflow_model", "triton_model").fold().of("a type of model", "types"),
			"In which format the model is stored.").defaults("custom_model"),
		field("path", text(), "Where the model is: a path relative to this file, a URI of a datastore, or an output of a job."),
		field("description", text(), "What it is, for people."),
		field("tags", mapOf(anything()), "Labels to find it by; they can be changed later."),
		field("properties", mapOf(anything()), "Facts about it; they cannot be changed later."),
		field("stage", text(), "Where in its life it is: Development, Production, Archived."),
		field("flavors", mapOf(anything()), "The flavors that MLflow knows for it."),
		field("datastore", text(), "Where a local path is uploaded."),
		field("system_metadata", mapOf(anything()), "Facts about it that registries show."),
		field("default_deployment_template", template, "How it is deployed unless somebody says otherwise."),
		field("allowed_deployment_templates", list(template), "In which other ways it may be deployed."),
		preview("local_path", "path"),
		preview("asset_path", "path"),
		readOnly("id", "The id that the service gave it."),
		readOnly("utc_time_created", "When it was made."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("job_name", "The job that made it."),
		readOnly("latest_version", "The newest version that is registered."),
		readOnly("intellectual_property", "Who published it."),
	}
}

// inlineModel is a model without a name of its own.
func inlineModel() *Object {
	return &Object{Noun: "a model", Fields: validated(modelFields())}
}
