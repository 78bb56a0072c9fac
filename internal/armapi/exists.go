package armapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// resources is where registered things are kept.
func (c *call) resources() workspace.ResourceStore {
	return c.Ledger.Resources()
}

// key names a resource of the request's scope.
func (c *call) key(collection workspace.Collection, name string) workspace.ResourceKey {
	return workspace.ResourceKey{Scope: c.scope, Collection: collection, Name: name}
}

// checkWorkspace answers ResourceNotFound to whatever is asked within a
// workspace that is not there. What is asked about the workspace itself is
// its own handler's business.
func (c *call) checkWorkspace() error {
	if c.scope.Workspace == "" || c.vars["registryName"] != "" || strings.HasPrefix(c.op.Name, "WorkspacesClient.") {
		return nil
	}
	_, err := c.workspaceOf(c.scope)
	return err
}

// workspaceOf is the resource of a workspace. The built-in one is always there.
func (c *call) workspaceOf(scope workspace.Scope) (*workspace.Resource, error) {
	r, err := c.resources().Resource(c.ctx(), workspaceKey(scope))
	if errors.Is(err, workspace.ErrNotFound) {
		if isBuiltIn(scope) {
			return c.builtIn(workspaceKey(scope)), nil
		}
		return nil, notFound("the workspace %s was not found in resource group %s", scope.Workspace, scope.ResourceGroup)
	}
	return r, err
}

func workspaceKey(scope workspace.Scope) workspace.ResourceKey {
	return workspace.ResourceKey{Scope: scope, Collection: workspace.Workspaces, Name: scope.Workspace}
}

// groupOf is the resource of a resource group. That of the built-in workspace
// is always there.
func (c *call) groupOf(scope workspace.Scope) (*workspace.Resource, error) {
	r, err := c.resources().Resource(c.ctx(), groupKey(scope))
	if errors.Is(err, workspace.ErrNotFound) {
		if isBuiltInGroup(scope) {
			return c.builtIn(groupKey(scope)), nil
		}
		return nil, &fault{
			status: http.StatusNotFound, code: "ResourceGroupNotFound",
			message: "the resource group " + scope.ResourceGroup + " was not found",
		}
	}
	return r, err
}

func groupKey(scope workspace.Scope) workspace.ResourceKey {
	name := scope.ResourceGroup
	return workspace.ResourceKey{
		Scope:      workspace.Scope{Subscription: scope.Subscription, ResourceGroup: name, Workspace: "-"},
		Collection: workspace.Groups, Name: name,
	}
}

// builtIn is a resource that every home has from its first day, and that is in
// the ledger only once somebody changed it.
func (c *call) builtIn(key workspace.ResourceKey) *workspace.Resource {
	return &workspace.Resource{ResourceKey: key, CreatedBy: "ischia", Body: []byte(`{"properties":{}}`)}
}

func isBuiltIn(scope workspace.Scope) bool {
	return isBuiltInGroup(scope) && strings.EqualFold(scope.Workspace, workspace.BuiltIn().Workspace)
}

func isBuiltInGroup(scope workspace.Scope) bool {
	b := workspace.BuiltIn()
	return strings.EqualFold(scope.Subscription, b.Subscription) && strings.EqualFold(scope.ResourceGroup, b.ResourceGroup)
}
