package pipelinesapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const resolveURIs = "/dataversion/batchGetResolvedUris"

// Clients, by what they say they are: an old azure-ai-ml, a new one, anything.
var agents = struct{ old, today, other string }{
	"azure-ai-ml/1.11.1 azsdk-python-mgmt/1", "azure-ai-ml/1.35.2 azsdk-python-mgmt/1", "curl/8",
}

// resolve asks where assets are, and says what the answer has under each id.
func (h *harness) resolve(face, agent string, ids ...string) map[string]any {
	h.t.Helper()
	path := resolveURIs
	if face == "models" {
		path = "/models/batchGetResolvedUris"
	}
	body, err := json.Marshal(map[string]any{"values": ids})
	if err != nil {
		h.t.Fatal(err)
	}
	values, ok := h.ask("POST", face, path, string(body), "User-Agent", agent).want(200).field("values").(map[string]any)
	if !ok || len(values) != len(ids) {
		h.t.Fatalf("got %v, want %d values", values, len(ids))
	}
	return values
}

// place is where a path of a datastore is, as the service writes it.
func (h *harness) place(path string) string {
	s := h.scope
	return "azureml://subscriptions/" + s.Subscription + "/resourcegroups/" + s.ResourceGroup + "/workspaces/" + s.Workspace +
		"/datastores/workspaceblobstore/paths/" + path
}

// produce ends a step with outputs.
func (h *harness) produce(run string, outputs ...workspace.Port) (step string) {
	h.t.Helper()
	step = h.submitStep(run)
	h.advance(run, workspace.Running)
	h.advance(step, workspace.Running)
	if err := h.ledger.Advance(h.t.Context(), h.scope, workspace.Change{Job: step, Status: workspace.Completed, Outputs: outputs}); err != nil {
		h.t.Fatal(err)
	}
	return step
}

func output(name, kind string) workspace.Port {
	return workspace.Port{Name: name, Type: kind, URI: "azureml://datastores/workspaceblobstore/paths/out/" + name + "/", Digest: digestOf("b")}
}

// The outputs that run history names are found by the ids that it gives, with
// types in the words of the client. Those of a model are found as data as well,
// which is how new clients ask.
func TestResolveOutputs(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	unmade := workspace.Port{Name: "unmade", Type: "uri_folder", URI: "azureml://datastores/workspaceblobstore/paths/out/unmade/"}
	elsewhere := workspace.Port{Name: "elsewhere", Type: "uri_file", URI: "/tmp/x", Digest: digestOf("c")}
	step := h.produce("run_1", output("rows", "uri_folder"), output("score", "uri_file"), output("table", "mltable"), output("model", "custom_model"), unmade, elsewhere)
	for _, tt := range []struct{ agent, output, history, resolved string }{
		{agents.old, "rows", "UriFolder", "UriFolder"},
		{agents.old, "score", "UriFile", "UriFile"},
		{agents.old, "table", "MLTable", "MLTable"},
		{agents.old, "model", "CustomModel", "CustomModel"},
		{agents.other, "score", "UriFile", "UriFile"},
		{agents.today, "rows", "uri_folder", "uri_folder"},
		{agents.today, "score", "uri_file", "uri_file"},
		{agents.today, "table", "mltable", "mltable"},
		{agents.today, "model", "uri_folder", "uri_folder"},
	} {
		run := h.ask("GET", "history", "/runs/"+step, "", "User-Agent", tt.agent).want(200)
		if got := len(run.field("outputs").(map[string]any)); got != 4 {
			t.Fatalf("%d outputs, want the 4 that can be fetched: %s", got, run.text)
		}
		id := run.string("outputs." + tt.output + ".assetId")
		if got := run.string("outputs." + tt.output + ".type"); got != tt.history {
			t.Errorf("%s, %s: type %s in history, want %s", tt.agent, tt.output, got, tt.history)
		}
		want := map[string]any{"uri": h.place("out/" + tt.output + "/"), "type": tt.resolved}
		same(t, tt.agent+" data "+tt.output, h.resolve("data", tt.agent, id)[id], any(want))
		if tt.output == "model" {
			want = map[string]any{"path": want["uri"], "type": tt.resolved}
			same(t, tt.agent+" model", h.resolve("models", tt.agent, id)[id], any(want))
		}
	}
	// Ids in the same shape of what is not there.
	run := h.ask("GET", "history", "/runs/"+step, "").want(200)
	rows, model := run.string("outputs.rows.assetId"), run.string("outputs.model.assetId")
	for _, id := range []string{
		strings.Replace(rows, "_rows", "_unmade", 1), strings.Replace(rows, "_rows", "_elsewhere", 1), strings.Replace(rows, "_rows", "_other", 1),
		strings.Replace(rows, step, "another_step", 1), strings.Replace(rows, "/versions/1", "/versions/2", 1), strings.Replace(rows, "_output_data_", "_output_model_", 1),
		strings.Replace(rows, workspace.ID(h.scope), "11111111-2222-4333-8444-555555555555", 1),
	} {
		h.ask("POST", "data", resolveURIs, `{"values":["`+rows+`","`+id+`"]}`).want(404)
	}
	h.ask("POST", "models", "/models/batchGetResolvedUris", `{"values":["`+rows+`"]}`).want(400)
	h.ask("POST", "models", "/models/batchGetResolvedUris", `{"values":["`+strings.Replace(model, "_model/", "_none/", 1)+`"]}`).want(404)
}

// Names that hold what separates job and output are read right.
func TestResolveOutputsOfOddNames(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.submitStep("a_output_data_b")
	h.submitStep("a")
	ids := []string{}
	for job, name := range map[string]string{"a_output_data_b": "c_output_data_d", "a": "b_output_data_x"} {
		h.advance(job, workspace.Running)
		if err := h.ledger.Advance(t.Context(), h.scope, workspace.Change{Job: job, Status: workspace.Completed, Outputs: []workspace.Port{output(name, "uri_folder")}}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ask("GET", "history", "/runs/"+job, "").want(200).string("outputs."+name+".assetId"))
	}
	got := h.resolve("data", agents.other, ids...)
	for _, id := range ids {
		name := "b_output_data_x"
		if strings.Contains(id, "c_output_data_d") {
			name = "c_output_data_d"
		}
		same(t, id, got[id].(map[string]any)["uri"], any(h.place("out/"+name+"/")))
	}
}

// registerAsset puts a version of an asset into the ledger.
func (h *harness) registerAsset(collection workspace.Collection, name, version, member, uri, kind string) {
	h.t.Helper()
	body := fmt.Sprintf(`{"properties":{%q:%q,%q:%q}}`, member+"Uri", uri, member+"Type", kind)
	key := workspace.ResourceKey{Scope: h.scope, Collection: collection, Name: name, Version: version}
	if err := h.ledger.Resources().PutResources(h.t.Context(), &workspace.Resource{ResourceKey: key, Body: json.RawMessage(body)}); err != nil {
		h.t.Fatal(err)
	}
}

// What is registered is found by its id of the data plane, that of ARM, and by
// name and version; that of another workspace or a registry is not this one.
func TestResolveRegistered(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	const short = "azureml://datastores/workspaceblobstore/paths/"
	h.registerAsset(workspace.Data, "rows", "1", "data", short+"d1/", "uri_folder")
	h.registerAsset(workspace.Data, "rows", "2", "data", "https://example.com/rows.csv", "uri_file")
	h.registerAsset(workspace.Data, "azureml_odd", "1", "data", h.place("odd"), "uri_file")
	h.registerAsset(workspace.Models, "mean", "3", "model", short+"m3/", "mlflow_model")
	plane := "azureml://locations/local/workspaces/" + workspace.ID(h.scope)
	for id, want := range map[string]map[string]any{
		"azureml:rows:1": {"uri": h.place("d1/"), "type": "uri_folder"},
		h.scope.ARMID() + "/data/rows/versions/1": {"uri": h.place("d1/"), "type": "uri_folder"},
		plane + "/data/rows/versions/2":           {"uri": "https://example.com/rows.csv", "type": "uri_file"},
		plane + "/data/azureml_odd/versions/1":    {"uri": h.place("odd"), "type": "uri_file"},
		plane + "/models/mean/versions/3":         {"uri": h.place("m3/"), "type": "uri_folder"},
	} {
		same(t, id, h.resolve("data", agents.today, id)[id], any(want))
	}
	for _, place := range []string{
		h.scope.ARMID(), strings.ToUpper(h.scope.ARMID()), "azureml:" + h.scope.ARMID(), "azureml:/" + h.scope.ARMID(),
		strings.TrimSuffix(h.place(""), "/datastores/workspaceblobstore/paths/"),
	} {
		id := place + "/data/rows/versions/1"
		same(t, id, h.resolve("data", agents.today, id)[id].(map[string]any)["uri"], any(h.place("d1/")))
	}
	for _, id := range []string{"azureml:mean:3", plane + "/models/mean/versions/3", h.scope.ARMID() + "/models/mean/versions/3"} {
		same(t, id, h.resolve("models", agents.old, id)[id], any(map[string]any{"path": h.place("m3/"), "type": "MLFlowModel"}))
	}
	other := strings.Replace(h.scope.ARMID(), "/workspaces/"+h.scope.Workspace, "/workspaces/other", 1)
	for id, want := range map[string]int{
		"azureml:rows:3": 404, "azureml:nothing:1": 404, plane + "/data/rows/versions/9": 404,
		other + "/data/rows/versions/1":                               404,
		"azureml://registries/reg/data/rows/versions/1":               404,
		"azureml://locations/local/workspaces/x/data/rows/versions/1": 404,
		"rows": 400, "azureml:rows": 400, "azureml:rows@latest": 400, "azureml:../x:1": 400, "/data/rows/versions/1": 404, plane + "/data/rows": 400,
		plane + "/codes/rows/versions/1": 400, plane + "/data/rows/versions/1/more": 400, "": 400,
	} {
		h.ask("POST", "data", resolveURIs, fmt.Sprintf(`{"values":["azureml:rows:1",%q]}`, id)).want(want)
	}
}

// A group that is named as a collection leads nobody astray.
func TestResolveInAGroupNamedData(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.scope.ResourceGroup = "data"
	h.registerAsset(workspace.Data, "rows", "1", "data", h.place("d1/"), "uri_folder")
	id := h.scope.ARMID() + "/data/rows/versions/1"
	same(t, id, h.resolve("data", agents.today, id)[id], any(map[string]any{"uri": h.place("d1/"), "type": "uri_folder"}))
}

// Bodies that are none are the client's fault, and none at all asks for nothing.
func TestResolveBodies(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for face, path := range map[string]string{"data": resolveURIs, "models": "/models/batchGetResolvedUris"} {
		for body, want := range map[string]int{
			`{"values":[]}`: 200, `{}`: 200, `{`: 400, `[]`: 400, `{"values":"x"}`: 400, `{"values":[1]}`: 400,
			`{"values":["` + strings.Repeat(`azureml:a:1","`, 1000) + `azureml:a:1"]}`: 400,
			`{"values":["` + strings.Repeat("x", 65<<10) + `"]}`:                       413,
		} {
			a := h.ask("POST", face, path, body).want(want)
			if want == 200 {
				same(t, face+body, a.field("values"), any(map[string]any{}))
			}
		}
	}
}
