package schema

func workspaceKind() *Kind {
	return &Kind{
		Name: "workspace", Noun: "a workspace",
		Doc:    "A workspace is where jobs, models, data and endpoints of a team are kept. Hubs, projects and feature stores are workspaces of a special kind.",
		Source: "azure-ai-ml: _schema/workspace, _schema/_feature_store",
		Body: &Object{
			Name: "Workspace", Noun: "a workspace", Subject: "the workspace",
			Fields: validated(workspaceHead(), workspaceResources(), workspaceNetwork(), workspaceKinds()),
			Rules: []Rule{
				when("kind", "project", "hub_id"),
				belongs("kind", "a workspace",
					only("default"), only("project", "hub_id"), only("hub", "default_resource_group"),
					only("featurestore", "compute_runtime", "offline_store", "online_store", "materialization_identity")),
			},
		},
	}
}

func workspaceHead() []Field {
	return []Field{
		schemaField(),
		field("name", text().full(""), "The name of the workspace.").required(),
		field("kind", enum("default", "hub", "project", "featurestore").fold().of("a kind of workspace", "kinds"), "What it is.").defaults("default"),
		field("display_name", text(), "What the studio shows."),
		field("description", text(), "What it is for, for people."),
		field("tags", texts(), "Labels to find it by."),
		field("location", text(), "The region.").defaults("that of the resource group"),
		field("resource_group", text(), "The resource group."),
		field("hbi_workspace", boolean(), "Whether it holds data of high business impact.").defaults("false"),
		readOnly("id", "The id that the service gave it."),
		field("mlflow_tracking_uri", text(), "Where MLflow finds it; the service says it.").here(Validated),
		field("discovery_url", text(), "Where its services are found; the service says it.").here(Validated),
	}
}

func workspaceResources() []Field {
	return []Field{
		field("storage_account", text(), "The id of the storage account."),
		field("container_registry", text(), "The id of the container registry."),
		field("key_vault", text(), "The id of the key vault."),
		field("application_insights", text(), "The id of Application Insights."),
		field("customer_managed_key", obj("CustomerManagedKey", func() *Object {
			return &Object{Noun: "customer_managed_key", Fields: validated([]Field{
				field("key_vault", text(), "The id of the key vault that holds the key."),
				field("key_uri", text().format("url"), "The address of the key."),
				field("cosmosdb_id", text(), "The id of a Cosmos DB of one's own."),
				field("storage_id", text(), "The id of a storage account of one's own."),
				field("search_id", text(), "The id of a search service of one's own."),
			})}
		}), "The key that what is stored is encrypted with."),
		field("image_build_compute", text(), "The cluster that builds images."),
		field("system_datastores_auth_mode", text(), "How the workspace's own datastores are opened: accesskey, identity."),
		field("identity", obj("WorkspaceIdentity", workspaceIdentity), "As whom the workspace acts."),
		field("primary_user_assigned_identity", text(), "The id of the identity that counts, of several."),
		field("enable_data_isolation", boolean(), "Whether projects keep out of each other's data."),
		field("allow_roleassignment_on_rg", boolean(), "Whether roles may be given on the resource group."),
		field("serverless_compute", obj("ServerlessComputeSettings", func() *Object {
			return &Object{Noun: "serverless_compute", Fields: validated([]Field{
				field("custom_subnet", text().nullable(), "The id of the subnet in which jobs run; None removes it."),
				field("no_public_ip", boolean(), "Whether machines have no public addresses.").defaults("false"),
			})}
		}), "Where serverless computes run."),
	}
}

func workspaceNetwork() []Field {
	return []Field{
		field("public_network_access", enum("enabled", "disabled").fold().of("a setting", "settings"), "Whether it can be reached from anywhere.").defaults("disabled"),
		field("network_acls", obj("NetworkACLs", func() *Object {
			rule := obj("IPRule", func() *Object {
				return &Object{Noun: "a rule", Fields: validated([]Field{field("value", text(), "An address, or a range of them.").required()})}
			})
			return &Object{Noun: "network_acls", Fields: validated([]Field{
				field("default_action", enum("Deny", "Allow").of("an action", "actions"), "What happens to others.").required(),
				field("ip_rules", list(rule).nullable(), "Who may come in."),
			})}
		}), "Which addresses may reach it."),
		field("managed_network", obj("ManagedNetwork", managedNetwork), "The virtual network that the service keeps for it."),
		field("provision_network_now", boolean(), "Whether the network is made at once."),
	}
}

func workspaceKinds() []Field {
	return []Field{
		field("workspace_hub", text(), "The id of the hub that it belongs to."),
		field("hub_id", text(), "The id of the hub, of a project."),
		field("default_resource_group", text(), "Where projects are made, of a hub."),
		field("compute_runtime", anything(), "The version of Spark, of a feature store."),
		field("offline_store", anything(), "Where features are kept, of a feature store."),
		field("online_store", anything(), "Where features are asked for, of a feature store."),
		field("materialization_identity", anything(), "As whom features are made, of a feature store."),
		readOnly("associated_workspaces", "The projects of a hub."),
	}
}

// workspaceIdentity names identities by their ids.
// Source: azure-ai-ml: _schema/workspace/identity.py.
func workspaceIdentity() *Object {
	identity := obj("WorkspaceUserIdentity", func() *Object {
		return &Object{Noun: "an identity", Fields: validated([]Field{
			field("principal_id", text(), "Its principal."),
			field("client_id", text(), "Its client id."),
			field("resource_id", text(), "Its id."),
		})}
	})
	return &Object{Noun: "identity", Fields: validated([]Field{
		field("type", identityTypes(), "Whether it has an identity of its own, or is given some.").required(),
		field("user_assigned_identities", mapOf(identity.nullable()).nullable(), "The identities that it is given, by their ids."),
		field("principal_id", text(), "The principal of its own identity."),
		field("tenant_id", text(), "The tenant of its own identity."),
	})}
}

// managedNetwork drops keys that it does not know.
// Source: azure-ai-ml: _schema/workspace/networking.py.
func managedNetwork() *Object {
	return &Object{Noun: "managed_network", Unknown: Drop, Fields: validated([]Field{
		field("isolation_mode", enum("disabled", "allow_internet_outbound", "allow_only_approved_outbound").snake().of("an isolation mode", "modes"),
			"What may be reached from within.").required(),
		field("outbound_rules", list(outboundRule()).nullable(), "What else may be reached."),
		field("firewall_sku", enum("standard", "basic").fold().of("a firewall", "they"), "What sort of firewall there is.").defaults("standard"),
		readOnly("network_id", "The id that the service gave it."),
		readOnly("status", "How far it is made."),
	})}
}

func outboundRule() Shape {
	mine := func(value, doc string, destination Shape, more ...Field) Case {
		return caseOf(value, "OutboundRule_"+value, func() *Object {
			return &Object{Noun: "an outbound rule of type " + value, Subject: "the outbound rule", Unknown: Drop, Fields: validated([]Field{
				field("name", text(), "The name of the rule.").required(),
				field("type", enum(value), doc),
				field("destination", destination, "What may be reached.").required(),
				readOnly("category", "Who made the rule."),
				readOnly("status", "Whether it holds."),
				readOnly("parent_rule_names", "The rules that it comes from."),
			}, more)}
		})
	}
	return union(Union{
		By: "type", Subject: "the outbound rule", Noun: "a type of outbound rule", Plural: "types",
		Cases: []Case{
			mine("fqdn", "A host.", text().full("")),
			mine("private_endpoint", "A resource of Azure.", obj("PrivateEndpointDestination", func() *Object {
				return &Object{Noun: "destination", Fields: validated([]Field{
					field("service_resource_id", text(), "The id of the resource.").required(),
					field("subresource_target", text(), "What of it: blob, vault, ...").required(),
					field("spark_enabled", boolean(), "Whether Spark may reach it.").required(),
				})}
			}), field("fqdns", list(text()), "The hosts behind it.")),
			mine("service_tag", "A service of Azure.", obj("ServiceTagDestination", func() *Object {
				return &Object{Noun: "destination", Fields: validated([]Field{
					field("service_tag", text(), "The tag of the service.").required(),
					field("protocol", text(), "The protocol: TCP, UDP, ICMP, *.").required(),
					field("port_ranges", text(), "The ports: \"80, 443\".").required(),
					field("address_prefixes", list(text()), "The addresses, instead of the tag's."),
				})}
			})),
		},
	})
}

func registryKind() *Kind {
	return &Kind{
		Name: "registry", Noun: "a registry",
		Doc:    "A registry shares models, environments, components and data among workspaces and regions.",
		Source: "azure-ai-ml: _schema/registry",
		Body: &Object{Name: "Registry", Noun: "a registry", Subject: "the registry", Fields: validated([]Field{
			schemaField(),
			field("name", text(), "The name of the registry."),
			field("description", text(), "What it is for, for people."),
			field("tags", mapOf(anything()), "Labels to find it by."),
			field("location", text(), "The primary region.").required(),
			field("public_network_access", enum("enabled", "disabled").fold().of("a setting", "settings"), "Whether it can be reached from anywhere."),
			field("replication_locations", list(obj("RegistryRegion", registryRegion)), "The regions that hold copies, the primary one among them."),
			field("container_registry", text().or(obj("RegistryContainers", func() *Object {
				return &Object{Noun: "container_registry", Fields: validated([]Field{
					field("acr_account_sku", enum("premium").fold().of("an SKU", "they"), "What sort of registry the service makes."),
					readOnly("arm_resource_id", "The id that the service gave it."),
				})}
			})).says("the id of a container registry, or a mapping"), "Where images are kept."),
			field("intellectual_property", obj("Publisher", func() *Object {
				return &Object{Noun: "intellectual_property", Fields: validated([]Field{field("publisher", text(), "Who publishes.")})}
			}), "Who publishes protected assets."),
			readOnly("id", "The id that the service gave it."),
			readOnly("identity", "As whom it acts."),
			readOnly("kind", "What it is."),
			readOnly("sku", "What it costs."),
			readOnly("managed_resource_group", "Where its resources are."),
			readOnly("mlflow_registry_uri", "Where MLflow finds it."),
			readOnly("discovery_url", "Where its services are found."),
		})},
	}
}

func registryRegion() *Object {
	kinds := enum("standard_lrs", "standard_grs", "standard_ragrs", "standard_zrs", "standard_gzrs", "standard_ragzrs", "premium_lrs", "premium_zrs")
	return &Object{Noun: "a region", Fields: validated([]Field{
		field("location", text(), "The region."),
		field("storage_config", list(text()).or(obj("RegistryStorage", func() *Object {
			return &Object{Noun: "storage_config", Fields: validated([]Field{
				field("storage_account_hns", boolean(), "Whether it is a data lake.").defaults("false"),
				field("storage_account_type", kinds.fold().of("a type of storage", "types"), "How often and where data is kept.").defaults("standard_lrs"),
				field("replication_count", integer().atLeast(1), "How many accounts there are.").defaults("1"),
				readOnly("arm_resource_id", "The id that the service gave it."),
				readOnly("replicated_ids", "The ids of the copies."),
			})}
		})).says("a list of ids of storage accounts, or a mapping"), "Where the region's data is kept."),
	})}
}
