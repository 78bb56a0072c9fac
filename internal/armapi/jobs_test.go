package armapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func (h *harness) jobs() *armmachinelearning.JobsClient { return h.factory().NewJobsClient() }

// group and name are how clients name the workspace of the tests.
func (h *harness) names() (group, name string) { return h.scope.ResourceGroup, h.scope.Workspace }

// commandJob is a standalone command as the SDK has it.
func commandJob(experiment string) armmachinelearning.JobBase {
	return armmachinelearning.JobBase{Properties: &armmachinelearning.CommandJob{
		JobType: to.Ptr(armmachinelearning.JobTypeCommand), Command: to.Ptr("echo ${{inputs.n}}"),
		EnvironmentID: to.Ptr("azureml:AzureML-sklearn@latest"), ExperimentName: to.Ptr(experiment),
		DisplayName: to.Ptr("say it"), Tags: map[string]*string{"team": to.Ptr("blue")},
		Properties: map[string]*string{"origin": to.Ptr("test")},
		Inputs: map[string]armmachinelearning.JobInputClassification{
			"n": &armmachinelearning.LiteralJobInput{JobInputType: to.Ptr(armmachinelearning.JobInputTypeLiteral), Value: to.Ptr("3")},
		},
	}}
}

// pipelineBody is a pipeline whose members stand in an order of its own.
const pipelineBody = `{"properties":{"jobType":"Pipeline","displayName":"two steps","experimentName":"demo",
	"settings":{"continue_on_step_failure":false,"_source":"YAML.JOB"},
	"inputs":{"lr":{"jobInputType":"literal","value":"0.5"}},
	"outputs":{"model":{"jobOutputType":"custom_model","mode":"ReadWriteMount"}},
	"jobs":{"zeta":{"name":"zeta","type":"command","componentId":"azureml_anonymous:leaf",
			"inputs":{"lr":{"job_input_type":"literal","value":"${{parent.inputs.lr}}"}},"outputs":{"out":{"value":"${{parent.outputs.model}}","type":"literal"}}},
		"alpha":{"name":"alpha","type":"command","componentId":"azureml_anonymous:leaf",
			"inputs":{"lr":{"job_input_type":"literal","value":"2"}},"outputs":{}}}}}`

const leafBody = `{"properties":{"componentSpec":{"type":"command","name":"azureml_anonymous","version":"1",
	"command":"train ${{inputs.lr}} ${{outputs.out}}","environment":"azureml:AzureML-sklearn@latest",
	"inputs":{"lr":{"type":"number"}},"outputs":{"out":{"type":"custom_model"}}}}}`

// submitPipeline puts pipelineBody under a name.
func (h *harness) submitPipeline(name string) answer {
	h.t.Helper()
	h.ask("PUT", "components/azureml_anonymous/versions/leaf", leafBody)
	id := h.scope.ARMID() + "/components/azureml_anonymous/versions/leaf"
	return h.ask("PUT", "jobs/"+name, strings.ReplaceAll(pipelineBody, "azureml_anonymous:leaf", id))
}

func TestJobLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	jobs := h.jobs()
	put := must(jobs.CreateOrUpdate(t.Context(), group, ws, "brave_sun", commandJob("demo"), nil))(t)
	if *put.Name != "brave_sun" || *put.Properties.GetJobBaseProperties().Status != armmachinelearning.JobStatusNotStarted {
		t.Errorf("put: %+v", put.JobBase)
	}
	if o := h.runner.accepted(); len(o) != 1 || o[0].Name != "brave_sun" || len(o[0].Body) == 0 {
		t.Errorf("orders: %+v", o)
	}
	h.move("brave_sun", workspace.Queued, workspace.Running, workspace.Completed)
	got := must(jobs.Get(t.Context(), group, ws, "brave_sun", nil))(t)
	job := got.Properties.(*armmachinelearning.CommandJob)
	if *job.Command != "echo ${{inputs.n}}" || *job.Status != armmachinelearning.JobStatusCompleted || *job.ExperimentName != "demo" {
		t.Errorf("get: %+v", job)
	}
	if in := job.Inputs["n"].(*armmachinelearning.LiteralJobInput); *in.Value != "3" {
		t.Errorf("input: %s", *in.Value)
	}
	if job.Services["Tracking"] == nil || *job.Tags["team"] != "blue" || *job.Properties["origin"] != "test" {
		t.Errorf("get: %+v", job)
	}
	_, err := jobs.Get(t.Context(), group, ws, "nothing", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}

// move moves a job on.
func (h *harness) move(job string, statuses ...workspace.Status) {
	h.t.Helper()
	for _, s := range statuses {
		if err := h.ledger.Advance(h.t.Context(), h.scope, workspace.Change{Job: job, Status: s}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// TestJobPutAgain: a second PUT changes what a user may change, and starts
// nothing.
func TestJobPutAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	h.ask("PUT", "jobs/a", texted(t, commandJob("demo"))).want(t, http.StatusCreated)
	change := commandJob("other")
	p := change.Properties.(*armmachinelearning.CommandJob)
	p.DisplayName, p.Tags, p.IsArchived, p.Description = to.Ptr("new"), map[string]*string{"x": to.Ptr("y")}, to.Ptr(true), to.Ptr("words")
	for range 2 {
		h.ask("PUT", "jobs/a", texted(t, change)).want(t, http.StatusOK)
		got := must(h.jobs().Get(t.Context(), group, ws, "a", nil))(t).Properties.GetJobBaseProperties()
		if *got.DisplayName != "new" || *got.Tags["x"] != "y" || len(got.Tags) != 1 || !*got.IsArchived || *got.ExperimentName != "other" || *got.Description != "words" {
			t.Errorf("got %+v", got)
		}
	}
	h.ask("PUT", "jobs/a", `{"properties":{"jobType":"Command","isArchived":false}}`).want(t, http.StatusOK)
	got := must(h.jobs().Get(t.Context(), group, ws, "a", nil))(t).Properties.GetJobBaseProperties()
	if *got.IsArchived || *got.DisplayName != "new" || *got.Tags["x"] != "y" {
		t.Errorf("restored: %+v", got)
	}
	if n := len(h.runner.accepted()); n != 1 {
		t.Errorf("%d jobs were accepted", n)
	}
	h.submitPipeline("p").want(t, http.StatusCreated)
	h.ask("PUT", "jobs/"+h.steps("p")[0].Name, texted(t, change)).want(t, http.StatusBadRequest)
}

func texted(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (h *harness) steps(root string) []*workspace.Job {
	h.t.Helper()
	steps, err := h.ledger.Steps(h.t.Context(), h.scope, root)
	if err != nil {
		h.t.Fatal(err)
	}
	return steps
}

// TestPipelineEcho: what was submitted comes back word for word, in its order.
func TestPipelineEcho(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	a := h.submitPipeline("p").want(t, http.StatusCreated)
	golden.Check(t, h.shape(a), "testdata/jobs/pipeline.golden")
	got := h.ask("GET", "jobs/p", "").want(t, http.StatusOK)
	if zeta, alpha := strings.Index(got.text, `"zeta":`), strings.Index(got.text, `"alpha":`); zeta < 0 || alpha < zeta {
		t.Errorf("the order of jobs was lost: %s", got.text)
	}
	step := h.ask("GET", "jobs/"+h.steps("p")[0].Name, "").want(t, http.StatusOK)
	if !strings.Contains(step.text, `"jobType":"Command"`) || !strings.Contains(step.text, `"parentJobName":"p"`) {
		t.Errorf("step: %s", step.text)
	}
}

// TestRecordedJobs: jobs of the command line have bodies too.
func TestRecordedJobs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	ratio := "0.8"
	tree, err := h.ledger.Submit(t.Context(), h.scope, workspace.Submission{
		Name: "from_file", Type: "pipeline", Experiment: "demo", CreatedBy: "ada",
		Spec: workspace.Spec{
			Inputs:   []workspace.Port{{Name: "ratio", Type: "number", Value: &ratio}, {Name: "raw", Type: "uri_folder", URI: "/home/ada/data", Mode: "ro_mount"}},
			Outputs:  []workspace.Port{{Name: "model", Type: "custom_model", URI: "azureml://datastores/workspaceblobstore/paths/azureml/x/model/"}},
			Settings: map[string]any{"default_compute": "cpu", "continue_on_step_failure": true},
		},
		Steps: []workspace.StepSubmission{
			{Path: "train", Type: "command", Spec: workspace.Spec{
				Command: "train --ratio 0.8", Code: "sha256:00", Environment: "azureml:env:3", Compute: "azureml:cpu", Component: "trainer:2",
				Inputs:         []workspace.Port{{Name: "ratio", Type: "number", Value: &ratio, Binding: "${{parent.inputs.ratio}}"}},
				Outputs:        []workspace.Port{{Name: "model", Type: "custom_model", Binding: "${{parent.outputs.model}}", URI: "azureml://datastores/workspaceblobstore/paths/azureml/x/model/"}},
				TimeoutSeconds: 90, InstanceCount: 2, EnvironmentVariables: map[string]string{"A": "b"},
			}},
			{Path: "sub", Type: "pipeline"},
			{Path: "sub/inner", ParentPath: "sub", Type: "command", Spec: workspace.Spec{Command: "true", Environment: "docker.io/x"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	pipeline := must(h.jobs().Get(t.Context(), group, ws, "from_file", nil))(t).Properties.(*armmachinelearning.PipelineJob)
	if len(pipeline.Jobs) != 2 || pipeline.Jobs["train"] == nil {
		t.Errorf("jobs: %v", pipeline.Jobs)
	}
	mask := func(text []byte) []byte {
		out := string(text)
		for _, s := range tree.Steps {
			out = strings.ReplaceAll(out, s.Name, "GUID-OF-"+s.Step)
		}
		return []byte(out)
	}
	golden.Check(t, mask(h.shape(h.ask("GET", "jobs/from_file", ""))), "testdata/jobs/recorded.golden")
	for _, s := range tree.Steps {
		name := "testdata/jobs/recorded_" + strings.ReplaceAll(s.Step, "/", "_") + ".golden"
		golden.Check(t, mask(h.shape(h.ask("GET", "jobs/"+s.Name, ""))), name)
	}
	if text := h.ask("GET", "jobs/from_file", "").text; strings.Contains(text, "/home/ada") {
		t.Error("a path of this machine is told to clients")
	}
}

// TestJobOutputs: where outputs are is said once they are there, and an error
// once there is one.
func TestJobOutputs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	h.submitPipeline("p").want(t, http.StatusCreated)
	h.submitPipeline("q").want(t, http.StatusCreated)
	const uri = "azureml://datastores/workspaceblobstore/paths/azureml/p/model/"
	err := h.ledger.Advance(t.Context(), h.scope,
		workspace.Change{Job: "p", Status: workspace.Running},
		workspace.Change{Job: "p", Outputs: []workspace.Port{{Name: "model", Type: "custom_model", URI: uri, Digest: "sha256:" + strings.Repeat("0", 64)}}},
		workspace.Change{Job: "p", Status: workspace.Completed},
		workspace.Change{Job: "q", Status: workspace.Failed, Error: &workspace.JobError{Code: "UserError", Message: "step zeta failed", FailedStep: "zeta"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	job := must(h.jobs().Get(t.Context(), group, ws, "p", nil))(t).Properties.(*armmachinelearning.PipelineJob)
	out, ok := job.Outputs["model"].(*armmachinelearning.CustomModelJobOutput)
	if !ok || *out.URI != uri || *out.Mode != armmachinelearning.OutputDeliveryModeReadWriteMount {
		t.Errorf("output: %+v", job.Outputs["model"])
	}
	if text := h.ask("GET", "jobs/q", "").text; !strings.Contains(text, `"error":{"code":"UserError","message":"step zeta failed"`) {
		t.Errorf("error: %s", text)
	}
}

func TestJobFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	for body, target := range map[string]string{
		`{"properties":{"jobType":"Labeling"}}`: "properties.jobType",
		`{}`:                                    "properties",
		`{"properties":{"jobType":"Command","command":"x","environmentId":"azureml:e@latest","inputs":{"a":{"jobInputType":"uri_file","uri":"/etc/passwd"}}}}`:             "",
		`{"properties":{"jobType":"Command","command":"x","environmentId":"azureml:e@latest","inputs":{"a":{"jobInputType":"uri_file","uri":"http://169.254.169.254/"}}}}`: "",
	} {
		a := h.ask("PUT", "jobs/a", body).want(t, http.StatusBadRequest)
		if target != "" && !strings.Contains(a.text, `"target":"`+target+`"`) {
			t.Errorf("%s: got %s, want target %s", body, a.text, target)
		}
	}
	h.runner.refuseAll(diag.List{{Severity: diag.Error, Code: diag.CodeMissingInput, Message: "no value", Path: "jobs.train.inputs.lr"}})
	_, err := h.jobs().CreateOrUpdate(t.Context(), group, ws, "a", commandJob("demo"), nil)
	fails(t, err, http.StatusBadRequest, "UserError")
	h.runner.refuseAll(nil)
	h.ask("PUT", "jobs/..%2f..", texted(t, commandJob("demo"))).want(t, http.StatusBadRequest)
	h.ask("DELETE", "jobs/a", "").want(t, http.StatusNoContent)
	if n := len(h.runner.accepted()); n != 0 {
		t.Errorf("%d jobs were accepted", n)
	}
}

func TestCancelJob(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	h.submitPipeline("p").want(t, http.StatusCreated)
	poller, err := h.jobs().BeginCancel(t.Context(), group, ws, "p", nil)
	if err != nil {
		t.Fatal(err)
	}
	if poller.Done() {
		t.Error("done before the job has ended")
	}
	res, err := poller.Poll(t.Context())
	if err != nil || poller.Done() {
		t.Fatalf("poll: done %t, %v", poller.Done(), err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	h.ask("POST", "jobs/p/cancel", "").want(t, http.StatusAccepted)
	for _, s := range h.steps("p") {
		h.move(s.Name, workspace.Canceled)
	}
	h.move("p", workspace.Canceled)
	poll(t, poller, nil)
	got := must(h.jobs().Get(t.Context(), group, ws, "p", nil))(t).Properties.GetJobBaseProperties()
	if *got.Status != armmachinelearning.JobStatusCanceled {
		t.Errorf("status: %s", *got.Status)
	}
	again, err := h.jobs().BeginCancel(t.Context(), group, ws, "p", nil)
	poll(t, again, err)
	_, err = h.jobs().BeginCancel(t.Context(), group, ws, "nothing", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}

func TestDeleteJob(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	h.submitPipeline("p").want(t, http.StatusCreated)
	_, err := h.jobs().BeginDelete(t.Context(), group, ws, "p", nil)
	fails(t, err, http.StatusConflict, "Conflict")
	steps := h.steps("p")
	for _, s := range steps {
		h.move(s.Name, workspace.Canceled)
	}
	h.move("p", workspace.Canceled)
	h.ask("DELETE", "jobs/"+steps[0].Name, "").want(t, http.StatusBadRequest)
	poller, err := h.jobs().BeginDelete(t.Context(), group, ws, "p", nil)
	poll(t, poller, err)
	for _, name := range []string{"p", steps[0].Name} {
		_, err = h.jobs().Get(t.Context(), group, ws, name, nil)
		fails(t, err, http.StatusNotFound, "ResourceNotFound")
	}
	view := armmachinelearning.ListViewTypeAll
	for _, page := range all(t, h.jobs().NewListPager(group, ws, &armmachinelearning.JobsClientListOptions{ListViewType: &view})) {
		if len(page.Value) > 0 {
			t.Errorf("got job %s in the list", *page.Value[0].Name)
		}
	}
	h.submitPipeline("p").want(t, http.StatusConflict)
	again, err := h.jobs().BeginDelete(t.Context(), group, ws, "p", nil)
	poll(t, again, err)
}

func TestListJobs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	const commands = 104
	for i := range commands {
		job := commandJob("demo")
		p := job.Properties.(*armmachinelearning.CommandJob)
		if i%4 == 0 {
			p.Tags["fourth"] = to.Ptr(fmt.Sprint(i % 8))
			p.Properties["kind"] = to.Ptr("fourth")
		}
		h.ask("PUT", fmt.Sprintf("jobs/c%d", i), texted(t, job)).want(t, http.StatusCreated)
	}
	h.submitPipeline("p").want(t, http.StatusCreated)
	if err := h.ledger.Archive(t.Context(), h.scope, "c0"); err != nil {
		t.Fatal(err)
	}
	list := func(o armmachinelearning.JobsClientListOptions) []string {
		t.Helper()
		var names []string
		for _, page := range all(t, h.jobs().NewListPager(group, ws, &o)) {
			for _, j := range page.Value {
				names = append(names, *j.Name)
			}
		}
		return names
	}
	view := armmachinelearning.ListViewTypeAll
	only := armmachinelearning.ListViewTypeArchivedOnly
	for _, tt := range []struct {
		name string
		o    armmachinelearning.JobsClientListOptions
		n    int
	}{
		{"active", armmachinelearning.JobsClientListOptions{}, commands},
		{"all", armmachinelearning.JobsClientListOptions{ListViewType: &view}, commands + 1},
		{"archived", armmachinelearning.JobsClientListOptions{ListViewType: &only}, 1},
		{"pipelines", armmachinelearning.JobsClientListOptions{JobType: to.Ptr("Pipeline")}, 1},
		{"commands", armmachinelearning.JobsClientListOptions{JobType: to.Ptr("Command")}, commands - 1},
		{"with a tag", armmachinelearning.JobsClientListOptions{Tag: to.Ptr("fourth")}, commands/4 - 1},
		{"with a tag's value", armmachinelearning.JobsClientListOptions{Tag: to.Ptr("fourth=4")}, commands / 8},
		{"with properties", armmachinelearning.JobsClientListOptions{Properties: to.Ptr("origin, kind=fourth")}, commands/4 - 1},
		{"skipped", armmachinelearning.JobsClientListOptions{Skip: to.Ptr("100")}, commands - 100},
		{"with a tag, skipped", armmachinelearning.JobsClientListOptions{Tag: to.Ptr("team"), Skip: to.Ptr("101")}, commands - 102},
	} {
		if got := list(tt.o); len(got) != tt.n {
			t.Errorf("%s: %d jobs, want %d", tt.name, len(got), tt.n)
		}
	}
	if got := list(armmachinelearning.JobsClientListOptions{}); got[0] != "p" || got[1] != fmt.Sprintf("c%d", commands-1) {
		t.Errorf("the newest are %v", got[:2])
	}
	h.ask("GET", "jobs?listViewType=Some", "").want(t, http.StatusBadRequest)
	h.ask("GET", "jobs?$skip=x", "").want(t, http.StatusBadRequest)
}
