package schema

func dataKind() *Kind {
	return &Kind{
		Name: "data", Noun: "a data asset",
		Doc: "A data asset gives data a name and a version. It refers to a file, a folder or a table, " +
			"in a datastore, on the web, or on this machine.",
		Source: "azure-ai-ml: _schema/assets/data.py",
		Body: &Object{Name: "Data", Noun: "a data asset", Subject: "the data asset", Fields: validated(
			assetFields(),
			[]Field{
				field("type", enum("uri_file", "uri_folder", "mltable").fold().of("a type of data", "types"),
					"What the path leads to.").defaults("uri_folder"),
				field("path", text().full(""), "Where the data is: a path relative to this file, a URI of a datastore, or a web address.").required(),
				field("datastore", text(), "Where a local path is uploaded.").here(Ignored),
				field("auto_delete_setting", anything(), "When the service deletes the data by itself.").here(Ignored),
				preview("local_path", "path"),
				preview("directory", "path"),
				readOnly("referenced_uris", "What an MLTable refers to."),
			},
		)},
	}
}

// assetFields are what registered assets have in common.
func assetFields() []Field {
	return []Field{
		field("$schema", text(), "The address of the JSON Schema, for editors."),
		field("name", text(), "The name under which it is registered."),
		field("version", literal(), "The version under which it is registered.").defaults("the next number"),
		field("description", text(), "What it is, for people."),
		field("tags", mapOf(anything()), "Labels to find it by; they can be changed later."),
		field("properties", mapOf(anything()), "Facts about it; they cannot be changed later."),
		field("stage", text(), "Where in its life it is.").here(Ignored),
		readOnly("id", "The id that the service gave it."),
		readOnly("creation_context", "Who made it, and when."),
		readOnly("latest_version", "The newest version that is registered."),
		readOnly("is_anonymous", "Whether it was registered without a name."),
	}
}
