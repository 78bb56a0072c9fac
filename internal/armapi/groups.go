package armapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// groupHandlers are the operations on resource groups. A group here is a name
// that workspaces share.
func groupHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"ResourceGroupsClient.CheckExistence": (*call).checkGroup,
		"ResourceGroupsClient.CreateOrUpdate": (*call).putGroup,
		"ResourceGroupsClient.Get":            (*call).getGroup,
		"ResourceGroupsClient.Update":         (*call).patchGroup,
		"ResourceGroupsClient.Delete":         (*call).deleteGroup,
		"ResourceGroupsClient.List":           (*call).listGroups,
	}
}

// checkGroup answers without a body: 204 or 404.
func (c *call) checkGroup() error {
	if _, err := c.groupOf(c.scope); err != nil {
		return err
	}
	return c.reply(http.StatusNoContent, nil)
}

func (c *call) getGroup() error {
	r, err := c.groupOf(c.scope)
	if err != nil {
		return err
	}
	return c.replyGroup(http.StatusOK, r)
}

// groupBody is what clients say of a group.
type groupBody struct {
	Location *string            `json:"location"`
	Tags     map[string]*string `json:"tags"`
}

// putGroup makes a group, or replaces its tags. Its location stays.
func (c *call) putGroup() error {
	var body groupBody
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	if body.Location == nil || *body.Location == "" {
		return badRequest("LocationRequired", "a resource group has a location")
	}
	r, made, err := c.change(groupKey(c.scope), func(old *workspace.Resource) (object, error) {
		fresh, err := kept(text)
		if err != nil {
			return nil, err
		}
		return fresh, c.keepLocation(fresh, old)
	})
	if err != nil {
		return err
	}
	return c.replyGroup(created(made), r)
}

// patchGroup changes tags.
func (c *call) patchGroup() error {
	var body groupBody
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	base, err := c.groupOf(c.scope)
	if err != nil {
		return err
	}
	r, _, err := c.change(groupKey(c.scope), func(old *workspace.Resource) (object, error) {
		if old == nil {
			old = base
		}
		patch, err := parseObject(text)
		if err != nil {
			return nil, err
		}
		now, err := parseObject(old.Body)
		if tags, ok := patch["tags"]; ok && err == nil {
			now["tags"] = tags
		}
		return now, err
	})
	if err != nil {
		return err
	}
	return c.replyGroup(http.StatusOK, r)
}

// deleteGroup deletes an empty group. Azure deletes what is in it as well;
// here that would be the records of all its workspaces, with one request.
func (c *call) deleteGroup() error {
	if isBuiltInGroup(c.scope) {
		return conflict("the resource group %s belongs to the home and cannot be deleted", c.scope.ResourceGroup)
	}
	if _, err := c.groupOf(c.scope); err != nil {
		return err
	}
	inside, err := c.workspaces(workspace.Scope{Subscription: c.scope.Subscription, ResourceGroup: c.scope.ResourceGroup})
	if err != nil {
		return err
	}
	if len(inside) > 0 {
		return conflict("the resource group %s holds the workspace %s; delete its workspaces first",
			c.scope.ResourceGroup, inside[0].Name)
	}
	deployments, err := c.templateDeployments()
	if err != nil {
		return err
	}
	for _, r := range deployments {
		if _, err := c.remove(r.ResourceKey); err != nil {
			return err
		}
	}
	if _, err := c.remove(groupKey(c.scope)); err != nil {
		return err
	}
	return c.reply(http.StatusOK, nil)
}

func (c *call) listGroups() error {
	all, err := c.withBuiltIn(
		workspace.ResourceQuery{Collection: workspace.Groups, Scope: workspace.Scope{Subscription: c.scope.Subscription}},
		groupKey(workspace.BuiltIn()),
	)
	if err != nil {
		return err
	}
	return paged(c, "$top", cut(all), func(r *workspace.Resource) (any, error) { return c.group(r) })
}

func (c *call) replyGroup(status int, r *workspace.Resource) error {
	o, err := c.group(r)
	if err != nil {
		return err
	}
	return c.reply(status, o)
}

// group is a resource group as ARM shows it.
func (c *call) group(r *workspace.Resource) (object, error) {
	o, err := parseObject(r.Body)
	if err != nil {
		return nil, err
	}
	o.set("id", "/subscriptions/"+r.Scope.Subscription+"/resourceGroups/"+r.Name)
	o.set("name", r.Name)
	o.set("type", "Microsoft.Resources/resourceGroups")
	o.set("properties", map[string]string{"provisioningState": "Succeeded"})
	o.setIfMissing("location", c.Location)
	o.setIfMissing("tags", object{})
	return o, nil
}

// withBuiltIn are the resources that q selects in all scopes, with the one that
// every home has, in its place, when q would select it were it in the ledger.
func (c *call) withBuiltIn(q workspace.ResourceQuery, builtIn workspace.ResourceKey) ([]*workspace.Resource, error) {
	q.AllScopes = true
	all, err := c.resources().Resources(c.ctx(), q)
	if err != nil || !strings.EqualFold(q.Scope.Subscription, builtIn.Scope.Subscription) ||
		q.Scope.ResourceGroup != "" && !strings.EqualFold(q.Scope.ResourceGroup, builtIn.Scope.ResourceGroup) {
		return all, err
	}
	for _, r := range all {
		if strings.EqualFold(r.Name, builtIn.Name) && strings.EqualFold(r.Scope.ResourceGroup, builtIn.Scope.ResourceGroup) {
			return all, nil
		}
	}
	return append([]*workspace.Resource{c.builtIn(builtIn)}, all...), nil
}

// created is the status of a synchronous PUT.
func created(made bool) int {
	if made {
		return http.StatusCreated
	}
	return http.StatusOK
}

// keepLocation refuses to move a resource that is there, and says of a fresh
// one where it is.
func (c *call) keepLocation(fresh object, old *workspace.Resource) error {
	if old == nil {
		fresh.setIfMissing("location", c.Location)
		return nil
	}
	was, err := parseObject(old.Body)
	if err != nil {
		return err
	}
	was.setIfMissing("location", c.Location)
	fresh.setIfMissing("location", json.RawMessage(was["location"]))
	if !sameLocation(fresh.string("location"), was.string("location")) {
		return &fault{
			status: http.StatusConflict, code: "InvalidResourceLocation",
			message: old.Name + " is there already, in " + was.string("location") + "; what is there cannot move",
		}
	}
	return nil
}

// sameLocation compares as Azure does: "West Europe" is "westeurope".
func sameLocation(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, " ", ""), strings.ReplaceAll(b, " ", ""))
}
