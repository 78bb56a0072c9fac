package armapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// computeHandlers are the operations on computes. The one kind there is here is
// the cluster, a queue whose nodes are slots on this machine.
func computeHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"ComputeClient.CreateOrUpdate": (*call).putCompute,
		"ComputeClient.Get":            (*call).getCompute,
		"ComputeClient.List":           (*call).listComputes,
		"ComputeClient.Update":         (*call).patchCompute,
		"ComputeClient.Delete":         (*call).deleteCompute,
		"ComputeClient.ListNodes":      (*call).listNodes,
		"ComputeClient.ListKeys":       (*call).computeOfAnotherKind,
		"ComputeClient.Start":          (*call).computeOfAnotherKind,
		"ComputeClient.Stop":           (*call).computeOfAnotherKind,
		"ComputeClient.Restart":        (*call).computeOfAnotherKind,
	}
}

// amlCompute is the kind of compute there is.
const amlCompute = "AmlCompute"

// putCompute makes or changes a cluster. The answer is 201 with a place to ask
// at, even though all is done: older clients for Python lose the type of a
// compute whose PUT is answered with the end.
func (c *call) putCompute() error {
	var body armmachinelearning.ComputeResource
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	name := c.vars["computeName"]
	if err := checkCluster(name, body); err != nil {
		return err
	}
	key := c.key(workspace.Computes, name)
	r, _, err := c.change(key, func(old *workspace.Resource) (object, error) {
		return newCluster(old, text)
	})
	if err != nil {
		return err
	}
	c.asyncOperation(key)
	return c.replyCompute(http.StatusCreated, r)
}

// checkCluster says what is wrong with the body of a compute.
func checkCluster(name string, body armmachinelearning.ComputeResource) error {
	switch strings.ToLower(name) {
	case "serverless", "local", "datafactory":
		return badRequest("ComputeNameReserved", "%s is a name that jobs use for a compute that the workspace has anyway", name)
	}
	if body.Properties == nil {
		return badRequest("UserError", "properties: a compute has some")
	}
	if _, ok := body.Properties.(*armmachinelearning.AmlCompute); !ok {
		kind := ""
		if t := body.Properties.GetCompute().ComputeType; t != nil {
			kind = string(*t)
		}
		return unsupported("computes of type %q are not implemented by the embedded workspace; %s is", kind, amlCompute)
	}
	cluster, err := arm.DecodeCompute(name, body)
	if err != nil {
		return err
	}
	if cluster.Size.Value == "" {
		return badRequest("UserError", "properties.properties.vmSize: a cluster has one")
	}
	return checkScale(body.Properties.(*armmachinelearning.AmlCompute).Properties.ScaleSettings)
}

// checkScale says what is wrong with the scale settings of a cluster.
func checkScale(s *armmachinelearning.ScaleSettings) error {
	if s == nil || s.MaxNodeCount == nil {
		return badRequest("UserError", "properties.properties.scaleSettings.maxNodeCount: a cluster has one")
	}
	least, most := int32(0), *s.MaxNodeCount
	if s.MinNodeCount != nil {
		least = *s.MinNodeCount
	}
	switch {
	case most < 0 || least < 0:
		return badRequest("UserError", "properties.properties.scaleSettings: node counts are not negative")
	case least > most:
		return badRequest("UserError",
			"properties.properties.scaleSettings: minNodeCount %d is more than maxNodeCount %d", least, most)
	}
	if t := s.NodeIdleTimeBeforeScaleDown; t != nil && !isDuration(*t) {
		return badRequest("UserError", "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown: %.40q is not a duration such as PT120S", *t)
	}
	return nil
}

// newCluster is the body of a cluster that is put in the place of old. What
// cannot change on Azure, does not here.
func newCluster(old *workspace.Resource, text json.RawMessage) (object, error) {
	fresh, err := kept(text)
	if err != nil || old == nil {
		return fresh, err
	}
	was, err := clusterOf(old)
	if err != nil {
		return nil, err
	}
	now, err := clusterOf(&workspace.Resource{Body: text})
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(was.size(), now.size()) {
		return nil, conflict("the size of the nodes of %s is %s and cannot change; delete the cluster first", old.Name, was.size())
	}
	return fresh, nil
}

// cluster is what this package reads of a cluster's body.
type cluster struct {
	Properties struct {
		Properties struct {
			VMSize        string `json:"vmSize"`
			ScaleSettings struct {
				MinNodeCount int `json:"minNodeCount"`
				MaxNodeCount int `json:"maxNodeCount"`
			} `json:"scaleSettings"`
		} `json:"properties"`
	} `json:"properties"`
}

func (c cluster) size() string { return c.Properties.Properties.VMSize }

// bounds are the fewest and the most nodes that a cluster has.
func (c cluster) bounds() (least, most int) {
	s := c.Properties.Properties.ScaleSettings
	return s.MinNodeCount, s.MaxNodeCount
}

func clusterOf(r *workspace.Resource) (cluster, error) {
	var c cluster
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return c, badRequest("InvalidRequestContent", "the compute %s: %v", r.Name, err)
	}
	return c, nil
}

// compute is the cluster of the path.
func (c *call) compute() (*workspace.Resource, error) {
	return c.resources().Resource(c.ctx(), c.key(workspace.Computes, c.vars["computeName"]))
}

func (c *call) getCompute() error {
	r, err := c.compute()
	if err != nil {
		return err
	}
	return c.replyCompute(http.StatusOK, r)
}

func (c *call) listComputes() error {
	return c.listResources(
		workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Computes}, "",
		func(r *workspace.Resource) (any, error) { return c.showCompute(r) },
	)
}

// patchCompute changes scale settings. The SDK takes no other status than 200,
// with a place to ask at.
func (c *call) patchCompute() error {
	var body armmachinelearning.ClusterUpdateParameters
	if _, err := c.decode(&body); err != nil {
		return err
	}
	if body.Properties == nil || body.Properties.Properties == nil {
		return badRequest("UserError", "properties.properties.scaleSettings: nothing else of a cluster can change, and it is not given")
	}
	s := body.Properties.Properties.ScaleSettings
	if err := checkScale(s); err != nil {
		return err
	}
	key := c.key(workspace.Computes, c.vars["computeName"])
	r, _, err := c.change(key, func(old *workspace.Resource) (object, error) {
		if old == nil {
			return nil, notFound("the compute %s was not found", key.Name)
		}
		return rescaled(old, s)
	})
	if err != nil {
		return err
	}
	c.asyncOperation(key)
	return c.replyCompute(http.StatusOK, r)
}

// rescaled is the body of a cluster with other scale settings.
func rescaled(old *workspace.Resource, s *armmachinelearning.ScaleSettings) (object, error) {
	body, err := parseObject(old.Body)
	if err != nil {
		return nil, err
	}
	outer, err := parseObject(body["properties"])
	if err != nil {
		return nil, err
	}
	inner, err := parseObject(outer["properties"])
	if err != nil {
		return nil, err
	}
	inner.set("scaleSettings", s)
	outer.set("properties", inner)
	body.set("properties", outer)
	return body, nil
}

// deleteCompute deletes a cluster that nobody uses. Azure ends what runs on it;
// here a job is ended by who started it.
func (c *call) deleteCompute() error {
	switch action := c.query("underlyingResourceAction"); action {
	case "Delete":
	case "Detach":
		return badRequest("UserError", "underlyingResourceAction=Detach: the nodes of an %s are the workspace's own; only Delete is possible", amlCompute)
	default:
		return badRequest("UserError", "underlyingResourceAction=%.40q: must be Delete or Detach", action)
	}
	key := c.key(workspace.Computes, c.vars["computeName"])
	switch _, err := c.compute(); {
	case errors.Is(err, workspace.ErrNotFound):
		return c.reply(http.StatusNoContent, nil)
	case err != nil:
		return err
	}
	n, err := c.Runner.Nodes(c.ctx(), c.scope, key.Name)
	if err != nil {
		return fmt.Errorf("state of compute %s: %w", key.Name, err)
	}
	if n.Busy+n.Waiting > 0 {
		return conflict("the compute %s is in use: %d steps run on it, %d wait; cancel their jobs first", key.Name, n.Busy, n.Waiting)
	}
	if _, err := c.remove(key); err != nil {
		return err
	}
	return c.reply(http.StatusOK, nil)
}

// computeOfAnotherKind answers what is meant for a compute instance, or for an
// attached compute, as the service answers it for a cluster.
func (c *call) computeOfAnotherKind() error {
	if _, err := c.compute(); err != nil {
		return err
	}
	meant := "a ComputeInstance"
	if strings.HasSuffix(c.op.Name, ".ListKeys") {
		meant = "an attached compute"
	}
	_, verb, _ := strings.Cut(c.op.Name, ".")
	return badRequest("UnsupportedComputeOperation",
		"%s is for %s; %s is an %s, whose nodes start and stop with the jobs that need them", verb, meant, c.vars["computeName"], amlCompute)
}
