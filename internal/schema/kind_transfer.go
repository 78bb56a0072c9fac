package schema

func dataTransferJobKind() *Kind {
	return &Kind{
		Name: "dataTransferJob", Noun: "a data transfer job",
		Doc:    "A data transfer job copies data from one place to another, or moves it between a datastore and a database or file system.",
		Source: "azure-ai-ml: _schema/job/data_transfer_job.py",
		Body: &Object{
			Name: "DataTransferJob", Noun: "a data transfer job", Subject: "the data transfer job",
			Fields: validated(jobHead("data_transfer"), transferFields(), jobPorts(), []Field{
				field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless."),
			}, jobOptions(), jobReadOnly()),
			Rules: transferRules(),
		},
	}
}

func dataTransferComponentKind() *Kind {
	return &Kind{
		Name: "dataTransferComponent", Noun: "a data transfer component",
		Doc:    "A data transfer component is one of the three tasks of data transfer, with declared inputs and outputs.",
		Source: "azure-ai-ml: _schema/component/data_transfer_component.py",
		Body:   dataTransferComponent(),
	}
}

func dataTransferComponent() *Object {
	side := obj("TransferSide", transferSide)
	return &Object{
		Name: "DataTransferComponent", Noun: "a data transfer component", Subject: "the data transfer component", Unknown: Drop,
		Fields: validated(componentHead("data_transfer"), []Field{
			taskOfTransfer().required(), copyMode(),
			field("source", side, "What kind of source the data comes from, for `import_data`."),
			field("sink", side, "What kind of sink the data goes to, for `export_data`."),
		}, componentPorts(), componentTail()),
		Rules: []Rule{when("task", "import_data", "source"), when("task", "export_data", "sink")},
	}
}

// transferSide is what a component says of its source or sink: its type alone.
func transferSide() *Object {
	return &Object{Subject: "%s", Fields: validated([]Field{
		field("type", enum("file_system", "database").fold().of("a type of source or sink", "types"), "What it is.").required(),
	})}
}

// dataTransferNodes tells a job that uses a component from one in place.
// Source: azure-ai-ml: _schema/pipeline/component_job.py and
// pipeline_datatransfer_job.py.
func dataTransferNodes() *Union {
	return &Union{Cases: []Case{
		caseOf("component", "DataTransferNode", func() *Object { return dataTransferNode(Drop, nodeHead("data_transfer")) }).has("component"),
		caseOf("inline", "InlineDataTransferNode", func() *Object { return dataTransferNode(Reject, nodeHead("data_transfer")[:6]) }).otherwise(),
	}}
}

func dataTransferNode(unknown Unknown, head []Field) *Object {
	return &Object{
		Noun: "a job of type data_transfer", Subject: "job %s", Unknown: unknown,
		Fields: validated(head, transferFields(), nodePorts(), []Field{
			field("compute", computeShape(), "Where it runs: azureml:NAME, or serverless."),
		}, nodeOptions()),
		Rules: transferRules(),
	}
}

func taskOfTransfer() Field {
	return field("task", enum("copy_data", "import_data", "export_data").fold().of("a task of data transfer", "tasks"),
		"What is done: data is copied within Azure, imported, or exported.")
}

func copyMode() Field {
	return field("data_copy_mode", enum("merge_with_overwrite", "fail_if_conflict").fold().of("a way to copy", "the ways"),
		"What happens to files that are there already, for `copy_data`.")
}

// transferFields are what every data transfer consists of.
func transferFields() []Field {
	return []Field{
		taskOfTransfer().required(), copyMode(),
		field("source", endShape(), "Where the data comes from, for `import_data`."),
		field("sink", endShape(), "Where the data goes to, for `export_data`."),
	}
}

func transferRules() []Rule {
	return []Rule{
		when("task", "import_data", "source"), when("task", "export_data", "sink"),
		atMostOne("source", "sink").hint("import_data has a source, export_data a sink"),
	}
}

// endShape is a database or file system outside Azure ML.
// Source: azure-ai-ml: _schema/job/input_output_entry.py.
func endShape() Shape {
	connection := field("connection", text().full(""), "The connection of the workspace that leads there: azureml:NAME.").required()
	return union(Union{
		By: "type", Fold: Lower, Subject: "%s", Noun: "a type of source or sink", Plural: "types",
		Cases: []Case{
			caseOf("database", "DatabaseEnd", func() *Object {
				return &Object{Subject: "%s", Noun: "a database", Fields: validated([]Field{
					field("type", enum("database").fold(), "It is a database.").required(), connection,
					field("table_name", text(), "The table, of a sink."),
					field("query", text(), "The query that gives the data, of a source."),
					field("stored_procedure", text(), "The procedure that gives the data, of a source."),
					field("stored_procedure_params", list(obj("StoredProcedureParam", procedureParam)), "What the procedure is given."),
				}), Rules: []Rule{atMostOne("query", "stored_procedure")}}
			}),
			caseOf("file_system", "FileSystemEnd", func() *Object {
				return &Object{Subject: "%s", Noun: "a file system", Fields: validated([]Field{
					field("type", enum("file_system").fold(), "It is a file system."), connection,
					field("path", text(), "The folder there."),
				})}
			}).otherwise(),
		},
	}).bindable()
}

func procedureParam() *Object {
	return &Object{Subject: "the parameter", Fields: validated([]Field{
		field("name", text(), "The parameter."),
		field("value", text(), "Its value."),
		field("type", text(), "The type of the value."),
	})}
}

func importJobKind() *Kind {
	return &Kind{
		Name: "importJob", Noun: "an import job",
		Doc:    "An import job brings the result of a query, or files of S3, into a datastore.",
		Source: "azure-ai-ml: _schema/job/import_job.py",
		Body: &Object{
			Name: "ImportJob", Noun: "an import job", Subject: "the import job",
			Fields: validated(jobHead("import"), importFields(outputShape()), jobOptions(), jobReadOnly()),
		},
	}
}

func outputShape() Shape { return obj("JobOutput", jobOutput) }

// importNodes tells a job that uses a component from one in place.
// Source: azure-ai-ml: _schema/pipeline/pipeline_import_job.py.
func importNodes() *Union {
	return &Union{Cases: []Case{
		caseOf("component", "ImportNode", func() *Object {
			return &Object{
				Noun: "a job of type import", Subject: "job %s", Unknown: Drop,
				Fields: validated(nodeHead("import"), nodePorts(), nodeOptions()),
			}
		}).has("component"),
		caseOf("inline", "InlineImportNode", func() *Object {
			return &Object{
				Noun: "a job of type import", Subject: "job %s",
				Fields: validated(nodeHead("import")[:6], importFields(text().or(outputShape()).says("a binding, or a mapping with type and path")), nodeOptions()),
			}
		}).otherwise(),
	}}
}

func importFields(output Shape) []Field {
	return []Field{
		field("source", importJobSource(), "Where the data comes from.").required(),
		field("output", output, "Where the data goes.").required(),
	}
}

func importJobSource() Shape {
	connection := field("connection", text().full(""), "The connection of the workspace that leads there: azureml:NAME.").required()
	mine := func(value string, more Field) Case {
		return caseOf(value, "ImportSource_"+value, func() *Object {
			return &Object{Subject: "source", Noun: "a source", Fields: validated([]Field{
				field("type", enum(value).fold(), "What it is.").required(), connection, more.required(),
			})}
		})
	}
	query := field("query", text().full(""), "The query that gives the data.")
	return union(Union{
		By: "type", Fold: Lower, Subject: "source", Noun: "a type of source", Plural: "types",
		Cases: []Case{
			mine("azuresqldb", query), mine("azuresynapseanalytics", query), mine("snowflake", query),
			mine("s3", field("path", text().full(""), "The bucket and folder.")),
		},
	})
}
