package armapi

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

var durationForm = regexp.MustCompile(`^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`)

// isDuration reports whether text is one as ISO 8601 writes it.
func isDuration(text string) bool {
	last := len(text) - 1
	return last > 1 && text[last] != 'T' && durationForm.MatchString(text)
}

// idleTime is how long a node stays without work when the client does not say.
const idleTime = "PT120S"

func (c *call) replyCompute(status int, r *workspace.Resource) error {
	o, err := c.showCompute(r)
	if err != nil {
		return err
	}
	return c.reply(status, o)
}

// showCompute is a cluster as ARM shows it, with the state that it has now.
func (c *call) showCompute(r *workspace.Resource) (object, error) {
	nodes, err := c.Runner.Nodes(c.ctx(), c.scope, r.Name)
	if err != nil {
		return nil, fmt.Errorf("state of compute %s: %w", r.Name, err)
	}
	body, err := parseObject(r.Body)
	if err != nil {
		return nil, err
	}
	body.setIfMissing("location", c.Location)
	var inner object
	o, err := envelope(r, c.scope.ARMID()+"/computes/"+r.Name, "workspaces/computes", func(p object) {
		if inner, err = parseObject(p["properties"]); err != nil {
			return
		}
		c.nodeProperties(inner, r, nodes)
		computeProperties(p, r, body.string("location"))
		p.set("properties", inner)
	})
	if err != nil {
		return nil, err
	}
	o["location"] = body["location"]
	o.setIfMissing("tags", object{})
	return o, nil
}

// computeProperties adds what the service says of any compute.
func computeProperties(p object, r *workspace.Resource, location string) {
	p.set("computeType", amlCompute)
	p.set("computeLocation", location)
	p.set("provisioningState", "Succeeded")
	p.set("provisioningErrors", nil)
	p.set("isAttachedCompute", false)
	p.set("createdOn", r.Created)
	p.set("modifiedOn", r.Modified)
	p.set("resourceId", nil)
	p.setIfMissing("disableLocalAuth", true)
}

// nodeProperties adds what the service says of a cluster: what it has by
// default, and what its nodes do.
func (c *call) nodeProperties(p object, r *workspace.Resource, n workspace.Nodes) {
	var scale object
	cluster, err := clusterOf(r)
	if err == nil {
		scale, err = parseObject(p["scaleSettings"])
	}
	if err != nil {
		scale = object{} // a body that was checked when it came
	}
	least, most := cluster.bounds()
	scale.setIfMissing("minNodeCount", least)
	scale.setIfMissing("nodeIdleTimeBeforeScaleDown", idleTime)
	p.set("scaleSettings", scale)
	p.setIfMissing("vmPriority", "Dedicated")
	p.setIfMissing("osType", "Linux")
	p.setIfMissing("remoteLoginPortPublicAccess", "NotSpecified")
	p.setIfMissing("enableNodePublicIp", true)
	p.setIfMissing("isolatedNetwork", false)

	target := min(most, max(least, n.Busy+n.Waiting, n.Busy+n.Idle))
	state := "Steady"
	if target != n.Current {
		state = "Resizing"
	}
	p.set("allocationState", state)
	p.set("allocationStateTransitionTime", lastOf(n.Changed, r.Modified))
	p.set("currentNodeCount", n.Current)
	p.set("targetNodeCount", target)
	p.set("nodeStateCounts", map[string]int{
		"runningNodeCount": n.Busy, "idleNodeCount": n.Idle,
		"preparingNodeCount": 0, "leavingNodeCount": 0, "preemptedNodeCount": 0, "unusableNodeCount": 0,
	})
	p.set("errors", nil)
}

func lastOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a.UTC()
	}
	return b.UTC()
}

// clusterNode is one node of a cluster. Which job it runs is not known here.
type clusterNode struct {
	ID        string `json:"nodeId"`
	PrivateIP string `json:"privateIpAddress"`
	State     string `json:"nodeState"`
}

// listNodes lists the nodes that a cluster has now: busy ones first. They are
// slots of this machine, and have no names but their numbers.
func (c *call) listNodes() error {
	r, err := c.compute()
	if err != nil {
		return err
	}
	n, err := c.Runner.Nodes(c.ctx(), c.scope, r.Name)
	if err != nil {
		return fmt.Errorf("state of compute %s: %w", r.Name, err)
	}
	nodes := []clusterNode{}
	for i := range n.Current {
		state := "idle"
		if i < n.Busy {
			state = "running"
		}
		nodes = append(nodes, clusterNode{ID: fmt.Sprintf("slot-%d", i+1), PrivateIP: "127.0.0.1", State: state})
	}
	return c.reply(http.StatusOK, map[string]any{"nodes": nodes})
}
