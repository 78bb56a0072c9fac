package schema

func datastoreKind() *Kind {
	return &Kind{
		Name: "datastore", Noun: "a datastore",
		Doc:    "A datastore is a place where data lies, under a name, with what is needed to get at it.",
		Source: "azure-ai-ml: _schema/_datastore",
		Body: &Object{
			Name: "Datastore", Noun: "a datastore", Subject: "the datastore",
			Fields: validated(datastoreFields()),
			Rules:  datastoreRules(),
		},
	}
}

func datastoreFields() []Field {
	return []Field{
		schemaField(),
		field("name", text().full(""), "The name of the datastore.").required(),
		field("type", enum("azure_blob", "azure_file", "azure_data_lake_gen1", "azure_data_lake_gen2", "one_lake", "hdfs").snake().
			of("a type of datastore", "types"), "What sort of storage it is.").required(),
		field("description", text(), "What it is, for people."),
		field("tags", mapOf(anything()), "Labels to find it by."),
		field("account_name", text(), "The storage account."),
		field("container_name", text(), "The container, of azure_blob."),
		field("file_share_name", text(), "The file share, of azure_file."),
		field("filesystem", text(), "The file system, of azure_data_lake_gen2."),
		field("store_name", text(), "The store, of azure_data_lake_gen1."),
		field("one_lake_workspace_name", text(), "The workspace of Microsoft Fabric, of one_lake."),
		field("artifact", obj("OneLakeArtifact", oneLakeArtifact), "The lake house, of one_lake."),
		field("endpoint", text(), "The suffix of the cloud, such as core.windows.net; of one_lake, a host."),
		field("protocol", text(), "How the storage is spoken to: https, wasbs, abfss.").defaults("https"),
		field("name_node_address", text(), "The name node, of hdfs."),
		field("hdfs_server_certificate", text(), "The certificate of the servers, of hdfs."),
		field("credentials", obj("DatastoreCredentials", datastoreCredentials),
			"What opens the storage. Without it, each user's own identity does."),
		readOnly("id", "The id that the service gave it."),
	}
}

func oneLakeArtifact() *Object {
	return &Object{Noun: "artifact", Fields: []Field{
		field("name", text(), "The name or id of the lake house.").required(),
		field("type", enum("lake_house").snake().of("a type of artifact", "types"), "What it is.").defaults("lake_house"),
	}}
}

func datastoreRules() []Rule {
	return []Rule{
		when("type", "azure_blob", "account_name", "container_name"),
		when("type", "azure_file", "account_name", "file_share_name"),
		when("type", "azure_data_lake_gen2", "account_name", "filesystem"),
		when("type", "azure_data_lake_gen1", "store_name"),
		when("type", "one_lake", "one_lake_workspace_name", "endpoint"),
		when("type", "hdfs", "name_node_address", "credentials"),
		belongs("type", "a datastore",
			only("azure_blob", "container_name"), only("azure_file", "file_share_name"),
			only("azure_data_lake_gen2", "filesystem"), only("azure_data_lake_gen1", "store_name"),
			only("azure_blob azure_file azure_data_lake_gen2", "account_name"),
			only("azure_blob azure_file azure_data_lake_gen2 one_lake", "endpoint"),
			only("azure_blob azure_file azure_data_lake_gen2 hdfs", "protocol"),
			only("one_lake", "one_lake_workspace_name", "artifact"),
			only("hdfs", "name_node_address", "hdfs_server_certificate"),
		),
		credentialsFit(),
	}
}

// datastoreCredentials are of one sort. Which sorts a type takes says
// credentialsFit.
// Source: azure-ai-ml: _schema/_datastore/credentials.py.
func datastoreCredentials() *Object {
	tenant := []string{"tenant_id", "client_id"}
	return &Object{
		Noun: "credentials",
		Fields: validated([]Field{
			field("account_key", text(), "A key of the storage account."),
			field("sas_token", text(), "A shared access signature."),
			field("tenant_id", text(), "The tenant of a service principal."),
			field("client_id", text(), "The service principal."),
			field("client_secret", text(), "Its secret."),
			field("certificate", text(), "Its certificate, instead of a secret."),
			field("thumbprint", text(), "The thumbprint of the certificate."),
			field("authority_url", text(), "Where the service principal signs in."),
			field("authority_uri", text(), "Where the service principal signs in.").renamed("authority_url"),
			field("resource_url", text(), "What it signs in to."),
			field("kerberos_realm", text(), "The realm, of hdfs."),
			field("kerberos_kdc_address", text(), "Where tickets come from, of hdfs."),
			field("kerberos_principal", text(), "Who signs in, of hdfs."),
			field("kerberos_password", text(), "The password, of hdfs."),
			field("kerberos_keytab", text(), "The key table, instead of a password."),
		}),
		Rules: []Rule{
			atMostOne("account_key", "sas_token", "client_secret", "thumbprint", "kerberos_realm"),
			atMostOne("authority_url", "authority_uri"),
			requires("client_secret", tenant...), requires("thumbprint", tenant...), requires("certificate", "thumbprint"),
			test("A service principal has a secret or a certificate.", secretless),
			allOrNone("kerberos_realm", "kerberos_kdc_address", "kerberos_principal"),
			atMostOne("kerberos_password", "kerberos_keytab"),
		},
	}
}
