package cli

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// What az ml job show prints, and what we add under names that az does not
// use: start_time, end_time, error, exit_code, step and parent_job_name of a
// job; job_name, status and the same of a node in jobs.

// object is a JSON object. Fields without a value are left out, as az does.
type object map[string]any

func (o object) text(key, value string) {
	if value != "" {
		o[key] = value
	}
}

func (o object) object(key string, value object) {
	if len(value) > 0 {
		o[key] = value
	}
}

func (o object) time(key string, t time.Time) {
	if !t.IsZero() {
		o[key] = pythonTime(t)
	}
}

// pythonTime is t as Python's isoformat writes it: six digits or none.
func pythonTime(t time.Time) string {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}

// jobObject is a job as az prints it; steps are all below it.
func jobObject(j *workspace.Job, steps []*workspace.Job) object {
	o := object{
		"name": j.Name, "id": "azureml:" + j.Scope.ARMID() + "/jobs/" + j.Name,
		"type": j.Type, "status": string(j.Status),
		"tags": texts(j.Tags), "properties": texts(j.Properties),
		// Nobody serves a page of the job while only the command line is there.
		"services": object{},
		"inputs":   inputsObject(j.Spec.Inputs, false),
		"outputs":  outputsObject(j.Spec.Outputs, false),
	}
	o.text("display_name", j.DisplayName)
	o.text("experiment_name", j.Experiment)
	o.text("description", j.Description)
	o.text("compute", computeRef(j.Spec.Compute))
	o.object("creation_context", creationContext(j))
	o.text("parent_job_name", j.Parent)
	o.text("step", j.Step)
	o.outcome(j)
	if j.Type == "pipeline" {
		o["settings"] = settingsObject(j.Spec.Settings)
		o["jobs"] = nodes(j, steps)
		return o
	}
	o["parameters"] = parameters(j.Spec.Inputs)
	o["outputs"].(object)["default"] = object{
		"mode": "rw_mount", "type": "uri_folder",
		"path": "azureml://datastores/" + workspace.ArtifactStore + "/ExperimentRun/dcid." + j.Name,
	}
	o.execution(j)
	return o
}

// texts is a map that prints as {} when it is empty.
func texts(m map[string]string) object {
	o := object{}
	for k, v := range m {
		o[k] = v
	}
	return o
}

func creationContext(j *workspace.Job) object {
	o := object{}
	o.time("created_at", j.Created)
	if j.CreatedBy != "" {
		o["created_by"], o["created_by_type"] = j.CreatedBy, "User"
	}
	return o
}

// outcome is when it ran and how it ended.
func (o object) outcome(j *workspace.Job) {
	o.time("start_time", j.Started)
	o.time("end_time", j.Ended)
	if j.Error != nil {
		o["error"] = j.Error
	}
	if j.ExitCode != nil {
		o["exit_code"] = *j.ExitCode
	}
}

// execution is what a command is made of.
func (o object) execution(j *workspace.Job) {
	o.text("command", j.Spec.Command)
	o.text("code", j.Spec.Code)
	o.text("environment", j.Spec.Environment)
	if j.Spec.Component != "" {
		o["component"] = "azureml:" + strings.TrimPrefix(j.Spec.Component, "azureml:")
	}
	o.limits(j)
}

// limits are the fields that a command has whether or not its component has a
// name.
func (o object) limits(j *workspace.Job) {
	o.object("environment_variables", texts(j.Spec.EnvironmentVariables))
	if t := j.Spec.TimeoutSeconds; t > 0 && !math.IsInf(t, 0) {
		o["limits"] = object{"timeout": t}
	}
	if j.Spec.InstanceCount != 0 {
		o["resources"] = object{"instance_count": j.Spec.InstanceCount}
	}
}

// computeRef is a compute as a reference; two words are none.
func computeRef(name string) string {
	switch {
	case name == "", name == "local", name == "serverless", strings.HasPrefix(name, "azureml:"), strings.HasPrefix(name, "${{"):
		return name
	}
	return "azureml:" + name
}

func settingsObject(settings map[string]any) object {
	o := object{}
	for k, v := range settings {
		if v != nil {
			o[k] = v
		}
	}
	if name, ok := o["default_compute"].(string); ok {
		o["default_compute"] = computeRef(name)
	}
	return o
}

// inputsObject is a job's inputs; with bound, references stay what was
// written, as they do in the nodes of a pipeline.
func inputsObject(ports []workspace.Port, bound bool) object {
	o := object{}
	for _, p := range ports {
		switch {
		case p.Binding != "" && (bound || p.Value == nil && p.URI == ""):
			o[p.Name] = object{"path": p.Binding}
		case p.Value != nil:
			o[p.Name] = *p.Value
		case p.URI != "":
			o[p.Name] = data(p, "ro_mount")
		}
	}
	return o
}

func outputsObject(ports []workspace.Port, bound bool) object {
	o := object{}
	for _, p := range ports {
		if p.Binding != "" && (bound || p.URI == "") {
			o[p.Name] = p.Binding
			continue
		}
		o[p.Name] = data(p, "rw_mount")
	}
	return o
}

func data(p workspace.Port, mode string) object {
	o := object{"mode": mode, "type": "uri_folder"}
	o.text("mode", p.Mode)
	o.text("type", p.Type)
	o.text("path", p.URI)
	return o
}

// parameters are the literal inputs, with their types.
func parameters(ports []workspace.Port) object {
	o := object{}
	for _, p := range ports {
		if p.Value != nil {
			o[p.Name] = typed(p.Type, *p.Value)
		}
	}
	return o
}

// typed is a literal as JSON; what is not of its type stays text.
func typed(kind, value string) any {
	switch kind {
	case "number", "integer":
		if number := json.Number(value); json.Valid([]byte(value)) && isNumber(number) {
			return number
		}
	case "boolean":
		if isBool(value) {
			return strings.EqualFold(value, "true")
		}
	}
	return value
}

func isNumber(n json.Number) bool {
	_, err := n.Float64()
	return err == nil
}

// nodes are the steps of a pipeline under their names, nested as they are.
// Steps come parents first, as the ledger keeps them; one that does not find
// its parent is left out.
func nodes(root *workspace.Job, steps []*workspace.Job) object {
	top := object{}
	inside := map[string]object{root.Name: top}
	for _, s := range steps {
		around, ok := inside[s.Parent]
		if !ok || s.Name == root.Name {
			continue
		}
		n := node(s)
		around[s.Step[strings.LastIndexByte(s.Step, '/')+1:]] = n
		if s.Type == "pipeline" {
			below := object{}
			n["jobs"], inside[s.Name] = below, below
		}
	}
	return top
}

// node is a step as the definition of its pipeline shows it, with how it fared.
func node(s *workspace.Job) object {
	o := object{
		"type": s.Type, "job_name": s.Name, "status": string(s.Status),
		"inputs": inputsObject(s.Spec.Inputs, true), "outputs": outputsObject(s.Spec.Outputs, true),
	}
	if s.Spec.Component != "" {
		o["component"] = "azureml:" + strings.TrimPrefix(s.Spec.Component, "azureml:")
		o.limits(s)
	} else {
		o.execution(s)
	}
	o.text("compute", computeRef(s.Spec.Compute))
	o.outcome(s)
	return o
}
