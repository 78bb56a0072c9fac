package pipelinesapi_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/pipelinesapi"
	"github.com/ischia-ml/ischia/internal/plan"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"data plane": `{"properties":{"inputData":{
			"raw":{"jobInputType":"UriFolder","uri":"azureml://datastores/d/paths/in"},
			"epochs":{"jobInputType":"Literal","value":8},"shuffle":{"JobInputType":"Literal","Value":false}},
			"outputData":{"model":{"jobOutputType":"CustomModel","uri":"azureml://datastores/d/paths/out"}},
			"name":"my_call","experimentName":"calls","tags":{"a":"b"}}}`,
		"ARM": `{"properties":{"inputData":{
			"raw":{"jobInputType":"uri_folder","uri":"azureml://datastores/d/paths/in","mode":"ReadOnlyMount"},
			"epochs":{"jobInputType":"literal","value":"8"},"shuffle":{"jobInputType":"literal","value":"false"}},
			"outputData":{"model":{"jobOutputType":"custom_model","uri":"azureml://datastores/d/paths/out"}},
			"name":"my_call","experimentName":"calls","tags":{"a":"b"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := published(t)
			scoring := h.ask("GET", "arm", "/batchEndpoints/demo-devbox", "").want(200).string("properties.scoringUri")
			a := h.get("POST", scoring, body).want(201)
			golden.Check(t, h.shape(a), "testdata/invoke.golden")
			want := map[string]string{
				"use_test_dataset": "False", "train_test_ratio": "0.8", "epochs": "8", "shuffle": "False", "raw": "azureml://datastores/d/paths/in",
			}
			if diff := cmp.Diff(want, h.inputs()); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
			p, faults := plan.Build(h.runner.last().Job)
			if faults.HasErrors() {
				t.Fatal(faults)
			}
			if got := p.Outputs[0].URI; got != "azureml://datastores/d/paths/out" {
				t.Errorf("output: %s", got)
			}
			h.get("POST", scoring, body).want(409)
		})
	}
}

func TestInvokeDeployment(t *testing.T) {
	t.Parallel()
	h, first, second := twice(t)
	const path = "/batchEndpoints/demo-devbox/jobs"
	pipelineOf := func(a answer) string {
		props := a.want(201).field("properties.properties").(map[string]any)
		return props["azureml.pipelineid"].(string)
	}
	if got := pipelineOf(h.ask("POST", "mferp", path, `{}`)); got != second {
		t.Errorf("default: %s", got)
	}
	if got := pipelineOf(h.ask("POST", "mferp", path, `{}`, "azureml-model-deployment", "V1")); got != first {
		t.Errorf("header: %s", got)
	}
	if got := pipelineOf(h.ask("POST", "mferp", "/batchEndpoints/demo-devbox/deployments/v1/jobs", `{}`)); got != first {
		t.Errorf("path: %s", got)
	}
	for path, want := range map[string]int{path: 3, "/batchEndpoints/demo-devbox/deployments/v1/jobs": 2, "/batchEndpoints/demo-devbox/deployments/v2/jobs": 1} {
		if got := len(h.ask("GET", "mferp", path, "").want(200).field("value").([]any)); got != want {
			t.Errorf("%s: %d jobs, want %d", path, got, want)
		}
	}
	h.ask("POST", "mferp", path, `{}`, "azureml-model-deployment", "v9").want(404)
	h.ask("POST", "mferp", path, `{}`, "azureml-model-deployment", "../x").want(400)
	h.ask("POST", "mferp", "/batchEndpoints/nothing/jobs", `{}`).want(404)
	h.ask("GET", "mferp", "/batchEndpoints/demo-devbox/deployments/v9/jobs", "").want(404)
	h.ask("PUT", "arm", "/batchEndpoints/demo-devbox", `{"location":"local","properties":{"authMode":"AADToken"}}`).want(200)
	a := h.ask("POST", "mferp", path, `{}`).want(400)
	if !strings.Contains(a.text, "no default deployment") {
		t.Error(a.text)
	}
}

func TestInvokeFaults(t *testing.T) {
	t.Parallel()
	h, _ := published(t)
	for body, want := range map[string]string{
		`[]`:                              "not a JSON object",
		`{"properties":[]}`:               "no object",
		`{"propertys":{}}`:                "did you mean",
		`{"properties":{"inputdata":{}}}`: "did you mean",
		`{"properties":{"dataset":{"path":"x"}}}`:                                                                                    "deployments of models",
		`{"properties":{"inputData":{"raw":{"jobInputType":"Folder","uri":"x"}}}}`:                                                   "there is no type",
		`{"properties":{"inputData":{"raw":{"jobInputType":"UriFolder"}}}}`:                                                          "data has a uri",
		`{"properties":{"inputData":{"raw":{"jobInputType":"UriFolder","uri":"file:///etc"}}}}`:                                      "path of this machine",
		`{"properties":{"inputData":{"raw":{"jobInputType":"UriFolder","uri":"azureml://datastores/d/paths/x","mode":"Sideways"}}}}`: "no mode",
		`{"properties":{"inputData":{"epochs":{"jobInputType":"Literal"}}}}`:                                                         "a literal has a value",
		`{"properties":{"inputData":{"epochs":7}}}`:                                                                                  "no input",
		`{"properties":{"inputData":{"epoch":{"jobInputType":"Literal","value":1}}}}`:                                                "did you mean",
		`{"properties":{"outputData":{"modle":{"jobOutputType":"CustomModel","uri":"azureml://datastores/d/paths/x"}}}}`:             "no output",
		`{"properties":{"outputData":{"model":{"jobOutputType":"CustomModel","uri":"/tmp/x"}}}}`:                                     "no place on a datastore",
		`{"properties":{"name":"a/b"}}`:                                                                                              "properties.name",
	} {
		a := h.ask("POST", "mferp", "/batchEndpoints/demo-devbox/jobs", body).want(400)
		if !strings.Contains(a.text, want) {
			t.Errorf("%s: got %s, want %s", body, a.text, want)
		}
	}
}

// TestRoutes: each has its face's prefix, and stands once.
func TestRoutes(t *testing.T) {
	t.Parallel()
	seen := map[pipelinesapi.Route]bool{}
	for _, r := range pipelinesapi.Routes() {
		if seen[r] {
			t.Errorf("%v stands twice", r)
		}
		seen[r] = true
		if !slices.ContainsFunc(pipelinesapi.Prefixes(), func(p string) bool { return strings.HasPrefix(r.Path, p) }) {
			t.Errorf("%v has no prefix of the door", r)
		}
	}
	if len(seen) < 25 {
		t.Errorf("%d routes", len(seen))
	}
}

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"ParameterAssignments":{"a":1,"b":"x","c":true,"d":null}}`, `{"Tags":{"a":"b"},"ContinueOnStepFailure":"True"}`,
		`{"DataPathAssignments":{"a":{"DataStoreName":"d","RelativePath":"x/y"}}}`, `{"properties":{"inputData":{"a":{"jobInputType":"UriFile","uri":"u"}}}}`,
		`{"parameterAssignments":{"a":1e400}}`, "{\"ExperimentName\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, read := range []func([]byte) (map[string]string, error){pipelinesapi.ReadSubmission, pipelinesapi.ReadInvocation} {
			given, err := read(body)
			if err != nil {
				if !pipelinesapi.IsFault(err) {
					t.Errorf("%q: %T is no fault", body, err)
				}
				continue
			}
			// What was read, written out as parameters, reads the same.
			again, err := json.Marshal(map[string]any{"ParameterAssignments": given})
			if err != nil {
				t.Fatal(err)
			}
			got, err := pipelinesapi.ReadSubmission(again)
			if err != nil {
				t.Fatalf("%s: %v", again, err)
			}
			if !maps.Equal(given, got) {
				t.Errorf("got %v, want %v", got, given)
			}
		}
	})
}
