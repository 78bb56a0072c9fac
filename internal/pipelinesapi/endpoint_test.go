package pipelinesapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// twice is a harness with two published pipelines under one endpoint.
func twice(t *testing.T) (h *harness, first, second string) {
	t.Helper()
	h, first = published(t)
	second = h.publish("demo-devbox", "v2", h.register("train2", strings.Replace(train, `"default":"3"`, `"default":"5"`, 1)))
	if first == second {
		t.Fatal("another definition has the same id")
	}
	return h, first, second
}

func (h *harness) endpointID() string {
	h.t.Helper()
	return h.ask("GET", "pipelines", "/PipelineEndpoints/demo-devbox", "").want(200).string("Id")
}

func TestEndpointSubmit(t *testing.T) {
	t.Parallel()
	h, first, second := twice(t)
	id := h.endpointID()
	for _, tt := range []struct{ path, body, want string }{
		{"Id/" + id, `{}`, second},
		{"Id/" + strings.ToUpper(id), `{}`, second},
		{"Id/demo-devbox", `{}`, second},
		{"Name/demo-devbox", `{}`, second},
		{"Name?endpointName=demo-devbox", `{}`, second},
		{"Id/" + id, `{"PipelineVersion":"1"}`, first},
		{"Id/" + id, `{"pipelineVersion":2}`, second},
		{"Id/" + id + "?pipelineVersion=1", `{}`, first},
		{"Id/" + id + "?pipelineVersion=1", `{"PipelineVersion":"1"}`, first},
	} {
		a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineEndpointSubmit/"+tt.path, tt.body).want(200)
		if got := a.string("PipelineId"); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.path, tt.body, got, tt.want)
		}
	}
	for path, status := range map[string]int{
		"Id/" + id + "?pipelineVersion=3": 404, "Id/00000000-0000-0000-0000-000000000001": 404, "Name/other": 404, "Name": 400,
	} {
		h.ask("POST", "pipelines", "/PipelineRuns/PipelineEndpointSubmit/"+path, `{}`).want(status)
	}
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineEndpointSubmit/Id/"+id+"?pipelineVersion=1", `{"PipelineVersion":"2"}`).want(400)
}

// TestDefaultVersion: what is made the default stays it until something new is
// published.
func TestDefaultVersion(t *testing.T) {
	t.Parallel()
	h, first, second := twice(t)
	calls := func(want string) {
		t.Helper()
		a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineEndpointSubmit/Name/demo-devbox", `{}`).want(200)
		if got := a.string("PipelineId"); got != want {
			t.Errorf("it calls %s, want %s", got, want)
		}
	}
	calls(second)
	a := h.ask("PUT", "pipelines", "/PipelineEndpoints/"+h.endpointID(), `{"DefaultVersion":1}`).want(200)
	if got := a.string("DefaultVersion"); got != "1" {
		t.Errorf("default: %s", got)
	}
	calls(first)
	h.ask("PUT", "pipelines", "/PipelineEndpoints/demo-devbox", `{"DefaultVersion":"9"}`).want(404)
	h.ask("PUT", "pipelines", "/PipelineEndpoints/demo-devbox", `{}`).want(400)
	third := h.publish("demo-devbox", "v3", h.register("train3", strings.Replace(train, `"default":"3"`, `"default":"6"`, 1)))
	calls(third)
	// Going back to the first definition is the same pipeline again.
	if got := h.publish("demo-devbox", "v4", h.register("train", train)); got != first {
		t.Errorf("published again: got %s, want %s", got, first)
	}
	calls(first)
	if got := len(h.ask("GET", "pipelines", "/PipelineEndpoints/demo-devbox/Pipelines", "").want(200).field("value").([]any)); got != 3 {
		t.Errorf("%d versions, want 3", got)
	}
}

// TestRepublishDisabled: publishing the same again makes it callable.
func TestRepublishDisabled(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	submit := "/PipelineRuns/PipelineSubmit/" + id
	for _, way := range []struct{ method, path, body string }{
		{"POST", "/Disable", ""}, {"PUT", "", `{"EntityStatus":"Disabled"}`},
	} {
		a := h.ask(way.method, "pipelines", "/Pipelines/"+id+way.path, way.body).want(200)
		if got := a.string("EntityStatus"); got != "Disabled" {
			t.Errorf("%s: %s", way.path, got)
		}
		a = h.ask("POST", "pipelines", submit, `{}`).want(400)
		if got := a.string("error.code"); got != "PipelineDisabled" {
			t.Errorf("code: %s", got)
		}
		if got := len(h.ask("GET", "pipelines", "/Pipelines?activeOnly=true", "").want(200).field("value").([]any)); got != 0 {
			t.Errorf("%d are active", got)
		}
		h.ask("POST", "pipelines", "/Pipelines/"+id+"/Enable", "").want(200)
		h.ask("POST", "pipelines", submit, `{}`).want(200)
	}
	h.ask("POST", "pipelines", "/Pipelines/"+id+"/Disable", "").want(200)
	h.publish("demo-devbox", "v1", h.register("train", train))
	h.ask("POST", "pipelines", submit, `{}`).want(200)
	h.ask("PUT", "pipelines", "/Pipelines/"+id, `{"EntityStatus":"Deleted"}`).want(400)
}

// TestSettingsAreDefinition: other settings are another pipeline.
func TestSettingsAreDefinition(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	other := h.publish("demo-devbox", "v1", h.register("train", train), `"continue_on_step_failure":"True"`)
	if other == id {
		t.Error("the same id for other settings")
	}
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+other, `{}`).want(200)
	if !strings.Contains(string(h.runner.last().Body), `"continue_on_step_failure":true`) {
		t.Errorf("body: %s", h.runner.last().Body)
	}
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+other, `{"ContinueOnStepFailure":"false"}`).want(200)
	if !strings.Contains(string(h.runner.last().Body), `"continue_on_step_failure":false`) {
		t.Errorf("body: %s", h.runner.last().Body)
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	h, id, _ := twice(t)
	job := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id,
		`{"ExperimentName":"demo","Tags":{"by":"test"},"ParentRunId":"parent","RunSource":"SDK","ParameterAssignments":{"epochs":1}}`).want(200)
	run := job.string("Id")
	for _, tt := range []struct{ name, face, path string }{
		{"pipeline", "pipelines", "/Pipelines/" + id},
		{"pipelines", "pipelines", "/Pipelines"},
		{"endpoint", "pipelines", "/PipelineEndpoints/demo-devbox"},
		{"endpoints", "pipelines", "/PipelineEndpoints"},
		{"versions", "pipelines", "/PipelineEndpoints/demo-devbox/Pipelines"},
		{"run", "pipelines", "/PipelineRuns/" + run},
		{"runs", "pipelines", "/PipelineRuns/Pipeline/" + id},
		{"history", "history", "/runs/" + run},
		{"details", "history", "/experiments/demo/runs/" + run + "/details"},
		{"batchjob", "mferp", "/batchEndpoints/demo-devbox/jobs/" + run},
	} {
		golden.Check(t, h.shape(h.ask("GET", tt.face, tt.path, "")), "testdata/"+tt.name+".golden")
	}
	golden.Check(t, h.shape(job), "testdata/submit.golden")
	for _, a := range []answer{
		h.ask("GET", "pipelines", "/PipelineRuns/nothing", ""), h.ask("GET", "history", "/experiments/other/runs/"+run, ""),
		h.ask("GET", "pipelines", "/PipelineEndpoints/nothing", ""), h.ask("GET", "mferp", "/batchEndpoints/other/jobs/"+run, ""),
	} {
		a.want(404)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	run := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{}`).want(200).string("Id")
	status := func() string { return h.ask("GET", "history", "/runs/"+run+"/details", "").want(200).string("status") }
	if got := status(); got != "NotStarted" {
		t.Errorf("before: %s", got)
	}
	h.ask("POST", "pipelines", "/PipelineRuns/"+run+"/Cancel", "").want(200)
	h.ask("POST", "pipelines", "/PipelineRuns/"+run+"/Cancel", "").want(200)
	if got := status(); got != "CancelRequested" {
		t.Errorf("asked: %s", got)
	}
	h.advance(run, workspace.Canceled)
	if got := status(); got != "Canceled" {
		t.Errorf("after: %s", got)
	}
	h.ask("POST", "pipelines", "/PipelineRuns/"+run+"/Cancel", "").want(200)
	h.ask("POST", "pipelines", "/PipelineRuns/nothing/Cancel", "").want(404)
}

// advance moves a job on.
func (h *harness) advance(job string, statuses ...workspace.Status) {
	h.t.Helper()
	for _, s := range statuses {
		c := workspace.Change{Job: job, Status: s}
		if s == workspace.Failed {
			c.Error = &workspace.JobError{Code: "UserError", Message: "step train failed"}
		}
		if err := h.ledger.Advance(h.t.Context(), h.scope, c); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestRunStates(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	submit := func() string {
		return h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{"ExperimentName":"demo"}`).want(200).string("Id")
	}
	completed, failed, waiting := submit(), submit(), submit()
	h.advance(completed, workspace.Running, workspace.Completed)
	h.advance(failed, workspace.Running, workspace.Failed)
	for run, want := range map[string]string{completed: "Finished", failed: "Failed", waiting: "NotStarted"} {
		a := h.ask("GET", "pipelines", "/PipelineRuns/"+run, "").want(200)
		if got := a.string("Status.StatusCode"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := h.ask("GET", "history", "/runs/"+failed+"/details", "").want(200).string("error.error.message"); got != "step train failed" {
		t.Errorf("error: %s", got)
	}
	for body, want := range map[string]int{
		``: 3, `{}`: 3, `{"top":1}`: 1, `{"filter":"status eq 'Completed'"}`: 1,
		`{"filter":"(status eq 'Running') or (status eq 'NotStarted')"}`:                       1,
		`{"filter":"status ne 'Completed' and status ne 'Failed' and status ne \"Canceled\""}`: 1,
	} {
		a := h.ask("POST", "history", "/experiments/demo/runs:query", body).want(200)
		if got := len(a.field("value").([]any)); got != want {
			t.Errorf("%s: %d runs, want %d", body, got, want)
		}
	}
	for _, filter := range []string{
		"status", "status eq", "name eq 'x'", "status eq 'Running' and status eq 'Queued'", "status eq 'Nothing'", "status gt 'x'",
		"status eq 'Running' or", "status eq 'Running' or status ne 'Failed'", "'", "status eq '",
	} {
		h.ask("POST", "history", "/experiments/demo/runs:query", fmt.Sprintf(`{"filter":%q}`, filter)).want(400)
	}
	if got := len(h.ask("POST", "history", "/experiments/other/runs:query", "").want(200).field("value").([]any)); got != 0 {
		t.Errorf("%d runs of another experiment", got)
	}
}

// TestRunsPages: more runs than fit into one answer.
func TestRunsPages(t *testing.T) {
	t.Parallel()
	h, id, other := twice(t)
	const runs = 103
	for range runs {
		h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{}`).want(200)
	}
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+other, `{}`).want(200)
	seen, token := map[string]bool{}, ""
	for {
		a := h.ask("GET", "pipelines", "/PipelineRuns/Pipeline/"+id+"?continuationToken="+token, "").want(200)
		for _, run := range a.field("value").([]any) {
			seen[run.(map[string]any)["Id"].(string)] = true
		}
		if a.field("continuationToken") == nil {
			break
		}
		token = a.string("continuationToken")
	}
	if len(seen) != runs {
		t.Errorf("%d runs, want %d", len(seen), runs)
	}
	h.ask("GET", "pipelines", "/PipelineRuns/Pipeline/"+id+"?continuationToken=x", "").want(400)
	a := h.ask("GET", "mferp", "/batchEndpoints/demo-devbox/deployments/v1/jobs", "").want(200)
	rest := h.get("GET", a.string("nextLink"), "").want(200)
	if got := len(a.field("value").([]any)) + len(rest.field("value").([]any)); got != runs {
		t.Errorf("%d jobs of the deployment, want %d", got, runs)
	}
}
