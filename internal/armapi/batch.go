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

// batchHandlers are the operations on batch endpoints and their deployments.
// Endpoints are invoked at their scoring URI, which is another door's: see
// package pipelinesapi.
func batchHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"BatchEndpointsClient.CreateOrUpdate": (*call).putEndpoint,
		"BatchEndpointsClient.Get":            (*call).getEndpoint,
		"BatchEndpointsClient.Update":         (*call).patchEndpoint,
		"BatchEndpointsClient.Delete":         (*call).deleteEndpoint,
		"BatchEndpointsClient.List":           (*call).listEndpoints,
		"BatchEndpointsClient.ListKeys":       (*call).listEndpointKeys,

		"BatchDeploymentsClient.CreateOrUpdate": (*call).putDeployment,
		"BatchDeploymentsClient.Get":            (*call).getDeployment,
		"BatchDeploymentsClient.Update":         (*call).patchDeployment,
		"BatchDeploymentsClient.Delete":         (*call).deleteDeployment,
		"BatchDeploymentsClient.List":           (*call).listDeployments,
	}
}

// scoringBase is where the jobs of batch endpoints are: azure-ai-ml looks for
// them there too.
const scoringBase = "/mferp/managementfrontend"

func (c *call) endpointKey() workspace.ResourceKey {
	return c.key(workspace.Endpoints, c.vars["endpointName"])
}

// endpoint is the one that the path names.
func (c *call) endpoint() (*workspace.Resource, error) {
	r, err := c.resources().Resource(c.ctx(), c.endpointKey())
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, notFound("there is no batch endpoint %s in workspace %s", c.vars["endpointName"], c.scope.Workspace)
	}
	return r, err
}

func (c *call) putEndpoint() error {
	var body armmachinelearning.BatchEndpoint
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	if _, err := arm.DecodeBatchEndpoint(c.vars["endpointName"], body); err != nil {
		return err
	}
	if err := c.checkEndpoint(body); err != nil {
		return err
	}
	r, made, err := c.change(c.endpointKey(), func(old *workspace.Resource) (object, error) {
		now, err := kept(text)
		if err != nil {
			return nil, err
		}
		return now, keepOwn(now, old)
	})
	if err != nil {
		return err
	}
	if made {
		c.asyncOperation(r.ResourceKey)
		return c.replyEndpoint(http.StatusCreated, r)
	}
	return c.replyEndpoint(http.StatusOK, r)
}

// checkEndpoint refuses what the endpoint could not do.
func (c *call) checkEndpoint(body armmachinelearning.BatchEndpoint) error {
	p := body.Properties
	if p.AuthMode != nil && strings.EqualFold(string(*p.AuthMode), string(armmachinelearning.EndpointAuthModeKey)) {
		return &fault{
			status: http.StatusBadRequest, code: "UserError", target: "properties.authMode",
			message: "batch endpoints have no keys: authMode is AADToken",
		}
	}
	if p.Defaults == nil || p.Defaults.DeploymentName == nil || *p.Defaults.DeploymentName == "" {
		return nil
	}
	name := *p.Defaults.DeploymentName
	_, err := c.resources().Resource(c.ctx(), c.key(workspace.Deployments, c.vars["endpointName"]+"/"+name))
	if errors.Is(err, workspace.ErrNotFound) || errors.Is(err, workspace.ErrInvalid) {
		return &fault{
			status: http.StatusBadRequest, code: "UserError", target: "properties.defaults.deploymentName",
			message: "the endpoint has no deployment " + name,
		}
	}
	return err
}

// keepOwn keeps what this package alone knows of a resource.
func keepOwn(now object, old *workspace.Resource) error {
	delete(now, ownMember)
	if old == nil {
		return nil
	}
	before, err := parseObject(old.Body)
	if err != nil {
		return err
	}
	if text, ok := before[ownMember]; ok {
		now[ownMember] = text
	}
	return nil
}

func (c *call) replyEndpoint(status int, r *workspace.Resource) error {
	shown, err := c.showEndpoint(r)
	if err != nil {
		return err
	}
	return c.reply(status, shown)
}

func (c *call) showEndpoint(r *workspace.Resource) (any, error) {
	id := c.scope.ARMID() + "/batchEndpoints/" + r.Name
	shown, err := envelope(r, id, "workspaces/batchEndpoints", func(p object) {
		p.setIfMissing("authMode", armmachinelearning.EndpointAuthModeAADToken)
		p.setIfMissing("properties", object{})
		p.setIfMissing("defaults", object{})
		p.set("provisioningState", "Succeeded")
		p.set("scoringUri", c.data()+scoringBase+id+"/jobs")
	})
	if err != nil {
		return nil, err
	}
	c.tracked(shown)
	return shown, nil
}

// tracked adds what tracked resources have.
func (c *call) tracked(o object) {
	delete(o, ownMember)
	o.setIfMissing("location", c.Location)
	o.setIfMissing("tags", object{})
}

func (c *call) getEndpoint() error {
	r, err := c.endpoint()
	if err != nil {
		return err
	}
	return c.replyEndpoint(http.StatusOK, r)
}

// patchEndpoint changes tags and identity.
func (c *call) patchEndpoint() error {
	return c.patch(c.endpointKey(), new(armmachinelearning.PartialMinimalTrackedResourceWithIdentity), c.replyEndpoint)
}

// patch changes the members of a resource that the request gives. Those that
// typed, a model of the SDK, does not have are passed over.
func (c *call) patch(key workspace.ResourceKey, typed any, reply func(int, *workspace.Resource) error) error {
	if _, err := c.decode(typed); err != nil {
		return err
	}
	text, err := json.Marshal(typed)
	if err != nil {
		return fmt.Errorf("write the changes of %s: %w", key.Name, err)
	}
	r, _, err := c.change(key, func(old *workspace.Resource) (object, error) {
		if old == nil {
			return nil, notFound("there is no %s %s in workspace %s", key.Collection, key.Name, c.scope.Workspace)
		}
		now, err := patched(old, text)
		if err != nil {
			return nil, err
		}
		return now, keepOwn(now, old)
	})
	if err != nil {
		return err
	}
	return reply(http.StatusOK, r)
}

// delete deletes a resource, 200, or says that there is none, 204.
func (c *call) delete(key workspace.ResourceKey) error {
	found, err := c.remove(key)
	if err != nil {
		return err
	}
	if !found {
		return c.reply(http.StatusNoContent, nil)
	}
	return c.reply(http.StatusOK, nil)
}

// deleteEndpoint deletes an endpoint with its deployments. What they published
// stays callable by its id until it is disabled.
func (c *call) deleteEndpoint() error { return c.delete(c.endpointKey()) }

func (c *call) listEndpoints() error {
	q := workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Endpoints}
	return c.listResources(q, "count", c.showEndpoint)
}

// listEndpointKeys says that there are none: see [call.checkEndpoint].
func (c *call) listEndpointKeys() error {
	if _, err := c.endpoint(); err != nil {
		return err
	}
	return badRequest("UserError", "batch endpoint %s has no keys: it takes the tokens that this server takes", c.vars["endpointName"])
}

func (c *call) deploymentKey() workspace.ResourceKey {
	return c.key(workspace.Deployments, c.vars["endpointName"]+"/"+c.vars["deploymentName"])
}

func (c *call) replyDeployment(status int, r *workspace.Resource) error {
	shown, err := c.showDeployment(r)
	if err != nil {
		return err
	}
	return c.reply(status, shown)
}

func (c *call) showDeployment(r *workspace.Resource) (any, error) {
	endpoint, name, _ := strings.Cut(r.Name, "/")
	id := c.scope.ARMID() + "/batchEndpoints/" + endpoint + "/deployments/" + name
	shown, err := envelope(r, id, "workspaces/batchEndpoints/deployments", func(p object) {
		p.setIfMissing("properties", object{})
		p.set("provisioningState", "Succeeded")
	})
	if err != nil {
		return nil, err
	}
	c.tracked(shown)
	return shown, nil
}

func (c *call) getDeployment() error {
	r, err := c.resources().Resource(c.ctx(), c.deploymentKey())
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("batch endpoint %s has no deployment %s", c.vars["endpointName"], c.vars["deploymentName"])
	}
	if err != nil {
		return err
	}
	return c.replyDeployment(http.StatusOK, r)
}

// patchDeployment changes tags and description. What is published stays.
func (c *call) patchDeployment() error {
	body := new(armmachinelearning.PartialBatchDeploymentPartialMinimalTrackedResourceWithProperties)
	return c.patch(c.deploymentKey(), body, c.replyDeployment)
}

func (c *call) deleteDeployment() error { return c.delete(c.deploymentKey()) }

func (c *call) listDeployments() error {
	if _, err := c.endpoint(); err != nil {
		return err
	}
	q := workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Deployments, Under: c.vars["endpointName"]}
	return c.listResources(q, "$top", c.showDeployment)
}

// propertiesIn are the texts under properties.properties of a body.
func propertiesIn(p object) map[string]string {
	out := map[string]string{}
	var given map[string]*string
	if err := json.Unmarshal(p["properties"], &given); err != nil {
		return out
	}
	for name, text := range given {
		if text != nil {
			out[name] = *text
		}
	}
	return out
}
