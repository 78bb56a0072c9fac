package schema

func autoMLJobKind() *Kind {
	return &Kind{
		Name: "autoMLJob", Noun: "an automated ML job",
		Doc:    "An automated ML job tries many models and settings for one task, and keeps the best.",
		Source: "azure-ai-ml: _schema/automl",
		Body: &Object{
			Name: "AutoMLJob", Noun: "an automated ML job", Subject: "the automated ML job",
			Fields: validated(jobHead("automl"), autoMLFields(tableInput()), []Field{
				// Alone, its capitals count.
				field("task", enum(autoMLTasks()...).of("a task of automated ML", "tasks"), "What the model is for.").required(),
				field("outputs", jobOutputs(), "What the job makes: `best_model`."),
			}, autoMLOptions(), jobOptions(), jobReadOnly()),
			Rules: autoMLRules("an automated ML job"),
		},
	}
}

func autoMLComponentKind() *Kind {
	return &Kind{
		Name: "automlComponent", Noun: "an automated ML component",
		Doc:    "An automated ML component names the task of an automated ML job, for use in pipelines of the service's own.",
		Source: "azure-ai-ml: _schema/component/automl_component.py",
		Body:   autoMLComponent(),
	}
}

func autoMLComponent() *Object {
	return &Object{
		Name: "AutoMLComponent", Noun: "an automated ML component", Subject: "the automated ML component", Unknown: Drop,
		Fields: validated(componentHead("automl"), []Field{autoMLTask()}, componentPorts(), componentTail()),
	}
}

// autoMLNode is a job of a pipeline; it uses no component.
// Source: azure-ai-ml: _schema/pipeline/automl_node.py.
func autoMLNode() *Object {
	data := text().full("").or(tableInput()).says("a binding, or a mapping with type and path")
	return &Object{
		Noun: "a job of type automl", Subject: "job %s", Unknown: Drop,
		Fields: validated(nodeHead("automl")[:6], []Field{
			field("comment", text(), "A note that the studio shows."),
			field("experiment_name", text(), "The pipeline's own counts.").here(Ignored),
		}, autoMLFields(data), []Field{
			field("outputs", nodeOutputs(), "What the job makes: `best_model`, of type mlflow_model, for other jobs to use."),
		}, autoMLOptions(), nodeOptions()),
		Rules: autoMLRules("a job of type automl"),
	}
}

// tableInput is data that automated ML reads: a table.
func tableInput() Shape {
	return obj("TableInput", func() *Object {
		return &Object{Noun: "an input", Fields: []Field{
			field("type", enum("mltable").fold().of("a type of input of automated ML", "the types"), "It is a table."),
			field("path", text().full(""), "Where the data is: a folder with an MLTable file, a URI, azureml:NAME:VERSION, or a binding.").required(),
			field("mode", enum("ro_mount", "direct", "eval_mount", "eval_download", "download").fold().of("a mode here", "modes").bindable(), "How the data reaches the job."),
			field("path_on_compute", text(), "Where it appears on the node."),
			field("datastore", text(), "Where a local path is uploaded."),
		}}
	})
}

func autoMLTask() Field {
	return field("task", enum(autoMLTasks()...).snake().of("a task of automated ML", "tasks"), "What the model is for.").required()
}

func autoMLTasks() []string {
	return []string{"classification", "regression", "forecasting", "image_classification", "image_classification_multilabel",
		"image_object_detection", "image_instance_segmentation", "text_classification", "text_classification_multilabel", "text_ner"}
}

const (
	tableTasks = "classification regression forecasting"
	imageTasks = "image_classification image_classification_multilabel image_object_detection image_instance_segmentation"
	textTasks  = "text_classification text_classification_multilabel text_ner"
)

// autoMLRules are the fields that only some tasks have, and those they need.
func autoMLRules(noun string) []Rule {
	rules := []Rule{belongs("task", noun,
		only(tableTasks, "training", "cv_split_column_names", "n_cross_validations", "weight_column_name"),
		only(tableTasks+" "+imageTasks, "test_data", "test_data_size", "validation_data_size"),
		only(tableTasks+" "+textTasks, "featurization"),
		only("classification", "positive_label"),
		only("forecasting", "forecasting"),
		only(imageTasks+" "+textTasks, "sweep", "training_parameters", "search_space"),
	)}
	for _, task := range autoMLTasks() {
		if task != "text_ner" {
			rules = append(rules, when("task", task, "target_column_name"))
		}
	}
	return append(rules, when("task", "forecasting", "forecasting"))
}

// autoMLFields are what automated ML consists of, for all tasks.
func autoMLFields(data Shape) []Field {
	words := func() Shape { return list(text()) }
	share := func() Shape { return number().between(0, 1).bindable() }
	return []Field{
		autoMLTask(),
		field("primary_metric", text().full("").bindable(), "The metric by which the best model is chosen; each task has its own."),
		field("training_data", data, "The data to train with.").required(),
		field("validation_data", data, "The data to validate with."),
		field("validation_data_size", share(), "The share of the training data to validate with, instead of data of its own."),
		field("test_data", data, "The data to test the best model with."),
		field("test_data_size", share(), "The share of the training data to test with."),
		field("target_column_name", text().full(""), "The column to predict."),
		field("weight_column_name", text(), "The column with the weight of each row."),
		field("cv_split_column_names", words(), "The columns that say how rows are split for cross validation."),
		field("n_cross_validations", enum("auto").fold().or(integer().atLeast(1)).bindable().says("auto, or a whole number"), "How many folds cross validation has."),
		field("positive_label", text(), "The label that counts as positive."),
		field("limits", obj("AutoMLLimits", autoMLLimits), "How many models are tried, and for how long."),
		field("featurization", obj("Featurization", featurization), "How columns become features."),
		field("training", obj("AutoMLTraining", autoMLTraining), "Which models are tried."),
		field("forecasting", obj("Forecasting", forecasting), "What the time series is like."),
		field("sweep", obj("AutoMLSweep", autoMLSweep), "How the search space is searched."),
		field("training_parameters", obj("TrainingParameters", trainingParameters), "Values of parameters for all models."),
		field("search_space", list(obj("AutoMLSpace", autoMLSpace)), "The values of parameters to try: one mapping for each model."),
	}
}

func autoMLOptions() []Field {
	return []Field{
		field("log_verbosity", enum("not_set", "debug", "info", "warning", "error", "critical").snake().of("a level", "levels"), "How much is logged.").defaults("info"),
		field("environment_id", text(), "The environment that the models run in."),
		field("environment_variables", mapOf(text()), "Variables that the job sees."),
		field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless."),
		field("resources", obj("Resources", jobResources), "How many nodes, of which kind."),
	}
}

// autoMLLimits are bounds; image tasks have fewer of them.
// Source: azure-ai-ml: _schema/automl/table_vertical/table_vertical_limit_settings.py and
// its neighbours of the other tasks.
func autoMLLimits() *Object {
	return &Object{Noun: "limits", Fields: validated([]Field{
		field("timeout_minutes", integer().atLeast(1).unit("minutes"), "The minutes after which the job ends."),
		field("trial_timeout_minutes", integer().atLeast(1).unit("minutes"), "The minutes that one model may take."),
		field("max_trials", integer().atLeast(1), "How many models are tried."),
		field("max_concurrent_trials", integer().atLeast(1), "How many are tried at once."),
		field("max_cores_per_trial", integer().atLeast(-1), "How many processors one model gets; -1: all of them."),
		field("max_nodes", integer().atLeast(1), "How many nodes are used."),
		field("enable_early_termination", boolean(), "Whether the job ends when the metric gets no better."),
		field("exit_score", number(), "The metric at which the job ends."),
	})}
}

// featurization of text has the language alone.
// Source: azure-ai-ml: _schema/automl/featurization_settings.py.
func featurization() *Object {
	column := obj("ColumnTransformer", func() *Object {
		return &Object{Noun: "a transformer", Fields: []Field{
			field("fields", list(text()), "The columns."),
			field("parameters", mapOf(anything()), "What the transformer is given."),
		}}
	})
	transformers := []string{"text_target_encoder", "one_hot_encoder", "cat_target_encoder", "tf_idf", "wo_e_target_encoder",
		"label_encoder", "word_embedding", "naive_bayes", "count_vectorizer", "hash_one_hot_encoder"}
	return &Object{Noun: "featurization", Fields: validated([]Field{
		field("mode", enum("auto", "off", "custom").fold().of("a mode of featurization", "modes"), "Whether columns are prepared.").defaults("auto"),
		field("dataset_language", text(), "The language, by three letters: `eng`."),
		field("blocked_transformers", list(enum(transformers...).snake().of("a transformer", "transformers").bindable()), "Transformers that are not used."),
		field("column_name_and_types", mapOf(text()), "What columns hold: Numeric, Categorical, DateTime, Text."),
		field("transformer_params", mapOf(list(column)), "What transformers are given: imputer, tf_idf, hash_one_hot_encoder."),
		field("enable_dnn_featurization", boolean(), "Whether deep networks prepare columns."),
	})}
}

// autoMLTraining says which models are tried; the task says which there are.
// Source: azure-ai-ml: _schema/automl/training_settings.py.
func autoMLTraining() *Object {
	algorithms := list(text())
	return &Object{Noun: "training", Fields: validated([]Field{
		field("allowed_training_algorithms", algorithms, "The only algorithms that are tried."),
		field("blocked_training_algorithms", algorithms, "Algorithms that are not tried."),
		field("enable_dnn_training", boolean(), "Whether deep networks are tried."),
		field("enable_model_explainability", boolean(), "Whether the best model is explained."),
		field("enable_onnx_compatible_models", boolean(), "Whether models can be saved as ONNX."),
		field("enable_stack_ensemble", boolean(), "Whether models are stacked."),
		field("enable_vote_ensemble", boolean(), "Whether models vote."),
		field("ensemble_model_download_timeout_minutes", integer().atLeast(0).unit("minutes"), "The minutes that it may take to gather the models."),
		field("stack_ensemble_settings", obj("StackEnsemble", stackEnsemble), "How models are stacked."),
		field("training_mode", enum("auto", "distributed", "non_distributed").snake().of("a mode of training", "modes"), "Whether training is spread over nodes."),
	})}
}

func stackEnsemble() *Object {
	learners := []string{"none", "logistic_regression", "logistic_regression_cv", "light_gbm_classifier", "elastic_net", "elastic_net_cv",
		"light_gbm_regressor", "linear_regression"}
	return &Object{Noun: "stack_ensemble_settings", Fields: []Field{
		field("stack_meta_learner_type", enum(learners...).snake().of("a meta learner", "meta learners"), "The model on top."),
		field("stack_meta_learner_train_percentage", number().between(0, 1), "The share of the data that it is trained with."),
		field("stack_meta_learner_kwargs", anything(), "What it is given."),
	}}
}

// forecasting is about time series.
// Source: azure-ai-ml: _schema/automl/forecasting_settings.py.
func forecasting() *Object {
	auto := func() Shape {
		return enum("auto").fold().or(integer().atLeast(1)).bindable().says("auto, or a whole number")
	}
	words := text().or(list(text()))
	return &Object{Noun: "forecasting", Subject: "forecasting", Fields: validated([]Field{
		field("time_column_name", text().full(""), "The column with the time.").required(),
		field("time_series_id_column_names", words, "The columns that tell series from each other."),
		field("forecast_horizon", auto(), "How many periods are predicted.").defaults("1"),
		field("frequency", text(), "The period, as pandas names it: `H`, `W-THU`."),
		field("target_lags", enum("auto").fold().or(integer(), list(integer())).bindable().says("auto, a whole number, or a list of them"), "Earlier values of the target that become features."),
		field("target_rolling_window_size", auto(), "The size of the window that averages the target."),
		field("seasonality", enum("auto").fold().or(integer()).bindable().says("auto, or a whole number"), "After how many periods the series repeats."),
		field("country_or_region_for_holidays", text(), "The country whose holidays count, by two letters."),
		field("cv_step_size", integer().atLeast(1), "How many periods lie between two folds."),
		field("feature_lags", enum("none", "auto").fold(), "Whether earlier values of features become features."),
		field("short_series_handling_config", enum("none", "auto", "pad", "drop").fold(), "What happens to series that are too short."),
		field("use_stl", enum("none", "season", "seasontrend").fold(), "Whether series are taken apart into season and trend."),
		field("target_aggregate_function", enum("none", "sum", "max", "min", "mean").fold(), "How values within one period are joined."),
		field("features_unknown_at_forecast_time", words, "The columns that are not known ahead."),
	})}
}

// autoMLSweep is how a search space is searched.
func autoMLSweep() *Object {
	return &Object{Noun: "sweep", Subject: "sweep", Fields: validated([]Field{
		field("sampling_algorithm", samplingShape().bindable(), "How the values of the trials are chosen.").required(),
		field("early_termination", policyShape(), "When a trial that does badly is given up."),
	})}
}

// trainingParameters are fixed values.
func trainingParameters() *Object {
	var list []Field
	for _, p := range modelParameters() {
		list = append(list, field(p.name, p.shape, p.doc))
	}
	return &Object{Noun: "training_parameters", Fields: append(validated(list),
		field("advanced_settings", text(), "More settings, as JSON text.").here(Validated),
		field("checkpoint_frequency", integer(), "After how many epochs the model is saved.").here(Validated),
		field("checkpoint_run_id", text(), "The job whose saved model training begins with.").here(Validated),
	)}
}

// autoMLSpace has values to choose from in their place.
func autoMLSpace() *Object {
	var list []Field
	for _, p := range modelParameters() {
		list = append(list, field(p.name, p.shape.or(spaceShape()).bindable(), p.doc))
	}
	return &Object{Noun: "a search space", Fields: validated(list)}
}
