package load

import (
	"slices"
)

// What may stand in each kind of definition. Read-only fields, which the
// service adds when it prints a definition, are taken and dropped.
// Source: azure-ai-ml, the schemas under _schema/.

func readOnly() []string {
	return []string{"id", "creation_context", "status", "log_files", "resourceGroup"}
}

func headerFields() []string {
	return []string{"$schema", "type", "name", "display_name", "description", "tags", "properties"}
}

func jobFields() []string {
	return join(headerFields(), "experiment_name", "compute", "services", "inputs", "outputs", "identity",
		"notification_settings", "queue_settings", "parent_job_name", "resources")
}

func pipelineJobFields() []string {
	return join(jobFields(), "settings", "jobs", "component", "job_tier")
}

func commandFields() []string {
	return []string{"command", "code", "environment", "environment_variables", "distribution", "resources", "limits"}
}

func commandJobFields() []string { return join(join(jobFields(), commandFields()...), "parameters") }

func nodeFields() []string {
	return join(join(headerFields(), commandFields()...), "component", "inputs", "outputs", "compute", "comment",
		"identity", "services", "queue_settings", "experiment_name", "settings", "jobs", "notification_settings")
}

func componentFields() []string {
	return join(headerFields(), "version", "inputs", "outputs", "is_deterministic", "intellectual_property",
		"additional_includes", "_source", "is_archived", "latest_version", "source_job_id")
}

func commandComponentFields() []string {
	return join(join(componentFields(), commandFields()...), "instance_count", "identity", "compute", "successful_return_code")
}

func pipelineComponentFields() []string { return join(componentFields(), "jobs", "settings") }

func inputFields() []string {
	return []string{"type", "path", "mode", "description", "optional", "default", "enum", "min", "max", "value",
		"path_on_compute", "datastore", "name", "version"}
}

func outputFields() []string {
	return []string{"type", "path", "mode", "description", "name", "version", "path_on_compute", "early_available", "is_control", "value"}
}

func environmentFields() []string {
	return []string{"$schema", "name", "version", "image", "conda_file", "build", "os_type", "description", "tags",
		"properties", "inference_config", "datastore", "upload_type", "type", "environment_variables"}
}

func buildFields() []string { return []string{"path", "dockerfile_path", "local_path"} }

func limitFields() []string { return []string{"timeout", "type"} }

func resourceFields() []string {
	return []string{"instance_count", "instance_type", "properties", "shm_size", "docker_args", "locations", "max_instance_count"}
}

func distributionFields() []string {
	return []string{"type", "process_count_per_instance", "worker_count", "parameter_server_count",
		"port", "address", "include_dashboard", "dashboard_port", "head_node_additional_args", "worker_node_additional_args"}
}

func settingFields() []string {
	return []string{"default_compute", "default_datastore", "continue_on_step_failure", "force_rerun",
		"continue_run_on_failed_optional_input", "on_init", "on_finalize", "_source"}
}

// ignoredHere mean something on Azure and nothing on this machine.
func ignoredHere() []string {
	return []string{"services", "identity", "queue_settings", "notification_settings", "job_tier", "successful_return_code", "parent_job_name"}
}

// ignoredWithin are the fields of a field that mean nothing on this machine.
func ignoredWithin(field string) []string {
	switch field {
	case "resources":
		return []string{"instance_type", "properties", "shm_size", "docker_args", "locations", "max_instance_count"}
	case "settings":
		return []string{"on_init", "on_finalize", "continue_run_on_failed_optional_input"}
	}
	return nil
}

func join(list []string, more ...string) []string { return slices.Concat(list, more) }

// preview is what to write today for a field of the 2021 preview, and empty for
// what is none.
func preview(field string) string {
	switch field {
	case "local_path", "file", "folder", "data":
		return "path"
	case "docker":
		return "image, or build with a path"
	case "input_data", "dataset":
		return "inputs"
	case "output_data":
		return "outputs"
	case "dependency":
		return "a binding: ${{parent.jobs.JOB.outputs.NAME}}"
	}
	return ""
}

func dot(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
