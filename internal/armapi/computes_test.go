package armapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

const clusterBody = `{"location":"local","properties":{"computeType":"AmlCompute","properties":{
	"vmSize":"Standard_DS3_v2","scaleSettings":{"minNodeCount":1,"maxNodeCount":4}}}}`

func aCluster(least, most int32) armmachinelearning.ComputeResource {
	return armmachinelearning.ComputeResource{
		Location: to.Ptr("local"),
		Properties: &armmachinelearning.AmlCompute{
			ComputeType: to.Ptr(armmachinelearning.ComputeTypeAmlCompute),
			Properties: &armmachinelearning.AmlComputeProperties{
				VMSize:        to.Ptr("Standard_DS3_v2"),
				ScaleSettings: &armmachinelearning.ScaleSettings{MinNodeCount: to.Ptr(least), MaxNodeCount: to.Ptr(most)},
			},
		},
	}
}

func TestComputeLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group, ws := h.factory().NewComputeClient(), h.scope.ResourceGroup, h.scope.Workspace
	poller, err := client.BeginCreateOrUpdate(t.Context(), group, ws, "cpu-cluster", aCluster(0, 2), nil)
	made := poll(t, poller, err)
	cluster := made.Properties.(*armmachinelearning.AmlCompute)
	if *cluster.Properties.ScaleSettings.MaxNodeCount != 2 || *cluster.ProvisioningState != "Succeeded" {
		t.Errorf("made %+v", cluster)
	}

	h.runner.setNodes("cpu-cluster", workspace.Nodes{Current: 2, Busy: 1, Idle: 1, Changed: time.Now()})
	update, err := client.BeginUpdate(t.Context(), group, ws, "cpu-cluster", armmachinelearning.ClusterUpdateParameters{
		Properties: &armmachinelearning.ClusterUpdateProperties{Properties: &armmachinelearning.ScaleSettingsInformation{
			ScaleSettings: &armmachinelearning.ScaleSettings{
				MinNodeCount: to.Ptr[int32](1), MaxNodeCount: to.Ptr[int32](8), NodeIdleTimeBeforeScaleDown: to.Ptr("PT5M"),
			},
		}},
	}, nil)
	poll(t, update, err)
	got := must(client.Get(t.Context(), group, ws, "CPU-cluster", nil))(t).Properties.(*armmachinelearning.AmlCompute).Properties
	if *got.ScaleSettings.MaxNodeCount != 8 || *got.CurrentNodeCount != 2 || *got.NodeStateCounts.RunningNodeCount != 1 ||
		*got.NodeStateCounts.IdleNodeCount != 1 || *got.AllocationState != armmachinelearning.AllocationStateSteady {
		t.Errorf("got %+v", got)
	}
	nodes := all(t, client.NewListNodesPager(group, ws, "cpu-cluster", nil))[0].Nodes
	if len(nodes) != 2 || *nodes[0].NodeState != armmachinelearning.NodeStateRunning || *nodes[1].NodeState != armmachinelearning.NodeStateIdle {
		t.Errorf("nodes %+v", nodes)
	}
	if pages := all(t, client.NewListPager(group, ws, nil)); len(pages[0].Value) != 1 || *pages[0].Value[0].Name != "cpu-cluster" {
		t.Errorf("computes %+v", pages[0].Value)
	}

	_, err = client.BeginDelete(t.Context(), group, ws, "cpu-cluster", armmachinelearning.UnderlyingResourceActionDelete, nil)
	fails(t, err, http.StatusConflict, "Conflict")
	h.runner.setNodes("cpu-cluster", workspace.Nodes{Current: 1, Idle: 1})
	_, err = client.BeginDelete(t.Context(), group, ws, "cpu-cluster", armmachinelearning.UnderlyingResourceActionDetach, nil)
	fails(t, err, http.StatusBadRequest, "UserError")
	for range 2 { // the second finds nothing, which is fine
		gone, err := client.BeginDelete(t.Context(), group, ws, "cpu-cluster", armmachinelearning.UnderlyingResourceActionDelete, nil)
		poll(t, gone, err)
	}
	_, err = client.Get(t.Context(), group, ws, "cpu-cluster", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}

func TestComputeOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.runner.setNodes("cpu", workspace.Nodes{Current: 1, Idle: 1})
	a := h.ask("PUT", "computes/cpu?api-version=2024-04-01", clusterBody).want(t, http.StatusCreated)
	golden.Check(t, h.shape(a), "testdata/compute_created.golden")
	status := strings.TrimPrefix(a.header.Get("Azure-AsyncOperation"), h.server.URL)
	a = h.ask("GET", status, "").want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/compute_operation.golden")
	h.runner.setNodes("cpu", workspace.Nodes{Current: 1, Busy: 1, Waiting: 9})
	a = h.ask("GET", "computes/cpu", "").want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/compute_busy.golden")
	h.ask("PUT", "computes/cpu", strings.Replace(clusterBody, "DS3", "DS4", 1)).want(t, http.StatusConflict)

	h.runner.setNodes("cpu", workspace.Nodes{})
	h.ask("DELETE", "computes/cpu", "").want(t, http.StatusBadRequest)
	h.ask("DELETE", "computes/cpu?underlyingResourceAction=Delete", "").want(t, http.StatusOK)
	a = h.ask("GET", status, "").want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/compute_operation_gone.golden")
}

func TestComputeRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	tests := map[string]struct {
		name, body, says string
		status           int
	}{
		"reserved name":  {"Serverless", clusterBody, "Serverless is a name", 400},
		"local":          {"local", clusterBody, "local is a name", 400},
		"bad name":       {"-cpu", clusterBody, "computeName", 400},
		"other type":     {"c", `{"properties":{"computeType":"ComputeInstance","properties":{}}}`, `computes of type \"ComputeInstance\"`, 501},
		"unknown type":   {"c", `{"properties":{"computeType":"Abacus"}}`, `\"Abacus\"`, 501},
		"no type":        {"c", `{"properties":{}}`, `computes of type`, 501},
		"no properties":  {"c", `{}`, "a compute has some", 400},
		"no size":        {"c", strings.Replace(clusterBody, "vmSize", "x", 1), "vmSize", 400},
		"no scale":       {"c", strings.Replace(clusterBody, "scaleSettings", "x", 1), "maxNodeCount", 400},
		"fewer than few": {"c", strings.Replace(clusterBody, `"maxNodeCount":4`, `"maxNodeCount":0`, 1), "minNodeCount 1 is more", 400},
		"negative":       {"c", strings.Replace(clusterBody, `"minNodeCount":1`, `"minNodeCount":-1`, 1), "negative", 400},
		"duration": {"c", strings.Replace(clusterBody, `"minNodeCount":1`, `"nodeIdleTimeBeforeScaleDown":"120"`, 1),
			"not a duration", 400},
		"subnet":   {"c", strings.Replace(clusterBody, `"vmSize"`, `"subnet":{"id":"x"},"vmSize"`, 1), "not taken", 400},
		"not JSON": {"c", `{`, "not a JSON object", 400},
		"null":     {"c", `null`, "null", 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := h.ask("PUT", "computes/"+test.name, test.body).want(t, test.status)
			if !strings.Contains(a.text, test.says) {
				t.Errorf("got %s, want it to say %q", a.text, test.says)
			}
		})
	}
}

// What is meant for compute instances and attached computes is refused as the
// service does.
func TestComputeOfAnotherKind(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group, ws := h.factory().NewComputeClient(), h.scope.ResourceGroup, h.scope.Workspace
	h.ask("PUT", "computes/cpu", clusterBody).want(t, http.StatusCreated)
	_, err := client.BeginStart(t.Context(), group, ws, "cpu", nil)
	fails(t, err, http.StatusBadRequest, "UnsupportedComputeOperation")
	_, err = client.BeginStop(t.Context(), group, ws, "cpu", nil)
	fails(t, err, http.StatusBadRequest, "UnsupportedComputeOperation")
	_, err = client.BeginRestart(t.Context(), group, ws, "cpu", nil)
	fails(t, err, http.StatusBadRequest, "UnsupportedComputeOperation")
	_, err = client.ListKeys(t.Context(), group, ws, "cpu", nil)
	fails(t, err, http.StatusBadRequest, "UnsupportedComputeOperation")
	_, err = client.BeginStart(t.Context(), group, ws, "nosuch", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}
