package schema

func batchEndpointKind() *Kind {
	return &Kind{
		Name: "batchEndpoint", Noun: "a batch endpoint",
		Doc:    "A batch endpoint takes requests to score many records with a model, or to run a pipeline. Its deployments do the work.",
		Source: "azure-ai-ml: _schema/_endpoint/batch",
		Body: &Object{
			Name: "BatchEndpoint", Noun: "a batch endpoint", Subject: "the batch endpoint",
			Fields: validated(endpointFields(), []Field{
				field("defaults", obj("BatchEndpointDefaults", func() *Object {
					return &Object{Noun: "defaults", Fields: validated([]Field{
						field("deployment_name", text(), "The deployment that answers when a request names none."),
					})}
				}), "What holds for requests that do not say it."),
				preview("type", "$schema: .../batchEndpoint.schema.json, and no type"),
				preview("deployments", "a file of its own for each deployment"),
				preview("traffic", "defaults with deployment_name"),
			}),
		},
	}
}

func onlineEndpointKind() *Kind {
	return &Kind{
		Name: "onlineEndpoint", Noun: "an online endpoint",
		Doc:    "An online endpoint answers requests at once. Definitions of it are checked here; nothing answers on this machine.",
		Source: "azure-ai-ml: _schema/_endpoint/online",
		Body: &Object{
			Name: "OnlineEndpoint", Noun: "an online endpoint", Subject: "the online endpoint",
			Fields: validated(endpointFields(), []Field{
				field("compute", text().format("azureml"), "The cluster of a Kubernetes endpoint: `azureml:NAME`."),
				field("public_network_access", enum("enabled", "disabled").fold().of("a setting", "settings"), "Whether it can be reached from anywhere."),
				field("traffic", mapOf(integer().between(0, 100)), "The share of each deployment, in percent."),
				field("mirror_traffic", mapOf(integer().between(0, 100)), "A copy of a share, for one deployment."),
				readOnly("kind", "What it runs on."),
				readOnly("mirror_traffic_keys", "The deployments that get copies."),
			}),
			Rules: []Rule{excludes("compute", "public_network_access").hint("an endpoint on Kubernetes has no public_network_access")},
		},
	}
}

// endpointFields are those of every endpoint.
// Source: azure-ai-ml: _schema/_endpoint/endpoint.py, _schema/identity.py.
func endpointFields() []Field {
	return []Field{
		schemaField(),
		field("name", text().full(""), "The name of the endpoint, unique in its region.").required(),
		field("description", text(), "What it does, for people."),
		field("tags", mapOf(anything()), "Labels to find it by."),
		field("properties", mapOf(anything()), "Facts about it."),
		field("auth_mode", enum("aad_token", "aml_token", "key").snake().of("a way to sign in", "they"), "How callers sign in."),
		field("location", text(), "The region."),
		field("identity", obj("EndpointIdentity", endpointIdentity), "As whom it acts."),
		readOnly("id", "The id that the service gave it."),
		readOnly("provisioning_state", "How far it is made."),
		readOnly("scoring_uri", "Where requests go."),
		readOnly("openapi_uri", "Where its description is."),
	}
}

func endpointIdentity() *Object {
	identity := obj("EndpointUserIdentity", func() *Object {
		return &Object{Noun: "an identity", Fields: validated([]Field{
			field("resource_id", text(), "The id of the identity."),
			field("client_id", text(), "Its client id."),
			field("object_id", text(), "Its object id."),
			field("principal_id", text(), "Its principal."),
		})}
	})
	return &Object{Noun: "identity", Fields: validated([]Field{
		field("type", enum("system_assigned", "user_assigned", "none").snake().of("a type of identity", "types"),
			"Whether it has an identity of its own, or is given some.").required(),
		field("user_assigned_identities", list(identity), "The identities that it is given."),
		readOnly("principal_id", "The principal of its own identity."),
		readOnly("tenant_id", "The tenant of its own identity."),
	})}
}
