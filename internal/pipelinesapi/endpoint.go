package pipelinesapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// endpoint is a batch endpoint as a pipeline endpoint: a name under which the
// newest of several published pipelines is called.
type endpoint struct {
	*workspace.Resource
	Description string
	// Deployment is the one that is called when none is named.
	Deployment string
	// Pinned is the GUID that was made the default through this door, in the
	// place of Over. Once the endpoint would call another than that, because
	// something new was published, it no longer counts.
	Pinned, Over string
}

// propertyDefault and propertyOver are the endpoint's properties with what is
// pinned; a client that puts the endpoint anew drops them, and with them what
// was said here. propertyPublished is that of a deployment with the GUID of
// what it publishes.
const (
	propertyDefault   = "ischia.defaultPipelineId"
	propertyOver      = "ischia.defaultPipelineOver"
	propertyPublished = "ischia.pipelineId"
)

// endpointBody is what this door reads of batch endpoints and deployments.
type endpointBody struct {
	Properties struct {
		Description string `json:"description"`
		Defaults    struct {
			DeploymentName string `json:"deploymentName"`
		} `json:"defaults"`
		Properties map[string]string `json:"properties"`
	} `json:"properties"`
}

func newEndpoint(r *workspace.Resource) (*endpoint, error) {
	var body endpointBody
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return nil, fmt.Errorf("read endpoint %s: %w", r.Name, err)
	}
	p := body.Properties
	return &endpoint{r, p.Description, p.Defaults.DeploymentName, p.Properties[propertyDefault], p.Properties[propertyOver]}, nil
}

// id is the endpoint's GUID: clients of v1 know endpoints by one.
func (e *endpoint) id() string {
	return uuid.NewSHA1(workspaceID(e.Scope), []byte("pipelineEndpoint\n"+strings.ToLower(e.Name))).String()
}

func workspaceID(scope workspace.Scope) uuid.UUID { return uuid.MustParse(workspace.ID(scope)) }

// endpoint is the one that the request names, by name or id.
func (c *call) endpoint() (*endpoint, error) {
	name := first(c.vars["endpoint"], c.query.Get("endpointName"), c.query.Get("name"))
	if err := workspace.CheckName(name); err != nil {
		return nil, badRequest("the name of the endpoint: %v", err)
	}
	r, err := c.Ledger.Resources().Resource(c.ctx(), c.key(workspace.Endpoints, name))
	switch {
	case err == nil:
		return newEndpoint(r)
	case !errors.Is(err, workspace.ErrNotFound):
		return nil, err
	}
	if _, err := uuid.Parse(name); err == nil {
		return c.endpointOfID(name)
	}
	return nil, notFound("there is no pipeline endpoint %s in workspace %s", name, c.scope.Workspace)
}

func (c *call) endpointOfID(id string) (*endpoint, error) {
	all, err := c.endpoints()
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if strings.EqualFold(e.id(), id) {
			return e, nil
		}
	}
	return nil, notFound("there is no pipeline endpoint %s in workspace %s", id, c.scope.Workspace)
}

func (c *call) endpoints() ([]*endpoint, error) {
	list, err := c.Ledger.Resources().Resources(c.ctx(), workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Endpoints})
	if err != nil {
		return nil, err
	}
	var out []*endpoint
	for _, r := range list {
		e, err := newEndpoint(r)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// versions are the endpoint's published pipelines, newest first; those of all
// endpoints when it has no name.
func (c *call) versions(name string) ([]*published, error) {
	list, err := c.Ledger.Resources().Resources(c.ctx(), workspace.ResourceQuery{Scope: c.scope, Collection: workspace.Pipelines})
	if err != nil {
		return nil, err
	}
	var out []*published
	for _, r := range list {
		p, err := newPublished(r)
		if err != nil {
			return nil, err
		}
		if name == "" || strings.EqualFold(p.Properties.Endpoint, name) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *published) int {
		newest := b.Created.Compare(a.Created)
		if name == "" {
			return newest
		}
		return cmp.Or(cmp.Compare(b.Properties.Version, a.Properties.Version), newest)
	})
	return out, nil
}

// pipelineOf is the pipeline of an endpoint: the one of a version, or the
// default one.
func (c *call) pipelineOf(e *endpoint, version string) (*published, error) {
	if version == "" {
		return c.defaultOf(e)
	}
	all, err := c.versions(e.Name)
	if err != nil {
		return nil, err
	}
	var have []string
	for _, p := range all {
		n := strconv.Itoa(p.Properties.Version)
		if n == version {
			return p, nil
		}
		have = append(have, n)
	}
	return nil, notFound("endpoint %s has no version %s; it has %s", e.Name, clip(version), first(strings.Join(have, ", "), "none"))
}

// defaultOf is what an endpoint calls when nothing else is said: what was made
// its default here, else what it calls by itself.
func (c *call) defaultOf(e *endpoint) (*published, error) {
	id, err := c.natural(e)
	if err != nil {
		return nil, err
	}
	if e.Pinned != "" && e.Over == id {
		id = e.Pinned
	}
	return c.pipeline(id)
}

// natural is the GUID of what the endpoint's default deployment publishes;
// without one, of what was published last.
func (c *call) natural(e *endpoint) (string, error) {
	if e.Deployment != "" {
		id, _, err := c.pipelineOfDeployment(e.Name, e.Deployment)
		return id, err
	}
	all, err := c.versions(e.Name)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", notFound("nothing is published under endpoint %s", e.Name)
	}
	return all[0].ID, nil
}

// pipelineOfDeployment is the GUID of what a deployment publishes, and the
// deployment's name as the ledger has it.
func (c *call) pipelineOfDeployment(endpoint, deployment string) (id, name string, err error) {
	r, err := c.Ledger.Resources().Resource(c.ctx(), c.key(workspace.Deployments, endpoint+"/"+deployment))
	if errors.Is(err, workspace.ErrNotFound) {
		return "", "", notFound("endpoint %s has no deployment %s", endpoint, deployment)
	}
	if err != nil {
		return "", "", err
	}
	var body endpointBody
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return "", "", fmt.Errorf("read deployment %s: %w", r.Name, err)
	}
	if id = body.Properties.Properties[propertyPublished]; id == "" {
		return "", "", fmt.Errorf("deployment %s publishes nothing", r.Name)
	}
	_, name, _ = strings.Cut(r.Name, "/")
	return id, name, nil
}

// listEndpoints answers with all pipeline endpoints.
func (c *call) listEndpoints() error {
	all, err := c.endpoints()
	if err != nil {
		return err
	}
	out := []any{}
	for _, e := range all {
		shown, err := c.showEndpoint(e)
		if err != nil {
			return err
		}
		out = append(out, shown)
	}
	return c.replyList(out, nil)
}

func (c *call) getEndpoint() error {
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	shown, err := c.showEndpoint(e)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, shown)
}

// endpointView is a pipeline endpoint as clients of v1 see it.
type endpointView struct {
	ID               string          `json:"Id"`
	Name             string          `json:"Name"`
	Description      string          `json:"Description"`
	DefaultVersion   string          `json:"DefaultVersion"`
	DefaultPipeline  string          `json:"DefaultPipelineId"`
	EntityStatus     string          `json:"EntityStatus"`
	RestEndpoint     string          `json:"RestEndpoint"`
	CreatedDate      *string         `json:"CreatedDate"`
	LastModifiedDate *string         `json:"LastModifiedDate"`
	Versions         []endpointEntry `json:"PipelineVersionList"`
}

type endpointEntry struct {
	PipelineID string `json:"PipelineId"`
	Version    string `json:"Version"`
	IsDisabled bool   `json:"IsDisabled"`
}

func (c *call) showEndpoint(e *endpoint) (*endpointView, error) {
	all, err := c.versions(e.Name)
	if err != nil {
		return nil, err
	}
	v := &endpointView{
		ID: e.id(), Name: e.Name, Description: e.Description, EntityStatus: "Active", Versions: []endpointEntry{},
		RestEndpoint: c.address("/PipelineRuns/PipelineEndpointSubmit/Id/" + e.id()),
		CreatedDate:  wireTime(e.Created), LastModifiedDate: wireTime(e.Modified),
	}
	for _, p := range all {
		v.Versions = append(v.Versions, endpointEntry{p.ID, strconv.Itoa(p.Properties.Version), p.Properties.IsDisabled})
	}
	if len(all) == 0 {
		return v, nil
	}
	p, err := c.defaultOf(e)
	var f *fault
	switch {
	case errors.As(err, &f): // it has none that could be called
	case err != nil:
		return nil, err
	default:
		v.DefaultPipeline, v.DefaultVersion = p.ID, strconv.Itoa(p.Properties.Version)
	}
	return v, nil
}

// address is where a client finds a path of the published pipelines.
func (c *call) address(path string) string { return c.base() + pipelinesBase + c.scope.ARMID() + path }

// updateEndpoint makes a version the default one.
func (c *call) updateEndpoint() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var body struct {
		DefaultVersion json.RawMessage
	}
	if err := json.Unmarshal(text, &body); err != nil || isNull(body.DefaultVersion) {
		return badRequest(`give the version that becomes the default: {"DefaultVersion": "2"}`)
	}
	var version string
	if err := scalarOf(body.DefaultVersion, &version); err != nil {
		return badRequest("DefaultVersion: %v", err)
	}
	e, err := c.endpoint()
	if err != nil {
		return err
	}
	p, err := c.pipelineOf(e, version)
	if err != nil {
		return err
	}
	if err := c.pin(e, p); err != nil {
		return err
	}
	return c.getEndpoint()
}

// pin makes p the default pipeline of e.
func (c *call) pin(e *endpoint, p *published) error {
	over, err := c.natural(e)
	if err != nil {
		return err
	}
	_, _, err = c.Ledger.Resources().ChangeResource(c.ctx(), e.ResourceKey, func(old *workspace.Resource) (*workspace.Resource, error) {
		if old == nil {
			return nil, notFound("there is no pipeline endpoint %s in workspace %s", e.Name, c.scope.Workspace)
		}
		now := *old
		for name, id := range map[string]string{propertyDefault: p.ID, propertyOver: over} {
			var err error
			if now.Body, err = edit(now.Body, []string{"properties", "properties", name}, id); err != nil {
				return nil, fmt.Errorf("change endpoint %s: %w", e.Name, err)
			}
		}
		return &now, nil
	})
	return err
}

// edit sets one member of a JSON object, at a path of members' names.
func edit(text []byte, path []string, value any) ([]byte, error) {
	if len(path) == 0 {
		return json.Marshal(value)
	}
	members := map[string]json.RawMessage{}
	if !isNull(text) {
		if err := json.Unmarshal(text, &members); err != nil {
			return nil, err
		}
	}
	inner, err := edit(members[path[0]], path[1:], value)
	if err != nil {
		return nil, err
	}
	members[path[0]] = inner
	return json.Marshal(members)
}
