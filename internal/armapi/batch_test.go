package armapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// graph is a pipeline component; VALUE is the default of its parameter.
const graph = `{"properties":{"componentSpec":{"type":"pipeline","name":"azureml_anonymous","version":"1",
	"inputs":{"lr":{"type":"number","default":"VALUE"}},"outputs":{"model":{"type":"custom_model"}},
	"jobs":{"train":{"name":"train","type":"command","componentId":"LEAF","properties":{"ischia.source":"pipeline.yml:3"},
		"inputs":{"lr":{"job_input_type":"literal","value":"${{parent.inputs.lr}}"}},
		"outputs":{"out":{"value":"${{parent.outputs.model}}","type":"literal"}}}}}}}`

// pipelineComponent registers one under a version, and says its id.
func (h *harness) pipelineComponent(version, value string, changes ...string) string {
	h.t.Helper()
	h.ask("PUT", "components/azureml_anonymous/versions/leaf", leafBody)
	leaf := h.scope.ARMID() + "/components/azureml_anonymous/versions/leaf"
	body := strings.NewReplacer(append([]string{"VALUE", value, "LEAF", leaf}, changes...)...).Replace(graph)
	if a := h.ask("PUT", "components/azureml_anonymous/versions/"+version, body); a.status >= 300 {
		h.t.Fatalf("%d %s", a.status, a.text)
	}
	return h.scope.ARMID() + "/components/azureml_anonymous/versions/" + version
}

func anEndpoint(deployment string) armmachinelearning.BatchEndpoint {
	p := &armmachinelearning.BatchEndpointProperties{
		AuthMode: to.Ptr(armmachinelearning.EndpointAuthModeAADToken), Description: to.Ptr("a pipeline"),
	}
	if deployment != "" {
		p.Defaults = &armmachinelearning.BatchEndpointDefaults{DeploymentName: to.Ptr(deployment)}
	}
	return armmachinelearning.BatchEndpoint{Location: to.Ptr("local"), Properties: p, Tags: map[string]*string{"a": to.Ptr("b")}}
}

func aDeployment(component string, settings map[string]*string) armmachinelearning.BatchDeployment {
	return armmachinelearning.BatchDeployment{Location: to.Ptr("local"), Properties: &armmachinelearning.BatchDeploymentProperties{
		Description: to.Ptr("words"),
		DeploymentConfiguration: &armmachinelearning.BatchPipelineComponentDeploymentConfiguration{
			DeploymentConfigurationType: to.Ptr(armmachinelearning.BatchDeploymentConfigurationTypePipelineComponent),
			ComponentID:                 &armmachinelearning.IDAssetReference{ReferenceType: to.Ptr(armmachinelearning.ReferenceTypeID), AssetID: to.Ptr(component)},
			Settings:                    settings,
		},
	}}
}

// deploy publishes a component, and says the GUID.
func (h *harness) deploy(endpoint, name, component string, settings map[string]*string) string {
	h.t.Helper()
	client := h.factory().NewBatchDeploymentsClient()
	poller, err := client.BeginCreateOrUpdate(h.t.Context(), h.scope.ResourceGroup, h.scope.Workspace, endpoint, name, aDeployment(component, settings), nil)
	made := poll(h.t, poller, err)
	if *made.Name != name || *made.Properties.ProvisioningState != armmachinelearning.DeploymentProvisioningStateSucceeded {
		h.t.Errorf("deployment: %+v", made.Properties)
	}
	return *made.Properties.Properties["ischia.pipelineId"]
}

func (h *harness) endpoints() *armmachinelearning.BatchEndpointsClient {
	return h.factory().NewBatchEndpointsClient()
}

func (h *harness) putEndpoint(name, deployment string) armmachinelearning.BatchEndpoint {
	h.t.Helper()
	group, ws := h.names()
	poller, err := h.endpoints().BeginCreateOrUpdate(h.t.Context(), group, ws, name, anEndpoint(deployment), nil)
	return poll(h.t, poller, err).BatchEndpoint
}

func TestBatchEndpointLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	made := h.putEndpoint("demo-devbox", "")
	if *made.Name != "demo-devbox" || !strings.HasPrefix(*made.Properties.ScoringURI, h.server.URL) || !strings.HasSuffix(*made.Properties.ScoringURI, "/batchEndpoints/demo-devbox/jobs") {
		t.Errorf("made: %+v", made.Properties)
	}
	h.deploy("demo-devbox", "v1", h.pipelineComponent("g1", "1"), nil)
	if now := h.putEndpoint("demo-devbox", "v1"); *now.Properties.Defaults.DeploymentName != "v1" {
		t.Errorf("defaults: %+v", now.Properties.Defaults)
	}
	golden.Check(t, h.shape(h.ask("GET", "batchEndpoints/demo-devbox", "")), "testdata/batch/endpoint.golden")
	golden.Check(t, h.shape(h.ask("PUT", "batchEndpoints/other", `{"location":"east","properties":{"authMode":"aadToken"}}`)), "testdata/batch/endpoint_made.golden")

	patched, err := h.endpoints().BeginUpdate(t.Context(), group, ws, "DEMO-devbox", armmachinelearning.PartialMinimalTrackedResourceWithIdentity{
		Tags: map[string]*string{"c": to.Ptr("d")},
	}, nil)
	if got := poll(t, patched, err); *got.Tags["c"] != "d" || *got.Properties.Defaults.DeploymentName != "v1" {
		t.Errorf("patched: %+v", got.BatchEndpoint)
	}
	got := must(h.endpoints().Get(t.Context(), group, ws, "demo-devbox", nil))(t)
	if *got.Tags["c"] != "d" {
		t.Errorf("tags: %v", got.Tags)
	}
	if pages := all(t, h.endpoints().NewListPager(group, ws, nil)); len(pages[0].Value) != 2 {
		t.Errorf("%d endpoints", len(pages[0].Value))
	}
	_, err = h.endpoints().ListKeys(t.Context(), group, ws, "demo-devbox", nil)
	fails(t, err, http.StatusBadRequest, "UserError")

	deleted, err := h.endpoints().BeginDelete(t.Context(), group, ws, "demo-devbox", nil)
	poll(t, deleted, err)
	_, err = h.endpoints().Get(t.Context(), group, ws, "demo-devbox", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
	_, err = h.factory().NewBatchDeploymentsClient().Get(t.Context(), group, ws, "demo-devbox", "v1", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
	deleted, err = h.endpoints().BeginDelete(t.Context(), group, ws, "demo-devbox", nil)
	poll(t, deleted, err)
}

func TestBatchEndpointFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for body, want := range map[string]string{
		`{"location":"local"}`:                                   "has properties",
		`{"location":"local","properties":{"authMode":"Key"}}`:   "no keys",
		`{"properties":{"defaults":{"deploymentName":"v1"}}}`:    "no deployment v1",
		`{"properties":{"defaults":{"deploymentName":"../v1"}}}`: "no deployment",
		`{"properties":[]}`:                                      "the body",
	} {
		a := h.ask("PUT", "batchEndpoints/e", body).want(t, http.StatusBadRequest)
		if !strings.Contains(a.text, want) {
			t.Errorf("%s: got %s, want %s", body, a.text, want)
		}
	}
	h.ask("GET", "batchEndpoints/e", "").want(t, http.StatusNotFound)
	h.ask("PATCH", "batchEndpoints/e", `{"tags":{}}`).want(t, http.StatusNotFound)
	h.ask("POST", "batchEndpoints/e/listkeys", "").want(t, http.StatusNotFound)
	h.ask("GET", "batchEndpoints/e/deployments", "").want(t, http.StatusNotFound)
}

func TestDeploymentLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	client := h.factory().NewBatchDeploymentsClient()
	h.putEndpoint("e", "")
	h.deploy("e", "v1", h.pipelineComponent("g1", "1"), map[string]*string{"default_compute": to.Ptr("cpu"), "_source": to.Ptr("x")})
	golden.Check(t, h.shape(h.ask("GET", "batchEndpoints/e/deployments/v1", "")), "testdata/batch/deployment.golden")
	h.deploy("e", "v2", h.pipelineComponent("g2", "2"), nil)

	patched, err := client.BeginUpdate(t.Context(), group, ws, "e", "v1", armmachinelearning.PartialBatchDeploymentPartialMinimalTrackedResourceWithProperties{
		Properties: &armmachinelearning.PartialBatchDeployment{Description: to.Ptr("other words")},
	}, nil)
	got := poll(t, patched, err)
	config, ok := got.Properties.DeploymentConfiguration.(*armmachinelearning.BatchPipelineComponentDeploymentConfiguration)
	if *got.Properties.Description != "other words" || !ok || *config.Settings["default_compute"] != "cpu" || got.Properties.Properties["ischia.pipelineId"] == nil {
		t.Errorf("patched: %+v", got.Properties)
	}
	// What else a PATCH holds is passed over: it must not change what runs.
	h.ask("PATCH", "batchEndpoints/e/deployments/v1", `{"properties":{"deploymentConfiguration":null,"properties":{}}}`).want(t, http.StatusOK)
	again := must(client.Get(t.Context(), group, ws, "e", "v1", nil))(t)
	if again.Properties.DeploymentConfiguration == nil || again.Properties.Properties["ischia.pipelineId"] == nil {
		t.Errorf("after a PATCH: %+v", again.Properties)
	}
	if pages := all(t, client.NewListPager(group, ws, "e", nil)); len(pages[0].Value) != 2 || *pages[0].Value[0].Name != "v1" {
		t.Errorf("list: %+v", pages[0].Value)
	}
	deleted, err := client.BeginDelete(t.Context(), group, ws, "e", "v1", nil)
	poll(t, deleted, err)
	_, err = client.Get(t.Context(), group, ws, "e", "v1", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
	deleted, err = client.BeginDelete(t.Context(), group, ws, "e", "v1", nil)
	poll(t, deleted, err)
}

// TestPublish: the id depends on the definition alone, and each new one gets
// the next number.
func TestPublish(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.putEndpoint("e", "")
	h.putEndpoint("f", "")
	first := h.deploy("e", "v1", h.pipelineComponent("g1", "1"), nil)
	if id, err := uuid.Parse(first); err != nil || id.Version() != 5 {
		t.Errorf("id %s: %v", first, err)
	}
	for name, id := range map[string]string{
		"again":                 h.deploy("e", "v1", h.pipelineComponent("g1", "1"), nil),
		"under another name":    h.deploy("e", "v9", h.pipelineComponent("g1", "1"), nil),
		"from another version":  h.deploy("e", "v1", h.pipelineComponent("g3", "1"), nil),
		"from another place":    h.deploy("e", "v1", h.pipelineComponent("g4", "1", "pipeline.yml:3", "other.yml:7"), nil),
		"with our own settings": h.deploy("e", "v1", h.pipelineComponent("g1", "1"), map[string]*string{"_source": to.Ptr("x")}),
	} {
		if id != first {
			t.Errorf("%s: got %s, want %s", name, id, first)
		}
	}
	seen := map[string]string{first: "first"}
	for name, id := range map[string]string{
		"another definition": h.deploy("e", "v1", h.pipelineComponent("g2", "2"), nil),
		"another endpoint":   h.deploy("f", "v1", h.pipelineComponent("g1", "1"), nil),
		"other settings":     h.deploy("e", "v1", h.pipelineComponent("g1", "1"), map[string]*string{"force_rerun": to.Ptr("True")}),
	} {
		if other := seen[id]; other != "" {
			t.Errorf("%s has the id of %s", name, other)
		}
		seen[id] = name
	}
	list, err := h.ledger.Resources().Resources(t.Context(), workspace.ResourceQuery{Scope: h.scope, Collection: workspace.Pipelines})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range list {
		for _, version := range []string{`"version":1,`, `"version":2,`, `"version":3,`} {
			if strings.Contains(string(r.Body), `"endpoint":"e"`) && strings.Contains(string(r.Body), version) {
				count[version]++
			}
		}
	}
	if len(list) != 4 || len(count) != 3 {
		t.Errorf("%d pipelines, numbers %v", len(list), count)
	}
	if text := h.ask("GET", "batchEndpoints/e", "").text; strings.Contains(text, `"ischia":`) {
		t.Errorf("the endpoint shows what is for this package alone: %s", text)
	}
}

// TestPublishLabel: a label stands for the version that it means now.
func TestPublishLabel(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.putEndpoint("e", "")
	named := func(version, value string) {
		body := strings.NewReplacer("azureml_anonymous\",\"version\":\"1", "flow\",\"version\":\""+version, "VALUE", value,
			"LEAF", h.scope.ARMID()+"/components/azureml_anonymous/versions/leaf").Replace(graph)
		if a := h.ask("PUT", "components/flow/versions/"+version, body); a.status >= 300 {
			t.Fatal(a.text)
		}
	}
	h.pipelineComponent("g1", "1")
	named("1", "1")
	label := h.scope.ARMID() + "/components/flow/labels/latest"
	first := h.deploy("e", "v1", label, nil)
	named("2", "2")
	if second := h.deploy("e", "v1", label, nil); second == first {
		t.Error("the label is frozen")
	}
	r, err := h.ledger.Resources().Resource(t.Context(), workspace.ResourceKey{Scope: h.scope, Collection: workspace.Pipelines, Name: first})
	if err != nil || !strings.Contains(string(r.Body), "/components/flow/versions/1") {
		t.Errorf("%v %s", err, r.Body)
	}
}

func TestDeploymentFaults(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	group, ws := h.names()
	client := h.factory().NewBatchDeploymentsClient()
	h.putEndpoint("e", "")
	component := h.pipelineComponent("g1", "1")
	put := func(endpoint, component string) error {
		_, err := client.BeginCreateOrUpdate(t.Context(), group, ws, endpoint, "v1", aDeployment(component, nil), nil)
		return err
	}
	fails(t, put("nothing", component), http.StatusNotFound, "ResourceNotFound")
	fails(t, put("e", h.scope.ARMID()+"/components/nothing/versions/1"), http.StatusBadRequest, "UserError")
	fails(t, put("e", h.scope.ARMID()+"/components/azureml_anonymous/versions/leaf"), http.StatusBadRequest, "UserError")
	model := armmachinelearning.BatchDeployment{Location: to.Ptr("local"), Properties: &armmachinelearning.BatchDeploymentProperties{
		Model: &armmachinelearning.IDAssetReference{ReferenceType: to.Ptr(armmachinelearning.ReferenceTypeID), AssetID: to.Ptr("m")},
	}}
	_, err := client.BeginCreateOrUpdate(t.Context(), group, ws, "e", "v1", model, nil)
	fails(t, err, http.StatusNotImplemented, "NotImplemented")
	h.ask("PUT", "batchEndpoints/e/deployments/v1", `{}`).want(t, http.StatusBadRequest)
	h.ask("PATCH", "batchEndpoints/e/deployments/v1", `{"tags":{}}`).want(t, http.StatusNotFound)
}
