package pipelinesapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/plan"
)

// inputs are those of the job that was accepted last, as planned.
func (h *harness) inputs() map[string]string {
	h.t.Helper()
	p, faults := plan.Build(h.runner.last().Job)
	if faults.HasErrors() {
		h.t.Fatal(faults)
	}
	out := map[string]string{}
	for _, in := range p.Inputs {
		switch {
		case in.Value != nil:
			out[in.Name] = *in.Value
		case in.Local != "":
			out[in.Name] = "local:" + in.Local
		case in.URI != "":
			out[in.Name] = in.URI
		}
	}
	return out
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	defaults := map[string]string{"use_test_dataset": "False", "train_test_ratio": "0.8", "epochs": "3", "shuffle": "True"}
	for _, tt := range []struct {
		name, body string
		changed    map[string]string
	}{
		{"nothing at all", ``, nil},
		{"an empty object", `{}`, nil},
		{"as the guide's curl", `{"ExperimentName":"demo","ParameterAssignments":{"use_test_dataset":"True","train_test_ratio":0.6}}`,
			map[string]string{"use_test_dataset": "True", "train_test_ratio": "0.6"}},
		{"numbers as texts", `{"ParameterAssignments":{"train_test_ratio":"0.50","epochs":"7"}}`,
			map[string]string{"train_test_ratio": "0.5", "epochs": "7"}},
		{"whole numbers as floats", `{"ParameterAssignments":{"epochs":4.0}}`, map[string]string{"epochs": "4"}},
		{"truth values", `{"ParameterAssignments":{"shuffle":false,"use_test_dataset":true}}`,
			map[string]string{"shuffle": "False", "use_test_dataset": "True"}},
		{"truth values as texts", `{"ParameterAssignments":{"shuffle":"false"}}`, map[string]string{"shuffle": "False"}},
		{"null is no value", `{"ParameterAssignments":{"shuffle":null},"Tags":null,"Description":null}`, nil},
		{"Data Factory", `{"experimentName":"adf","parameterAssignments":{"train_test_ratio":"0.7"},"parentRunId":"run_of_adf",
			"dataPathAssignments":{"raw":{"dataStoreName":"workspaceblobstore","relativePath":"in/today"}},
			"continueOnStepFailure":true,"runSource":"ADF"}`,
			map[string]string{"train_test_ratio": "0.7", "raw": "azureml://datastores/workspaceblobstore/paths/in/today"}},
		{"Data Factory, in the words of its documentation", `{"ExperimentName":"adf","ParameterAssignments":{"use_test_dataset":"True"},
			"ParentRunId":"","dataPathAssignments":{},"continueOnStepFailure":false,"Tags":{}}`, map[string]string{"use_test_dataset": "True"}},
		{"data by its address", `{"ParameterAssignments":{"raw":"azureml://datastores/workspaceblobstore/paths/in"}}`,
			map[string]string{"raw": "azureml://datastores/workspaceblobstore/paths/in"}},
		{"a member from tomorrow", `{"SomethingElseEntirely":{"a":1}}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, id := published(t)
			a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, tt.body).want(200)
			want := map[string]string{}
			for _, m := range []map[string]string{defaults, tt.changed} {
				for name, text := range m {
					want[name] = text
				}
			}
			if diff := cmp.Diff(want, h.inputs()); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
			if _, err := h.ledger.Job(t.Context(), h.scope, a.string("Id")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSubmitBody: the body that the job shows decodes to the job that runs.
func TestSubmitBody(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{"ExperimentName":"x","DisplayName":"d","Description":"words",
		"Tags":{"a":"b"},"ContinueOnStepFailure":true,"ParameterAssignments":{"epochs":9,"raw":"https://example.com/data"}}`).want(200)
	o := h.runner.last()
	body := fmt.Sprintf(`{"properties":%s}`, o.Body)
	again, err := arm.DecodeJob(t.Context(), []byte(body), arm.DecodeOptions{Scope: arm.Scope(h.scope), Lookup: h.lookup.of(h.scope)})
	if err != nil {
		t.Fatal(err)
	}
	want, faults := plan.Build(o.Job)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	got, faults := plan.Build(again)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	if diff := cmp.Diff(texts(t, want), texts(t, got)); diff != "" {
		t.Errorf("plans (-submitted +decoded):\n%s", diff)
	}
	if !want.ContinueOnStepFailure {
		t.Error("ContinueOnStepFailure has no effect")
	}
	head := again.Head()
	if head.DisplayName.Value != "d" || head.Description.Value != "words" || head.Experiment.Value != "x" || head.Tags["a"] != "b" {
		t.Errorf("head: %+v", head)
	}
	a := h.ask("GET", "arm", "/jobs/"+h.jobName(), "").want(200)
	if got := a.string("properties.componentId"); !strings.HasSuffix(got, "/components/azureml_anonymous/versions/train") {
		t.Errorf("componentId: %s", got)
	}
}

func texts(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// jobName is that of the newest job.
func (h *harness) jobName() string {
	h.t.Helper()
	a := h.ask("GET", "arm", "/jobs", "").want(200)
	return a.field("value").([]any)[0].(map[string]any)["name"].(string)
}

func TestSubmitFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, want string
	}{
		{"unknown parameter", `{"ParameterAssignments":{"train_test_rato":0.5}}`,
			`the pipeline has no parameter "train_test_rato"; did you mean "train_test_ratio"?`},
		{"wrong type", `{"ParameterAssignments":{"epochs":"many"}}`, `parameter "epochs" is of type integer, and "many" is not`},
		{"no whole number", `{"ParameterAssignments":{"epochs":1.5}}`, `parameter "epochs" is of type integer, and "1.5" is not`},
		{"no truth value", `{"ParameterAssignments":{"shuffle":"maybe"}}`, `parameter "shuffle" is of type boolean, and "maybe" is not`},
		{"not among the values", `{"ParameterAssignments":{"use_test_dataset":"Perhaps"}}`, `use_test_dataset`},
		{"out of range", `{"ParameterAssignments":{"train_test_ratio":7}}`, `train_test_ratio`},
		{"no scalar", `{"ParameterAssignments":{"epochs":[1]}}`, `neither a text nor a number`},
		{"data for a number", `{"DataPathAssignments":{"epochs":{"DataStoreName":"d","RelativePath":"x"}}}`, `data cannot be given for it`},
		{"no data path", `{"DataPathAssignments":{"raw":{"RelativePath":"x"}}}`, `"DataStoreName"`},
		{"out of the datastore", `{"DataPathAssignments":{"raw":{"DataStoreName":"d","RelativePath":"../x"}}}`, `no path on a datastore`},
		{"given twice", `{"ParameterAssignments":{"raw":"azureml:d:1"},"DataPathAssignments":{"raw":{"DataStoreName":"d","RelativePath":"x"}}}`, `given twice`},
		{"datasets", `{"DataSetDefinitionValueAssignments":{"raw":{"SavedDataSetReference":{"Id":"x"}}}}`, `DataPathAssignments`},
		{"a file of this machine", `{"ParameterAssignments":{"raw":"file:///etc/passwd"}}`, `path of this machine`},
		{"a path", `{"ParameterAssignments":{"raw":"/etc/passwd"}}`, `path of this machine`},
		{"a relative path", `{"ParameterAssignments":{"raw":"data/in"}}`, `path of this machine`},
		{"metadata", `{"ParameterAssignments":{"raw":"http://169.254.169.254/latest"}}`, `own network`},
		{"a reference", `{"ParameterAssignments":{"raw":"${{parent.inputs.x}}"}}`, `nothing that`},
		{"a member misspelled", `{"ParameterAssignment":{"epochs":1}}`, `did you mean "ParameterAssignments"?`},
		{"no object", `[]`, `not a JSON object`},
		{"no JSON", `{`, `not a JSON object`},
		{"bad experiment", `{"ExperimentName":"a/b"}`, `ExperimentName`},
		{"bad parent", `{"ParentRunId":"../x"}`, `ParentRunId`},
		{"bad flag", `{"ContinueOnStepFailure":"perhaps"}`, `neither true nor false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, id := published(t)
			a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, tt.body).want(400)
			if !strings.Contains(a.text, jsonText(tt.want)) {
				t.Errorf("got %s\nwant %s", a.text, tt.want)
			}
			if len(h.runner.orders) > 0 {
				t.Error("it was accepted")
			}
		})
	}
}

func jsonText(text string) string { return strings.ReplaceAll(text, `"`, `\"`) }

// TestSubmitAllFaults: whoever has made several mistakes is told of all.
func TestSubmitAllFaults(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id,
		`{"ParameterAssignments":{"epochs":"many","shufle":true,"train_test_ratio":3,"use_test_dataset":"?"}}`).want(400)
	golden.Check(t, h.shape(a), "testdata/faults.golden")
}

func TestSubmitMissing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.register("leaf", leaf)
	id := h.publish("e", "d", h.register("strict", strings.Replace(train, `"number","default":"0.8"`, `"number"`, 1)))
	a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{}`).want(400)
	if !strings.Contains(a.text, `train_test_ratio\" has no default`) {
		t.Error(a.text)
	}
}

func TestSubmitUnknown(t *testing.T) {
	t.Parallel()
	h, _ := published(t)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/00000000-0000-0000-0000-000000000001", `{}`).want(404)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/nothing", `{}`).want(400)
	h.ask("GET", "pipelines", "/PipelineRuns/PipelineSubmit/nothing", `{}`).want(405)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/..%2f..", `{}`).want(400)
	h.ask("POST", "pipelines", "/Nothing", `{}`).want(501)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+strings.Repeat("a", 10_000), `{}`).want(400)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/x", `{"Description":"`+strings.Repeat("a", 100_000)+`"}`).want(413)
}

// TestDecodedOnce: the definition is read from the ledger once, however often
// it is called.
func TestDecodedOnce(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{"ParameterAssignments":{"epochs":1}}`).want(200)
	before := h.lookup.count()
	for i := range 3 {
		h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, fmt.Sprintf(`{"ParameterAssignments":{"epochs":%d}}`, i)).want(200)
		if got := h.inputs()["epochs"]; got != fmt.Sprint(i) {
			t.Errorf("epochs: got %s, want %d", got, i)
		}
	}
	h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{}`).want(200)
	if got := h.inputs()["epochs"]; got != "3" {
		t.Errorf("an earlier submission's value stayed: %s", got)
	}
	if got := h.lookup.count(); got != before {
		t.Errorf("components were looked up %d times more", got-before)
	}
}

// TestConcurrentSubmissions: they share a definition, and nothing of one is
// seen in another.
func TestConcurrentSubmissions(t *testing.T) {
	t.Parallel()
	h, id := published(t)
	const clients, each = 8, 10
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := range each {
				n := fmt.Sprint(client*each + i)
				a := h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{"Tags":{"n":"`+n+`"},"ParameterAssignments":{"epochs":`+n+`}}`)
				if a.status != 200 {
					t.Errorf("%d %s", a.status, a.text)
					continue
				}
				if got := a.string("ParameterAssignments.epochs") + a.string("Tags.n"); got != n+n {
					t.Errorf("got %s, want %s twice", got, n)
				}
			}
		})
	}
	wg.Wait()
	if got := h.lookup.count(); got > 2 {
		t.Errorf("the component was looked up %d times", got)
	}
}

// TestFreshData: what an address in the definition leads to is looked up again.
func TestFreshData(t *testing.T) {
	t.Parallel()
	const uri = "azureml://datastores/workspaceblobstore/paths/LocalUpload/x"
	h := newHarness(t)
	h.register("leaf", leaf)
	fixed := strings.Replace(train, `"job_input_type":"literal","value":"${{parent.inputs.raw}}"`, `"job_input_type":"uri_folder","uri":"`+uri+`"`, 1)
	id := h.publish("e", "d", h.register("fixed", fixed))
	step := func() string {
		h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{}`).want(200)
		p, faults := plan.Build(h.runner.last().Job)
		if faults.HasErrors() {
			t.Fatal(faults)
		}
		for _, in := range p.Nodes[0].Inputs {
			if in.Name == "raw" {
				return in.Local + in.URI
			}
		}
		return ""
	}
	for _, want := range []string{uri, ".tree/sha256:1", ".tree/sha256:2"} {
		if want != uri {
			h.lookup.set(uri, want)
		}
		if got := step(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
