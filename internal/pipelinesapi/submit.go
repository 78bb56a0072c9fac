package pipelinesapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// Properties of the jobs that this door starts. The first two are what the
// service says of runs of published pipelines.
const (
	propertyPipeline   = "azureml.pipelineid"
	propertyRunSource  = "azureml.runsource"
	propertySource     = "ischia.runSource"
	propertyParentRun  = "ischia.parentRunId"
	propertyEndpoint   = "ischia.endpoint"
	propertyDeployment = "ischia.deployment"
	propertyVersion    = "ischia.pipelineVersion"
)

// submitPipeline answers PipelineSubmit with a GUID.
func (c *call) submitPipeline() error {
	s, err := c.submission()
	if err != nil {
		return err
	}
	p, err := c.pipeline(c.vars["pipeline"])
	if err != nil {
		return err
	}
	return c.submit(p, s)
}

// submitEndpoint answers PipelineEndpointSubmit: the pipeline is the endpoint's
// default one, or the one of a version.
func (c *call) submitEndpoint() error {
	s, err := c.submission()
	if err != nil {
		return err
	}
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	if asked := c.query.Get("pipelineVersion"); asked != "" {
		if s.Version != "" && s.Version != asked {
			return badRequest("the address asks for version %s of the endpoint, the body for version %s", clip(asked), clip(s.Version))
		}
		s.Version = asked
	}
	p, err := c.pipelineOf(e, s.Version)
	if err != nil {
		return err
	}
	return c.submit(p, s)
}

func (c *call) submission() (*submission, error) {
	text, err := c.body()
	if err != nil {
		return nil, err
	}
	return decodeSubmission(text)
}

func (c *call) submit(p *published, s *submission) error {
	job, err := c.start(p, s)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, c.run(job, p.ID))
}

// start hands a run of p to the runner.
func (c *call) start(p *published, s *submission) (*workspace.Job, error) {
	if p.Properties.IsDisabled {
		return nil, &fault{status: http.StatusBadRequest, code: "PipelineDisabled", message: "published pipeline " + p.ID + " is disabled"}
	}
	for what, name := range map[string]string{"ExperimentName": s.Experiment, "ParentRunId": s.ParentRunID} {
		if name == "" {
			continue
		}
		if err := workspace.CheckName(name); err != nil {
			return nil, badRequest("%s: %v", what, err)
		}
	}
	d, err := c.definition(p)
	if err != nil {
		return nil, err
	}
	job, err := assign(c.ctx(), d, s, c.Lookup(c.scope))
	if err != nil {
		return nil, err
	}
	order := workspace.Order{Job: job, Name: s.Name, Properties: properties(p, s), CreatedBy: c.User}
	order.Experiment = first(s.Experiment, p.Properties.ExperimentName, p.Properties.Endpoint)
	head(job, p, s)
	if order.Body, err = jobBody(p, d, s, job, order); err != nil {
		return nil, err
	}
	return c.Runner.Accept(c.ctx(), c.scope, order)
}

func first(list ...string) string {
	for _, text := range list {
		if text != "" {
			return text
		}
	}
	return ""
}

// head is what people see of the job.
func head(job *pipeline.Pipeline, p *published, s *submission) {
	job.DisplayName.Value = first(s.DisplayName, p.Properties.Endpoint)
	job.Description.Value = first(s.Description, p.Properties.Description)
	job.Tags = maps.Clone(s.Tags)
	if s.ContinueOnStepFailure != nil {
		job.Settings.ContinueOnStepFailure = s.ContinueOnStepFailure
	}
}

// properties say where a run comes from.
func properties(p *published, s *submission) map[string]string {
	out := map[string]string{
		propertyPipeline: p.ID, propertyRunSource: "azureml.PipelineRun",
		propertyEndpoint: p.Properties.Endpoint, propertyDeployment: p.Properties.Deployment,
		propertyVersion: fmt.Sprint(p.Properties.Version),
	}
	for name, text := range map[string]string{propertySource: s.RunSource, propertyParentRun: s.ParentRunID} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

// wireInput is an input of a job as ARM has it.
type wireInput struct {
	Type  string  `json:"jobInputType"`
	Value *string `json:"value,omitempty"`
	URI   string  `json:"uri,omitempty"`
	Mode  string  `json:"mode,omitempty"`
}

type wireOutput struct {
	Type string `json:"jobOutputType"`
	URI  string `json:"uri,omitempty"`
}

// jobBody is the job's properties as ARM shows them: those of a job that runs
// the same component with the same values.
func jobBody(p *published, d *definition, s *submission, job *pipeline.Pipeline, order workspace.Order) ([]byte, error) {
	inputs, outputs := map[string]wireInput{}, map[string]wireOutput{}
	for _, in := range job.Inputs {
		switch v := in.Value; {
		case v == nil:
		case v.Data != nil:
			inputs[in.Name] = wireInput{Type: string(v.Data.Type), URI: s.Given[in.Name].Text, Mode: wireMode(v.Data.Mode)}
		default:
			inputs[in.Name] = wireInput{Type: "literal", Value: &v.Literal.Value}
		}
	}
	for _, out := range job.Outputs {
		outputs[out.Name] = wireOutput{Type: string(out.Type), URI: out.Path.Value}
	}
	settings, err := withFlag(d.settings, s.ContinueOnStepFailure)
	if err != nil {
		return nil, err
	}
	body := map[string]any{
		"jobType": "Pipeline", "componentId": p.Properties.ComponentID, "displayName": job.DisplayName.Value,
		"experimentName": order.Experiment, "isArchived": false, "inputs": inputs, "outputs": outputs, "settings": settings,
		"tags": texts(job.Tags), "properties": order.Properties,
	}
	if text := job.Description.Value; text != "" {
		body["description"] = text
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the job of pipeline %s: %w", p.ID, err)
	}
	return text, nil
}

// texts is a map that prints as {} when it is empty.
func texts(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// withFlag are settings with a run's own word on failures.
func withFlag(settings json.RawMessage, flag *bool) (json.RawMessage, error) {
	if flag == nil {
		return settings, nil
	}
	members, err := object(settings)
	if err != nil {
		return nil, err
	}
	for key := range members {
		if strings.EqualFold(strings.ReplaceAll(key, "_", ""), "continueonstepfailure") {
			delete(members, key)
		}
	}
	members["continue_on_step_failure"] = json.RawMessage(fmt.Sprint(*flag))
	text, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("write the settings: %w", err)
	}
	return text, nil
}

// wireMode is a mode in ARM's words.
func wireMode(m pipeline.Mode) string {
	words := map[pipeline.Mode]string{
		pipeline.ROMount: "ReadOnlyMount", pipeline.RWMount: "ReadWriteMount", pipeline.Download: "Download",
		pipeline.Upload: "Upload", pipeline.Direct: "Direct", pipeline.EvalMount: "EvalMount", pipeline.EvalDownload: "EvalDownload",
	}
	return words[m]
}
