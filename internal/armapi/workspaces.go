package armapi

import (
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// workspaceHandlers are the operations on workspaces. A workspace exists from
// its PUT on; that makes nothing else, because datastores and the storage
// account depend on its name alone.
func workspaceHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"WorkspacesClient.CreateOrUpdate":                           (*call).putWorkspace,
		"WorkspacesClient.Get":                                      (*call).getWorkspace,
		"WorkspacesClient.Update":                                   (*call).patchWorkspace,
		"WorkspacesClient.Delete":                                   (*call).deleteWorkspace,
		"WorkspacesClient.ListByResourceGroup":                      (*call).listWorkspaces,
		"WorkspacesClient.ListBySubscription":                       (*call).listWorkspaces,
		"WorkspacesClient.ListKeys":                                 (*call).listWorkspaceKeys,
		"WorkspacesClient.ListStorageAccountKeys":                   (*call).listStorageKeys,
		"WorkspacesClient.ResyncKeys":                               (*call).resyncKeys,
		"WorkspacesClient.ListOutboundNetworkDependenciesEndpoints": (*call).listOutbound,
	}
}

// putWorkspace makes a workspace, 202 with a Location, or changes one, 200. It
// is never 201, which the SDK does not take.
func (c *call) putWorkspace() error {
	var body armmachinelearning.Workspace
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	r, made, err := c.changeWorkspace(c.scope, text)
	if err != nil {
		return err
	}
	if made && !isBuiltIn(c.scope) {
		c.location()
		return c.replyWorkspace(http.StatusAccepted, r)
	}
	return c.replyWorkspace(http.StatusOK, r)
}

// makeWorkspace makes a workspace of the body of a PUT, or changes one.
func (c *call) makeWorkspace(scope workspace.Scope, text []byte) (made bool, err error) {
	_, made, err = c.changeWorkspace(scope, text)
	return made, err
}

func (c *call) changeWorkspace(scope workspace.Scope, text []byte) (*workspace.Resource, bool, error) {
	if isOfRegistry(scope) {
		return nil, false, badRequest("InvalidSubscriptionId",
			"the subscription %s with the group %s is where this home keeps its registries: choose others", scope.Subscription, scope.ResourceGroup)
	}
	if _, err := c.groupOf(scope); err != nil {
		return nil, false, err
	}
	return c.change(workspaceKey(scope), func(old *workspace.Resource) (object, error) {
		if old == nil && isBuiltIn(scope) {
			old = c.builtIn(workspaceKey(scope))
		}
		fresh, err := kept(text)
		if err != nil {
			return nil, err
		}
		return fresh, c.keepLocation(fresh, old)
	})
}

// isOfRegistry reports whether a scope is where a registry's assets are kept.
func isOfRegistry(scope workspace.Scope) bool {
	r := workspace.RegistryScope(scope.Workspace)
	return strings.EqualFold(scope.Subscription, r.Subscription) && strings.EqualFold(scope.ResourceGroup, r.ResourceGroup)
}

func (c *call) getWorkspace() error {
	r, err := c.workspaceOf(c.scope)
	if err != nil {
		return err
	}
	return c.replyWorkspace(http.StatusOK, r)
}

// patchWorkspace changes the members that are given.
func (c *call) patchWorkspace() error {
	var body armmachinelearning.WorkspaceUpdateParameters
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	base, err := c.workspaceOf(c.scope)
	if err != nil {
		return err
	}
	r, _, err := c.change(workspaceKey(c.scope), func(old *workspace.Resource) (object, error) {
		if old == nil {
			old = base
		}
		return patched(old, text)
	})
	if err != nil {
		return err
	}
	return c.replyWorkspace(http.StatusOK, r)
}

// patched is a resource's body with the members of patch, and of its
// properties, in the place of its own.
func patched(old *workspace.Resource, patch []byte) (object, error) {
	now, err := parseObject(old.Body)
	if err != nil {
		return nil, err
	}
	changes, err := kept(patch)
	if err != nil {
		return nil, err
	}
	if _, ok := changes["properties"]; ok {
		properties, err := parseObject(now["properties"])
		if err != nil {
			return nil, err
		}
		given, err := parseObject(changes["properties"])
		if err != nil {
			return nil, err
		}
		properties.merge(given)
		changes.set("properties", properties)
	}
	now.merge(changes)
	return now, nil
}

// listWorkspaces lists those of a group, or of a subscription when the path
// names no group.
func (c *call) listWorkspaces() error {
	if c.scope.ResourceGroup != "" {
		if _, err := c.groupOf(c.scope); err != nil {
			return err
		}
	}
	all, err := c.workspaces(c.scope)
	if err != nil {
		return err
	}
	return paged(c, "", cut(all), func(r *workspace.Resource) (any, error) { return c.showWorkspace(r, r.Scope.ARMID()) })
}

// workspaces are those of a group, or of a subscription.
func (c *call) workspaces(in workspace.Scope) ([]*workspace.Resource, error) {
	return c.withBuiltIn(workspace.ResourceQuery{Collection: workspace.Workspaces, Scope: in}, workspaceKey(workspace.BuiltIn()))
}

func (c *call) listWorkspaceKeys() error {
	key, err := c.storageKey()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]string{
		"userStorageKey": key, "userStorageResourceId": c.storageID(c.scope),
	})
}

func (c *call) listStorageKeys() error {
	key, err := c.storageKey()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]string{"userStorageKey": key})
}

func (c *call) storageKey() (string, error) {
	if _, err := c.workspaceOf(c.scope); err != nil {
		return "", err
	}
	return c.Storage.Key(c.ctx(), c.scope)
}

// resyncKeys makes the workspace read the keys of its storage account again.
// There is one place for them here, so that they are never out of step.
func (c *call) resyncKeys() error {
	if _, err := c.workspaceOf(c.scope); err != nil {
		return err
	}
	return c.reply(http.StatusOK, nil)
}

// listOutbound lists the hosts that a workspace must be able to reach: none.
func (c *call) listOutbound() error {
	if _, err := c.workspaceOf(c.scope); err != nil {
		return err
	}
	return c.reply(http.StatusOK, list{Value: []any{}})
}

func (c *call) replyWorkspace(status int, r *workspace.Resource) error {
	o, err := c.showWorkspace(r, c.scope.ARMID())
	if err != nil {
		return err
	}
	return c.reply(status, o)
}

// showWorkspace is a workspace as ARM shows it.
func (c *call) showWorkspace(r *workspace.Resource, id string) (object, error) {
	o, err := envelope(r, id, "workspaces", func(p object) { c.workspaceProperties(p, r) })
	if err != nil {
		return nil, err
	}
	o.setIfMissing("location", c.Location)
	o.setIfMissing("tags", object{})
	o.setIfMissing("kind", "Default")
	o.setIfMissing("sku", map[string]string{"name": "Basic", "tier": "Basic"})
	o.set("identity", map[string]string{
		"type": "SystemAssigned", "tenantId": c.Tenant, "principalId": workspace.ID(r.Scope),
	})
	return o, nil
}

// workspaceProperties adds what the service says of a workspace to what the
// client said.
func (c *call) workspaceProperties(p object, r *workspace.Resource) {
	p.set("workspaceId", workspace.ID(r.Scope))
	p.set("provisioningState", "Succeeded")
	p.set("discoveryUrl", c.data()+"/discovery")
	p.set("mlFlowTrackingUri", c.data()+"/mlflow/v1.0"+r.Scope.ARMID())
	p.set("storageAccount", c.storageID(r.Scope))
	p.set("storageHnsEnabled", false)
	p.set("tenantId", c.Tenant)
	p.setIfMissing("description", "")
	p.setIfMissing("friendlyName", r.Name)
	p.setIfMissing("hbiWorkspace", false)
	p.setIfMissing("publicNetworkAccess", "Enabled")
	p.setIfMissing("v1LegacyMode", false)
	p.setIfMissing("keyVault", "")
	p.setIfMissing("applicationInsights", "")
}

// storageID is the ARM id of a workspace's storage account.
func (c *call) storageID(scope workspace.Scope) string {
	return "/subscriptions/" + scope.Subscription + "/resourceGroups/" + scope.ResourceGroup +
		"/providers/Microsoft.Storage/storageAccounts/" + c.Storage.Account(scope)
}
