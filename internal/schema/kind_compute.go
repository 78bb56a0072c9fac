package schema

func computeKind() *Kind {
	return &Kind{
		Name: "compute", Noun: "a compute",
		Doc: "A compute is where jobs run: a cluster, an instance for one person, an attached virtual machine, " +
			"a Kubernetes cluster, or a Spark pool of Synapse.",
		Source: "azure-ai-ml: _schema/compute",
		Body: &Object{
			Name: "Compute", Noun: "a compute", Subject: "the compute",
			Fields: validated(computeHead(), clusterFields(), instanceFields(), attachedFields(), computeReadOnly()),
			Rules:  computeRules(),
		},
	}
}

func computeHead() []Field {
	return []Field{
		schemaField(),
		field("name", text().full(""), "The name of the compute.").required(),
		field("type", enum("amlcompute", "computeinstance", "virtualmachine", "kubernetes", "synapsespark").fold().of("a type of compute", "types"),
			"What sort of compute it is.").required(),
		field("description", text(), "What it is for, for people."),
		field("tags", texts(), "Labels to find it by."),
		field("location", text(), "The region.").defaults("that of the workspace"),
		field("resource_id", text(), "The id of what is attached."),
		field("size", text(), "The size of a machine: `Standard_DS3_v2`."),
		field("identity", obj("ComputeIdentity", computeIdentity), "As whom the compute acts."),
		preview("priority", "tier: dedicated, or tier: low_priority"),
	}
}

func clusterFields() []Field {
	return []Field{
		field("tier", enum("low_priority", "dedicated").fold().of("a tier", "tiers"), "Whether others may take the machines away.").defaults("dedicated"),
		field("min_instances", integer().atLeast(0), "How many machines there always are.").defaults("0"),
		field("max_instances", integer().atLeast(0), "How many there are at most."),
		field("idle_time_before_scale_down", integer().atLeast(0).unit("seconds"), "The seconds after which an idle machine goes."),
		field("network_settings", obj("ComputeNetwork", computeNetwork), "The virtual network."),
		field("ssh_settings", obj("ComputeSSH", computeSSH), "How to log in."),
		field("ssh_public_access_enabled", boolean(), "Whether the SSH port is open to the world."),
		field("enable_node_public_ip", boolean(), "Whether machines have public addresses."),
	}
}

func instanceFields() []Field {
	return []Field{
		field("schedules", obj("ComputeSchedules", computeSchedules), "When the instance starts and stops."),
		field("create_on_behalf_of", obj("CreateOnBehalfOf", func() *Object {
			return &Object{Noun: "create_on_behalf_of", Fields: []Field{
				field("user_tenant_id", text(), "The tenant of the user."),
				field("user_object_id", text(), "The user."),
			}}
		}), "The user that the instance is made for."),
		field("setup_scripts", obj("SetupScripts", setupScripts), "What runs when the instance is made or starts."),
		field("idle_time_before_shutdown", text().format("duration"), "How long an idle instance runs on: `PT30M`."),
		field("idle_time_before_shutdown_minutes", integer().unit("minutes"), "The same, in minutes."),
		field("custom_applications", list(obj("CustomApplication", customApplication)), "Containers that the instance runs."),
		field("enable_sso", boolean(), "Whether applications of the instance sign their users in."),
		field("enable_root_access", boolean(), "Whether users may become root."),
		field("release_quota_on_stop", boolean(), "Whether a stopped instance gives its quota back."),
		field("enable_os_patching", boolean(), "Whether the system is kept up to date."),
	}
}

func attachedFields() []Field {
	return []Field{
		field("namespace", text(), "The namespace, of Kubernetes.").defaults("default"),
		field("properties", mapOf(anything()), "More settings, of Kubernetes."),
		field("scale_settings", anything(), "How the pool grows; it is set in Synapse.").here(Accepted),
		field("auto_pause_settings", anything(), "When the pool pauses; it is set in Synapse.").here(Accepted),
	}
}

func computeReadOnly() []Field {
	return []Field{
		readOnly("id", "The id that the service gave it."),
		readOnly("created_on", "When it was made."),
		readOnly("provisioning_state", "How far it is made."),
		readOnly("provisioning_errors", "Why it was not made."),
		readOnly("state", "What an instance is doing."),
		readOnly("last_operation", "What was done to an instance last."),
		readOnly("services", "Where an instance's applications are."),
		readOnly("os_image_metadata", "The system of an instance."),
		readOnly("compute_location", "Where an attached machine is."),
		readOnly("node_family", "What the nodes of a pool are."),
		readOnly("node_size", "How large they are."),
		readOnly("node_count", "How many there are."),
		readOnly("spark_version", "The version of Spark."),
	}
}

func computeRules() []Rule {
	return []Rule{
		when("type", "virtualmachine", "resource_id"),
		when("type", "synapsespark", "resource_id"),
		when("type", "kubernetes", "resource_id", "namespace"),
		belongs("type", "a compute",
			only("amlcompute", "tier", "min_instances", "max_instances", "idle_time_before_scale_down"),
			only("amlcompute computeinstance", "size", "network_settings", "ssh_public_access_enabled", "enable_node_public_ip"),
			only("amlcompute computeinstance virtualmachine", "ssh_settings"),
			only("amlcompute computeinstance kubernetes synapsespark", "identity"),
			only("computeinstance", "schedules", "create_on_behalf_of", "setup_scripts", "idle_time_before_shutdown",
				"idle_time_before_shutdown_minutes", "custom_applications", "enable_sso", "enable_root_access",
				"release_quota_on_stop", "enable_os_patching"),
			only("kubernetes", "namespace", "properties"),
			only("synapsespark", "scale_settings", "auto_pause_settings"),
		),
	}
}

// identityTypes are those of managed identities.
func identityTypes() Shape {
	return enum("system_assigned", "user_assigned", "system_assigned,user_assigned", "none").snake().of("a type of identity", "types")
}

func computeIdentity() *Object {
	return &Object{Noun: "identity", Fields: []Field{
		field("type", identityTypes(), "Whether the compute has an identity of its own, or is given some.").required(),
		field("user_assigned_identities", list(obj("ComputeUserIdentity", func() *Object {
			return &Object{Noun: "an identity", Fields: []Field{
				field("resource_id", text(), "The id of the identity."),
				readOnly("principal_id", "Its principal."),
				readOnly("client_id", "Its client id."),
				readOnly("tenant_id", "Its tenant."),
			}}
		})), "The identities that it is given."),
		readOnly("principal_id", "The principal of its own identity."),
		readOnly("tenant_id", "The tenant of its own identity."),
	}}
}

func computeNetwork() *Object {
	return &Object{Noun: "network_settings", Fields: []Field{
		field("vnet_name", text(), "The virtual network."),
		field("subnet", text(), "A subnet of it, or the id of a subnet anywhere."),
		readOnly("public_ip_address", "The address for the world."),
		readOnly("private_ip_address", "The address within the network."),
	}}
}

func computeSSH() *Object {
	return &Object{Noun: "ssh_settings", Fields: []Field{
		field("admin_username", text(), "The user who may log in."),
		field("admin_password", text(), "The user's password."),
		field("ssh_key_value", text(), "The user's public key."),
		field("ssh_port", integer().between(1, 65535), "The port, of an attached machine.").defaults("22"),
		field("ssh_private_key_file", text(), "The file of a private key, of an attached machine."),
	}}
}

func computeSchedules() *Object {
	return &Object{Noun: "schedules", Fields: []Field{
		field("compute_start_stop", list(obj("ComputeStartStop", func() *Object {
			return &Object{Noun: "a schedule", Subject: "the schedule", Fields: []Field{
				field("action", enum("start", "stop").fold().of("an action", "actions"), "What is done.").required(),
				field("state", enum("enabled", "disabled").fold().of("a state", "states"), "Whether it is done.").defaults("enabled"),
				field("trigger", triggerShape("Compute"), "When it is done."),
				readOnly("schedule_id", "The id that the service gave it."),
				readOnly("provisioning_state", "How far it is made."),
			}}
		})), "Rules of when to start or stop."),
	}}
}

func setupScripts() *Object {
	script := obj("SetupScript", func() *Object {
		return &Object{Noun: "a script", Fields: []Field{
			field("path", text(), "The script, in the file share of the workspace."),
			field("command", text(), "Its arguments, or a command."),
			field("timeout_minutes", integer().atLeast(1).unit("minutes"), "How long it may run."),
		}}
	})
	return &Object{Noun: "setup_scripts", Fields: []Field{
		field("creation_script", script, "Runs once, when the instance is made."),
		field("startup_script", script, "Runs each time the instance starts."),
	}}
}

// customApplication is a container of an instance.
// Source: azure-ai-ml: entities/_compute/_custom_applications.py, for the ports.
func customApplication() *Object {
	port := func() Shape { return integer().between(1, 65535) }
	return &Object{Noun: "an application", Subject: "the application", Fields: []Field{
		field("name", text(), "The name of the application.").required(),
		field("type", enum("docker").fold().of("a type of application", "types"), "What it is.").defaults("docker"),
		field("image", obj("ApplicationImage", func() *Object {
			return &Object{Noun: "image", Fields: []Field{field("reference", text(), "The image.")}}
		}), "The image that it runs."),
		field("endpoints", list(obj("ApplicationEndpoint", func() *Object {
			return &Object{Noun: "an endpoint", Fields: []Field{
				field("target", port(), "The port of the container."),
				field("published", integer().between(1026, 65534), "The port of the instance."),
			}}
		})), "Which ports can be reached."),
		field("environment_variables", mapOf(literal()), "Variables that it sees."),
		field("bind_mounts", list(obj("ApplicationMount", func() *Object {
			return &Object{Noun: "a mount", Fields: []Field{
				field("source", text(), "The folder of the instance."),
				field("target", text(), "Where the container sees it."),
			}}
		})), "Folders that it sees."),
	}}
}
