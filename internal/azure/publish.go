package azure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/pipeline"
)

// Publication is what to publish a pipeline as.
type Publication struct {
	// Name is of the component, and nearly that of the endpoint, whose names
	// have fewer letters.
	Name, Description string
}

// Published is a pipeline that can be run by its GUID, or through its
// endpoint.
type Published struct {
	GUID                 string
	Endpoint, Deployment string
	// ScoringURI is where the endpoint is invoked.
	ScoringURI string
	// Component is the id of the version that was registered.
	Component string
	// Parameters are what whoever runs it may give, in order.
	Parameters []Parameter
	// MadeEndpoint and MadeDeployment: they were not there before.
	MadeEndpoint, MadeDeployment bool
}

// Parameter is an input of a published pipeline. Type is Azure ML's word.
type Parameter struct {
	Name, Type string
	// Default is nil for one that has to be given.
	Default *string
}

func parameters(c *pipeline.Component) []Parameter {
	var out []Parameter
	for _, in := range c.Inputs {
		p := Parameter{Name: in.Name, Type: string(in.Type)}
		if in.Default != nil {
			p.Default = &in.Default.Value
		}
		out = append(out, p)
	}
	return out
}

// pipelineProperty is where an ischia server says a published pipeline's GUID.
const pipelineProperty = "ischia.pipelineId"

// Publish registers a pipeline as a component and makes it the default of a
// batch endpoint. Everything is named by its content: the same pipeline again
// changes nothing.
func (c *Client) Publish(ctx context.Context, src Source, p *pipeline.Pipeline, as Publication) (Published, error) {
	component := componentOf(p)
	component.Name.Value = as.Name
	if component.Description.Value == "" {
		component.Description.Value = as.Description
	}
	version, err := c.registerComponent(ctx, src, component)
	if err != nil {
		return Published{}, err
	}
	id := c.target.Scope.Version("components", as.Name, version)
	settings := c.settings(p)
	out := Published{Endpoint: endpointName(as.Name), Deployment: deploymentName(version, settings), Component: id, Parameters: parameters(component)}
	endpoint, err := c.ensureEndpoint(ctx, out.Endpoint, as.Description)
	if err != nil {
		return out, err
	}
	out.MadeEndpoint = endpoint.made
	deployment, made, err := c.deploy(ctx, out, as.Description, settings, endpoint.location)
	if err != nil {
		return out, err
	}
	out.MadeDeployment = made
	if out.ScoringURI, err = c.makeDefault(ctx, out, endpoint); err != nil {
		return out, err
	}
	out.GUID, err = c.guid(ctx, out, deployment)
	return out, err
}

// registerComponent registers a version of a component, named by its content.
func (c *Client) registerComponent(ctx context.Context, src Source, component *pipeline.Component) (version string, err error) {
	o := c.encodeOptions(src)
	component.Version.Value = "1"
	body, err := arm.EncodeComponent(ctx, component, o)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("write the component %s: %w", component.Name.Value, err)
	}
	version = shortDigest(text)
	component.Version.Value = version
	if body, err = arm.EncodeComponent(ctx, component, o); err != nil {
		return "", err
	}
	s := c.target.Scope
	_, err = c.clients.NewComponentVersionsClient().Get(ctx, s.ResourceGroup, s.Workspace, component.Name.Value, version, nil)
	if err == nil || !isMissing(err) { // a version with a name is not put twice
		return version, doing("look for the component "+component.Name.Value, err)
	}
	_, err = o.Resolver.Component(ctx, component.Name.Value, version, body)
	return version, err
}

// shortDigest is enough of a digest to name what has few siblings.
func shortDigest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// settings are those of a deployment, which are texts. A step that failed ends
// the run.
func (c *Client) settings(p *pipeline.Pipeline) map[string]*string {
	s := c.target.Scope
	out := map[string]*string{}
	for name, text := range p.Settings.Other {
		out[name] = &text
	}
	for name, text := range map[string]string{
		"default_compute":   s.Reference("computes", firstText(p.Settings.DefaultCompute.Value, p.Compute.Value)),
		"default_datastore": s.Reference("datastores", p.Settings.DefaultDatastore.Value),
	} {
		if text != "" {
			out[name] = &text
		}
	}
	if f := p.Settings.ForceRerun; f != nil {
		out["force_rerun"] = to.Ptr(pipeline.PythonBool(*f))
	}
	out["continue_on_step_failure"] = to.Ptr(pipeline.PythonBool(false))
	return out
}

func firstText(list ...string) string {
	for _, text := range list {
		if text != "" {
			return text
		}
	}
	return ""
}

// deploymentName is that of a deployment of a component with settings.
func deploymentName(version string, settings map[string]*string) string {
	text := version
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		text += "\n" + name + "=" + *settings[name]
	}
	return "p-" + shortDigest([]byte(text))
}

// maxEndpointName is how long the name of an endpoint may be.
const maxEndpointName = 32

// endpointName is the name of the endpoint for a name that may have other
// letters than endpoints do. Names that differ stay different.
func endpointName(name string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name)
	plain = strings.Trim(plain, "-")
	if plain == "" || plain[0] >= '0' && plain[0] <= '9' {
		plain = "p-" + plain
	}
	if plain == name && len(plain) <= maxEndpointName {
		return plain
	}
	end := "-" + shortDigest([]byte(name))[:6]
	if len(plain) > maxEndpointName-len(end) {
		plain = strings.TrimRight(plain[:maxEndpointName-len(end)], "-")
	}
	return plain + end
}

// endpoint is what the workspace has under an endpoint's name.
type endpoint struct {
	body     armmachinelearning.BatchEndpoint
	location string
	made     bool
}

func (c *Client) ensureEndpoint(ctx context.Context, name, description string) (endpoint, error) {
	found, err := c.awaitEndpoint(ctx, name)
	switch {
	case err == nil && !isFailed(found.Properties.ProvisioningState):
		e := endpoint{body: found}
		if found.Location != nil {
			e.location = *found.Location
		}
		return e, nil
	case err != nil && !isMissing(err):
		return endpoint{}, doing("look for the endpoint "+name, err)
	}
	location, err := c.location(ctx)
	if err != nil {
		return endpoint{}, doing("create the endpoint "+name, err)
	}
	body, err := c.putEndpoint(ctx, name, armmachinelearning.BatchEndpoint{
		Location: &location,
		Properties: &armmachinelearning.BatchEndpointProperties{
			AuthMode: to.Ptr(armmachinelearning.EndpointAuthModeAADToken), Description: &description,
		},
	})
	return endpoint{body, location, true}, doing("create the endpoint "+name, err)
}

// awaitEndpoint is an endpoint once nobody makes or changes it any more.
func (c *Client) awaitEndpoint(ctx context.Context, name string) (armmachinelearning.BatchEndpoint, error) {
	s := c.target.Scope
	for {
		got, err := c.clients.NewBatchEndpointsClient().Get(ctx, s.ResourceGroup, s.Workspace, name, nil)
		if err != nil {
			return armmachinelearning.BatchEndpoint{}, err
		}
		if got.Properties == nil {
			got.Properties = &armmachinelearning.BatchEndpointProperties{}
		}
		if !isBusy(got.Properties.ProvisioningState) {
			return got.BatchEndpoint, nil
		}
		if err := sleep(ctx, c.interval()); err != nil {
			return armmachinelearning.BatchEndpoint{}, err
		}
	}
}

// isBusy reports whether an earlier request about an endpoint or a deployment
// is still worked on.
func isBusy[T ~string](state *T) bool {
	return state != nil && (*state == "Creating" || *state == "Updating" || *state == "Deleting")
}

// isFailed reports whether one has failed, so that it has to be made again.
func isFailed[T ~string](state *T) bool {
	return state != nil && (*state == "Failed" || *state == "Canceled")
}

func (c *Client) putEndpoint(ctx context.Context, name string, body armmachinelearning.BatchEndpoint) (armmachinelearning.BatchEndpoint, error) {
	s := c.target.Scope
	poller, err := c.clients.NewBatchEndpointsClient().BeginCreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, name, body, nil)
	if err != nil {
		return body, err
	}
	done, err := poller.PollUntilDone(ctx, poll())
	return done.BatchEndpoint, err
}

// deploy makes the deployment of a component, unless it is there.
func (c *Client) deploy(
	ctx context.Context, p Published, description string, settings map[string]*string, location string,
) (d armmachinelearning.BatchDeployment, made bool, err error) {
	s := c.target.Scope
	what := "deploy to the endpoint " + p.Endpoint
	found, err := c.awaitDeployment(ctx, p)
	switch {
	case err == nil && !isFailed(found.Properties.ProvisioningState):
		return found, false, nil
	case err != nil && !isMissing(err):
		return d, false, doing(what, err)
	}
	client := c.clients.NewBatchDeploymentsClient()
	poller, err := client.BeginCreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, p.Endpoint, p.Deployment, armmachinelearning.BatchDeployment{
		Location: &location,
		Properties: &armmachinelearning.BatchDeploymentProperties{
			Description: &description,
			DeploymentConfiguration: &armmachinelearning.BatchPipelineComponentDeploymentConfiguration{
				DeploymentConfigurationType: to.Ptr(armmachinelearning.BatchDeploymentConfigurationTypePipelineComponent),
				ComponentID:                 &armmachinelearning.IDAssetReference{ReferenceType: to.Ptr(armmachinelearning.ReferenceTypeID), AssetID: &p.Component},
				Description:                 &description, Settings: settings,
			},
		},
	}, nil)
	if err != nil {
		return d, false, doing(what, err)
	}
	done, err := poller.PollUntilDone(ctx, poll())
	return done.BatchDeployment, true, doing(what, err)
}

// awaitDeployment is a deployment once nobody makes or changes it any more.
func (c *Client) awaitDeployment(ctx context.Context, p Published) (armmachinelearning.BatchDeployment, error) {
	s := c.target.Scope
	for {
		got, err := c.clients.NewBatchDeploymentsClient().Get(ctx, s.ResourceGroup, s.Workspace, p.Endpoint, p.Deployment, nil)
		if err != nil {
			return armmachinelearning.BatchDeployment{}, err
		}
		if got.Properties == nil {
			got.Properties = &armmachinelearning.BatchDeploymentProperties{}
		}
		if !isBusy(got.Properties.ProvisioningState) {
			return got.BatchDeployment, nil
		}
		if err := sleep(ctx, c.interval()); err != nil {
			return armmachinelearning.BatchDeployment{}, err
		}
	}
}

// makeDefault makes the deployment the endpoint's default, if it is not, and
// says where the endpoint is invoked.
func (c *Client) makeDefault(ctx context.Context, p Published, e endpoint) (scoringURI string, err error) {
	body := e.body
	if body.Properties == nil {
		body.Properties = &armmachinelearning.BatchEndpointProperties{}
	}
	if d := body.Properties.Defaults; d == nil || d.DeploymentName == nil || *d.DeploymentName != p.Deployment {
		old := body.Properties
		put := armmachinelearning.BatchEndpoint{
			Location: &e.location, Tags: body.Tags, Identity: body.Identity,
			Properties: &armmachinelearning.BatchEndpointProperties{
				AuthMode: old.AuthMode, Description: old.Description, Properties: old.Properties,
				Defaults: &armmachinelearning.BatchEndpointDefaults{DeploymentName: &p.Deployment},
			},
		}
		if put.Properties.AuthMode == nil {
			put.Properties.AuthMode = to.Ptr(armmachinelearning.EndpointAuthModeAADToken)
		}
		if body, err = c.putEndpoint(ctx, p.Endpoint, put); err != nil {
			return "", doing("make it the default of the endpoint "+p.Endpoint, err)
		}
	}
	if body.Properties == nil || body.Properties.ScoringURI == nil {
		return "", nil
	}
	return *body.Properties.ScoringURI, nil
}

// guid is that of the published pipeline. Azure has none for a deployment, so
// one is made of what names it there.
func (c *Client) guid(ctx context.Context, p Published, d armmachinelearning.BatchDeployment) (string, error) {
	if d.Properties != nil {
		if id := d.Properties.Properties[pipelineProperty]; id != nil {
			return *id, nil
		}
	}
	s := c.target.Scope
	w, err := c.clients.NewWorkspacesClient().Get(ctx, s.ResourceGroup, s.Workspace, nil)
	if err != nil {
		return "", doing("ask for the id of the workspace", err)
	}
	if w.Properties == nil || w.Properties.WorkspaceID == nil {
		return "", errors.New("the workspace does not tell its id")
	}
	id, err := uuid.Parse(*w.Properties.WorkspaceID)
	if err != nil {
		return "", fmt.Errorf("the id of the workspace: %w", err)
	}
	return uuid.NewSHA1(id, []byte(p.Endpoint+"\n"+p.Deployment)).String(), nil
}
