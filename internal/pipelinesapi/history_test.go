package pipelinesapi_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// The steps of a run are its children; one that has started has a log under
// both names, and a pipeline has none.
func TestSteps(t *testing.T) {
	t.Parallel()
	h, _ := published(t)
	const run = "steady_run_1"
	_, err := h.ledger.Submit(t.Context(), h.scope, workspace.Submission{
		Name: run, Type: "pipeline", Steps: []workspace.StepSubmission{{Path: "train", Type: "command"}, {Path: "score", Type: "command"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	children := h.ask("GET", "history", "/runs/"+run+"/children", "").want(200).field("value").([]any)
	steps, err := h.ledger.Steps(t.Context(), h.scope, run)
	if err != nil || len(steps) == 0 || len(children) != len(steps) {
		t.Fatalf("%d children of %d steps (%v)", len(children), len(steps), err)
	}
	first := children[0].(map[string]any)
	if first["runId"] != steps[0].Name || first["parentRunId"] != run || first["status"] != "NotStarted" {
		t.Errorf("the first child is %v", first)
	}
	logs := func(job string) map[string]any {
		return h.ask("GET", "history", "/runs/"+job+"/details", "").want(200).field("logFiles").(map[string]any)
	}
	if got := logs(steps[0].Name); len(got) != 0 {
		t.Errorf("a step that has not started has the logs %v", got)
	}
	h.advance(run, workspace.Running)
	h.advance(steps[0].Name, workspace.Running)
	got := logs(steps[0].Name)
	for _, name := range []string{"user_logs/std_log.txt", "azureml-logs/70_driver_log.txt"} {
		if address, _ := got[name].(string); !strings.Contains(address, "/jobs/"+steps[0].Name+"/log/"+name+"?sig=") {
			t.Errorf("%s: %v", name, got[name])
		}
	}
	if got := logs(run); len(got) != 0 {
		t.Errorf("the pipeline has the logs %v", got)
	}
	h.ask("GET", "history", "/runs/nothing/children", "").want(404)
}
