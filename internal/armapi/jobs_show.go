package armapi

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// job is a job as ARM shows it: what it was submitted as, word for word, with
// what the service adds. A job that did not come through a door, and every
// step, is shown from its record.
func (c *call) job(j *workspace.Job) (object, error) {
	p, err := c.jobBody(j)
	if err != nil {
		return nil, err
	}
	p.set("displayName", j.DisplayName)
	p.set("experimentName", j.Experiment)
	p.set("isArchived", j.Archived)
	p.set("status", j.Status)
	p.set("tags", notNil(j.Tags))
	p.set("properties", notNil(j.Properties))
	p.set("services", c.services(j))
	p.setIfMissing("inputs", object{})
	if j.Description != "" {
		p.set("description", j.Description)
	}
	if j.Type != "pipeline" {
		p.setIfMissing("computeId", "") // clients look at how it ends
	}
	if j.Error != nil {
		p.set("error", j.Error)
	}
	if err := made(p, j); err != nil {
		return nil, err
	}
	o := object{}
	o.set("id", c.jobID(j.Name))
	o.set("name", j.Name)
	o.set("type", "Microsoft.MachineLearningServices/workspaces/jobs")
	o.set("properties", p)
	o.set("systemData", system(j.Created, lastChange(j), j.CreatedBy))
	return o, nil
}

// jobBody is what a job was submitted as, or what its record says.
func (c *call) jobBody(j *workspace.Job) (object, error) {
	if j.Parent == "" {
		def, err := c.Ledger.Queue().Definition(c.ctx(), c.scope, j.Name)
		switch {
		case err == nil && len(def.Body) > 0:
			return parseObject(def.Body)
		case err != nil && !errors.Is(err, workspace.ErrNotFound):
			return nil, fmt.Errorf("read the definition of job %s: %w", j.Name, err)
		}
	}
	if j.Type != "pipeline" {
		return commandRecord(c.scope, j), nil
	}
	steps, err := c.Ledger.Jobs(c.ctx(), workspace.Filter{Scope: c.scope, Parent: j.Name})
	if err != nil {
		return nil, fmt.Errorf("read the steps of job %s: %w", j.Name, err)
	}
	return pipelineRecord(c.scope, j, steps)
}

// lastChange is when the job's state changed last.
func lastChange(j *workspace.Job) time.Time {
	for _, t := range []time.Time{j.Ended, j.CancelRequested, j.Started} {
		if !t.IsZero() {
			return t
		}
	}
	return j.Created
}

func notNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// service is where something about a job is found.
type service struct {
	Type     string `json:"jobServiceType"`
	Endpoint string `json:"endpoint"`
	Status   string `json:"status,omitempty"`
}

func (c *call) services(j *workspace.Job) map[string]service {
	out := map[string]service{
		"Tracking": {Type: "Tracking", Endpoint: c.data() + "/mlflow/v1.0" + c.scope.ARMID()},
	}
	if c.JobPage != nil {
		if page := c.JobPage(c.r, c.scope, j.Name); page != "" {
			out["Studio"] = service{Type: "Studio", Endpoint: page}
		}
	}
	return out
}

// made puts into the outputs where they are, once they are there. Commands have
// one output more than they declare: the folder of their logs and the like. As
// long as a command runs that is empty, and clients that see it would look for
// the log there, and not where it is.
func made(p object, j *workspace.Job) error {
	outputs, err := parseObject(p["outputs"])
	if err != nil || string(p["outputs"]) == "null" {
		outputs = object{}
	}
	for _, port := range j.Spec.Outputs {
		if port.Digest == "" || !strings.HasPrefix(port.URI, "azureml://") {
			continue
		}
		out, err := parseObject(outputs[port.Name])
		if err != nil || out == nil {
			out = object{}
		}
		out.setIfMissing("jobOutputType", firstText(port.Type, "uri_folder"))
		out.set("uri", port.URI)
		outputs.set(port.Name, out)
	}
	if j.Type != "pipeline" && j.Status.Terminal() {
		outputs.setIfMissing("default", wirePort{
			OutputType: "uri_folder", Mode: "ReadWriteMount",
			URI: "azureml://datastores/" + workspace.ArtifactStore + "/ExperimentRun/dcid." + j.Name,
		})
	}
	p.set("outputs", outputs)
	return nil
}

func firstText(list ...string) string {
	for _, text := range list {
		if text != "" {
			return text
		}
	}
	return ""
}

// wirePort is an input or output of a job.
type wirePort struct {
	InputType  string  `json:"jobInputType,omitempty"`
	OutputType string  `json:"jobOutputType,omitempty"`
	Value      *string `json:"value,omitempty"`
	URI        string  `json:"uri,omitempty"`
	Mode       string  `json:"mode,omitempty"`
}

// address is where data lies, for whoever is not on this machine: empty for a
// path of it.
func address(uri string) string {
	if strings.Contains(uri, "://") || strings.HasPrefix(uri, "azureml:") {
		return uri
	}
	return ""
}

// inputRecord are inputs as a record has them. Data of this machine has no
// address; what is left of it is its type.
func inputRecord(ports []workspace.Port) map[string]wirePort {
	out := map[string]wirePort{}
	for _, p := range ports {
		if p.Value != nil {
			out[p.Name] = wirePort{InputType: "literal", Value: p.Value}
			continue
		}
		out[p.Name] = wirePort{InputType: firstText(p.Type, "uri_folder"), URI: address(p.URI), Mode: modeWord(p.Mode)}
	}
	return out
}

func outputRecord(ports []workspace.Port) map[string]wirePort {
	out := map[string]wirePort{}
	for _, p := range ports {
		out[p.Name] = wirePort{OutputType: firstText(p.Type, "uri_folder"), Mode: modeWord(p.Mode)}
	}
	return out
}

// modeWord is a mode in ARM's words.
func modeWord(mode string) string {
	words := map[string]string{
		"ro_mount": "ReadOnlyMount", "rw_mount": "ReadWriteMount", "download": "Download", "upload": "Upload", "direct": "Direct",
		"eval_mount": "EvalMount", "eval_download": "EvalDownload",
	}
	return firstText(words[mode], mode)
}

// commandRecord is a command's body, of what its record says.
func commandRecord(scope workspace.Scope, j *workspace.Job) object {
	p := object{}
	p.set("jobType", "Command")
	p.set("command", j.Spec.Command)
	p.set("computeId", computeID(scope, j.Spec.Compute))
	p.set("environmentId", environmentID(scope, j.Spec.Environment))
	p.set("environmentVariables", notNil(j.Spec.EnvironmentVariables))
	p.set("inputs", inputRecord(j.Spec.Inputs))
	p.set("outputs", outputRecord(j.Spec.Outputs))
	p.set("resources", map[string]int{"instanceCount": max(1, j.Spec.InstanceCount)})
	if j.Spec.TimeoutSeconds > 0 {
		p.set("limits", map[string]string{"jobLimitsType": "Command", "timeout": fmt.Sprintf("PT%gS", j.Spec.TimeoutSeconds)})
	}
	if id := componentID(scope, j.Spec.Component); id != "" {
		p.set("componentId", id)
	}
	if j.Parent != "" {
		p.set("parentJobName", j.Parent)
	}
	return p
}

// computeID is the id of a compute; words that are reserved stay.
func computeID(scope workspace.Scope, text string) string {
	name := strings.TrimPrefix(text, "azureml:")
	switch strings.ToLower(name) {
	case "", "local", "serverless":
		return name
	}
	if strings.ContainsAny(name, "/$") {
		return name
	}
	return arm.Scope(scope).Resource("computes", name)
}

// environmentID is the id of a registered environment. Others have none: their
// names are what there is to say.
func environmentID(scope workspace.Scope, text string) string {
	key, label, ok := parseReference(scope, workspace.Environments, text)
	if !ok || label != "" || !strings.HasPrefix(text, "azureml:") || key.Scope != scope {
		return text
	}
	return arm.Scope(scope).Version("environments", key.Name, key.Version)
}

// componentID is the id of a component NAME:VERSION; empty for one without
// both.
func componentID(scope workspace.Scope, text string) string {
	name, version, ok := strings.Cut(strings.TrimPrefix(text, "azureml:"), ":")
	if !ok || workspace.CheckName(name) != nil || workspace.CheckName(version) != nil {
		return ""
	}
	return arm.Scope(scope).Version("components", name, version)
}

// pipelineRecord is a pipeline's body, of what its record and those of its
// steps say.
func pipelineRecord(scope workspace.Scope, j *workspace.Job, steps []*workspace.Job) (object, error) {
	nodes, err := nodeRecords(scope, steps)
	if err != nil {
		return nil, err
	}
	settings := object{}
	for name, v := range j.Spec.Settings {
		if v != nil {
			settings.set(name, v)
		}
	}
	if text, ok := j.Spec.Settings["default_compute"].(string); ok {
		settings.set("default_compute", computeID(scope, text))
	}
	p := object{}
	p.set("jobType", "Pipeline")
	p.set("inputs", inputRecord(j.Spec.Inputs))
	p.set("outputs", outputRecord(j.Spec.Outputs))
	p.set("settings", settings)
	p["jobs"] = nodes
	if j.Parent != "" {
		p.set("parentJobName", j.Parent)
	}
	return p, nil
}
