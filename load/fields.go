package load

import (
	"slices"
)

// inputFields are the keys of an input's mapping: one without any of them is a
// group of inputs.
func inputFields() []string {
	return []string{"type", "path", "mode", "description", "optional", "default", "enum", "min", "max", "value",
		"path_on_compute", "datastore", "name", "version"}
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

func dot(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
