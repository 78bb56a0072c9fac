package armapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// registryHandlers are the operations on registries, and on what is in them.
func registryHandlers() map[string]func(*call) error {
	all := map[string]func(*call) error{
		"RegistriesClient.CreateOrUpdate":     putRegistry,
		"RegistriesClient.Get":                getRegistry,
		"RegistriesClient.Update":             updateRegistry,
		"RegistriesClient.Delete":             deleteRegistry,
		"RegistriesClient.List":               listRegistries,
		"RegistriesClient.ListBySubscription": listRegistries,
	}
	within := map[string]func(*call) error{
		"RegistryDataReferencesClient.GetBlobReferenceSAS": blobReferenceSAS,
	}
	for _, k := range kinds() {
		for client, handlers := range k.handlers() {
			for method, handle := range handlers {
				within["Registry"+k.clients+client+"."+method] = handle
			}
		}
	}
	for _, clients := range []string{"Code", "Data", "Model"} {
		within["Registry"+clients+"VersionsClient.CreateOrGetStartPendingUpload"] = startPendingUpload
	}
	for name, handle := range within {
		all[name] = func(c *call) error {
			if _, err := c.registry(); err != nil {
				return err
			}
			return handle(c)
		}
	}
	return all
}

// registryKey is that of a registry by name.
func registryKey(name string) workspace.ResourceKey {
	return workspace.ResourceKey{Scope: workspace.RegistryScope(name), Collection: workspace.Registries, Name: name}
}

// registry is the one that the request's path names.
func (c *call) registry() (*workspace.Resource, error) {
	name := c.vars["registryName"]
	r, err := c.resources().Resource(c.ctx(), registryKey(name))
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return nil, err
	}
	if err != nil || !c.isHere(r) {
		return nil, notFound("the registry %s was not found in resource group %s", name, c.vars["resourceGroupName"])
	}
	return r, nil
}

// isHere: the registry is in the subscription and group of the request.
func (c *call) isHere(r *workspace.Resource) bool {
	at := ownOf(r)
	group := c.vars["resourceGroupName"]
	return strings.EqualFold(at.Subscription, c.vars["subscriptionId"]) && (group == "" || strings.EqualFold(at.ResourceGroup, group))
}

// showRegistry is a registry as ARM shows it.
func (c *call) showRegistry(r *workspace.Resource) (any, error) {
	at := ownOf(r)
	group := c.vars["resourceGroupName"]
	if group == "" {
		group = at.ResourceGroup
	}
	return show(r, registryID(c.vars["subscriptionId"], group, r.Name), "registries", func(p object) {
		p.setIfMissing("regionDetails", []object{})
		p.setIfMissing("publicNetworkAccess", "Enabled")
	})
}

func getRegistry(c *call) error {
	r, err := c.registry()
	if err != nil {
		return err
	}
	shown, err := c.showRegistry(r)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, shown)
}

func listRegistries(c *call) error {
	q := workspace.ResourceQuery{Scope: workspace.RegistryScope(""), Collection: workspace.Registries, AllScopes: true}
	list, err := c.selected(q, func(r *workspace.Resource, _ object) bool { return c.isHere(r) })
	if err != nil {
		return err
	}
	return paged(c, "", cut(list), c.showRegistry)
}

// putRegistry makes a registry. Its name is taken for the whole home.
func putRegistry(c *call) error {
	key := registryKey(c.vars["registryName"])
	body, _, err := c.readEnvelope()
	if err != nil {
		return err
	}
	body.setIfMissing("location", c.Location)
	body.set(ownMember, own{Subscription: c.vars["subscriptionId"], ResourceGroup: c.vars["resourceGroupName"]})
	text, err := body.raw()
	if err != nil {
		return err
	}
	r, made, err := c.resources().ChangeResource(c.ctx(), key, func(old *workspace.Resource) (*workspace.Resource, error) {
		if old != nil && !c.isHere(old) {
			return nil, conflict("the name %s is taken by a registry of another resource group", old.Name)
		}
		return &workspace.Resource{ResourceKey: key, CreatedBy: c.User, Body: text}, nil
	})
	if err != nil {
		return err
	}
	shown, err := c.showRegistry(r)
	if err != nil {
		return err
	}
	return c.done(r.ResourceKey, made, shown)
}

// updateRegistry changes what a PATCH may change of a registry.
func updateRegistry(c *call) error {
	if _, err := c.registry(); err != nil {
		return err
	}
	text, err := c.body()
	if err != nil {
		return err
	}
	patch, err := parseObject(text)
	if err != nil {
		return badRequest("InvalidRequestContent", "the body: %v", err)
	}
	for name := range patch {
		if name != "tags" && name != "identity" && name != "sku" {
			return badRequest("UserError", "%.60s of a registry cannot be changed", name)
		}
	}
	r, _, err := c.resources().ChangeResource(c.ctx(), registryKey(c.vars["registryName"]),
		func(old *workspace.Resource) (*workspace.Resource, error) {
			if old == nil {
				return nil, notFound("the registry was deleted")
			}
			body, err := parseObject(old.Body)
			if err != nil {
				return nil, err
			}
			body.merge(patch)
			changed := *old
			changed.Body, err = body.raw()
			return &changed, err
		})
	if err != nil {
		return err
	}
	shown, err := c.showRegistry(r)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, shown)
}

// deleteRegistry deletes a registry and all that is in it, itself last: what
// was interrupted can be asked for again.
func deleteRegistry(c *call) error {
	r, err := c.registry()
	var missing *fault
	if errors.As(err, &missing) {
		return c.reply(http.StatusNoContent, nil)
	}
	if err != nil {
		return err
	}
	for _, k := range kinds() {
		if err := c.empty(k.collection); err != nil {
			return err
		}
	}
	if err := c.deleteFiles(); err != nil {
		return err
	}
	if _, err := c.remove(r.ResourceKey); err != nil {
		return err
	}
	return c.reply(http.StatusOK, nil)
}

// deleteFiles empties the account of the request's scope.
func (c *call) deleteFiles() error {
	storage := c.Ledger.Storage()
	containers, err := storage.Containers(c.ctx(), c.scope, "", "", 0)
	if err != nil {
		return err
	}
	for _, container := range containers {
		_, err := storage.ChangeContainer(c.ctx(), c.scope, container.Name, func(*workspace.Container) (*workspace.Container, error) {
			return nil, nil
		})
		if err != nil {
			return err
		}
	}
	for _, d := range workspace.Datastores() {
		if _, err := c.Ledger.Files().Delete(c.ctx(), c.scope, d.Name, ""); err != nil {
			return err
		}
	}
	return nil
}

// blobReferenceSAS lets a client read the content of a registry's data.
func blobReferenceSAS(c *call) error {
	var body armmachinelearning.GetBlobReferenceSASRequestDto
	if _, err := c.decode(&body); err != nil {
		return err
	}
	uri := ""
	if body.BlobURI != nil {
		uri = *body.BlobURI
	}
	account, container, rest, ok := blobParts(uri)
	if !ok || account != c.Storage.Account(c.scope) {
		return badRequest("UserError", "blobUri: %.200s is not in the account of this registry", uri)
	}
	reference, err := c.blobReference(container, "rl")
	if err != nil {
		return err
	}
	if rest != "" {
		reference["blobUri"] = uri
	}
	return c.reply(http.StatusOK, map[string]any{"blobReferenceForConsumption": reference})
}
