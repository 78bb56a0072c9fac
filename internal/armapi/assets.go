package armapi

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// kind is one kind of asset. All are answered alike; what differs is here.
type kind struct {
	collection workspace.Collection
	// clients is how the names of the SDK's clients begin: CodeVersionsClient.
	clients string
	// variable is the name of the path's parameter for the asset's name, within
	// a registry. Within a workspace it is "name".
	variable string
	// fixed are the properties that a version keeps for ever.
	fixed []string
	// uri is the property that says where the content lies, with a dot between
	// the words of a nested one; empty when there is no content.
	uri string
	// provisioned: the service says of it that it was provisioned.
	provisioned bool
	// check judges a version that a client puts, beyond its address.
	check func(c *call, d *draft) error
	// selects says, from the query, which versions a list holds; nil for all.
	selects func(q url.Values) func(properties object) bool
	// present fills in what clients count on in a version's properties.
	present func(properties object)
}

// kinds is the table of assets.
func kinds() []*kind {
	return []*kind{{
		collection: workspace.Codes, clients: "Code", variable: "codeName", provisioned: true,
		fixed: []string{"codeUri"}, uri: "codeUri", check: checkCode, selects: selectCodes,
	}, {
		collection: workspace.Data, clients: "Data", variable: "name",
		fixed: []string{"dataUri", "dataType"}, uri: "dataUri", check: checkData, selects: selectData,
	}, {
		collection: workspace.Environments, clients: "Environment", variable: "environmentName", provisioned: true,
		fixed: []string{"image", "condaFile", "build", "osType", "inferenceConfig"}, uri: "build.contextUri",
		check: checkEnvironment, present: presentEnvironment,
	}, {
		collection: workspace.Components, clients: "Component", variable: "componentName", provisioned: true,
		fixed: []string{"componentSpec"}, check: checkComponent,
	}, {
		collection: workspace.Models, clients: "Model", variable: "modelName", provisioned: true,
		fixed: []string{"modelUri", "modelType"}, uri: "modelUri", check: checkModel, selects: selectModels, present: presentModel,
	}}
}

// assetHandlers are the operations on assets.
func assetHandlers() map[string]func(*call) error {
	all := map[string]func(*call) error{"CodeVersionsClient.CreateOrGetStartPendingUpload": startPendingUpload}
	for _, k := range kinds() {
		for client, handlers := range k.handlers() {
			for method, handle := range handlers {
				all[k.clients+client+"."+method] = handle
			}
		}
	}
	return all
}

// handlers are the operations on one kind, by client and method.
func (k *kind) handlers() map[string]map[string]func(*call) error {
	return map[string]map[string]func(*call) error{
		"ContainersClient": {
			"List": k.listContainers, "Get": k.getContainer, "CreateOrUpdate": k.putContainer, "Delete": k.remove,
		},
		"VersionsClient": {
			"List": k.listVersions, "Get": k.getVersion, "CreateOrUpdate": k.putVersion, "Delete": k.remove,
		},
	}
}

// key is the version, or container, that the request's path names.
func (k *kind) key(c *call) workspace.ResourceKey {
	name := c.vars["name"]
	if c.inRegistry() {
		name = c.vars[k.variable]
	}
	key := c.key(k.collection, name)
	key.Version = c.vars["version"]
	return key
}

// inRegistry: the request is about a registry or what is in it.
func (c *call) inRegistry() bool { return c.vars["registryName"] != "" }

// home is the id of the workspace or registry of the request, as the client
// wrote its parts: clients compare them with what they asked for.
func (c *call) home() string {
	if c.inRegistry() {
		return registryID(c.vars["subscriptionId"], c.vars["resourceGroupName"], c.vars["registryName"])
	}
	return c.scope.ARMID()
}

func registryID(subscription, group, name string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.MachineLearningServices/registries/" + name
}

// parent is the first word of the type of what is in the request's scope.
func (c *call) parent() string {
	if c.inRegistry() {
		return "registries"
	}
	return "workspaces"
}

// isAnonymous: a client made the version for itself.
func isAnonymous(key workspace.ResourceKey, properties object) bool {
	return isReservedName(key.Name) || properties.isTrue("isAnonymous")
}

func isReservedName(name string) bool {
	return strings.EqualFold(name, arm.AnonymousComponent) || strings.EqualFold(name, arm.AnonymousEnvironment)
}

// isTrue: the member is true.
func (o object) isTrue(name string) bool { return string(o[name]) == "true" }

// view is listViewType as the ledger has it.
func (c *call) view() (string, error) {
	switch text := c.query("listViewType"); strings.ToLower(text) {
	case "", "activeonly":
		return "", nil
	case "archivedonly":
		return "only", nil
	case "all":
		return "all", nil
	default:
		return "", badRequest("InvalidQueryParameter", "listViewType=%.40q: must be ActiveOnly, ArchivedOnly or All", text)
	}
}

// remove deletes a version, or a container with its versions.
func (k *kind) remove(c *call) error {
	found, err := c.remove(k.key(c))
	if err != nil {
		return err
	}
	if !found {
		return c.reply(http.StatusNoContent, nil)
	}
	return c.reply(http.StatusOK, nil)
}
