package schema

func scheduleKind() *Kind {
	return &Kind{
		Name: "schedule", Noun: "a schedule",
		Doc:    "A schedule starts a job, an import of data, or a monitor of a model again and again.",
		Source: "azure-ai-ml: _schema/schedule, _schema/_data_import/schedule.py, _schema/monitoring/schedule.py",
		Body: &Object{
			Name: "Schedule", Noun: "a schedule", Subject: "the schedule",
			Fields: validated([]Field{
				schemaField(),
				field("name", text().full(""), "The name of the schedule.").required(),
				field("display_name", text(), "What the studio shows."),
				field("description", text(), "What it does, for people."),
				field("tags", mapOf(anything()), "Labels to find it by."),
				field("properties", nullableTexts(), "Facts about it."),
				field("trigger", triggerShape(""), "When it happens.").required(),
				field("create_job", text().or(scheduledJob()).says("the path of a job, a reference to one, or a mapping with type and job"),
					"The job that is started: its file, or `azureml:NAME` of one that ran before; or such a job with changes."),
				field("import_data", text().or(obj("DataImport", dataImport)).says("the path of an import, or a mapping with path and source"),
					"The import that is started."),
				field("create_monitor", obj("Monitor", monitor), "The monitor that is started."),
				readOnly("id", "The id that the service gave it."),
				readOnly("creation_context", "Who made it, and when."),
				readOnly("is_enabled", "Whether it is on."),
				readOnly("provisioning_state", "How far it is made."),
			}),
			Rules: []Rule{oneOf("create_job", "import_data", "create_monitor")},
		},
	}
}

// triggerShape says when. Those of compute instances have no end.
func triggerShape(owner string) Shape {
	times := []Field{
		field("start_time", text().format("datetime"), "When it begins: `2026-01-31T09:30:00`, in the time zone.").defaults("now"),
		field("time_zone", text(), "The time zone, by its Windows name.").defaults("UTC"),
	}
	if owner == "" {
		times = append(times, field("end_time", text().format("datetime"), "When it ends, in the time zone."))
	}
	mine := func(value, doc string, fs ...Field) Case {
		head := []Field{field("type", enum(value).fold(), doc).required()}
		return caseOf(value, owner+"Trigger_"+value, func() *Object {
			return &Object{Noun: "a trigger of type " + value, Subject: "the trigger", Fields: validated(head, fs, times)}
		})
	}
	interval := field("interval", integer().atLeast(1), "How many of these lie between two times.")
	if owner == "" {
		interval = interval.required()
	}
	return union(Union{
		By: "type", Fold: Lower, Subject: "the trigger", Noun: "a type of trigger", Plural: "types",
		Cases: []Case{
			mine("cron", "By a cron expression.",
				field("expression", text().full(""), "Minute, hour, day, month and day of the week: `30 6 * * 1`.").required()),
			mine("recurrence", "By an interval.",
				field("frequency", enum("minute", "hour", "day", "week", "month").fold().of("a frequency", "frequencies"), "What is counted.").required(),
				interval,
				field("schedule", obj(owner+"RecurrencePattern", func() *Object { return recurrencePattern(owner) }), "At which times of the day, on which days.")),
		},
	})
}

// recurrencePattern are the times of a recurrence. A single one needs no list,
// but for compute instances.
func recurrencePattern(owner string) *Object {
	several := func(s Shape) Shape {
		if owner != "" {
			return list(s)
		}
		return s.or(list(s))
	}
	weekday := enum("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday").fold().of("a day of the week", "days")
	fs := []Field{
		field("hours", several(integer().between(0, 23)), "The hours of the day."),
		field("minutes", several(integer().between(0, 59)), "The minutes of the hour."),
		field("week_days", several(weekday), "The days of the week."),
	}
	if owner == "" {
		fs[0], fs[1] = fs[0].required(), fs[1].required()
		fs = append(fs, field("month_days", several(integer().between(1, 31)), "The days of the month."))
	}
	return &Object{Noun: "schedule", Fields: validated(fs)}
}

// scheduledJob is a job with changes to it.
// Source: azure-ai-ml: _schema/schedule/create_job.py.
func scheduledJob() Shape {
	mine := func(value string, fs ...[]Field) Case {
		head := []Field{
			field("type", enum(value).fold(), "What sort of job it is.").required(),
			field("job", text().full(""), "The file of the job, or `azureml:NAME` of one that ran before.").required(),
			field("name", text(), "The name of the job."),
			field("display_name", text(), "What the studio shows."),
			field("description", text(), "What it does, for people."),
			field("experiment_name", text(), "The experiment that its runs belong to."),
			field("tags", nullableTexts(), "Labels to find it by."),
			field("properties", nullableTexts(), "Facts about it."),
			field("compute", computeShape(), "Where it runs."),
			field("identity", identityShape(), "As whom it runs."),
			field("services", servicesShape(), "Services beside it."),
			readOnly("id", "The id that the service gave it."),
			readOnly("creation_context", "Who made it, and when."),
			readOnly("status", "How it is doing."),
			readOnly("log_files", "Where its logs are."),
		}
		return caseOf(value, "ScheduledJob_"+value, func() *Object {
			return &Object{Noun: "a scheduled job of type " + value, Subject: "create_job", Fields: validated(append([][]Field{head}, fs...)...)}
		})
	}
	return union(Union{
		By: "type", Fold: Lower, Subject: "create_job", Noun: "a type of job that can be scheduled", Plural: "types",
		Cases: []Case{
			mine("pipeline", jobPorts(), []Field{field("settings", mapOf(anything()), "Settings of the pipeline.")}),
			mine("command", jobPorts(), scheduledCommand()),
			mine("spark", []Field{
				field("conf", mapOf(anything()), "Settings of Spark."),
				field("environment", environmentShape().nullable(), "What it runs in."),
			}),
		},
	})
}

func scheduledCommand() []Field {
	return []Field{
		field("environment", environmentShape(), "What it runs in."),
		field("environment_variables", anyEnvVars(), "Variables that it sees."),
		field("resources", obj("Resources", jobResources), "What it runs on."),
		field("distribution", distributionShape("", Reject), "How several processes run together."),
		field("queue_settings", obj("QueueSettings", queueSettings), "How urgent it is."),
		field("limits", obj("CommandLimits", commandLimits), "How long it may run."),
		field("parent_job_name", text(), "The job that it belongs to."),
	}
}

// dataImport is data that is fetched.
// Source: azure-ai-ml: _schema/_data_import/data_import.py.
func dataImport() *Object {
	return &Object{Noun: "an import", Subject: "the import", Fields: validated(assetFields(), []Field{
		field("type", enum("uri_file", "uri_folder", "mltable").of("a type of data", "types"), "What becomes of the data."),
		field("path", text(), "Where the data goes: `azureml://datastores/NAME/paths/PATH/${{name}}`.").required(),
		field("datastore", text(), "The datastore that it goes to."),
		field("auto_delete_setting", anything(), "When the service deletes the data by itself."),
		field("source", dataImportSource(), "Where the data comes from.").required(),
	})}
}

func dataImportSource() Shape {
	connection := field("connection", text(), "The connection of the workspace: `azureml:NAME`.").required()
	return union(Union{
		By: "type", Fold: Snake, Noun: "a type of source", Plural: "types",
		Cases: []Case{
			caseOf("database", "DataImportSource_database", func() *Object {
				return &Object{Noun: "a source of type database", Subject: "the source", Fields: validated([]Field{
					field("type", enum("database").snake(), "A database.").required(), connection,
					field("query", text(), "What is asked."),
					field("table_name", text(), "The table that is read."),
					field("stored_procedure", text(), "The procedure that is called."),
					field("stored_procedure_params", list(anything()), "Its arguments."),
				})}
			}),
			caseOf("file_system", "DataImportSource_file_system", func() *Object {
				return &Object{Noun: "a source of type file_system", Subject: "the source", Fields: validated([]Field{
					field("type", enum("file_system").snake(), "A store of files."), connection,
					field("path", text(), "Which files."),
				})}
			}).otherwise(),
		},
	})
}

// monitor watches a model. What a signal consists of is the service's business.
// Source: azure-ai-ml: _schema/monitoring/monitor_definition.py.
func monitor() *Object {
	free := anything()
	return &Object{Noun: "create_monitor", Fields: validated([]Field{
		field("compute", obj("MonitorCompute", func() *Object {
			return &Object{Noun: "compute", Fields: validated([]Field{
				field("compute_type", text(), "What it is: ServerlessSpark."),
				field("instance_type", text(), "The size of the machines."),
				field("runtime_version", text(), "The version of Spark, in quotes."),
			})}
		}), "What the monitor runs on."),
		field("monitoring_target", obj("MonitoringTarget", func() *Object {
			return &Object{Noun: "monitoring_target", Fields: validated([]Field{
				field("ml_task", enum("classification", "regression", "question_answering").snake().of("a task", "tasks"), "What the model does."),
				field("model_id", text(), "The model: `azureml:NAME:VERSION`."),
				field("endpoint_deployment_id", text(), "The deployment: `azureml:ENDPOINT:DEPLOYMENT`."),
			})}
		}), "What is watched."),
		field("monitoring_signals", mapOf(obj("MonitoringSignal", func() *Object {
			return &Object{Noun: "a signal", Subject: "signal %s", Rest: &free, Fields: validated([]Field{
				field("type", enum("data_drift", "data_quality", "prediction_drift", "feature_attribution_drift", "model_performance", "custom",
					"generation_safety_quality", "generation_token_statistics").snake().of("a type of signal", "types"), "What is watched.").required(),
			})}
		})), "What is looked at, by names of one's own."),
		field("alert_notification", enum("azmonitoring").fold().or(obj("AlertNotification", func() *Object {
			return &Object{Noun: "alert_notification", Fields: validated([]Field{field("emails", list(text()), "To whom to write.")})}
		})).says("azmonitoring, or a mapping with emails"), "Who is told."),
	})}
}
