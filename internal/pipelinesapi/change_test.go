package pipelinesapi_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// A PATCH changes what a run is called and whether lists hide it; tags are added
// to those that there are.
func TestChangeRun(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.submitStep("run_1")
	patch := func(path, body string) answer { return h.ask("PATCH", "history", path, body) }
	a := patch("/runs/run_1", `{"displayName":"A name","description":"Words","tags":{"b":"3","c":"4"}}`).want(200)
	for _, got := range []answer{a, h.ask("GET", "history", "/runs/run_1", "").want(200)} {
		if got.string("displayName") != "A name" || got.string("description") != "Words" || got.string("status") != "NotStarted" {
			t.Errorf("got %s", got.text)
		}
		same(t, "tags", got.field("tags"), any(map[string]any{"a": "1", "b": "3", "c": "4"}))
		same(t, "properties", got.field("properties"), any(map[string]any{"k": "v"}))
	}
	patch("/experiments/demo/runs/run_1", `{"displayName":"Another"}`).want(200)
	j, err := h.ledger.Job(t.Context(), h.scope, "run_1")
	if err != nil || j.DisplayName != "Another" || j.Description != "Words" || j.Tags["c"] != "4" || j.Archived {
		t.Errorf("in the ledger: %+v, %v", j, err)
	}
	// What clients send back as they got it is no change.
	for _, body := range []string{
		``, `{}`, `null`, `{"displayName":null,"tags":null,"hidden":null,"status":null}`, `{"properties":{"k":"v"}}`, `{"properties":{}}`, `{"runId":"run_1"}`, `{"tags":{}}`,
	} {
		if got := patch("/runs/run_1", body).want(200).string("displayName"); got != "Another" {
			t.Errorf("%s: named %s", body, got)
		}
	}
	listed := func() int { return len(h.ask("POST", "history", "/experiments/demo/runs:query", "").members("runId")) }
	for _, tt := range []struct {
		body string
		want int
	}{{`{"hidden":true}`, 0}, {`{"hidden":true}`, 0}, {`{"hidden":false}`, 1}} {
		patch("/runs/run_1", tt.body).want(200)
		if got := listed(); got != tt.want {
			t.Errorf("after %s: %d runs are listed, want %d", tt.body, got, tt.want)
		}
	}
}

// What a PATCH cannot change is refused by name, and then nothing of it is done.
func TestChangeRunRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	step := h.submitStep("run_1")
	h.advance("run_1", workspace.Running)
	for _, tt := range []struct {
		path, body string
		want       int
		says       string
	}{
		{"/runs/run_1", `{"displayName":"no","status":"Completed"}`, 501, "Runs.AddOrModify does not change status"},
		{"/runs/run_1", `{"displayName":"no","endTimeUtc":"2026-01-01T00:00:00Z"}`, 501, "endTimeUtc"},
		{"/runs/run_1", `{"displayName":"no","properties":{"k":"w"}}`, 501, "properties"},
		{"/runs/run_1", `{"displayName":"no","properties":{"new":"w"}}`, 501, "properties"},
		{"/runs/run_1", `{"displayName":"no","outputs":{}}`, 501, "outputs"},
		{"/runs/run_1", `{"displayName":"no","tags":{"a":1}}`, 400, "tags"},
		{"/runs/run_1", `{"displayName":"no","tags":[]}`, 400, "tags"},
		{"/runs/run_1", `{"displayName":"no","properties":[]}`, 400, "properties"},
		{"/runs/run_1", `{"displayName":"no","hidden":"yes"}`, 400, "hidden"},
		{"/runs/run_1", `{"displayName":7}`, 400, "displayName"},
		{"/runs/run_1", `[]`, 400, "object"},
		{"/runs/run_1", `{"displayName":`, 400, "object"},
		{"/runs/" + step, `{"displayName":"no"}`, 400, "step"},
		{"/runs/nothing", `{"displayName":"no"}`, 404, "nothing"},
		{"/experiments/other/runs/run_1", `{"displayName":"no"}`, 404, "other"},
		{"/experimentids/99/runs/run_1", `{"displayName":"no"}`, 404, "99"},
	} {
		if text := h.ask("PATCH", "history", tt.path, tt.body).want(tt.want).text; !strings.Contains(text, tt.says) {
			t.Errorf("%s: the refusal does not say %q: %s", tt.body, tt.says, text)
		}
	}
	for _, name := range []string{"run_1", step} {
		j, err := h.ledger.Job(t.Context(), h.scope, name)
		if err != nil || j.DisplayName == "no" || j.Status.Terminal() || name == "run_1" && (j.Tags["a"] != "1" || j.Properties["k"] != "v") {
			t.Errorf("something was changed: %+v, %v", j, err)
		}
	}
}
