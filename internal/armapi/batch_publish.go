package armapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Properties of deployments that say what they publish.
const (
	propertyPipelineID = "ischia.pipelineId"
	propertyVersion    = "ischia.pipelineVersion"
)

// publication is a deployment with what it publishes.
type publication struct {
	deployment *workspace.Resource
	// endpoint is the name as the ledger has it.
	endpoint string
	// component is the id of the component, with its version.
	component string
	settings  map[string]string
	digest    string
	id        string
}

// putDeployment deploys a pipeline component, and publishes it: the pipeline
// gets an id, under which it can be called from then on, and which depends on
// the endpoint and the definition alone.
func (c *call) putDeployment() error {
	endpoint, err := c.endpoint()
	if err != nil {
		return err
	}
	var body armmachinelearning.BatchDeployment
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	p, err := c.publication(endpoint, text, body)
	if err != nil {
		return err
	}
	old, err := c.resources().Resource(c.ctx(), c.deploymentKey())
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return err
	}
	if old != nil {
		p.deployment.CreatedBy = old.CreatedBy
	}
	if err := c.publish(p, body); err != nil {
		return err
	}
	r, err := c.resources().Resource(c.ctx(), c.deploymentKey())
	if err != nil {
		return err
	}
	if old != nil {
		return c.replyDeployment(http.StatusOK, r)
	}
	c.asyncOperation(r.ResourceKey)
	return c.replyDeployment(http.StatusCreated, r)
}

// publication reads what a deployment is of. What is wrong with the component
// is found now, and not when it is called.
func (c *call) publication(endpoint *workspace.Resource, text json.RawMessage, body armmachinelearning.BatchDeployment) (*publication, error) {
	if body.Properties != nil {
		if _, ok := body.Properties.DeploymentConfiguration.(*armmachinelearning.BatchPipelineComponentDeploymentConfiguration); !ok {
			return nil, unsupported("%s of a model is not implemented by the embedded workspace: deploy a pipeline component", c.op.Name)
		}
	}
	options := arm.DecodeOptions{Scope: arm.Scope(c.scope), Lookup: c.Lookup(c.scope)}
	if _, err := arm.DecodeBatchDeployment(endpoint.Name, c.vars["deploymentName"], body, options); err != nil {
		return nil, err
	}
	config := body.Properties.DeploymentConfiguration.(*armmachinelearning.BatchPipelineComponentDeploymentConfiguration)
	p := &publication{endpoint: endpoint.Name, settings: map[string]string{}}
	for name, text := range config.Settings {
		if text != nil && !strings.HasPrefix(name, "_") {
			p.settings[name] = *text
		}
	}
	if err := c.component(p, *config.ComponentID.AssetID, options); err != nil {
		return nil, err
	}
	p.id = uuid.NewSHA1(uuid.MustParse(workspace.ID(c.scope)), []byte(p.endpoint+"\n"+p.digest)).String()
	now, err := kept(text)
	if err != nil {
		return nil, err
	}
	delete(now, ownMember)
	p.deployment = &workspace.Resource{ResourceKey: c.deploymentKey(), CreatedBy: c.User}
	p.deployment.Body, err = now.raw()
	return p, err
}

// component looks at the component that is deployed. A label stands for the
// version that it means now.
func (c *call) component(p *publication, id string, options arm.DecodeOptions) error {
	const target = "properties.deploymentConfiguration.componentId.assetId"
	r, err := c.lookup(c.scope).find(c.ctx(), workspace.Components, id)
	if err != nil {
		return err
	}
	if r == nil {
		return &fault{status: http.StatusBadRequest, code: "UserError", message: "there is no component " + id, target: target}
	}
	p.component = versionID(r)
	var body struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return fmt.Errorf("read component %s: %w", id, err)
	}
	if err := checkPipeline(c.ctx(), r, body.Properties, options); err != nil {
		var f *fault
		if errors.As(err, &f) {
			f.target = target
		}
		return err
	}
	p.digest, err = definitionDigest(body.Properties, p.settings)
	if err != nil {
		return fmt.Errorf("read component %s: %w", id, err)
	}
	return nil
}

// versionID is the id of a version of a workspace or registry.
func versionID(r *workspace.Resource) string {
	if r.Scope == workspace.RegistryScope(r.Scope.Workspace) {
		return fmt.Sprintf("azureml://registries/%s/%s/%s/versions/%s", r.Scope.Workspace, r.Collection, r.Name, r.Version)
	}
	return arm.Scope(r.Scope).Version(string(r.Collection), r.Name, r.Version)
}

// checkPipeline refuses what is no pipeline, or a wrong one.
func checkPipeline(ctx context.Context, r *workspace.Resource, properties json.RawMessage, options arm.DecodeOptions) error {
	component, err := arm.DecodeComponent(ctx, r.Name, r.Version, properties, options)
	if err != nil {
		return err
	}
	if component.Type != "pipeline" {
		return badRequest("UserError", "component %s:%s is of type %s: what is deployed here is a pipeline component", r.Name, r.Version, component.Type)
	}
	return nil
}

// definitionDigest is the digest of what is published: the component as it is
// registered, code and environments of which are named by their contents, and
// the settings. Where somebody's file stood when it was published is no part of
// it, nor is the order of members.
func definitionDigest(properties json.RawMessage, settings map[string]string) (string, error) {
	var p struct {
		ComponentSpec json.RawMessage `json:"componentSpec"`
	}
	if err := json.Unmarshal(properties, &p); err != nil {
		return "", err
	}
	spec, err := plainJSON(p.ComponentSpec)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"componentSpec": withoutPlaces(spec), "settings": settings})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(text)), nil
}

// withoutPlaces drops what says where something was written.
func withoutPlaces(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "ischia.source")
		for name, member := range v {
			v[name] = withoutPlaces(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutPlaces(v[i])
		}
	}
	return v
}

// publishedProperties are those of a published pipeline, as package
// pipelinesapi reads them.
type publishedProperties struct {
	Endpoint         string            `json:"endpoint"`
	Deployment       string            `json:"deployment"`
	ComponentID      string            `json:"componentId"`
	DefinitionDigest string            `json:"definitionDigest"`
	Description      string            `json:"description"`
	Version          int               `json:"version"`
	IsDisabled       bool              `json:"isDisabled"`
	Settings         map[string]string `json:"settings"`
	ExperimentName   string            `json:"experimentName"`
}

// publish writes the deployment and the published pipeline, both or neither.
// What is published again stays what it was, and can be called again.
func (c *call) publish(p *publication, body armmachinelearning.BatchDeployment) error {
	key := c.key(workspace.Pipelines, p.id)
	old, err := c.resources().Resource(c.ctx(), key)
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return err
	}
	properties := publishedProperties{
		Endpoint: p.endpoint, Deployment: c.vars["deploymentName"], ComponentID: p.component, DefinitionDigest: p.digest,
		Settings: p.settings, ExperimentName: p.endpoint,
	}
	if body.Properties.Description != nil {
		properties.Description = *body.Properties.Description
	}
	pipeline := &workspace.Resource{ResourceKey: key, CreatedBy: c.User}
	if old != nil {
		before, err := publishedOf(old)
		if err != nil {
			return err
		}
		pipeline.CreatedBy, properties.Version = old.CreatedBy, before.Version
	} else if properties.Version, err = c.nextVersion(p.endpoint); err != nil {
		return err
	}
	if pipeline.Body, err = json.Marshal(map[string]any{"properties": properties}); err != nil {
		return fmt.Errorf("write pipeline %s: %w", p.id, err)
	}
	if err := p.name(properties.Version); err != nil {
		return err
	}
	return c.resources().PutResources(c.ctx(), p.deployment, pipeline)
}

// name says in the deployment what it publishes.
func (p *publication) name(version int) error {
	body, err := parseObject(p.deployment.Body)
	if err != nil {
		return err
	}
	properties, err := parseObject(body["properties"])
	if err != nil {
		return err
	}
	texts := propertiesIn(properties)
	texts[propertyPipelineID], texts[propertyVersion] = p.id, fmt.Sprint(version)
	properties.set("properties", texts)
	body.set("properties", properties)
	p.deployment.Body, err = body.raw()
	return err
}

func publishedOf(r *workspace.Resource) (*publishedProperties, error) {
	var body struct {
		Properties publishedProperties `json:"properties"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return nil, fmt.Errorf("read pipeline %s: %w", r.Name, err)
	}
	return &body.Properties, nil
}

// versions is what an endpoint remembers of the pipelines published under it.
type versions struct {
	Versions int `json:"versions"`
}

// nextVersion takes the next number of an endpoint's pipelines. It is taken in
// the endpoint, where no two publishers can take the same; an endpoint that was
// deleted and made anew goes on where its pipelines are.
func (c *call) nextVersion(endpoint string) (int, error) {
	list, err := c.resources().Resources(c.ctx(), workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Pipelines})
	if err != nil {
		return 0, err
	}
	last := 0
	for _, r := range list {
		p, err := publishedOf(r)
		if err != nil {
			return 0, err
		}
		if strings.EqualFold(p.Endpoint, endpoint) {
			last = max(last, p.Version)
		}
	}
	var count versions
	_, _, err = c.change(c.key(workspace.Endpoints, endpoint), func(old *workspace.Resource) (object, error) {
		if old == nil {
			return nil, notFound("there is no batch endpoint %s in workspace %s", endpoint, c.scope.Workspace)
		}
		body, err := parseObject(old.Body)
		if err != nil {
			return nil, err
		}
		if text, ok := body[ownMember]; ok {
			if err := json.Unmarshal(text, &count); err != nil {
				return nil, fmt.Errorf("read endpoint %s: %w", endpoint, err)
			}
		}
		count.Versions = max(count.Versions, last) + 1
		body.set(ownMember, count)
		return body, nil
	})
	return count.Versions, err
}
