package pipelinesapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// headerDeployment selects a deployment of the endpoint that is invoked.
const headerDeployment = "azureml-model-deployment"

// invoke answers a call of a batch endpoint: it starts a job of the deployment
// that the path or a header names, else of the default one.
func (c *call) invoke() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	s, err := decodeInvocation(text)
	if err != nil {
		return err
	}
	p, err := c.invoked()
	if err != nil {
		return err
	}
	job, err := c.start(p, s)
	if err != nil {
		return err
	}
	return c.reply(http.StatusCreated, c.batchJob(job))
}

// invoked is what an invocation runs. Unlike for clients of v1 there must be a
// deployment: that is how batch endpoints are told what to call.
func (c *call) invoked() (*published, error) {
	e, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	deployment := first(c.vars["deployment"], c.r.Header.Get(headerDeployment), e.Deployment)
	if deployment == "" {
		return nil, badRequest("endpoint %s has no default deployment: set defaults.deploymentName, or name one in the header %s", e.Name, headerDeployment)
	}
	if err := workspace.CheckName(deployment); err != nil {
		return nil, badRequest("%s: %v", headerDeployment, err)
	}
	id, name, err := c.pipelineOfDeployment(e.Name, deployment)
	if err != nil {
		return nil, err
	}
	p, err := c.pipeline(id)
	if err == nil {
		// Several deployments may publish the same.
		p.Properties.Deployment = name
	}
	return p, err
}

// invocationFields are the members of an invocation's properties.
func invocationFields() []string {
	return []string{
		"inputData", "outputData", "name", "displayName", "description", "experimentName", "tags", "properties",
		"dataset", "outputDataset", "outputFileName", "miniBatchSize", "compute", "partitionId", "batchErrorThreshold", "retrySettings",
	}
}

// decodeInvocation reads the body of an invocation. There are two dialects,
// that of the data plane's preview and that of ARM: they differ in the
// spelling of types, UriFolder and uri_folder.
func decodeInvocation(text []byte) (*submission, error) {
	s := &submission{Given: map[string]given{}, Outputs: map[string]string{}}
	body, err := object(text)
	if err != nil {
		return nil, err
	}
	members, err := object(body["properties"])
	if err != nil {
		return nil, badRequest("properties: it is no object")
	}
	faults := &fault{status: http.StatusBadRequest, code: "UserError"}
	note := func(target string, err error) {
		if err != nil {
			faults.details = append(faults.details, detail{Code: "InvalidField", Message: target + ": " + err.Error(), Target: target})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(body)) {
		if near := diag.Suggest(key, []string{"properties"}); near != "" && near != key {
			note(key, fmt.Errorf("there is no such member; did you mean %q?", near))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if !isNull(members[key]) {
			note("properties."+key, s.invocationMember(key, members[key]))
		}
	}
	if s.Name != "" {
		note("properties.name", workspace.CheckName(s.Name))
	}
	return s, faults.orNil("the body")
}

func (s *submission) invocationMember(key string, v json.RawMessage) error {
	switch key {
	case "inputData":
		return s.inputData(v)
	case "outputData":
		return s.outputData(v)
	case "name":
		return textOf(v, &s.Name)
	case "displayName":
		return textOf(v, &s.DisplayName)
	case "description":
		return textOf(v, &s.Description)
	case "experimentName":
		return textOf(v, &s.Experiment)
	case "tags":
		return textsOf(v, &s.Tags)
	case "dataset", "outputDataset", "outputFileName", "miniBatchSize", "compute", "partitionId", "batchErrorThreshold", "retrySettings":
		return fmt.Errorf("this is for deployments of models; a pipeline takes inputData and outputData")
	}
	if near := diag.Suggest(key, invocationFields()); near != "" && near != key {
		return fmt.Errorf("there is no such member; did you mean %q?", near)
	}
	return nil
}

// typeWord is a type in the words of definitions: UriFolder is uri_folder.
func typeWord(text string) (string, error) {
	plain := strings.ToLower(strings.ReplaceAll(text, "_", ""))
	known := map[string]string{
		"literal": "literal", "urifile": "uri_file", "urifolder": "uri_folder", "mltable": "mltable",
		"custommodel": "custom_model", "mlflowmodel": "mlflow_model", "tritonmodel": "triton_model",
	}
	if word := known[plain]; word != "" {
		return word, nil
	}
	return "", fmt.Errorf("there is no type %q: it is literal, uri_file, uri_folder, mltable, custom_model, mlflow_model or triton_model", clip(text))
}

// port is one input or output; names are matched in any capitals.
type port struct {
	JobInputType, JobOutputType string
	Value                       json.RawMessage
	URI, Mode                   string
}

func (s *submission) inputData(v json.RawMessage) error {
	values, err := object(v)
	if err != nil {
		return fmt.Errorf("it is no object of names and inputs")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if isNull(values[name]) {
			continue
		}
		g, err := readInput(values[name])
		if err == nil {
			err = s.give(name, g)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}

func readInput(v json.RawMessage) (given, error) {
	var p port
	if err := json.Unmarshal(v, &p); err != nil {
		return given{}, fmt.Errorf("it is no input: %w", err)
	}
	t, err := typeWord(p.JobInputType)
	if err != nil {
		return given{}, fmt.Errorf("jobInputType: %w", err)
	}
	if t != "literal" {
		if p.URI == "" {
			return given{}, fmt.Errorf("data has a uri")
		}
		mode, err := modeWord(p.Mode)
		return given{Text: p.URI, Data: true, Type: t, Mode: mode}, err
	}
	var g given
	if isNull(p.Value) {
		return g, fmt.Errorf("a literal has a value")
	}
	return g, scalarOf(p.Value, &g.Text)
}

// modeWord is a mode in the words of definitions.
func modeWord(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	plain := strings.ToLower(strings.ReplaceAll(text, "_", ""))
	known := map[string]string{
		"readonlymount": "ro_mount", "romount": "ro_mount", "readwritemount": "rw_mount", "rwmount": "rw_mount",
		"download": "download", "direct": "direct", "evalmount": "eval_mount", "evaldownload": "eval_download",
	}
	if word := known[plain]; word != "" {
		return word, nil
	}
	return "", fmt.Errorf("there is no mode %q", clip(text))
}

func (s *submission) outputData(v json.RawMessage) error {
	values, err := object(v)
	if err != nil {
		return fmt.Errorf("it is no object of names and outputs")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if isNull(values[name]) {
			continue
		}
		var p port
		if err := json.Unmarshal(values[name], &p); err != nil {
			return fmt.Errorf("%q: it is no output: %w", name, err)
		}
		if p.URI != "" {
			s.Outputs[name] = p.URI
		}
	}
	return nil
}

// batchJob is a job of a batch endpoint as its clients see it.
func (c *call) batchJob(j *workspace.Job) map[string]any {
	endpoint, deployment := j.Properties[propertyEndpoint], j.Properties[propertyDeployment]
	properties := map[string]any{
		"name": j.Name, "status": string(j.Status), "displayName": j.DisplayName, "experimentName": j.Experiment,
		"jobType": "Pipeline", "tags": texts(j.Tags), "properties": texts(j.Properties),
		"provisioningState": "Succeeded", "interactionEndpoints": map[string]any{}, "services": map[string]any{},
	}
	if page := c.page(j.Name); page != "" {
		properties["interactionEndpoints"] = map[string]any{"Studio": map[string]string{"jobEndpointType": "Studio", "endpoint": page}}
		properties["services"] = map[string]any{"Studio": map[string]string{"jobServiceType": "Studio", "endpoint": page}}
	}
	if j.Description != "" {
		properties["description"] = j.Description
	}
	if j.Error != nil {
		properties["error"] = map[string]string{"code": j.Error.Code, "message": j.Error.Message}
	}
	return map[string]any{
		"id":   c.scope.ARMID() + "/batchEndpoints/" + endpoint + "/deployments/" + deployment + "/jobs/" + j.Name,
		"name": j.Name, "type": "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments/jobs",
		"properties": properties,
		"systemData": map[string]any{"createdAt": wireTime(j.Created), "createdBy": j.CreatedBy, "createdByType": "User"},
	}
}

// of are the properties of jobs of the endpoint, and the deployment, that the
// request names.
func (c *call) of() (map[string]string, error) {
	e, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	want := map[string]string{propertyEndpoint: e.Name}
	if name := c.vars["deployment"]; name != "" {
		r, err := c.Ledger.Resources().Resource(c.ctx(), c.key(workspace.Deployments, e.Name+"/"+name))
		if err != nil {
			return nil, fmt.Errorf("deployment %s of endpoint %s: %w", name, e.Name, err)
		}
		_, want[propertyDeployment], _ = strings.Cut(r.Name, "/")
	}
	return want, nil
}

// listBatchJobs answers with the jobs of an endpoint or deployment, newest
// first.
func (c *call) listBatchJobs() error {
	want, err := c.of()
	if err != nil {
		return err
	}
	jobs, next, err := c.jobsWith(want)
	if err != nil {
		return err
	}
	out := []any{}
	for _, j := range jobs {
		out = append(out, c.batchJob(j))
	}
	answer := map[string]any{"value": out}
	if next != nil {
		answer["nextLink"] = c.rest("$skip", *next)
	}
	return c.reply(http.StatusOK, answer)
}

func (c *call) getBatchJob() error {
	want, err := c.of()
	if err != nil {
		return err
	}
	j, err := c.rootJob()
	if err != nil {
		return err
	}
	if !has(j.Properties, want) {
		return notFound("job %s is none of endpoint %s", j.Name, c.vars["endpoint"])
	}
	return c.reply(http.StatusOK, c.batchJob(j))
}
