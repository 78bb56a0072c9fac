package schema

func onlineDeploymentKind() *Kind {
	return &Kind{
		Name: "onlineDeployment", Noun: "an online deployment",
		Doc: "An online deployment is the model and the code that answer requests of an online endpoint, on machines that the service manages " +
			"or on a Kubernetes cluster. Definitions of it are checked here; nothing answers on this machine.",
		Source: "azure-ai-ml: _schema/_deployment/online/online_deployment.py",
		Body: &Object{
			Name: "OnlineDeployment", Noun: "an online deployment", Subject: "the online deployment",
			Fields: validated(deploymentHead(), deployedModel(), onlineFields(), deploymentReadOnly()),
			Rules: []Rule{
				test("A managed deployment needs `instance_type`.", needsInstanceType),
				belongs("type", "an online deployment",
					only("kubernetes", "resources"),
					only("managed", "egress_public_network_access", "private_network_connection")),
			},
		},
	}
}

func onlineFields() []Field {
	return []Field{
		field("type", enum("managed", "kubernetes").fold().of("a type of online deployment", "types"), "On what it runs.").defaults("managed"),
		field("model_mount_path", text(), "Where the container sees the model."),
		field("instance_type", text(), "The size of the machines: `Standard_DS3_v2`."),
		field("instance_count", integer().atLeast(1), "How many machines answer."),
		field("app_insights_enabled", boolean(), "Whether requests are logged in Application Insights.").defaults("false"),
		field("scale_settings", scaleSettings(), "When machines are added."),
		field("request_settings", obj("RequestSettings", func() *Object {
			return &Object{Noun: "request_settings", Fields: validated([]Field{
				field("request_timeout_ms", integer().between(1, 180000).unit("milliseconds"), "How long an answer may take.").defaults("5000"),
				field("max_concurrent_requests_per_instance", integer().atLeast(1), "How many requests a machine takes at once.").defaults("1"),
				field("max_queue_wait_ms", integer().atLeast(0).unit("milliseconds"), "How long a request may wait."),
			})}
		}), "What holds for each request."),
		field("liveness_probe", obj("Probe", probe), "How the service asks whether the container lives."),
		field("readiness_probe", obj("Probe", probe), "How the service asks whether it is ready."),
		field("data_collector", obj("DataCollector", dataCollector), "What is kept of requests and answers."),
		field("egress_public_network_access", enum("enabled", "disabled").fold().of("a setting", "settings"), "Whether the code may reach the world."),
		field("private_network_connection", boolean(), "Whether it is reached through a private network."),
		field("resources", obj("ContainerResources", func() *Object {
			return &Object{Noun: "resources", Fields: validated([]Field{
				field("requests", obj("ContainerAmounts", containerAmounts), "What a container gets at least."),
				field("limits", obj("ContainerAmounts", containerAmounts), "What it gets at most."),
			})}
		}), "What a container gets, of Kubernetes."),
	}
}

func scaleSettings() Shape {
	return union(Union{
		By: "type", Fold: Snake, Subject: "scale_settings", Noun: "a type of scaling", Plural: "types",
		Cases: []Case{
			caseOf("default", "ScaleSettings_default", func() *Object {
				return &Object{Noun: "scale_settings of type default", Fields: validated([]Field{
					field("type", enum("default").snake(), "As many machines as are asked for."),
				})}
			}),
			caseOf("target_utilization", "ScaleSettings_target_utilization", func() *Object {
				return &Object{Noun: "scale_settings of type target_utilization", Fields: validated([]Field{
					field("type", enum("target_utilization").snake(), "As many as the load needs."),
					field("polling_interval", integer().atLeast(1).unit("seconds"), "How often the load is looked at.").defaults("1"),
					field("target_utilization_percentage", integer().between(1, 100), "The load to aim at.").defaults("70"),
					field("min_instances", integer().atLeast(0), "How many there always are.").defaults("1"),
					field("max_instances", integer().atLeast(1), "How many there are at most.").defaults("1"),
				})}
			}),
		},
	})
}

func probe() *Object {
	seconds := func(name, doc, def string) Field {
		return field(name, integer().atLeast(0).unit("seconds"), doc).defaults(def)
	}
	return &Object{Noun: "a probe", Fields: validated([]Field{
		seconds("initial_delay", "How long it waits before the first question.", "10"),
		seconds("period", "How long it waits between two.", "10"),
		seconds("timeout", "How long an answer may take.", "2"),
		field("success_threshold", integer().atLeast(1), "After how many good answers all is well.").defaults("1"),
		field("failure_threshold", integer().atLeast(1), "After how many bad ones it is not.").defaults("30"),
	})}
}

func containerAmounts() *Object {
	amount := func() Shape { return text().says("an amount in quotes") }
	return &Object{Noun: "an amount of resources", Fields: validated([]Field{
		field("cpu", amount(), "Cores: \"0.5\"."),
		field("memory", amount(), "Memory: \"1Gi\"."),
		field("gpu", amount(), "Graphics processors: \"1\"."),
		field("nvidia.com/gpu", amount(), "Graphics processors, by their name in Kubernetes."),
	})}
}

// dataCollector keeps what goes in and out.
// Source: azure-ai-ml: _schema/_deployment/online/data_collector_schema.py.
func dataCollector() *Object {
	return &Object{Noun: "data_collector", Fields: validated([]Field{
		field("collections", mapOf(obj("DeploymentCollection", func() *Object {
			return &Object{Noun: "a collection", Subject: "collection %s", Fields: validated([]Field{
				field("enabled", boolean(), "Whether it is kept.").required(),
				field("data", text().or(obj("CollectionData", func() *Object {
					return &Object{Noun: "data", Fields: validated([]Field{
						field("name", text(), "The name of the data asset."), field("path", text(), "Where it lies."),
						field("version", literal(), "Its version."), field("data_id", text(), "Its id."),
					})}
				})).says("a reference, or a mapping with name and path"), "Where it is kept."),
				field("client_id", text(), "As whom it is written."),
			})}
		})), "What is kept: model_inputs, model_outputs, or a name of one's own."),
		field("rolling_rate", enum("minute", "hour", "day").fold().of("a rate", "rates"), "How often a new file begins.").defaults("hour"),
		field("sampling_rate", number().between(0, 1), "Which part of the requests is kept.").defaults("1.0"),
		field("request_logging", obj("RequestLogging", func() *Object {
			return &Object{Noun: "request_logging", Fields: validated([]Field{field("capture_headers", list(text()), "The headers to keep.")})}
		}), "What is kept of the requests themselves."),
	})}
}
