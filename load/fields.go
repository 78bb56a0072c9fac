package load

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// What may stand in each kind of definition. Read-only fields, which the
// service adds when it prints a definition, are taken and dropped.
// Source: azure-ai-ml, the schemas under _schema/.
var (
	readOnly = []string{"id", "creation_context", "status", "log_files", "resourceGroup"}

	headerFields = []string{"$schema", "type", "name", "display_name", "description", "tags", "properties"}

	jobFields = join(headerFields, "experiment_name", "compute", "services", "inputs", "outputs", "identity",
		"notification_settings", "queue_settings", "parent_job_name", "resources")

	pipelineJobFields = join(jobFields, "settings", "jobs", "component", "job_tier")

	commandFields = []string{"command", "code", "environment", "environment_variables", "distribution", "resources", "limits"}

	commandJobFields = join(join(jobFields, commandFields...), "parameters")

	nodeFields = join(join(headerFields, commandFields...), "component", "inputs", "outputs", "compute", "comment",
		"identity", "services", "queue_settings", "experiment_name", "settings", "jobs", "notification_settings")

	componentFields = join(headerFields, "version", "inputs", "outputs", "is_deterministic", "intellectual_property",
		"additional_includes", "_source", "is_archived", "latest_version", "source_job_id")

	commandComponentFields  = join(join(componentFields, commandFields...), "instance_count", "identity", "compute", "successful_return_code")
	pipelineComponentFields = join(componentFields, "jobs", "settings")

	inputFields  = []string{"type", "path", "mode", "description", "optional", "default", "enum", "min", "max", "value", "path_on_compute", "datastore", "name", "version"}
	outputFields = []string{"type", "path", "mode", "description", "name", "version", "path_on_compute", "early_available", "is_control", "value"}

	environmentFields  = []string{"$schema", "name", "version", "image", "conda_file", "build", "os_type", "description", "tags", "properties", "inference_config", "datastore", "upload_type", "type", "environment_variables"}
	buildFields        = []string{"path", "dockerfile_path", "local_path"}
	limitFields        = []string{"timeout", "type"}
	resourceFields     = []string{"instance_count", "instance_type", "properties", "shm_size", "docker_args", "locations", "max_instance_count"}
	distributionFields = []string{"type", "process_count_per_instance", "worker_count", "parameter_server_count",
		"port", "address", "include_dashboard", "dashboard_port", "head_node_additional_args", "worker_node_additional_args"}
	settingFields = []string{"default_compute", "default_datastore", "continue_on_step_failure", "force_rerun",
		"continue_run_on_failed_optional_input", "on_init", "on_finalize", "_source"}

	// ignoredHere mean something on Azure and nothing on this machine.
	ignoredHere = []string{"services", "identity", "queue_settings", "notification_settings", "job_tier"}
)

func join(list []string, more ...string) []string { return slices.Concat(list, more) }

// preview maps the 2021 preview's fields to today's.
var preview = map[string]string{
	"local_path":  "path",
	"docker":      "image, or build with a path",
	"file":        "path",
	"folder":      "path",
	"input_data":  "inputs",
	"output_data": "outputs",
	"dependency":  "a binding: ${{parent.jobs.JOB.outputs.NAME}}",
	"dataset":     "inputs",
	"data":        "path",
}

// known reports the fields of a mapping that do not belong there.
func (r *reader) known(n *yamlnode.Node, path, what string, fields []string) {
	for _, p := range n.Pairs {
		if slices.Contains(fields, p.Key) || slices.Contains(readOnly, p.Key) {
			continue
		}
		d := r.errs.Errorf(p.KeyRange, diag.CodeUnknownField, "unknown field %q in %s", p.Key, what)
		d.Path = dot(path, p.Key)
		d.Hint = diag.DidYouMean(p.Key, fields)
		if now, ok := preview[p.Key]; ok && d.Hint == "" {
			d.Code, d.Hint = diag.CodePreviewSyntax, "this is syntax of the 2021 preview; today write "+now
		}
		if d.Hint == "" && looksLikeJob(p.Value) && strings.Contains(what, "pipeline job") {
			d.Hint = "is it a job? then indent it under jobs"
		}
	}
}

// looksLikeJob: a mapping with the keys of a job.
func looksLikeJob(n *yamlnode.Node) bool {
	return n.Get("command") != nil || n.Get("component") != nil
}

func dot(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
