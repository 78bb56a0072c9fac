package armapi

import (
	"net/http"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// deleteWorkspace deletes a workspace with what is registered in it. The
// storage account stays with its files, as on Azure. A workspace that has jobs
// is refused, rather than to bring them back one day under a new workspace of
// the same name.
func (c *call) deleteWorkspace() error {
	if isBuiltIn(c.scope) {
		return conflict("the workspace %s belongs to the home and cannot be deleted", c.scope.Workspace)
	}
	jobs, err := c.Ledger.Jobs(c.ctx(), workspace.Filter{Scope: c.scope, Archived: "all", Limit: 1})
	if err != nil {
		return err
	}
	if len(jobs) > 0 {
		return conflict("the workspace %s holds jobs (%s is the newest); delete them first",
			c.scope.Workspace, jobs[0].Name)
	}
	// The workspace itself comes last: after a fault in the middle it is still
	// there, and can be deleted again.
	for _, collection := range []workspace.Collection{
		workspace.Schedules, workspace.Pipelines, workspace.Endpoints, workspace.Computes, workspace.DataStores,
		workspace.Codes, workspace.Data, workspace.Environments, workspace.Components, workspace.Models,
	} {
		if err := c.empty(collection); err != nil {
			return err
		}
	}
	found, err := c.remove(workspaceKey(c.scope))
	if err != nil {
		return err
	}
	if !found {
		return c.reply(http.StatusNoContent, nil)
	}
	return c.reply(http.StatusOK, nil)
}

// empty deletes the resources of a collection, and what belongs to them.
func (c *call) empty(collection workspace.Collection) error {
	all, err := c.resources().Resources(c.ctx(), workspace.ResourceQuery{
		Scope: c.scope, Collection: collection, Archived: "all", Anonymous: true,
	})
	if err != nil {
		return err
	}
	for _, r := range all {
		if _, err := c.remove(r.ResourceKey); err != nil {
			return err
		}
	}
	return nil
}
