package armapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func (k *kind) listContainers(c *call) error {
	view, err := c.view()
	if err != nil {
		return err
	}
	q := workspace.ResourceQuery{Scope: c.scope, Collection: k.collection, Archived: view}
	return c.listResources(q, "count", func(r *workspace.Resource) (any, error) { return k.container(c, r) })
}

func (k *kind) getContainer(c *call) error {
	r, err := c.resources().Resource(c.ctx(), k.key(c))
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("there is nothing named %s among the %s of this %s", k.key(c).Name, k.collection, c.place())
	}
	if err != nil {
		return err
	}
	shown, err := k.container(c, r)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, shown)
}

// place is the word for where the request looks.
func (c *call) place() string {
	if c.inRegistry() {
		return "registry"
	}
	return "workspace"
}

// putContainer changes what a container says of itself; its versions stay.
func (k *kind) putContainer(c *call) error {
	key := k.key(c)
	body, properties, err := c.readEnvelope()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body["properties"], new(armmachinelearning.AssetContainer)); err != nil {
		return badRequest("InvalidRequestContent", "properties: %v", err)
	}
	for _, computed := range []string{"latestVersion", "nextVersion", "provisioningState"} {
		delete(properties, computed)
	}
	body.set("properties", properties)
	text, err := body.raw()
	if err != nil {
		return err
	}
	r, made, err := c.resources().ChangeResource(c.ctx(), key, func(old *workspace.Resource) (*workspace.Resource, error) {
		r := &workspace.Resource{ResourceKey: key, CreatedBy: c.User, Archived: properties.isTrue("isArchived"), Body: text}
		if old != nil {
			r.CreatedBy, r.Anonymous = old.CreatedBy, old.Anonymous
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	shown, err := k.container(c, r)
	if err != nil {
		return err
	}
	return c.done(r.ResourceKey, made, shown)
}

// container is a container as ARM shows it.
func (k *kind) container(c *call, r *workspace.Resource) (any, error) {
	latest, err := c.resources().LatestVersion(c.ctx(), c.scope, k.collection, r.Name)
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return nil, fmt.Errorf("the latest version of %s: %w", r.Name, err)
	}
	next, err := c.resources().NextVersion(c.ctx(), c.scope, k.collection, r.Name)
	if err != nil {
		return nil, fmt.Errorf("the next version of %s: %w", r.Name, err)
	}
	id := c.home() + "/" + string(k.collection) + "/" + r.Name
	return show(r, id, c.parent()+"/"+string(k.collection), func(p object) {
		if latest != nil {
			p.set("latestVersion", latest.Version)
		}
		p.set("nextVersion", next)
		k.common(r, p)
	})
}

// common fills in what both containers and versions say.
func (k *kind) common(r *workspace.Resource, p object) {
	p.set("isArchived", r.Archived)
	p.setIfMissing("tags", object{})
	p.setIfMissing("properties", object{})
	if k.provisioned {
		p.set("provisioningState", "Succeeded")
	}
}

// show is an envelope without what is for this package alone.
func show(r *workspace.Resource, id, kind string, properties func(object)) (any, error) {
	o, err := envelope(r, id, kind, properties)
	if err != nil {
		return nil, err
	}
	delete(o, ownMember)
	return o, nil
}

// done answers a PUT of an asset or a registry. Within registries a new one is
// a long-running operation.
func (c *call) done(key workspace.ResourceKey, made bool, shown any) error {
	if !made {
		return c.reply(http.StatusOK, shown)
	}
	if c.inRegistry() {
		c.asyncOperation(key)
	}
	return c.reply(http.StatusCreated, shown)
}
