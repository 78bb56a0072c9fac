package schema

// batchDeploymentKind is the older of the kinds, and the only one that says by
// type what it deploys.
func batchDeploymentKind() *Kind {
	return &Kind{
		Name: "batchDeployment", Noun: "a batch deployment",
		Doc:    "A batch deployment is the model, or the pipeline component, that does the work of a batch endpoint.",
		Source: "azure-ai-ml: _schema/_deployment/batch/batch_deployment.py",
		Body: &Object{
			Name: "BatchDeployment", Noun: "a batch deployment", Subject: "the batch deployment",
			Fields: validated(deploymentHead(), batchModel(), scoringFields(), deployedComponent(), []Field{
				field("settings", obj("BatchSettings", batchSettings), "How a model scores, or the pipeline's settings."),
			}, deploymentReadOnly()),
			Rules: append(deploymentRules(), when("type", "pipeline", "component"), requires("settings", "type").hint("add type: model, or type: pipeline")),
		},
	}
}

func modelBatchDeploymentKind() *Kind {
	return &Kind{
		Name: "modelBatchDeployment", Noun: "a batch deployment of a model",
		Doc:    "A batch deployment of a model scores the records of a batch endpoint's requests.",
		Source: "azure-ai-ml: _schema/_deployment/batch/model_batch_deployment.py",
		Body: &Object{
			Name: "ModelBatchDeployment", Noun: "a batch deployment of a model", Subject: "the batch deployment",
			Fields: validated(deploymentHead(), batchModel(), []Field{
				field("compute", computeShape(), "The cluster that scores.").required(),
				field("error_threshold", errorThreshold(), "How many records or files may fail; -1: all of them."),
				field("settings", obj("ModelBatchSettings", modelBatchSettings), "How the model scores."),
			}, movedToSettings(), deploymentReadOnly()),
			Rules: deploymentRules(),
		},
	}
}

func pipelineComponentBatchDeploymentKind() *Kind {
	return &Kind{
		Name: "pipelineComponentBatchDeployment", Noun: "a batch deployment of a pipeline component",
		Doc:    "A batch deployment of a pipeline component runs the component for each request of a batch endpoint.",
		Source: "azure-ai-ml: _schema/_deployment/batch/pipeline_component_batch_deployment_schema.py",
		Body: &Object{
			Name: "PipelineComponentBatchDeployment", Noun: "a batch deployment of a pipeline component", Subject: "the batch deployment",
			Fields: validated(deploymentHead(), deployedComponent(), []Field{
				field("settings", obj("DeployedPipelineSettings", deployedSettings), "Settings of the pipeline."),
			}, deploymentReadOnly()),
			Rules: []Rule{oneOf("component", "job_definition")},
		},
	}
}

// deploymentHead are the fields with which every deployment begins.
func deploymentHead() []Field {
	return []Field{
		schemaField(),
		field("name", text().full(""), "The name of the deployment, unique in its endpoint.").required(),
		field("endpoint_name", text().full(""), "The endpoint that it belongs to.").required(),
		field("type", enum("model", "pipeline").fold().of("a type of batch deployment", "types"), "What is deployed."),
		field("description", text(), "What it does, for people."),
		field("tags", mapOf(anything()), "Labels to find it by."),
		field("properties", mapOf(anything()), "Facts about it."),
	}
}

func deploymentReadOnly() []Field {
	return []Field{
		readOnly("id", "The id that the service gave it."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("provisioning_state", "How far it is made."),
	}
}

// deployedModel is what runs a model.
func deployedModel() []Field {
	return []Field{
		field("model", text().full("").or(obj("InlineModel", inlineModel)).says("a reference to a model, or a mapping with path"),
			"The model: `azureml:NAME:VERSION`, or one in place."),
		field("code_configuration", obj("CodeConfiguration", func() *Object {
			return &Object{Noun: "code_configuration", Fields: validated([]Field{
				field("code", text(), "The folder with the code."),
				field("scoring_script", text(), "The file in it that scores."),
			})}
		}), "The code that scores; MLflow models need none."),
		field("environment", environmentShape(), "What the code runs in."),
		field("environment_variables", mapOf(literal()), "Variables that the code sees."),
	}
}

// batchModel is what runs a model for many records.
func batchModel() []Field {
	return fields(deployedModel(), []Field{
		field("compute", computeShape(), "The cluster that scores."),
		field("resources", obj("Resources", jobResources), "How many machines score."),
	})
}

// deploymentRules: a model needs to be named where there is code for it.
func deploymentRules() []Rule {
	return []Rule{
		when("type", "model", "model"),
		excludes("component", "model").hint("a deployment is of a model or of a component"),
	}
}

func deployedComponent() []Field {
	return []Field{
		field("component", text().full(""), "The pipeline component: its file, or `azureml:NAME:VERSION`."),
		field("job_definition", text().format("azureml").or(mapOf(anything())).says("a reference to a job, or a mapping"),
			"A job that ran before, whose pipeline is deployed."),
	}
}

func errorThreshold() Shape { return integer().atLeast(-1) }

// scoringFields are how a model scores many records.
func scoringFields() []Field {
	return []Field{
		field("max_concurrency_per_instance", integer().atLeast(1), "How many batches a machine scores at once.").defaults("1"),
		field("mini_batch_size", integer().atLeast(1), "How many files a batch has.").defaults("10"),
		field("retry_settings", obj("BatchRetrySettings", func() *Object {
			return &Object{Noun: "retry_settings", Fields: validated([]Field{
				field("max_retries", integer().atLeast(0), "How often a batch is tried again.").defaults("3"),
				field("timeout", integer().atLeast(1).unit("seconds"), "How long a batch may take.").defaults("30"),
			})}
		}), "What happens to a batch that fails."),
		field("output_action", enum("append_row", "summary_only").snake().of("an output action", "they"), "How results are kept.").defaults("append_row"),
		field("output_file_name", text(), "The file that rows are appended to.").defaults("predictions.csv"),
		field("error_threshold", errorThreshold(), "How many records or files may fail; -1: all of them.").defaults("-1"),
		field("logging_level", enum("warning", "info", "debug").fold().of("a level", "levels"), "How much is logged.").defaults("info"),
	}
}

// modelSettings are the settings of a model's deployment.
func modelSettings() []Field {
	return fields(scoringFields(), []Field{
		field("instance_count", integer().atLeast(1), "How many machines score."),
		field("environment_variables", mapOf(literal()), "Variables that the code sees."),
	})
}

func modelBatchSettings() *Object {
	return &Object{Noun: "settings", Fields: validated(modelSettings())}
}

// batchSettings are those of a model or of a pipeline: the older kind of file
// does not tell by its name which.
func batchSettings() *Object {
	free := anything()
	return &Object{Noun: "settings", Rest: &free, Fields: validated(modelSettings())}
}

// movedToSettings are fields of the older kind that the newer has in settings.
func movedToSettings() []Field {
	var out []Field
	for _, f := range scoringFields() {
		if f.Name != "error_threshold" {
			out = append(out, preview(f.Name, "it under settings"))
		}
	}
	return out
}

// deployedSettings are any; those that are known have the types that they have
// in a pipeline.
func deployedSettings() *Object {
	rest := anything()
	return &Object{Noun: "settings", Rest: &rest, Fields: []Field{
		field("default_compute", text(), "Where the jobs run."),
		field("default_datastore", text(), "Where outputs go."),
		field("continue_on_step_failure", boolean(), "Whether other jobs still run when one has failed."),
		field("force_rerun", boolean(), "Whether jobs run although an earlier result could be reused."),
	}}
}
